import { databasePath } from "../config/paths.ts";
import { MekaError } from "../errors.ts";
import type { Conversation } from "../store/conversations.ts";
import {
  type Database,
  emptyDatabase,
  explainDatabase,
  openDatabase,
  type OpenedDatabase,
} from "../store/database.ts";
import type { CommandContext } from "./context.ts";
import { findConversation } from "./take_up.ts";

/** The schema's version that brought conversations. */
const FIRST_VERSION = 4;

/**
 * Does something with the stored conversations. Where nothing was ever stored there are none, and without `create` no
 * file is made.
 *
 * @throws {MekaError} "internal" when the database cannot be read, or not be written where that is needed.
 */
export async function withStore<T>(
  { host }: Pick<CommandContext, "host">,
  work: (store: OpenedDatabase) => Promise<T>,
  { create = false }: { readonly create?: boolean } = {},
): Promise<T> {
  const path = databasePath(host);
  const { database, writable } = await open(path, host, create);
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
 * The conversation whose id, or its start, or name is the command's first word.
 *
 * @throws {MekaError} "usage" when there is none, or there are several.
 */
export function chosenBy(
  { words: [word] }: Pick<CommandContext, "words">,
  database: Database,
): Conversation {
  if (word !== undefined) return findConversation(database, word);
  throw new MekaError(
    "usage",
    "Which conversation? Its id or name is missing",
    {
      hint: "`meka session list` shows those there are",
    },
  );
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
  create: boolean,
): Promise<OpenedDatabase> {
  try {
    if (!create && await host.fileSize(path) === undefined) return nothing();
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
