import { type Database, isBusy } from "./database.ts";

/**
 * Moves what the write-ahead log holds into the database and cuts the log to nothing, so that no older version of a row
 * is left in it. One try: false when another connection still reads from the log or writes.
 */
export function emptyJournal(database: Database): boolean {
  try {
    const row = database.prepare("PRAGMA wal_checkpoint(TRUNCATE)").get();
    return row?.busy === 0;
  } catch (error) {
    if (isBusy(error)) return false;
    throw error;
  }
}
