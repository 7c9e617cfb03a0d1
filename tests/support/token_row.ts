import type { TokenRow } from "../../src/store/tokens.ts";

/** A whole sign-in, whose secrets begin with "SECRET-". */
export function tokenRow(fields: Partial<TokenRow> = {}): TokenRow {
  return {
    provider: "openai-codex",
    accessToken: "SECRET-ACCESS",
    refreshToken: "SECRET-REFRESH",
    idToken: "SECRET-ID",
    accountId: "acct",
    email: "someone@example.com",
    plan: "plus",
    fedramp: false,
    expiresAt: 1_900_000_000,
    refreshedAt: 1_800_000_000_000,
    attemptedAt: undefined,
    refusal: undefined,
    ...fields,
  };
}
