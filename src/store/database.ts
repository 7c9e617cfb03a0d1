import { DatabaseSync } from "node:sqlite";
import { MekaError } from "../errors.ts";
import type { Host } from "../host.ts";
import { MIGRATIONS } from "./migrations.ts";

/** An open connection to `sessions.db`. */
export type Database = DatabaseSync;

/** How long a short write waits for another process, in milliseconds; the event loop stands still meanwhile. */
export const BUSY_TIMEOUT_MS = 2_000;
/** The same for a database that could not be opened for writing, which has waited already. */
const READ_TIMEOUT_MS = 100;
/** How long the first use of a new meka waits for the others of it, in milliseconds: one of them brings the schema up to date. */
const MIGRATION_TIMEOUT_MS = 10_000;

/** How large the journal may be that a run leaves behind, in bytes: reading it costs the next one a millisecond for each MB. */
const SMALL_JOURNAL = 512 * 1024;

/** SQLite result codes (https://sqlite.org/rescode.html), extended ones reduced to their low byte. */
const SQLITE_BUSY = 5;
const SQLITE_FULL = 13;

/** A database and, when it opened only for reading, why. */
export interface OpenedDatabase {
  readonly database: Database;
  readonly writable: boolean;
}

/** Settings of {@linkcode openDatabase}. */
export interface OpenOptions {
  /** The steps to the newest schema; meka's own by default. */
  readonly migrations?: readonly string[];
}

/**
 * Opens `sessions.db`, creating it privately (0600 before its first byte, which SQLite's journal files copy) and
 * bringing an older schema up to date in one transaction. One that cannot be written is opened for reading.
 *
 * @throws {MekaError} "internal" when it was written by a newer meka, "auth" when it cannot be read at all.
 */
export async function openDatabase(
  path: string,
  host: Pick<Host, "createPrivateFile" | "copyPrivately">,
  { migrations = MIGRATIONS }: OpenOptions = {},
): Promise<OpenedDatabase> {
  const file = { path, migrations };
  try {
    await host.createPrivateFile(path);
    return { database: openWritable(file), writable: true };
  } catch (error) {
    if (error instanceof MekaError) throw error;
    const database = openReadable(path, file) ??
      await openCopy(file, host) ?? openInMemory(file);
    if (database !== undefined) return { database, writable: false };
    throw new MekaError(
      "auth",
      `Cannot read the stored sign-in in "${path}": ${explainDatabase(error)}`,
      { hint: "Move the file away, then run `meka setup`", cause: error },
    );
  }
}

/** A database in memory, in which nothing is stored. */
export function emptyDatabase(): Database {
  const database = new DatabaseSync(":memory:");
  for (const step of MIGRATIONS) database.exec(step);
  return database;
}

/**
 * Lets go of a database at the end of a run. The last connection that is closed empties the journal, and waits for the
 * disk twice; a small one is left to a later run, and the closing to the end of the process.
 */
export async function leaveDatabase(
  database: Database,
  { path, host }: {
    readonly path: string;
    readonly host: Pick<Host, "fileSize">;
  },
): Promise<void> {
  const size = await host.fileSize(`${path}-wal`).catch(() => undefined) ?? 0;
  if (size === 0 || size > SMALL_JOURNAL) database.close();
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

interface DatabaseFile {
  readonly path: string;
  readonly migrations: readonly string[];
}

function openWritable(file: DatabaseFile): Database {
  const database = new DatabaseSync(file.path, { timeout: BUSY_TIMEOUT_MS });
  try {
    // A forgotten token must not stay behind in a free page of the file.
    database.exec("PRAGMA secure_delete = ON");
    if (schemaVersion(database, file) < file.migrations.length) {
      database.exec(`PRAGMA busy_timeout = ${MIGRATION_TIMEOUT_MS}`);
      migrate(database, file);
      database.exec(`PRAGMA busy_timeout = ${BUSY_TIMEOUT_MS}`);
    }
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}

/** Undefined when it cannot be read; an older schema lacks only what an answer can do without. */
function openReadable(
  path: string,
  file: DatabaseFile,
): Database | undefined {
  let database: Database | undefined;
  let usable = false;
  try {
    database = new DatabaseSync(path, { readOnly: true });
    // The option of this name is passed over for a connection that only reads.
    database.exec(`PRAGMA busy_timeout = ${READ_TIMEOUT_MS}`);
    usable = schemaVersion(database, file) > 0;
    return usable ? database : undefined;
  } catch (error) {
    if (error instanceof MekaError) throw error;
    return undefined;
  } finally {
    if (!usable) database?.close();
  }
}

/**
 * A WAL database needs its -shm file, which a read-only folder cannot hold, and some locks keep readers out for good.
 * (SQLite's `immutable=1` is no way out: under any permission check the runtime takes a URI for a file's name.)
 */
async function openCopy(
  file: DatabaseFile,
  host: Pick<Host, "copyPrivately">,
): Promise<Database | undefined> {
  try {
    await using copy = await host.copyPrivately(file.path, ["-wal"]);
    return copy && openReadable(copy.path, file);
  } catch (error) {
    if (error instanceof MekaError) throw error;
    return undefined;
  }
}

/** On a full disk neither that file nor a copy can be made; a connection that is alone keeps its content in memory. */
function openInMemory(file: DatabaseFile): Database | undefined {
  // Tables come in any order, and rows before those that they belong to.
  const copy = new DatabaseSync(":memory:", {
    enableForeignKeyConstraints: false,
  });
  let whole = false;
  try {
    using source = new DatabaseSync(file.path, { timeout: READ_TIMEOUT_MS });
    source.exec("PRAGMA locking_mode = EXCLUSIVE");
    const version = schemaVersion(source, file);
    // Not the index of words: it is made anew for a search that finds none.
    const tables = source.prepare(`
      SELECT name, sql FROM sqlite_schema JOIN pragma_table_list USING (name)
      WHERE schema = 'main' AND pragma_table_list.type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'
    `).all();
    for (const { name, sql } of tables) {
      copy.exec(String(sql));
      for (const row of source.prepare(`SELECT * FROM "${name}"`).all()) {
        const values = Object.values(row);
        const places = values.map(() => "?").join();
        copy.prepare(`INSERT INTO "${name}" VALUES (${places})`).run(...values);
      }
    }
    copy.exec(`PRAGMA user_version = ${version}`);
    whole = version > 0;
    return whole ? copy : undefined;
  } catch (error) {
    if (error instanceof MekaError) throw error;
    return undefined;
  } finally {
    if (!whole) copy.close();
  }
}

function schemaVersion(
  database: Database,
  { path, migrations }: DatabaseFile,
): number {
  const version = Number(
    database.prepare("PRAGMA user_version").get()?.user_version,
  );
  if (version > migrations.length) {
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

function migrate(database: Database, file: DatabaseFile): void {
  // WAL lets a turn read its token while another process writes; the mode is kept in the file.
  database.prepare("PRAGMA journal_mode = WAL").get();
  inTransaction(database, () => {
    // Asked again under the lock: another process may have migrated meanwhile.
    const version = schemaVersion(database, file);
    for (const step of file.migrations.slice(version)) database.exec(step);
    database.exec(`PRAGMA user_version = ${file.migrations.length}`);
  });
}

function resultCode(error: unknown): number | undefined {
  if (
    !(error instanceof Error) || !("errcode" in error) ||
    typeof error.errcode !== "number"
  ) return undefined;
  return error.errcode & 0xff;
}
