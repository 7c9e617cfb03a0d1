import type { Database } from "./database.ts";

/** A stored sign-in: one row of `oauth_tokens`. */
export interface TokenRow {
  readonly provider: string;
  readonly accessToken: string;
  readonly refreshToken: string | undefined;
  readonly idToken: string | undefined;
  /** The account all requests are billed to, as of the sign-in. */
  readonly accountId: string | undefined;
  readonly email: string | undefined;
  readonly plan: string | undefined;
  readonly fedramp: boolean;
  /** Epoch seconds; undefined when the access token has no readable `exp`. */
  readonly expiresAt: number | undefined;
  /** Epoch milliseconds of the sign-in or the last refresh. */
  readonly refreshedAt: number;
  /** Epoch milliseconds of the last refresh that failed for the moment. */
  readonly attemptedAt: number | undefined;
  /** Why the issuer refused this refresh token for good. */
  readonly refusal: string | undefined;
}

/** The sign-in of a provider, or undefined when there is none. */
export function readTokens(
  database: Database,
  provider: string,
): TokenRow | undefined {
  const row = database.prepare("SELECT * FROM oauth_tokens WHERE provider = ?")
    .get(provider);
  if (row === undefined) return undefined;
  return {
    provider,
    accessToken: String(row.access_token),
    refreshToken: text(row.refresh_token),
    idToken: text(row.id_token),
    accountId: text(row.account_id),
    email: text(row.email),
    plan: text(row.plan),
    fedramp: row.fedramp === 1,
    expiresAt: number(row.expires_at),
    refreshedAt: Number(row.refreshed_at),
    attemptedAt: number(row.attempted_at),
    refusal: text(row.refusal),
  };
}

/** The account of a sign-in, where there is one and it tells. */
export function readAccountId(
  database: Database,
  provider: string,
): string | undefined {
  const row = database.prepare(
    "SELECT account_id FROM oauth_tokens WHERE provider = ?",
  ).get(provider);
  return text(row?.account_id);
}

/** The accounts of all sign-ins that tell theirs. */
export function accountIds(database: Database): string[] {
  const rows = database.prepare(
    "SELECT DISTINCT account_id FROM oauth_tokens WHERE account_id IS NOT NULL",
  ).all();
  return rows.map(({ account_id: id }) => String(id));
}

/** Puts a sign-in in the place of the provider's last one. */
export function writeTokens(database: Database, row: TokenRow): void {
  database.prepare(`
    INSERT OR REPLACE INTO oauth_tokens
      (provider, access_token, refresh_token, id_token, account_id, email, plan, fedramp,
       expires_at, refreshed_at, attempted_at, refusal)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
  `).run(
    row.provider,
    row.accessToken,
    row.refreshToken ?? null,
    row.idToken ?? null,
    row.accountId ?? null,
    row.email ?? null,
    row.plan ?? null,
    row.fedramp ? 1 : 0,
    row.expiresAt ?? null,
    row.refreshedAt,
    row.attemptedAt ?? null,
    row.refusal ?? null,
  );
}

/** Forgets a provider's sign-in; its bytes are overwritten, since every connection has `secure_delete` on. */
export function deleteTokens(database: Database, provider: string): void {
  database.prepare("DELETE FROM oauth_tokens WHERE provider = ?").run(provider);
}

function text(value: unknown): string | undefined {
  return typeof value === "string" ? value : undefined;
}

function number(value: unknown): number | undefined {
  return typeof value === "number" ? value : undefined;
}
