import type { Usage } from "../event.ts";
import type { Item } from "../message.ts";
import {
  type Conversation,
  insertConversation,
  type TurnStatus,
} from "./conversations.ts";
import { type Database, inTransaction } from "./database.ts";
import { type ImageHashes, insertItem, readItems } from "./items.ts";

/** An item, and whether it is only the beginning of an answer that was cut. */
export interface ToldItem {
  readonly item: Item;
  readonly partial: boolean;
}

/** A turn with all that is known of it. */
export interface ToldTurn {
  readonly provider: string;
  readonly model: string;
  readonly status: TurnStatus;
  /** Taken back by the person. */
  readonly hidden: boolean;
  readonly usage: Usage | undefined;
  /** Tokens of the conversation as the turn left it. */
  readonly contextTokens: number | undefined;
  /** Epoch milliseconds, as is the next; undefined for one that lasts, or was never ended. */
  readonly startedAt: number;
  readonly endedAt: number | undefined;
  readonly items: readonly ToldItem[];
}

/** What stands for the first turns of a conversation. */
export interface ToldSummary {
  /** How many of them, those that were taken back counted. */
  readonly turns: number;
  readonly text: string;
  readonly hidden: boolean;
  /** Epoch milliseconds. */
  readonly at: number;
}

/** All that is stored of a conversation. */
export interface Transcript {
  readonly conversation: Conversation;
  readonly turns: readonly ToldTurn[];
  readonly summaries: readonly ToldSummary[];
}

/** Reads all that is stored of a conversation, as of one moment; `bare` leaves out the bytes of pictures. */
export function readTranscript(
  database: Database,
  conversation: Conversation,
  { bare = false }: { readonly bare?: boolean } = {},
): Transcript {
  database.exec("BEGIN");
  try {
    const { id } = conversation;
    const items = Map.groupBy(
      readItems(database, { conversation: id, after: 0, hidden: true, bare }),
      ({ turn }) => turn,
    );
    const rows = database.prepare(
      "SELECT * FROM turns WHERE conversation = ? ORDER BY id",
    ).all(id);
    const turns = rows.map((row) => ({
      ...toTurn(row),
      items: (items.get(Number(row.id)) ?? []).map((
        { item, partial = false },
      ) => ({ item, partial })),
    }));
    const ids = rows.map((row) => Number(row.id));
    return { conversation, turns, summaries: readSummaries(database, id, ids) };
  } finally {
    database.exec("COMMIT");
  }
}

/** Stores a conversation with all that is told of it, or nothing. */
export function insertTranscript(
  database: Database,
  { conversation, turns, summaries }: Transcript,
  hashes: ImageHashes,
): void {
  inTransaction(database, () => {
    insertConversation(database, conversation);
    const ids = turns.map((turn) =>
      insertTold(database, turn, { conversation: conversation.id, hashes })
    );
    const insert = database.prepare(`
      INSERT INTO summaries (conversation, last_turn, text, hidden, created_at) VALUES (?, ?, ?, ?, ?)
    `);
    for (const { turns, text, hidden, at } of summaries) {
      const last = ids[turns - 1];
      if (last === undefined) throw new Error("a summary of no turn");
      insert.run(conversation.id, last, text, hidden ? 1 : 0, at);
    }
  });
}

function insertTold(
  database: Database,
  turn: ToldTurn,
  { conversation, hashes }: {
    readonly conversation: string;
    readonly hashes: ImageHashes;
  },
): number {
  const { lastInsertRowid } = database.prepare(`
    INSERT INTO turns
      (conversation, provider, model, status, usage, context_tokens, hidden, started_at, ended_at)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
  `).run(
    conversation,
    turn.provider,
    turn.model,
    turn.status,
    turn.usage === undefined ? null : JSON.stringify(turn.usage),
    turn.contextTokens ?? null,
    turn.hidden ? 1 : 0,
    turn.startedAt,
    turn.endedAt ?? null,
  );
  const id = Number(lastInsertRowid);
  for (const { item, partial } of turn.items) {
    insertItem(database, id, item, { hashes, partial });
  }
  return id;
}

function readSummaries(
  database: Database,
  conversation: string,
  turns: readonly number[],
): ToldSummary[] {
  const rows = database.prepare(`
    SELECT last_turn, text, hidden, created_at FROM summaries WHERE conversation = ? ORDER BY id
  `).all(conversation);
  return rows.map(({ last_turn: last, text, hidden, created_at: at }) => ({
    turns: turns.filter((turn) => turn <= Number(last)).length,
    text: String(text),
    hidden: hidden === 1,
    at: Number(at),
  })).filter((summary) => summary.turns > 0);
}

function toTurn(
  row: Readonly<Record<string, unknown>>,
): Omit<ToldTurn, "items"> {
  return {
    provider: String(row.provider),
    model: String(row.model),
    status: STATUSES.find((status) => status === row.status) ?? "open",
    hidden: row.hidden === 1,
    usage: toUsage(row.usage),
    contextTokens: number(row.context_tokens),
    startedAt: Number(row.started_at),
    endedAt: number(row.ended_at),
  };
}

/** How a turn can end, or not. */
export const STATUSES: readonly TurnStatus[] = [
  "open",
  "completed",
  "incomplete",
  "failed",
];

function toUsage(value: unknown): Usage | undefined {
  if (typeof value !== "string") return undefined;
  const usage: Readonly<Record<string, unknown>> = JSON.parse(value);
  return {
    inputTokens: number(usage.inputTokens),
    cachedInputTokens: number(usage.cachedInputTokens),
    outputTokens: number(usage.outputTokens),
    reasoningTokens: number(usage.reasoningTokens),
    totalTokens: number(usage.totalTokens),
  };
}

function number(value: unknown): number | undefined {
  return typeof value === "number" ? value : undefined;
}
