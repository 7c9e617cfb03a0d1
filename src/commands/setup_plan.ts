import { closest } from "fastest-levenshtein";
import { editProvider, type ProviderChanges } from "../config/edit.ts";
import { readConfigText } from "../config/read_config_text.ts";
import { DEFAULT_ISSUER } from "../config/resolve.ts";
import { isEffort, readConfig } from "../config/schema.ts";
import { secureUrl } from "../config/secure_url.ts";
import { MekaError } from "../errors.ts";
import type { Host } from "../host.ts";
import { EFFORTS } from "../message.ts";
import { PROVIDERS } from "../providers/mod.ts";
import { type CommandContext, text as option } from "./context.ts";

/** The provider that a sign-in is for. */
export const PROVIDER = "openai-codex";

/** What was typed after `meka setup`. */
export interface SetupOptions {
  readonly model: string | undefined;
  readonly effort: string | undefined;
  readonly baseUrl: string | undefined;
}

/** The config file, read and written as text. */
export interface ConfigFile {
  readonly host: Host;
  readonly path: string;
}

export function readOptions(context: CommandContext): SetupOptions {
  const provider = option(context, "provider") ?? PROVIDER;
  if (provider !== PROVIDER) {
    throw notAllowed("provider", provider, Object.keys(PROVIDERS));
  }
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
export function findIssuer(
  host: Host,
  present: ReadonlyMap<string, string>,
): URL {
  const given = host.env("MEKA_OAUTH_ISSUER");
  if (given !== undefined) return secureUrl(given, "`MEKA_OAUTH_ISSUER`");
  const kept = isAbout(present) ? present.get("issuer") : undefined;
  return secureUrl(kept ?? DEFAULT_ISSUER, "`issuer` in the config");
}

/** A sign-in that every turn would refuse to use is not begun. */
export function checkBaseUrl(
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

/** What the questions, or the lack of them, came to. */
export interface ModelChoice {
  readonly model: string;
  /** Undefined leaves what the file says. */
  readonly effort?: string | undefined;
}

export function planChanges(
  options: SetupOptions,
  { model, effort }: ModelChoice,
  present: ReadonlyMap<string, string>,
): ProviderChanges {
  return {
    name: PROVIDER,
    model,
    ...effort === undefined ? {} : { effort },
    // Another provider's address must not be handed this one's token, nor its key kept in force.
    ...isAbout(present)
      ? {}
      : { base_url: undefined, issuer: undefined, api_key: undefined },
    ...options.baseUrl === undefined ? {} : { base_url: options.baseUrl },
  };
}

/** The model that can be told without a question. */
export function knownModel(
  options: SetupOptions,
  present: ReadonlyMap<string, string>,
  host: Host,
): string | undefined {
  return options.model ?? (keptModel(present) || host.env("MEKA_MODEL"));
}

function keptModel(present: ReadonlyMap<string, string>): string | undefined {
  return isAbout(present) ? present.get("model")?.trim() : undefined;
}

export function demandModel(
  options: SetupOptions,
  present: ReadonlyMap<string, string>,
  host: Host,
): void {
  if (knownModel(options, present, host) !== undefined) return;
  throw new MekaError(
    "usage",
    "Cannot ask for the model without a terminal: pass `--model`",
    { hint: `For example \`meka setup --provider ${PROVIDER} --model gpt-5\`` },
  );
}

/** The config as it will be must be one that a turn accepts. */
export async function checkResult(
  text: string,
  changes: ProviderChanges,
  { path }: ConfigFile,
): Promise<string> {
  const edited = await editProvider(text, changes, path);
  const expected = { path, providers: Object.keys(PROVIDERS) };
  try {
    await readConfig(edited, expected);
    return edited;
  } catch (error) {
    // The same error with the lines as the person has them.
    await readConfig(text, expected);
    throw error;
  }
}

export async function writeConfig(
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
