import type {
  Access,
  KeyCredential,
  OauthCredential,
  Turn,
} from "../../src/message.ts";

/** A turn that asks for nothing special. */
export const TURN: Turn = {
  model: "gpt-5",
  known: undefined,
  effort: "high",
  effortChosen: false,
  instructions: "Be brief.",
  items: [{ type: "user", parts: [{ type: "text", text: "say hi" }] }],
  tools: [],
  search: false,
  schema: undefined,
  whole: false,
  maxTokens: undefined,
  temperature: undefined,
  session: "01a2047b-1496-749b-ae5c-193ba57496e4",
};

/** A sign-in. */
export const SIGN_IN: OauthCredential = {
  type: "oauth",
  accessToken: "at_secret",
  accountId: "acc_1",
  fedramp: false,
};

/** A key. */
export const KEY: KeyCredential = { type: "api_key", key: "sk-secret-key" };

/** What a request is made with, for the provider that takes this credential. */
export function accessWith(
  credential: Access["credential"],
  baseUrl: string,
): Access {
  return {
    baseUrl: new URL(baseUrl),
    credential,
    userAgent: "meka_cli/0.1.0 (linux 6.0; x86_64)",
    turnState: undefined,
    reduced: false,
    signal: AbortSignal.any([]),
  };
}
