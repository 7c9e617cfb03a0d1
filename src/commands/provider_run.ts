import { configPath, databasePath } from "../config/paths.ts";
import { resolveSettings, type Settings } from "../config/resolve.ts";
import { type ProviderName, PROVIDERS } from "../providers/mod.ts";
import type {
  Provider,
  ProviderEntry,
  Question,
} from "../providers/provider.ts";
import { openAccess, type ProviderAccess } from "./access.ts";
import { type CommandContext, text } from "./context.ts";
import type { Answer } from "./question.ts";

/** The settings of a command and the provider they name. */
export interface ProviderSettings {
  readonly settings: Settings;
  readonly provider: Provider;
  /** What it wants as proof. */
  readonly credential: ProviderEntry["credential"];
}

/** A provider that is ready to be asked. */
export interface ProviderRun extends ProviderSettings, AsyncDisposable {
  readonly access: ProviderAccess;
  /** Asks something that is no turn; see `askService`. */
  ask<T>(question: Question<T>): Promise<Answer<T>>;
}

/** Settles what a command works with: flags, environment, config, defaults. */
export async function resolveProvider(
  context: CommandContext,
  configText?: string,
): Promise<ProviderSettings> {
  const { host } = context;
  const settings = await resolveSettings({
    flag: (name) => text(context, name),
    host,
    configPath: configPath(host),
    configText,
    providers: PROVIDERS,
  });
  const name = settings.provider.value;
  if (!isProvider(name)) throw new Error("settings name no provider");
  const { credential, load } = PROVIDERS[name];
  return { settings, provider: await load(), credential };
}

/** Opens the provider that the settings name; `configText` stands in for the config on the disk. */
export async function openProvider(
  context: CommandContext,
  configText?: string,
): Promise<ProviderRun> {
  const { host } = context;
  const chosen = await resolveProvider(context, configText);
  const { settings, credential } = chosen;
  host.prepareFetch(settings.baseUrl.value);
  const access = await openAccess(context, {
    settings,
    credential,
    databasePath: databasePath(host),
    fetch: context.fetch,
  });
  return askable(context, chosen, access);
}

/** A provider that can be asked by way of an open access, which ends with it. */
export function askable(
  { host, userAgent }: CommandContext,
  chosen: ProviderSettings,
  access: ProviderAccess,
): ProviderRun {
  const { provider, settings } = chosen;
  const baseUrl = settings.baseUrl.value;
  return {
    ...chosen,
    access,
    ask: async (question) => {
      const { askService } = await import("./question.ts");
      const asked = { host, provider, access, baseUrl, userAgent };
      return await askService(question, asked);
    },
    [Symbol.asyncDispose]: () => access[Symbol.asyncDispose](),
  };
}

function isProvider(name: string): name is ProviderName {
  return Object.hasOwn(PROVIDERS, name);
}
