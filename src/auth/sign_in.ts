import { MekaError } from "../errors.ts";
import type { Fetch } from "../http/fetch.ts";
import { type Database, explainDatabase } from "../store/database.ts";
import { type TokenRow, writeTokens } from "../store/tokens.ts";
import { authorizeUrl, createAttempt } from "./authorize.ts";
import { announce, type BrowserContext, pastePrompt } from "./announce.ts";
import { receiveCallback } from "./callback.ts";
import {
  awaitDevice,
  type DeviceAnswer,
  type DeviceContext,
} from "./device.ts";
import { beginImmediate, rollback } from "../store/lock.ts";
import { successPage } from "./pages.ts";
import { exchangeCode, type IssuedTokens } from "./token.ts";
import { readClaims } from "./wire.ts";

/** Longer than another process's refresh can hold the lock. */
const LOCK_LIMIT_MS = 35_000;

/** What a sign-in needs. It shows the person what to do on stderr, and asks on a terminal only. */
export interface SignInContext {
  readonly provider: string;
  readonly issuer: URL;
  /** A browser, whose answer can be pasted, too, or a code to enter on another device. */
  readonly way: "browser" | "device";
  /** False only shows the page's URL. */
  readonly openBrowser: boolean;
  readonly database: Database;
  readonly host: DeviceContext["host"] & BrowserContext["host"];
  /** For the issuer, so without the cookie jar. */
  readonly fetch: Fetch;
  readonly userAgent: string;
  readonly signal: AbortSignal;
  /** Told the secrets before they are used. */
  hide(...secrets: readonly string[]): void;
  /** Asks which way to take when the device way is not allowed; absent, or answered with nothing, that is an error. */
  onDeviceRefused?(
    error: MekaError,
  ): Promise<{ readonly openBrowser: boolean } | undefined>;
}

/** Signs a person in and stores the tokens; a browser hears of success when they are stored. */
export async function signIn(context: SignInContext): Promise<TokenRow> {
  return context.way === "device"
    ? await signInOnDevice(context)
    : await signInWithBrowser(context);
}

async function signInOnDevice(context: SignInContext): Promise<TokenRow> {
  const result = await awaitDevice(context);
  if (result.type === "answer") return await finish(result.answer, context);
  const other = await context.onDeviceRefused?.(result.error);
  if (other === undefined) throw result.error;
  return await signInWithBrowser({ ...context, ...other });
}

async function signInWithBrowser(context: SignInContext): Promise<TokenRow> {
  const attempt = await createAttempt(context.host);
  const { verifier, state } = attempt;
  context.hide(verifier);
  const { host, issuer, signal } = context;
  return await receiveCallback<TokenRow>({
    host,
    signal,
    issuer,
    state,
    begin: (place) => {
      const { redirectUri } = place;
      const url = authorizeUrl(attempt, { issuer, redirectUri });
      return announce(url, place, context);
    },
    finish: (code, redirectUri) =>
      finish({ code, redirectUri, verifier }, context),
    successPage,
    askPaste: pastePrompt(context),
  });
}

async function finish(
  { code, ...attempt }: DeviceAnswer,
  context: SignInContext,
): Promise<TokenRow> {
  context.hide(...code.getAll("code"));
  const tokens = await exchangeCode(code, attempt, context);
  context.hide(...Object.values(tokens));
  const row = newRow(tokens, context);
  await storeRow(row, context);
  return row;
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
