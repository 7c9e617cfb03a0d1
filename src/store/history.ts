import type { Item } from "../message.ts";
import { type Database, inTransaction } from "./database.ts";
import { readItems } from "./items.ts";
import { tokensOf } from "./tokens_of.ts";

/** One turn of a conversation: what the person said, and all that came of it. */
export interface PastTurn {
  readonly id: number;
  readonly items: readonly Item[];
}

/** What is replayed of a conversation. */
export interface History {
  /** What stands for the turns before these. */
  readonly summary: string | undefined;
  readonly turns: readonly PastTurn[];
  /** How many tokens that is: what the server told last, and about what has come since; undefined where none told. */
  readonly contextTokens: number | undefined;
}

/** What is replayed of a conversation: its last summary, and the turns after it that were not taken back. */
export function readHistory(database: Database, id: string): History {
  const summary = database.prepare(`
    SELECT last_turn, text, created_at FROM summaries WHERE conversation = ? AND hidden = 0 ORDER BY id DESC LIMIT 1
  `).get(id);
  const after = Number(summary?.last_turn ?? 0);
  const items = new Map<number, Item[]>();
  for (
    const { turn, item } of readItems(database, { conversation: id, after })
  ) {
    const found = items.get(turn);
    if (found === undefined) items.set(turn, [item]);
    else found.push(item);
  }
  const turns = [...items].map(([id, items]) => ({ id, items }));
  // A count from before the summary is that of a longer conversation.
  const told = database.prepare(`
    SELECT id, context_tokens FROM turns
    WHERE conversation = ? AND hidden = 0 AND id > ? AND context_tokens IS NOT NULL AND ended_at >= ?
    ORDER BY id DESC LIMIT 1
  `).get(id, after, Number(summary?.created_at ?? 0));
  return {
    summary: text(summary?.text),
    turns,
    contextTokens: told && Number(told.context_tokens) +
        tokensOf(
          turns.flatMap(({ id, items }) => id > Number(told.id) ? items : []),
        ),
  };
}

/** A conversation in which nothing has been said. */
export const NO_HISTORY: History = {
  summary: undefined,
  turns: [],
  contextTokens: undefined,
};

/**
 * The items of a conversation as they are replayed. A call that was never answered, since meka was killed or stopped
 * meanwhile, gets a result that says so: a service refuses one without the other.
 */
export function historyItems({ summary, turns }: History): readonly Item[] {
  const past = turns.flatMap(({ items }) => [...items, ...missing(items)]);
  return summary === undefined
    ? past
    : [{ type: "summary", text: `${SUMMARY_HEAD}\n\n${summary}` }, ...past];
}

const SUMMARY_HEAD =
  "This conversation began earlier. A summary of what was said before:";

function missing(items: readonly Item[]): readonly Item[] {
  const answered = new Set(
    items.flatMap((item) => item.type === "result" ? [item.id] : []),
  );
  return items.flatMap((item): Item[] =>
    item.type !== "call" || answered.has(item.id) ? [] : [{
      type: "result",
      id: item.id,
      output: "The run was stopped before this call ended",
      images: [],
      error: true,
    }]
  );
}

/** Lets a summary stand for all turns up to one; they stay stored. */
export function insertSummary(
  database: Database,
  conversation: string,
  { lastTurn, text, at }: {
    readonly lastTurn: number;
    readonly text: string;
    /** Epoch milliseconds. */
    readonly at: number;
  },
): void {
  database.prepare(`
    INSERT INTO summaries (conversation, last_turn, text, created_at) VALUES (?, ?, ?, ?)
  `).run(conversation, lastTurn, text.replaceAll("\0", ""), at);
}

/**
 * Takes back the last turn of a conversation, which stays stored but is not replayed any more, and returns what the
 * person had said in it; undefined when there is no turn left.
 */
export function hideLastTurn(
  database: Database,
  conversation: string,
): Item | undefined {
  const row = database.prepare(`
    SELECT id FROM turns WHERE conversation = ? AND hidden = 0 ORDER BY id DESC LIMIT 1
  `).get(conversation);
  if (row === undefined) return undefined;
  const turn = Number(row.id);
  const said = readItems(database, { conversation, after: turn - 1 })[0]?.item;
  inTransaction(database, () => {
    database.prepare("UPDATE turns SET hidden = 1 WHERE id = ?").run(turn);
    database.prepare(
      "UPDATE summaries SET hidden = 1 WHERE conversation = ? AND last_turn >= ?",
    ).run(conversation, turn);
  });
  return said;
}

function text(value: unknown): string | undefined {
  return typeof value === "string" ? value : undefined;
}
