import { databasePath } from "../config/paths.ts";
import { MekaError } from "../errors.ts";
import {
  type Database,
  emptyDatabase,
  explainDatabase,
  openDatabase,
  type OpenedDatabase,
} from "../store/database.ts";
import type { CommandContext } from "./context.ts";

/** The schema's version that brought conversations. */
const FIRST_VERSION = 4;

/**
 * Does something with the stored conversations. Where nothing was ever stored there are none, and no file is made.
 *
 * @throws {MekaError} "internal" when the database cannot be read, or not be written where that is needed.
 */
export async function withStore<T>(
  { host }: Pick<CommandContext, "host">,
  work: (store: OpenedDatabase) => Promise<T>,
): Promise<T> {
  const path = databasePath(host);
  const { database, writable } = await open(path, host);
  try {
    return await work({ database, writable });
  } catch (error) {
    if (!isSqlite(error)) throw error;
    throw failure(path, explainDatabase(error), error);
  } finally {
    database.close();
  }
}

/**
 * Refuses a store that cannot be changed.
 *
 * @throws {MekaError} "internal"
 */
export function demandWritable(
  { writable }: Pick<OpenedDatabase, "writable">,
  { host }: Pick<CommandContext, "host">,
): void {
  if (writable) return;
  throw new MekaError(
    "internal",
    `Cannot change the conversations: the database "${
      databasePath(host)
    }" cannot be written`,
    { hint: "Make the file and its folder writable, then try again" },
  );
}

async function open(
  path: string,
  host: CommandContext["host"],
): Promise<OpenedDatabase> {
  try {
    if (await host.fileSize(path) === undefined) return nothing();
    const opened = await openDatabase(path, host);
    if (hasConversations(opened.database)) return opened;
    opened.database.close();
    return nothing();
  } catch (error) {
    // What was written by a newer meka is told in full.
    if (error instanceof MekaError && error.kind !== "auth") throw error;
    const cause = error instanceof MekaError ? error.cause : error;
    throw failure(path, explainDatabase(cause), error);
  }
}

function nothing(): OpenedDatabase {
  return { database: emptyDatabase(), writable: true };
}

/** An older one that cannot be written is as it was. */
function hasConversations(database: Database): boolean {
  const row = database.prepare("PRAGMA user_version").get();
  return Number(row?.user_version) >= FIRST_VERSION;
}

function isSqlite(error: unknown): boolean {
  return error instanceof Error && "errcode" in error;
}

function failure(path: string, why: string, cause: unknown): MekaError {
  return new MekaError(
    "internal",
    `Cannot use the conversations in "${path}": ${why}`,
    { cause },
  );
}
