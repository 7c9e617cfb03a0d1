import { DatabaseSync } from "node:sqlite";
import { MekaError } from "../errors.ts";
import type { Host } from "../host.ts";
import { MIGRATIONS } from "./migrations.ts";

/** An open connection to `sessions.db`. */
export type Database = DatabaseSync;

/** How long a short write waits for another process, in milliseconds; the event loop stands still meanwhile. */
const BUSY_TIMEOUT_MS = 2_000;

/** SQLite result codes (https://sqlite.org/rescode.html), extended ones reduced to their low byte. */
const SQLITE_BUSY = 5;
const SQLITE_FULL = 13;

/** A database and, when it opened only for reading, why. */
export interface OpenedDatabase {
  readonly database: Database;
  readonly writable: boolean;
}

/**
 * Opens `sessions.db`, creating it privately (0600 before its first byte, which SQLite's journal files copy) and
 * bringing an older schema up to date in one transaction. One that cannot be written is opened for reading.
 *
 * @throws {MekaError} "internal" when it was written by a newer meka, "auth" when it cannot be read at all.
 */
export async function openDatabase(
  path: string,
  host: Pick<Host, "createPrivateFile">,
): Promise<OpenedDatabase> {
  try {
    await host.createPrivateFile(path);
    return { database: openWritable(path), writable: true };
  } catch (error) {
    if (error instanceof MekaError) throw error;
    return { database: openReadable(path, error), writable: false };
  }
}

/** Tells whether another process holds the lock that a statement needed. */
export function isBusy(error: unknown): boolean {
  return resultCode(error) === SQLITE_BUSY;
}

/** Says in a few words why SQLite refused, without its error object, which may quote a value. */
export function explainDatabase(error: unknown): string {
  const code = resultCode(error);
  if (code === SQLITE_BUSY) return "another program holds it locked";
  if (code === SQLITE_FULL) return "the disk is full";
  if (code === 26 || code === 11) return "it is damaged";
  if (code === 8) return "it is read-only";
  return error instanceof Error ? error.message : "unknown reason";
}

/** Runs `work` inside `BEGIN IMMEDIATE`, so that all of it happens or none. */
export function inTransaction<T>(database: Database, work: () => T): T {
  database.prepare("BEGIN IMMEDIATE").run();
  try {
    const result = work();
    database.prepare("COMMIT").run();
    return result;
  } catch (error) {
    if (database.isTransaction) database.prepare("ROLLBACK").run();
    throw error;
  }
}

function openWritable(path: string): Database {
  const database = new DatabaseSync(path, { timeout: BUSY_TIMEOUT_MS });
  try {
    // A forgotten token must not stay behind in a free page of the file.
    database.exec("PRAGMA secure_delete = ON");
    if (schemaVersion(database, path) < MIGRATIONS.length) {
      migrate(database, path);
    }
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}

function openReadable(path: string, cause: unknown): Database {
  // A WAL database needs its -shm file, which a read-only folder cannot hold: immutable reads it without one.
  for (const suffix of ["", "?immutable=1"]) {
    let database: Database | undefined;
    try {
      database = new DatabaseSync(
        suffix === "" ? path : `${fileUrl(path)}${suffix}`,
        { readOnly: true, timeout: 100 },
      );
      if (schemaVersion(database, path) === MIGRATIONS.length) return database;
    } catch (error) {
      if (error instanceof MekaError) throw error;
    }
    database?.close();
  }
  throw new MekaError(
    "auth",
    `Cannot read the stored sign-in in "${path}": ${explainDatabase(cause)}`,
    {
      hint: "Move the file away, then run `meka setup`",
      cause,
    },
  );
}

function schemaVersion(database: Database, path: string): number {
  const version = Number(
    database.prepare("PRAGMA user_version").get()?.user_version,
  );
  if (version > MIGRATIONS.length) {
    throw new MekaError(
      "internal",
      `The database "${path}" was written by a newer version of meka`,
      {
        hint:
          "Install the newest meka, or set `MEKA_DATA_DIR` to another folder",
      },
    );
  }
  return version;
}

function migrate(database: Database, path: string): void {
  // WAL lets a turn read its token while another process writes; the mode is kept in the file.
  database.prepare("PRAGMA journal_mode = WAL").get();
  inTransaction(database, () => {
    // Asked again under the lock: another process may have migrated meanwhile.
    for (const step of MIGRATIONS.slice(schemaVersion(database, path))) {
      database.exec(step);
    }
    database.exec(`PRAGMA user_version = ${MIGRATIONS.length}`);
  });
}

function fileUrl(path: string): string {
  return `file://${path.split("/").map(encodeURIComponent).join("/")}`;
}

function resultCode(error: unknown): number | undefined {
  if (
    !(error instanceof Error) || !("errcode" in error) ||
    typeof error.errcode !== "number"
  ) return undefined;
  return error.errcode & 0xff;
}
