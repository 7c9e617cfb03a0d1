import { configPath, databasePath } from "../config/paths.ts";
import { resolveSettings, type Settings } from "../config/resolve.ts";
import { PROVIDERS } from "../providers/mod.ts";
import type { Provider, Question } from "../providers/provider.ts";
import { openAccess, type ProviderAccess } from "./access.ts";
import { type CommandContext, text } from "./context.ts";
import type { Answer } from "./question.ts";

/** The settings of a command and the provider they name. */
export interface ProviderSettings {
  readonly settings: Settings;
  readonly provider: Provider;
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
  const named = Object.entries(PROVIDERS)
    .find(([name]) => name === settings.provider.value);
  if (named === undefined) throw new Error("settings name no provider");
  return { settings, provider: named[1] };
}

/** Opens the provider that the settings name; `configText` stands in for the config on the disk. */
export async function openProvider(
  context: CommandContext,
  configText?: string,
): Promise<ProviderRun> {
  const { host, userAgent } = context;
  const { settings, provider } = await resolveProvider(context, configText);
  const baseUrl = settings.baseUrl.value;
  host.prepareFetch(baseUrl);
  const access = await openAccess(context, {
    settings,
    databasePath: databasePath(host),
    fetch: context.fetch,
  });
  return {
    settings,
    provider,
    access,
    ask: async (question) => {
      const { askService } = await import("./question.ts");
      const asked = { host, provider, access, baseUrl, userAgent };
      return await askService(question, asked);
    },
    [Symbol.asyncDispose]: () => access[Symbol.asyncDispose](),
  };
}
