import type { Profile } from "./profile.ts";
import { litellm } from "./profiles/litellm.ts";
import { llamacpp } from "./profiles/llamacpp.ts";
import { lmstudio } from "./profiles/lmstudio.ts";
import { ollama } from "./profiles/ollama.ts";
import { openai } from "./profiles/openai.ts";
import { openrouter } from "./profiles/openrouter.ts";
import { vllm } from "./profiles/vllm.ts";

/** Every family by name. */
export const CHAT_PROFILES = {
  openai,
  ollama,
  vllm,
  lmstudio,
  llamacpp,
  openrouter,
  litellm,
} as const satisfies Readonly<Record<string, Profile>>;

/** The name of a family. */
export type ProfileName = keyof typeof CHAT_PROFILES;

/** Tells whether a word is the name of a family. */
export function isProfileName(name: string): name is ProfileName {
  return Object.hasOwn(CHAT_PROFILES, name);
}
