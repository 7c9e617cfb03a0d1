import { openaiCodex } from "./openai_codex/mod.ts";
import type { Provider } from "./provider.ts";

/** Every provider, keyed by its name in the config; the first is the default. */
export const PROVIDERS = {
  "openai-codex": openaiCodex,
} satisfies Record<string, Provider>;

/** The name of a provider in the config. */
export type ProviderName = keyof typeof PROVIDERS;
