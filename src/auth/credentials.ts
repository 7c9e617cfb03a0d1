import { MekaError } from "../errors.ts";
import type { Host } from "../host.ts";
import type { Fetch } from "../http/fetch.ts";
import type { OauthCredential } from "../message.ts";
import { explainDatabase, type OpenedDatabase } from "../store/database.ts";
import { readTokens, type TokenRow } from "../store/tokens.ts";
import type { Renewal } from "./refresh.ts";
import { isHeaderSafe, readClaims, type RefreshReason } from "./wire.ts";

/** An access token this near to its end is refreshed before it is used. */
const EXPIRY_WINDOW_MS = 300_000;

/** The age at which a token without a readable `exp` is refreshed. */
const UNDATED_LIFE_MS = 8 * 24 * 60 * 60 * 1000;

/** What finding a credential needs; one for all turns of a process. */
export interface CredentialContext {
  /** The key of the row, which is the provider's name in the config. */
  readonly provider: string;
  /**
   * The open store; asked only when the environment holds no token. Its connection is inside a transaction while a
   * refresh is under way, so nothing else may be written through it meanwhile.
   */
  readonly store: () => Promise<OpenedDatabase>;
  readonly host: Pick<
    Host,
    "env" | "now" | "elapsed" | "sleep" | "randomBytes"
  >;
  /** For the issuer, so without the cookie jar. */
  readonly fetch: Fetch;
  readonly issuer: URL;
  readonly userAgent: string;
  readonly signal: AbortSignal;
}

/** A credential to use now, with what a person should be told about it. */
export interface CurrentCredential {
  readonly credential: OauthCredential;
  /** Sentences for `warning` events. */
  readonly warnings: readonly string[];
}

/**
 * The credential for the next request, refreshed first when it is due. Ask once for a turn: a renewed token that could
 * not be stored (the warnings say so) is known to this answer only.
 *
 * @throws {MekaError} "auth" when there is no usable sign-in, "network" or "blocked" when a dead token cannot be
 * refreshed for the moment, "internal" when the store stays locked.
 */
export async function currentCredential(
  context: CredentialContext,
): Promise<CurrentCredential> {
  const given = environmentCredential(context.host);
  if (given !== undefined) return { credential: given, warnings: [] };
  const opened = await context.store();
  const row = readRow(opened, context.provider);
  const reason = refreshReason(row, context.host.now());
  if (reason === undefined) return usable(row);

  const renewal = await renewLazily(opened, row, { ...context, reason });
  if (renewal.error === undefined) return usable(renewal.row, renewal.warnings);
  // A refusal is final: told now, it is not met in the middle of something minutes later.
  const final = renewal.error.kind === "auth";
  if (final || !isLiving(renewal.row, context.host.now())) throw renewal.error;
  return usable(renewal.row, [
    `${renewal.error.message}; the current token is used while it lasts`,
  ]);
}

/**
 * The credential to try once more with after the service answered 401 to `used`: a newer one that another process
 * stored, else one from a refresh.
 *
 * @throws {MekaError} as {@linkcode currentCredential}; a refused token is not used again, however long it has to live.
 */
export async function afterUnauthorized(
  used: OauthCredential,
  context: CredentialContext,
): Promise<CurrentCredential> {
  if (environmentCredential(context.host) !== undefined) {
    throw new MekaError(
      "auth",
      "The service refused the token in `OPENAI_CODEX_TOKEN`",
      { hint: "Set a fresh one, or unset it and run `meka setup`" },
    );
  }
  const opened = await context.store();
  const row = readRow(opened, context.provider);
  demandSameAccount(row, used);
  if (row.accessToken !== used.accessToken) return usable(row);
  const reason = "unauthorized_recovery";
  const renewal = await renewLazily(opened, row, { ...context, reason });
  if (renewal.error !== undefined) throw renewal.error;
  demandSameAccount(renewal.row, used);
  return usable(renewal.row, renewal.warnings);
}

/** The token of `OPENAI_CODEX_TOKEN`, used as it is: never stored, never refreshed. */
export function environmentCredential(
  host: Pick<Host, "env">,
): OauthCredential | undefined {
  const accessToken = host.env("OPENAI_CODEX_TOKEN")?.trim();
  if (!accessToken) return undefined;
  if (!isHeaderSafe(accessToken)) {
    throw new MekaError(
      "auth",
      "`OPENAI_CODEX_TOKEN` holds a character that no token has",
      { hint: "Set it to the access token alone" },
    );
  }
  const { accountId } = readClaims({ accessToken });
  return { type: "oauth", accessToken, accountId, fedramp: false };
}

/** Why a token is due for a refresh, or undefined when it is not. */
export function refreshReason(
  row: Pick<TokenRow, "expiresAt" | "refreshedAt">,
  now: number,
): RefreshReason | undefined {
  if (row.expiresAt !== undefined) {
    const left = row.expiresAt * 1000 - now;
    return left <= EXPIRY_WINDOW_MS ? "proactive_expiry" : undefined;
  }
  // An age below zero means that the clock was set back: the true age is unknown, and one refresh puts it right.
  const age = now - row.refreshedAt;
  const known = age >= -EXPIRY_WINDOW_MS;
  return known && age <= UNDATED_LIFE_MS ? undefined : "scheduled";
}

function readRow(opened: OpenedDatabase, provider: string): TokenRow {
  let row: TokenRow | undefined;
  try {
    row = readTokens(opened.database, provider);
  } catch (error) {
    throw new MekaError(
      "auth",
      `Cannot read the stored sign-in: ${explainDatabase(error)}`,
      { hint: "Run `meka setup`", cause: error },
    );
  }
  if (row === undefined) throw notSignedIn();
  return row;
}

/** The error of a run without a sign-in. */
export function notSignedIn(): MekaError {
  return new MekaError("auth", "Not signed in to ChatGPT", {
    hint: "Run `meka setup`",
  });
}

function demandSameAccount(row: TokenRow, used: OauthCredential): void {
  if (row.accountId === used.accountId) return;
  throw new MekaError(
    "auth",
    "The service refused the token, and another account has signed in since",
    { hint: "Run the command again to use that account" },
  );
}

/** A token without a readable end may be alive: only the service knows. */
function isLiving(row: TokenRow, now: number): boolean {
  return row.expiresAt === undefined || row.expiresAt * 1000 > now;
}

function usable(
  row: TokenRow,
  warnings: readonly string[] = [],
): CurrentCredential {
  const { accessToken, accountId, fedramp } = row;
  return {
    credential: { type: "oauth", accessToken, accountId, fedramp },
    warnings,
  };
}

// Loaded when it is needed: most turns have a fresh token, and start-up counts.
async function renewLazily(
  opened: OpenedDatabase,
  row: TokenRow,
  context: CredentialContext & { readonly reason: RefreshReason },
): Promise<Renewal> {
  const { renew } = await import("./refresh.ts");
  return await renew(opened, row, context);
}
