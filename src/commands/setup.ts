import { signIn } from "../auth/sign_in.ts";
import { editProvider, readProvider } from "../config/edit.ts";
import { configPath, databasePath } from "../config/paths.ts";
import { secureUrl } from "../config/secure_url.ts";
import { MekaError } from "../errors.ts";
import type { Host } from "../host.ts";
import type { Fetch } from "../http/fetch.ts";
import { stripControl } from "../http/redact.ts";
import { EFFORTS } from "../message.ts";
import { openDatabase } from "../store/database.ts";
import type { TokenRow } from "../store/tokens.ts";
import { type CommandContext, text } from "./context.ts";

/** The provider that a sign-in is for; the only one so far. */
const PROVIDER = "openai-codex";

const DEFAULT_ISSUER = "https://auth.openai.com";

/** `meka setup` on the command line: what was typed, and where the files are. */
export function setup(context: CommandContext): Promise<number> {
  const { host } = context;
  const options = {
    provider: text(context, "provider"),
    model: text(context, "model"),
    effort: text(context, "effort"),
    baseUrl: text(context, "base-url"),
  };
  const paths = { config: configPath(host), database: databasePath(host) };
  return setUp(options, { ...context, paths });
}

/** What was typed after `meka setup`. */
export interface SetupOptions {
  readonly provider?: string | undefined;
  readonly model?: string | undefined;
  readonly effort?: string | undefined;
  readonly baseUrl?: string | undefined;
}

/** What `meka setup` works on. */
export interface SetupContext {
  readonly host: Host;
  /** For the issuer, so without the cookie jar. */
  readonly fetch: Fetch;
  readonly userAgent: string;
  readonly paths: { readonly config: string; readonly database: string };
}

/** Signs in with a browser and writes the config. All that can be refused is refused before a page is opened. */
export async function setUp(
  options: SetupOptions,
  context: SetupContext,
): Promise<number> {
  const { host, paths } = context;
  checkOptions(options);
  const text = await readConfig(host, paths.config);
  const present = await readProvider(text, paths.config);
  const issuer = findIssuer(host, present);
  const changes = await planChanges(options, present, host);
  await editProvider(text, changes, paths.config);

  const { database, writable } = await openDatabase(paths.database, host);
  let row: TokenRow;
  try {
    if (!writable) throw cannotWrite(paths.database);
    row = await signIn({
      ...context,
      provider: PROVIDER,
      issuer,
      database,
      signal: host.interrupt,
      announce: (url) => announce(url, host),
    });
  } finally {
    database.close();
  }
  await writeConfig(changes, context);
  await say(host, farewell(row, paths.config));
  return 0;
}

function checkOptions(options: SetupOptions): void {
  const { provider = PROVIDER, model, effort, baseUrl } = options;
  if (provider !== PROVIDER) {
    throw new MekaError("usage", `Unknown provider: "${provider}"`, {
      hint: `Pass \`--provider ${PROVIDER}\``,
    });
  }
  if (model !== undefined && model.trim() === "") {
    throw new MekaError("usage", "`--model` must not be empty");
  }
  if (effort !== undefined && !EFFORTS.some((known) => known === effort)) {
    throw new MekaError("usage", `Unknown effort: "${effort}"`, {
      hint: `Pass one of: ${EFFORTS.join(" ")}`,
    });
  }
  if (baseUrl !== undefined) secureUrl(baseUrl, "`--base-url`", "usage");
}

async function readConfig(host: Host, path: string): Promise<string> {
  const bytes = await host.readFile(path);
  if (bytes === undefined) return "";
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    throw new MekaError("config", `Cannot read "${path}": it is not UTF-8`);
  }
}

/** The file's issuer counts only when the file is about this provider. */
function findIssuer(host: Host, present: ReadonlyMap<string, string>): URL {
  const given = host.env("MEKA_OAUTH_ISSUER");
  if (given !== undefined) return secureUrl(given, "`MEKA_OAUTH_ISSUER`");
  const kept = isAbout(present) ? present.get("issuer") : undefined;
  return secureUrl(kept ?? DEFAULT_ISSUER, "`issuer` in the config");
}

function isAbout(present: ReadonlyMap<string, string>): boolean {
  return (present.get("name") ?? PROVIDER) === PROVIDER;
}

async function planChanges(
  options: SetupOptions,
  present: ReadonlyMap<string, string>,
  host: Host,
): Promise<Record<string, string | undefined>> {
  const same = isAbout(present);
  const model = options.model?.trim() ??
    ((same ? present.get("model") : undefined) || host.env("MEKA_MODEL")) ??
    await askModel(host);
  return {
    name: PROVIDER,
    model,
    ...options.effort === undefined ? {} : { effort: options.effort },
    // Another provider's address must not be handed this one's token, nor its key kept in force.
    ...same
      ? {}
      : { base_url: undefined, issuer: undefined, api_key: undefined },
    ...options.baseUrl === undefined ? {} : { base_url: options.baseUrl },
  };
}

async function askModel(host: Host): Promise<string> {
  const example = `meka setup --provider ${PROVIDER} --model gpt-5`;
  if (!host.isTerminal("stdin") || !host.isTerminal("stderr")) {
    throw new MekaError(
      "usage",
      "Cannot ask for the model without a terminal: pass `--model`",
      { hint: `For example \`${example}\`` },
    );
  }
  for (;;) {
    const line = await host.prompt("Model (for example gpt-5): ");
    if (line === undefined) {
      throw new MekaError("usage", "No model was named: pass `--model`", {
        hint: `For example \`${example}\``,
      });
    }
    if (line.trim() !== "") return line.trim();
  }
}

/** The URL stands on a line of its own, whole, to be copied where no browser can be opened. */
async function announce(url: URL, host: Host): Promise<void> {
  await say(host, `Sign in to ChatGPT on this page:\n${url.href}\n`);
  const opened = await host.openBrowser(url);
  await say(
    host,
    opened
      ? "It should open in your browser. Waiting for you there, 5 minutes at most.\n"
      : "Open it in a browser on this machine. Waiting for you there, 5 minutes at most.\n",
  );
}

async function writeConfig(
  changes: Readonly<Record<string, string | undefined>>,
  { host, paths }: SetupContext,
): Promise<void> {
  try {
    // Read again: the person had five minutes to edit it.
    const text = await readConfig(host, paths.config);
    const edited = await editProvider(text, changes, paths.config);
    if (edited !== text) await host.replaceFile(paths.config, edited);
  } catch (error) {
    const why = error instanceof Error ? error.message : "unknown reason";
    throw new MekaError(
      "config",
      `You are signed in, but "${paths.config}" was not written: ${why}`,
      {
        hint:
          "The sign-in is kept: put that right, then run `meka setup` again",
        cause: error,
      },
    );
  }
}

function farewell(row: TokenRow, config: string): string {
  const who = row.email === undefined ? "" : ` as ${row.email}`;
  const plan = row.plan === undefined ? "" : ` (plan: ${row.plan})`;
  return `Signed in${who}${plan}.\nConfig: ${config}\nTry it: meka "Say hello"\n`;
}

function cannotWrite(path: string): MekaError {
  return new MekaError(
    "internal",
    `Cannot store a sign-in: the database "${path}" cannot be written`,
    { hint: "Make the file and its folder writable, then try again" },
  );
}

async function say(host: Host, text: string): Promise<void> {
  await host.write({ to: "stderr", text: stripControl(text) });
}
