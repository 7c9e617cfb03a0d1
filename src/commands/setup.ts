import { closest } from "fastest-levenshtein";
import { signIn } from "../auth/sign_in.ts";
import {
  editProvider,
  type ProviderChanges,
  readProvider,
} from "../config/edit.ts";
import { configPath, databasePath } from "../config/paths.ts";
import { readConfigText } from "../config/read_config_text.ts";
import { isEffort, readConfig } from "../config/schema.ts";
import { secureUrl } from "../config/secure_url.ts";
import { MekaError } from "../errors.ts";
import type { Host } from "../host.ts";
import { stripControl } from "../http/redact.ts";
import { EFFORTS } from "../message.ts";
import { openDatabase } from "../store/database.ts";
import type { TokenRow } from "../store/tokens.ts";
import { type CommandContext, text as option } from "./context.ts";

/** The provider that a sign-in is for; the only one so far. */
const PROVIDER = "openai-codex";

const DEFAULT_ISSUER = "https://auth.openai.com";

/** Signs in and writes the config. All that can be refused is refused before a page is opened. */
export async function setup(context: CommandContext): Promise<number> {
  const { host } = context;
  const options = readOptions(context);
  const file: ConfigFile = { host, path: configPath(host) };
  const text = await readConfigText(file.path, host) ?? "";
  const present = await readProvider(text, file.path);
  const issuer = findIssuer(host, present);
  checkBaseUrl(options, present, host);
  const changes = await planChanges(options, present, host);
  await checkResult(text, changes, file);

  const row = await signInAndStore(issuer, context);
  await writeConfig(changes, file);
  await say(host, farewell(row, file.path));
  return 0;
}

/** What was typed after `meka setup`. */
interface SetupOptions {
  readonly model: string | undefined;
  readonly effort: string | undefined;
  readonly baseUrl: string | undefined;
}

interface ConfigFile {
  readonly host: Host;
  readonly path: string;
}

function readOptions(context: CommandContext): SetupOptions {
  const provider = option(context, "provider") ?? PROVIDER;
  if (provider !== PROVIDER) throw notAllowed("provider", provider, [PROVIDER]);
  const model = option(context, "model")?.trim();
  if (model === "") {
    throw new MekaError("usage", "`--model` must not be empty");
  }
  const effort = option(context, "effort");
  if (effort !== undefined && !isEffort(effort)) {
    throw notAllowed("effort", effort, EFFORTS);
  }
  const baseUrl = option(context, "base-url");
  if (baseUrl !== undefined) secureUrl(baseUrl, "`--base-url`", "usage");
  return { model, effort, baseUrl };
}

function notAllowed(
  flag: string,
  value: string,
  allowed: readonly string[],
): MekaError {
  return new MekaError(
    "usage",
    `\`--${flag}\` cannot be "${value}"; allowed: ${allowed.join(", ")}`,
    { hint: `The nearest is \`${closest(value, allowed)}\`` },
  );
}

/** The file's issuer counts only when the file is about this provider. */
function findIssuer(host: Host, present: ReadonlyMap<string, string>): URL {
  const given = host.env("MEKA_OAUTH_ISSUER");
  if (given !== undefined) return secureUrl(given, "`MEKA_OAUTH_ISSUER`");
  const kept = isAbout(present) ? present.get("issuer") : undefined;
  return secureUrl(kept ?? DEFAULT_ISSUER, "`issuer` in the config");
}

/** A sign-in that every turn would refuse to use is not begun. */
function checkBaseUrl(
  options: SetupOptions,
  present: ReadonlyMap<string, string>,
  host: Host,
): void {
  if (options.baseUrl !== undefined) return;
  const given = host.env("MEKA_BASE_URL");
  const kept = isAbout(present) ? present.get("base_url") : undefined;
  if (given !== undefined) secureUrl(given, "`MEKA_BASE_URL`");
  else if (kept !== undefined) secureUrl(kept, "`base_url` in the config");
}

function isAbout(present: ReadonlyMap<string, string>): boolean {
  return (present.get("name") ?? PROVIDER) === PROVIDER;
}

async function planChanges(
  options: SetupOptions,
  present: ReadonlyMap<string, string>,
  host: Host,
): Promise<ProviderChanges> {
  const same = isAbout(present);
  const kept = same ? present.get("model")?.trim() : undefined;
  const model = options.model ?? (kept || host.env("MEKA_MODEL")) ??
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

/** The config as it will be must be one that a turn accepts. */
async function checkResult(
  text: string,
  changes: ProviderChanges,
  { path }: ConfigFile,
): Promise<void> {
  const edited = await editProvider(text, changes, path);
  const expected = { path, providers: [PROVIDER] };
  try {
    await readConfig(edited, expected);
  } catch (error) {
    // The same error with the lines as the person has them.
    await readConfig(text, expected);
    throw error;
  }
}

async function signInAndStore(
  issuer: URL,
  context: CommandContext,
): Promise<TokenRow> {
  const { host } = context;
  const path = databasePath(host);
  const { database, writable } = await openDatabase(path, host);
  try {
    if (!writable) throw cannotWrite(path);
    return await signIn({
      ...context,
      provider: PROVIDER,
      issuer,
      database,
      signal: host.interrupt,
      way: context.options.has("device") ? "device" : "browser",
      openBrowser: !context.options.has("no-browser"),
    });
  } finally {
    database.close();
  }
}

async function writeConfig(
  changes: ProviderChanges,
  file: ConfigFile,
): Promise<void> {
  const { host, path } = file;
  try {
    // Read again: the person had five minutes to edit it.
    const text = await readConfigText(path, host) ?? "";
    const edited = await editProvider(text, changes, path);
    if (edited !== text) await host.replaceFile(path, edited);
  } catch (error) {
    const why = error instanceof Error ? error.message : "unknown reason";
    throw new MekaError(
      "config",
      `You are signed in, but "${path}" was not written: ${why}`,
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
