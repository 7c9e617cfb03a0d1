import type { Database } from "./database.ts";
import { beginImmediate, type LockOptions, rollback } from "./lock.ts";
import { folded, spaced, type WordQuery } from "./words.ts";

/** How much is indexed in one go, in characters: nobody else can write meanwhile. */
const AT_ONCE = 1_000_000;
/** So many turns take a moment. */
const NOTICEABLE = 5_000;

/** A turn that holds all that was searched for. */
export interface FoundTurn {
  readonly turn: number;
  readonly conversation: string;
}

/** What is searched, and how. */
export interface SearchOptions extends LockOptions {
  readonly writable: boolean;
  /** Turns that were taken back are searched, too. */
  readonly hidden: boolean;
  /** Only conversations that were begun there are searched. */
  readonly folder?: string | undefined;
  /** Told how many turns must be indexed first, where that takes a while. */
  readonly indexing: (turns: number) => Promise<void>;
}

/**
 * The turns in which all the words occur, the newest first. Searching is what brings the index up to date; turns that are
 * not in it, since they are not over or nothing can be written, are indexed for the moment.
 */
export async function searchTurns(
  database: Database,
  query: WordQuery,
  options: SearchOptions,
): Promise<FoundTurn[]> {
  const { hidden, folder, writable, signal } = options;
  const indexes: string[] = [];
  if (query.match !== undefined) {
    const kept = hasIndex(database);
    if (kept) indexes.push("turn_words");
    if (kept && writable) await tryUpdate(database, options);
    await indexAside(database, { ...options, kept });
    indexes.push("fresh_words");
  }
  const matching = indexes.map((index) =>
    `SELECT rowid FROM ${index} WHERE ${index} MATCH $match`
  ).join(" UNION ALL ");
  const conditions = [
    ...hidden ? [] : ["hidden = 0"],
    ...matching === "" ? [] : [`id IN (${matching})`],
    ...folder === undefined ? [] : [
      "conversation IN (SELECT id FROM conversations WHERE folder = $folder)",
    ],
  ];
  const rows = database.prepare(`
    SELECT id, conversation FROM turns WHERE ${
    ["true", ...conditions].join(" AND ")
  }
    ORDER BY id DESC
  `).all({
    ...query.match === undefined ? {} : { match: query.match },
    ...folder === undefined ? {} : { folder },
  });
  const found = rows.map(({ id, conversation }) => ({
    turn: Number(id),
    conversation: String(conversation),
  }));
  const { literals } = query;
  if (literals.length === 0) return found;
  const exact: FoundTurn[] = [];
  const textOf = turnReader(database);
  for (const [at, one] of found.entries()) {
    if (at % 1000 === 999) await breathe(options);
    signal.throwIfAborted();
    const text = folded(textOf(one.turn));
    if (literals.every((literal) => text.includes(literal))) exact.push(one);
  }
  return exact;
}

/** Makes what reads what was asked, answered and called in a turn; not what tools brought, which nobody said. */
export function turnReader(database: Database): (turn: number) => string {
  const items = database.prepare(`
    SELECT text, partial FROM items WHERE turn = ? AND type IN ('user', 'answer', 'call') ORDER BY id
  `);
  // The pieces of an answer that was cut are one text.
  return (turn) =>
    items.all(turn).map(({ text, partial }, at, all) =>
      partial === 1 && all[at - 1]?.partial === 1 ? text : `\n\n${text}`
    ).join("").slice(2);
}

/**
 * Takes turns out of the index, a few at a time, before they are deleted themselves. Where that would take longer than to
 * index all others anew, the next search does that. Tells whether the database could be had.
 */
export async function forgetWords(
  database: Database,
  turns: readonly number[],
  options: LockOptions,
): Promise<boolean> {
  const all = new Set(
    database.prepare("SELECT turn FROM indexed_turns").all()
      .map(({ turn }) => Number(turn)),
  );
  const indexed = turns.filter((turn) => all.has(turn));
  if (indexed.length * COST_OF_DELETING > all.size) {
    return await locked(database, options, () => {
      database.exec(
        "INSERT INTO turn_words (turn_words) VALUES ('delete-all'); DELETE FROM indexed_turns",
      );
    });
  }
  for (let at = 0; at < indexed.length; at += DELETED_AT_ONCE) {
    const some = indexed.slice(at, at + DELETED_AT_ONCE);
    const done = await locked(database, options, () => {
      forgetNow(database, some);
    });
    if (!done) return false;
    await breathe(options);
  }
  return true;
}

/** Takes turns out of the index; part of a transaction. */
export function forgetNow(database: Database, turns: readonly number[]): void {
  const indexed = database.prepare("DELETE FROM indexed_turns WHERE turn = ?");
  // It must be given the same words again.
  const remove = database.prepare(
    "INSERT INTO turn_words (turn_words, rowid, text) VALUES ('delete', ?, ?)",
  );
  const textOf = turnReader(database);
  for (const turn of turns) {
    if (indexed.run(turn).changes === 0) continue;
    remove.run(turn, spaced(textOf(turn)));
  }
}

/** How many turns are indexed in the time that it takes to take one out so that nothing of it stays behind. */
const COST_OF_DELETING = 40;
const DELETED_AT_ONCE = 25;

/** A store that could not be brought up to date, or is a copy in memory, has none. */
function hasIndex(database: Database): boolean {
  return database.prepare(
    "SELECT 1 FROM sqlite_schema WHERE name = 'turn_words'",
  ).get() !== undefined;
}

/** Without room on the disk, what is missing is indexed aside. */
async function tryUpdate(
  database: Database,
  options: SearchOptions,
): Promise<void> {
  // It can be made again at any time.
  database.exec("PRAGMA synchronous = NORMAL");
  try {
    await updateIndex(database, options);
  } catch {
    options.signal.throwIfAborted();
  } finally {
    database.exec("PRAGMA synchronous = FULL");
  }
}

/** Indexes the turns that are over, unless another process keeps the database for too long. */
async function updateIndex(
  database: Database,
  options: SearchOptions,
): Promise<void> {
  const note = database.prepare(`
    INSERT INTO indexed_turns SELECT id FROM turns WHERE id = ? AND status <> 'open' ON CONFLICT DO NOTHING
  `);
  const add = database.prepare(
    "INSERT INTO turn_words (rowid, text) VALUES (?, ?)",
  );
  const textOf = turnReader(database);
  const left = missingTurns(database, "status <> 'open'", true);
  if (left.length > NOTICEABLE) await options.indexing(left.length);
  for (let at = 0; at < left.length;) {
    const done = await locked(database, options, () => {
      for (let length = 0; at < left.length && length < AT_ONCE; at++) {
        const turn = left[at] ?? 0;
        // Another search may have been faster, and a turn may be gone.
        if (note.run(turn).changes === 0) continue;
        const text = textOf(turn);
        add.run(turn, spaced(text));
        length += text.length + 1000;
      }
    });
    if (!done) return;
    await breathe(options);
  }
}

/** Indexes what is not in the index for this connection alone. */
async function indexAside(
  database: Database,
  options: LockOptions & { readonly kept: boolean },
): Promise<void> {
  database.exec(`
    PRAGMA temp_store = MEMORY;
    DROP TABLE IF EXISTS temp.fresh_words;
    CREATE VIRTUAL TABLE temp.fresh_words USING fts5 (
      text, content = '', columnsize = 0, tokenize = 'unicode61 remove_diacritics 2'
    )
  `);
  const add = database.prepare(
    "INSERT INTO fresh_words (rowid, text) VALUES (?, ?)",
  );
  const textOf = turnReader(database);
  let length = 0;
  for (const turn of missingTurns(database, "true", options.kept)) {
    const text = textOf(turn);
    add.run(turn, spaced(text));
    length += text.length;
    if (length > AT_ONCE) {
      await breathe(options);
      length = 0;
    }
  }
}

function missingTurns(
  database: Database,
  condition: string,
  kept: boolean,
): number[] {
  return database.prepare(`
    SELECT id FROM turns WHERE ${condition}
    ${kept ? "AND id NOT IN (SELECT turn FROM indexed_turns)" : ""} ORDER BY id
  `).all().map(({ id }) => Number(id));
}

/** Does some work while nobody else can write; false when the database cannot be had in time. */
async function locked(
  database: Database,
  options: LockOptions,
  work: () => void,
): Promise<boolean> {
  if (!await beginImmediate(database, options)) return false;
  try {
    work();
    database.prepare("COMMIT").run();
    return true;
  } finally {
    rollback(database);
  }
}

/** Lets signals through, and other processes. */
async function breathe({ host, signal }: LockOptions): Promise<void> {
  await host.sleep(1, signal);
}
