import { MekaError } from "../errors.ts";
import type { Host } from "../host.ts";
import {
  type Database,
  explainDatabase,
  type OpenedDatabase,
} from "../store/database.ts";
import { readTokens, type TokenRow, writeTokens } from "../store/tokens.ts";
import { type CredentialContext, notSignedIn } from "./credentials.ts";
import { beginImmediate, rollback } from "../store/lock.ts";
import { refreshTokens, refusedRefresh } from "./token.ts";
import { readClaims, type RefreshReason, type TokenAnswer } from "./wire.ts";

/** Longer than one refresh of another process can take. */
const LOCK_LIMIT_MS = 35_000;

/** With a token that still lives there is less reason to wait. */
const LIVING_LOCK_LIMIT_MS = 10_000;

/** After Ctrl-C the answer under way may still come: it holds the only refresh token that works from then on. */
const GRACE_MS = 1_000;

/** The sign-in after an attempt to renew it: renewed, by this process or another, or as it was, and why. */
export interface Renewal {
  readonly row: TokenRow;
  readonly warnings: readonly string[];
  readonly error?: MekaError;
}

/** A {@linkcode CredentialContext} with the reason that the issuer is told. */
export interface RenewContext extends CredentialContext {
  readonly reason: RefreshReason;
}

/**
 * Renews the sign-in that was `seen`, one process at a time: a refresh token works once, and a second use can end the
 * whole grant. The write lock is held over the request, and the new pair is committed before anyone uses it.
 */
export async function renew(
  opened: OpenedDatabase,
  seen: TokenRow,
  context: RenewContext,
): Promise<Renewal> {
  const { database } = opened;
  if (!opened.writable) return unchanged(seen, cannotStore("it is read-only"));
  try {
    const locked = await beginImmediate(database, {
      host: context.host,
      signal: context.signal,
      limitMs: lockLimit(seen, context.host.now()),
    });
    if (!locked) {
      return unchanged(seen, cannotStore("another program holds it locked"));
    }
    return await renewLocked(database, seen, context);
  } catch (error) {
    context.signal.throwIfAborted();
    if (error instanceof MekaError) throw error;
    return unchanged(seen, cannotStore(explainDatabase(error), error));
  } finally {
    rollback(database);
  }
}

async function renewLocked(
  database: Database,
  seen: TokenRow,
  context: RenewContext,
): Promise<Renewal> {
  const row = readTokens(database, context.provider);
  if (row === undefined) throw notSignedIn();
  if (row.accessToken !== seen.accessToken) return byAnother(row, seen);
  if (row.refreshToken === undefined || row.refusal !== undefined) {
    return unchanged(row, refusedRefresh(row.refusal));
  }
  // Compared, not ordered: the clock may have jumped while this process waited.
  if (row.attemptedAt !== seen.attemptedAt) {
    return unchanged(row, failedElsewhere());
  }
  const result = await withGrace(
    context,
    (signal) =>
      refreshTokens(row.refreshToken ?? "", context.reason, {
        ...context,
        signal,
      }),
  );
  const now = context.host.now();
  switch (result.class) {
    case "renewed": {
      const renewed = merge(row, result.tokens, now);
      const lost = store(database, renewed);
      context.signal.throwIfAborted();
      const warnings = lost === undefined ? [] : [
        `Cannot store the renewed sign-in: ${lost}; the next run may ask for \`meka setup\``,
      ];
      return renewed.accessToken === row.accessToken
        ? { row: renewed, warnings, error: noAccessToken() }
        : { row: renewed, warnings };
    }
    case "permanent": {
      store(database, { ...row, refusal: result.code });
      // A pair that came in by another way than this lock is worth more than the refusal of the old one.
      const latest = readTokens(database, context.provider) ?? row;
      return latest.accessToken === row.accessToken
        ? unchanged(row, result.error)
        : byAnother(latest, seen);
    }
    case "transient":
      // Never the same mark twice, so that every waiting process sees this failure.
      store(database, {
        ...row,
        attemptedAt: Math.max(now, (row.attemptedAt ?? 0) + 1),
      });
      return unchanged(row, result.error);
    default:
      return result satisfies never;
  }
}

/** Commits a row; tells in words why not. */
function store(database: Database, row: TokenRow): string | undefined {
  try {
    writeTokens(database, row);
    database.prepare("COMMIT").run();
    return undefined;
  } catch (error) {
    rollback(database);
    return explainDatabase(error);
  }
}

/** A field that the answer leaves out keeps its value; the account stays that of the sign-in whatever the tokens say. */
function merge(row: TokenRow, tokens: TokenAnswer, now: number): TokenRow {
  const accessToken = tokens.accessToken ?? row.accessToken;
  const claims = readClaims({ idToken: tokens.idToken, accessToken });
  return {
    ...row,
    accessToken,
    refreshToken: tokens.refreshToken ?? row.refreshToken,
    idToken: tokens.idToken ?? row.idToken,
    email: claims.email ?? row.email,
    plan: claims.plan ?? row.plan,
    fedramp: tokens.idToken === undefined ? row.fedramp : claims.fedramp,
    expiresAt: claims.expiresAt,
    refreshedAt: now,
    attemptedAt: undefined,
    refusal: undefined,
  };
}

/** Runs `work` under a signal that follows the context's a moment later. */
async function withGrace<T>(
  context: { readonly host: Pick<Host, "sleep">; readonly signal: AbortSignal },
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const late = new AbortController();
  const done = new AbortController();
  context.signal.addEventListener("abort", () => {
    context.host.sleep(GRACE_MS, done.signal).then(
      () => late.abort(context.signal.reason),
      () => {},
    );
  }, { once: true, signal: done.signal });
  try {
    return await work(late.signal);
  } finally {
    done.abort();
  }
}

function lockLimit(row: TokenRow, now: number): number {
  const living = row.expiresAt === undefined || row.expiresAt * 1000 > now;
  return living ? LIVING_LOCK_LIMIT_MS : LOCK_LIMIT_MS;
}

function byAnother(row: TokenRow, seen: TokenRow): Renewal {
  if (row.accountId === seen.accountId) return { row, warnings: [] };
  return {
    row,
    warnings: ["Another account signed in meanwhile; this run uses it"],
  };
}

function unchanged(row: TokenRow, error: MekaError): Renewal {
  return { row, warnings: [], error };
}

function cannotStore(why: string, cause?: unknown): MekaError {
  // Not refreshed without a place for the new pair: the stored one would be spent and the person signed out.
  return new MekaError(
    "internal",
    `Cannot refresh the sign-in: the database cannot be written: ${why}`,
    { hint: "Make its folder writable, or end what holds it locked", cause },
  );
}

function failedElsewhere(): MekaError {
  return new MekaError(
    "network",
    "Cannot refresh the sign-in: another run's attempt has just failed",
    { hint: "Try again in a moment", retry: {} },
  );
}

function noAccessToken(): MekaError {
  return new MekaError(
    "network",
    "Cannot refresh the sign-in: the issuer sent no access token",
    { hint: "Try again in a moment", retry: {} },
  );
}
