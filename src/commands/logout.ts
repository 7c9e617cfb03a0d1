import { forget, type Forgotten } from "../auth/forget.ts";
import { databasePath } from "../config/paths.ts";
import { MekaError } from "../errors.ts";
import { PROVIDERS } from "../providers/mod.ts";
import { openDatabase } from "../store/database.ts";
import { type CommandContext, warn } from "./context.ts";
import { resolveProvider } from "./provider_run.ts";

/** Forgets a sign-in on this machine; with `--revoke` the issuer is asked to end it everywhere. */
export async function logout(context: CommandContext): Promise<number> {
  const { host, options, userAgent, fetch, hide, clean } = context;
  const { settings } = await resolveProvider(context);
  const provider = context.words[0] ?? settings.provider.value;
  if (!Object.hasOwn(PROVIDERS, provider)) {
    throw new MekaError(
      "usage",
      `\`logout\` cannot forget "${provider}"; there are: ${
        Object.keys(PROVIDERS).join(", ")
      }`,
    );
  }
  const path = databasePath(host);
  const { database, writable } = await openDatabase(path, host);
  try {
    if (!writable) {
      throw new MekaError(
        "internal",
        `Cannot delete the stored sign-in: the database "${path}" cannot be written`,
        { hint: "Make the file and its folder writable, then try again" },
      );
    }
    const forgotten = await forget({
      provider,
      database,
      host,
      fetch,
      userAgent,
      hide,
      issuer: settings.issuer.value,
      signal: host.interrupt,
      revoke: options.has("revoke"),
    });
    for (const warning of forgotten.warnings) await warn(context, warning);
    if (!options.has("quiet")) {
      for (const line of report(forgotten, provider, options.has("revoke"))) {
        await host.write({ to: "stderr", text: `${clean(line)}\n` });
      }
    }
    const variable = provider === "openai-codex"
      ? "OPENAI_CODEX_TOKEN"
      : "OPENAI_API_KEY";
    if (host.env(variable) !== undefined) {
      await warn(context, `\`${variable}\` is set: the next run uses that`);
    }
  } finally {
    database.close();
  }
  return 0;
}

function report(
  { account, keys, revoked }: Forgotten,
  provider: string,
  revoke: boolean,
): readonly string[] {
  if (keys) {
    return [
      `The stored key of ${provider} is forgotten on this machine.`,
      "Only the service that gave it can end it.",
    ];
  }
  if (account === undefined) {
    return [`There was no sign-in of ${provider} to forget.`];
  }
  const who = account.email === undefined ? "" : ` of ${account.email}`;
  const local = `The sign-in${who} is forgotten on this machine.`;
  if (revoked) {
    return [
      local,
      "The issuer has ended it: other programs that use the same sign-in may be signed out, too.",
    ];
  }
  return revoke ? [local] : [
    local,
    "The issuer was not told (`--revoke` does that): ChatGPT's security settings can end it.",
  ];
}
