import { MekaError } from "../errors.ts";
import type { Host } from "../host.ts";
import { type Effort, EFFORTS } from "../message.ts";
import { readConfigText } from "./read_config_text.ts";
import { type Config, isEffort, readConfig } from "./schema.ts";
import { secureUrl } from "./secure_url.ts";
import type { ToolTables } from "./tool_tables.ts";

/** Where a setting came from, for people. */
export type Origin = "flag" | "environment" | "file" | "default";

/** A setting and who set it. */
export interface Setting<T> {
  readonly value: T;
  readonly origin: Origin;
}

/** What a provider has to say about its settings. */
export interface ProviderDefaults {
  readonly baseUrl: string;
  /** Environment variables that only this provider heeds. */
  readonly variables?: { readonly baseUrl: string; readonly apiKey: string };
}

/** A key that was set for this run. */
export interface KeySetting extends Setting<string> {
  /** What a person calls the place. */
  readonly name: string;
  /** The only origin it may go to: that of the base URL it was written for. */
  readonly server: string;
}

/** All settings that outlive a turn, each with where it came from. */
export interface Settings {
  readonly provider: Setting<string>;
  /** Undefined when nobody named one: there is no default, since models come and go. */
  readonly model: Setting<string> | undefined;
  readonly effort: Setting<Effort>;
  readonly baseUrl: Setting<URL>;
  readonly issuer: Setting<URL>;
  /** Undefined when none is set, and for providers that take none. */
  readonly apiKey: KeySetting | undefined;
  /** The tools and servers of tools that the file names. */
  readonly tools: ToolTables;
}

/** What {@linkcode resolveSettings} reads. */
export interface SettingSources {
  /** The value of an option, by its long name. */
  readonly flag: (
    name: "provider" | "model" | "effort" | "base-url",
  ) => string | undefined;
  readonly host: Pick<Host, "env" | "readFile">;
  readonly configPath: string;
  /** The file's text, where it is to be another one than is on the disk. */
  readonly configText?: string | undefined;
  /** Keyed by name; the first is the default. */
  readonly providers: Readonly<Record<string, ProviderDefaults>>;
}

const DEFAULT_EFFORT: Effort = "high";
/** Where a ChatGPT account signs in unless somebody says otherwise. */
export const DEFAULT_ISSUER = "https://auth.openai.com";

/**
 * Settles what a run works with: flag, then environment, then file, then default.
 *
 * @throws {MekaError} "usage" for a flag, "config" for the environment and the file.
 */
export async function resolveSettings(
  sources: SettingSources,
): Promise<Settings> {
  const { host, configPath, providers } = sources;
  const names = Object.keys(providers);
  const file = await readFile(sources);
  const find = (
    flag: Parameters<SettingSources["flag"]>[0] | undefined,
    variables: readonly string[],
    inFile: string | undefined,
  ): Found | undefined => {
    const typed = flag && sources.flag(flag);
    if (typed !== undefined) {
      return { name: `--${flag}`, value: typed, origin: "flag" };
    }
    for (const variable of variables) {
      const given = host.env(variable);
      if (given !== undefined) {
        return { name: variable, value: given, origin: "environment" };
      }
    }
    if (inFile === undefined) return undefined;
    return { name: configPath, value: inFile, origin: "file" };
  };
  const provider = find("provider", ["MEKA_PROVIDER"], file.name) ??
    byDefault(names[0] ?? "");
  const defaults = Object.hasOwn(providers, provider.value)
    ? providers[provider.value]
    : undefined;
  if (defaults === undefined) throw await unknownWord(provider, names);
  // The file's addresses belong to the provider that the file names.
  const own = provider.value === (file.name ?? names[0]) ? file : {};
  const model = find("model", ["MEKA_MODEL"], file.model);
  if (model?.value.trim() === "") {
    throw new MekaError(kindOf(model), `\`${model.name}\` must not be empty`);
  }
  const effort = find("effort", ["MEKA_EFFORT"], file.effort) ??
    byDefault(DEFAULT_EFFORT);
  if (!isEffort(effort.value)) throw await unknownWord(effort, EFFORTS);
  const { variables } = defaults;
  const places = ["MEKA_BASE_URL", ...variables ? [variables.baseUrl] : []];
  const baseUrl = find("base-url", places, own.baseUrl) ??
    byDefault(defaults.baseUrl);
  const server = url(baseUrl);
  const issuer = find(undefined, ["MEKA_OAUTH_ISSUER"], own.issuer) ??
    byDefault(DEFAULT_ISSUER);
  const key = variables && find(undefined, [variables.apiKey], own.apiKey);
  return {
    provider: { value: provider.value, origin: provider.origin },
    model: model && { value: model.value, origin: model.origin },
    effort: { value: effort.value, origin: effort.origin },
    baseUrl: { value: server, origin: baseUrl.origin },
    issuer: { value: url(issuer), origin: issuer.origin },
    apiKey: key && {
      ...key,
      // The file's key belongs to the file's address; that of the environment, to this run.
      server: key.origin === "file"
        ? new URL(own.baseUrl ?? defaults.baseUrl).origin
        : server.origin,
    },
    tools: file.tools ?? { own: [], mcp: [] },
  };
}

/** A setting as it was written, and what a person calls the place. */
interface Found extends Setting<string> {
  readonly name: string;
}

function byDefault(value: string): Found {
  return { name: "", value, origin: "default" };
}

async function readFile(sources: SettingSources): Promise<Config> {
  const { host, configPath, providers } = sources;
  const toml = sources.configText ?? await readConfigText(configPath, host);
  if (toml === undefined) return {};
  return await readConfig(toml, {
    path: configPath,
    providers: Object.keys(providers),
  });
}

function url(found: Found): URL {
  return secureUrl(found.value, `\`${found.name}\``, kindOf(found));
}

function kindOf({ origin }: Found): "usage" | "config" {
  return origin === "flag" ? "usage" : "config";
}

// The file's own words are checked where its lines are known.
async function unknownWord(
  found: Found,
  allowed: readonly string[],
): Promise<MekaError> {
  const { closest } = await import("fastest-levenshtein");
  const { name, value } = found;
  return new MekaError(
    kindOf(found),
    `\`${name}\` cannot be "${value}"; allowed: ${allowed.join(", ")}`,
    { hint: `The nearest is \`${closest(value, allowed)}\`` },
  );
}
