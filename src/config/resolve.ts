import { closest } from "fastest-levenshtein";
import { MekaError } from "../errors.ts";
import type { Host } from "../host.ts";
import { type Effort, EFFORTS } from "../message.ts";
import { type Config, isEffort, readConfig } from "./schema.ts";
import { secureUrl } from "./secure_url.ts";

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
}

/** All settings that outlive a turn, each with where it came from. */
export interface Settings {
  readonly provider: Setting<string>;
  /** Undefined when nobody named one: there is no default, since models come and go. */
  readonly model: Setting<string> | undefined;
  readonly effort: Setting<Effort>;
  readonly baseUrl: Setting<URL>;
  readonly issuer: Setting<URL>;
}

/** What {@linkcode resolveSettings} reads. */
export interface SettingSources {
  /** The value of an option, by its long name. */
  readonly flag: (
    name: "provider" | "model" | "effort" | "base-url",
  ) => string | undefined;
  readonly host: Pick<Host, "env" | "readFile">;
  readonly configPath: string;
  /** Keyed by name; the first is the default. */
  readonly providers: Readonly<Record<string, ProviderDefaults>>;
}

const DEFAULT_EFFORT: Effort = "high";
const DEFAULT_ISSUER = "https://auth.openai.com";

/**
 * Settles what a run works with: flag, then environment, then file, then default.
 *
 * @throws {MekaError} "usage" for a flag, "config" for the environment and the file.
 */
export async function resolveSettings(
  sources: SettingSources,
): Promise<Settings> {
  const { host, configPath, providers } = sources;
  const file = await readFile(sources);
  const pick = (
    flag: Parameters<SettingSources["flag"]>[0] | undefined,
    variable: string,
    key: string | undefined,
  ): Setting<string> | undefined => {
    const typed = flag && sources.flag(flag);
    if (typed !== undefined) return { value: typed, origin: "flag" };
    const named = host.env(variable);
    if (named !== undefined) return { value: named, origin: "environment" };
    return key === undefined ? undefined : { value: key, origin: "file" };
  };
  const names = Object.keys(providers);
  const provider = pick("provider", "MEKA_PROVIDER", file.name) ??
    { value: names[0] ?? "", origin: "default" };
  const defaults = Object.hasOwn(providers, provider.value)
    ? providers[provider.value]
    : undefined;
  if (defaults === undefined) {
    const source = { flag: "--provider", variable: "MEKA_PROVIDER" };
    throw unknownWord(provider, source, names);
  }
  // The file's addresses belong to the provider that the file names.
  const own = provider.value === (file.name ?? names[0]) ? file : {};
  const model = pick("model", "MEKA_MODEL", file.model);
  if (model?.value.trim() === "") {
    throw new MekaError("usage", "`--model` must not be empty");
  }
  const effort = pick("effort", "MEKA_EFFORT", file.effort) ??
    { value: DEFAULT_EFFORT, origin: "default" };
  if (!isEffort(effort.value)) {
    const source = { flag: "--effort", variable: "MEKA_EFFORT" };
    throw unknownWord(effort, source, EFFORTS);
  }
  return {
    provider,
    model,
    effort: { value: effort.value, origin: effort.origin },
    baseUrl: url(
      pick("base-url", "MEKA_BASE_URL", own.baseUrl),
      ["`--base-url`", "`MEKA_BASE_URL`", `"base_url" in "${configPath}"`],
      defaults.baseUrl,
    ),
    issuer: url(
      pick(undefined, "MEKA_OAUTH_ISSUER", own.issuer),
      ["", "`MEKA_OAUTH_ISSUER`", `"issuer" in "${configPath}"`],
      DEFAULT_ISSUER,
    ),
  };
}

async function readFile(sources: SettingSources): Promise<Config> {
  const { host, configPath, providers } = sources;
  const bytes = await host.readFile(configPath);
  if (bytes === undefined) return {};
  let toml: string;
  try {
    toml = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    throw new MekaError(
      "config",
      `Cannot read "${configPath}": it is not UTF-8`,
    );
  }
  return await readConfig(toml, {
    path: configPath,
    providers: Object.keys(providers),
  });
}

function url(
  setting: Setting<string> | undefined,
  [flag, variable, key]: readonly [string, string, string],
  fallback: string,
): Setting<URL> {
  if (setting === undefined) {
    return { value: new URL(fallback), origin: "default" };
  }
  const { value, origin } = setting;
  const name = { flag, environment: variable, file: key, default: "" }[origin];
  const kind = origin === "flag" ? "usage" : "config";
  return { value: secureUrl(value, name, kind), origin };
}

function unknownWord(
  { value, origin }: Setting<string>,
  source: { flag: string; variable: string },
  allowed: readonly string[],
): MekaError {
  const [name, kind] = origin === "flag"
    ? [source.flag, "usage" as const]
    : [source.variable, "config" as const];
  const nearest = closest(value, allowed);
  return new MekaError(
    kind,
    `\`${name}\` cannot be "${value}"; allowed: ${allowed.join(", ")}`,
    { hint: `The nearest is \`${nearest}\`` },
  );
}
