import type { Host } from "../host.ts";
import { type Database, isBusy } from "./database.ts";

/** How to wait for the lock. */
export interface LockOptions {
  readonly host: Pick<Host, "elapsed" | "sleep" | "randomBytes">;
  readonly signal: AbortSignal;
  /** Milliseconds after which to give up. */
  readonly limitMs: number;
}

/**
 * Begins a transaction that keeps every other process from writing, and tells whether that came about in time. SQLite's
 * own wait would stop the event loop, and with it Ctrl-C, so the lock is asked for again and again instead.
 */
export async function beginImmediate(
  database: Database,
  options: LockOptions,
): Promise<boolean> {
  return await askRepeatedly(database, () => tryBegin(database), options);
}

/** Asks again and again, without SQLite's own wait, until the answer is true; tells whether that came about in time. */
export async function askRepeatedly(
  database: Database,
  attempt: () => boolean,
  options: LockOptions,
): Promise<boolean> {
  const { host, signal, limitMs } = options;
  const patience = Number(
    database.prepare("PRAGMA busy_timeout").get()?.timeout ?? 0,
  );
  database.exec("PRAGMA busy_timeout = 0");
  try {
    const start = host.elapsed();
    for (;;) {
      signal.throwIfAborted();
      if (attempt()) return true;
      if (host.elapsed() - start >= limitMs) return false;
      // Uneven steps, so that many waiting processes do not ask in the same moment each time.
      await host.sleep(10 + (host.randomBytes(1)[0] ?? 0) % 21, signal);
    }
  } finally {
    database.exec(`PRAGMA busy_timeout = ${patience}`);
  }
}

/** Undoes a transaction that did not come to its COMMIT. */
export function rollback(database: Database): void {
  if (database.isTransaction) database.prepare("ROLLBACK").run();
}

function tryBegin(database: Database): boolean {
  try {
    // prepare, not exec: an error of exec has no result code to tell "busy" by.
    database.prepare("BEGIN IMMEDIATE").run();
    return true;
  } catch (error) {
    if (isBusy(error)) return false;
    throw error;
  }
}
