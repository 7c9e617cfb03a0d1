import { MekaError } from "../errors.ts";
import type { Host } from "../host.ts";
import type { Fetch } from "../http/fetch.ts";
import { type Database, explainDatabase } from "../store/database.ts";
import { type TokenRow, writeTokens } from "../store/tokens.ts";
import { authorizeUrl, createAttempt } from "./authorize.ts";
import { receiveCallback } from "./callback.ts";
import { beginImmediate, rollback } from "./lock.ts";
import { exchangeCode, type IssuedTokens } from "./token.ts";
import { readClaims } from "./wire.ts";

/** Longer than another process's refresh can hold the lock. */
const LOCK_LIMIT_MS = 35_000;

/** What a sign-in needs. */
export interface SignInContext {
  readonly provider: string;
  readonly issuer: URL;
  readonly database: Database;
  readonly host: Pick<
    Host,
    "listen" | "sleep" | "randomBytes" | "now" | "elapsed"
  >;
  /** For the issuer, so without the cookie jar. */
  readonly fetch: Fetch;
  readonly userAgent: string;
  readonly signal: AbortSignal;
  /** Told the secrets before they are used. */
  hide(...secrets: readonly string[]): void;
  /** Shows a person the page to open. */
  announce(url: URL): Promise<void>;
}

/** Signs a person in with a browser and stores the tokens; the browser hears of success when they are stored. */
export async function signIn(context: SignInContext): Promise<TokenRow> {
  const attempt = await createAttempt(context.host);
  context.hide(attempt.verifier);
  return await receiveCallback({
    host: context.host,
    signal: context.signal,
    issuer: context.issuer,
    state: attempt.state,
    begin: (redirectUri) =>
      context.announce(
        authorizeUrl(attempt, { issuer: context.issuer, redirectUri }),
      ),
    finish: async (code, redirectUri) => {
      const { verifier } = attempt;
      context.hide(...code.getAll("code"));
      const tokens = await exchangeCode(
        code,
        { redirectUri, verifier },
        context,
      );
      context.hide(...Object.values(tokens));
      const row = newRow(tokens, context);
      await storeRow(row, context);
      return row;
    },
  });
}

function newRow(tokens: IssuedTokens, context: SignInContext): TokenRow {
  return {
    provider: context.provider,
    ...tokens,
    ...readClaims(tokens),
    refreshedAt: context.host.now(),
    attemptedAt: undefined,
    refusal: undefined,
  };
}

async function storeRow(row: TokenRow, context: SignInContext): Promise<void> {
  const { database } = context;
  try {
    const locked = await beginImmediate(database, {
      ...context,
      limitMs: LOCK_LIMIT_MS,
    });
    if (!locked) throw cannotStore("another program holds the database locked");
    writeTokens(database, row);
    database.prepare("COMMIT").run();
  } catch (error) {
    context.signal.throwIfAborted();
    if (error instanceof MekaError) throw error;
    throw cannotStore(explainDatabase(error), error);
  } finally {
    rollback(database);
  }
}

function cannotStore(why: string, cause?: unknown): MekaError {
  return new MekaError("internal", `Cannot store the sign-in: ${why}`, {
    hint: "Put that right, then run `meka setup` again",
    cause,
  });
}
