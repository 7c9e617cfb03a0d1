import { MekaError } from "../errors.ts";
import type { Host } from "../host.ts";
import { type Database, explainDatabase } from "../store/database.ts";
import { forgetKeys } from "../store/api_keys.ts";
import { forgetAccount } from "../store/catalogues.ts";
import { emptyJournal } from "../store/journal.ts";
import { deleteTokens, readTokens, type TokenRow } from "../store/tokens.ts";
import type { IssuerContext } from "./issuer.ts";
import { askRepeatedly, beginImmediate, rollback } from "../store/lock.ts";
import { revokeTokens } from "./revoke.ts";

/** Longer than another process's refresh can hold the lock. */
const LOCK_LIMIT_MS = 35_000;

/** How long other processes may take to let go of the journal: a read of theirs is short. */
const JOURNAL_LIMIT_MS = 3_000;

/** What forgetting a sign-in needs. */
export interface ForgetContext extends IssuerContext {
  readonly provider: string;
  /** A writable one, outside a transaction. */
  readonly database: Database;
  readonly host: Pick<Host, "now" | "elapsed" | "sleep" | "randomBytes">;
  /** Also asks the issuer to end the sign-in. */
  readonly revoke: boolean;
  /** Told the tokens before they are used. */
  hide(...secrets: readonly string[]): void;
}

/** What was forgotten, and what did not work beside it. */
export interface Forgotten {
  /** Whose sign-in it was; undefined when there was none. */
  readonly account:
    | Pick<TokenRow, "email" | "plan" | "accountId">
    | undefined;
  /** True where keys were stored. */
  readonly keys: boolean;
  /** True once the issuer has said so. */
  readonly revoked: boolean;
  /** Sentences for a person. */
  readonly warnings: readonly string[];
}

/**
 * Deletes the provider's tokens and what was told about the account, so that no byte of them or of those they replaced stays in the database's files, and
 * then, if asked, has the issuer end the sign-in. A refresh of another process is waited for: it would bring new tokens.
 *
 * @throws {MekaError} "internal" when the database cannot be written; the reason of the signal.
 */
export async function forget(context: ForgetContext): Promise<Forgotten> {
  const { row, keys } = await deleteRow(context);
  const warnings: string[] = [];
  if (!await emptyJournalSoon(context)) {
    warnings.push(
      "Other runs of meka keep the database busy, and its journal may hold the old tokens until they end; then run `meka logout` again",
    );
  }
  if (row === undefined) {
    return { account: undefined, keys, revoked: false, warnings };
  }
  const revoked = context.revoke && await revoke(row, context, warnings);
  const { email, plan, accountId } = row;
  return { account: { email, plan, accountId }, keys, revoked, warnings };
}

async function deleteRow(
  context: ForgetContext,
): Promise<{ readonly row: TokenRow | undefined; readonly keys: boolean }> {
  const { database, provider } = context;
  try {
    const limitMs = LOCK_LIMIT_MS;
    const locked = await beginImmediate(database, { ...context, limitMs });
    if (!locked) throw cannotForget("another program holds it locked");
    const row = readTokens(database, provider);
    deleteTokens(database, provider);
    const keys = forgetKeys(database, provider);
    forgetAccount(database, provider);
    database.prepare("COMMIT").run();
    return { row, keys };
  } catch (error) {
    context.signal.throwIfAborted();
    if (error instanceof MekaError) throw error;
    throw cannotForget(explainDatabase(error), error);
  } finally {
    rollback(database);
  }
}

async function emptyJournalSoon(context: ForgetContext): Promise<boolean> {
  const { database } = context;
  const limitMs = JOURNAL_LIMIT_MS;
  try {
    return await askRepeatedly(
      database,
      () => emptyJournal(database),
      { ...context, limitMs },
    );
  } catch (error) {
    context.signal.throwIfAborted();
    throw cannotForget(explainDatabase(error), error);
  }
}

async function revoke(
  row: TokenRow,
  context: ForgetContext,
  warnings: string[],
): Promise<boolean> {
  const { accessToken, refreshToken = accessToken } = row;
  context.hide(accessToken, refreshToken);
  const failure = await revokeTokens(row, context);
  if (failure === undefined) return true;
  warnings.push(
    `${failure}; it can still be ended in ChatGPT's security settings`,
  );
  return false;
}

function cannotForget(why: string, cause?: unknown): MekaError {
  return new MekaError(
    "internal",
    `Cannot delete the stored sign-in: the database cannot be written: ${why}`,
    { hint: "Put that right, then run `meka logout` again", cause },
  );
}
