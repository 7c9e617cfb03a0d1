import type { ProviderEntry } from "./provider.ts";

/** Every provider, keyed by its name in the config; the first is the default. None costs another one's start. */
export const PROVIDERS = {
  "openai-codex": {
    credential: "oauth",
    baseUrl: "https://chatgpt.com",
    load: async () => (await import("./openai_codex/mod.ts")).openaiCodex,
  },
  "openai-api": {
    credential: "api_key",
    baseUrl: "https://api.openai.com/v1",
    variables: { baseUrl: "OPENAI_BASE_URL", apiKey: "OPENAI_API_KEY" },
    load: async () => (await import("./openai_api/mod.ts")).openaiApi,
  },
} satisfies Readonly<Record<string, ProviderEntry>>;

/** The name of a provider in the config. */
export type ProviderName = keyof typeof PROVIDERS;
