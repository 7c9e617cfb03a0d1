import type { Usage } from "../event.ts";
import type { Item } from "../message.ts";
import type { Database } from "./database.ts";
import { type ImageHashes, insertItem } from "./items.ts";

/** A conversation, without what was said in it: one row of `conversations`. */
export interface Conversation {
  /** A UUIDv7. */
  readonly id: string;
  readonly name: string | undefined;
  /** The working folder in which it was begun. */
  readonly folder: string;
  /** Of the last turn, as is the model. */
  readonly provider: string;
  readonly model: string;
  /** What the person told the model to be; undefined for meka's own words. */
  readonly instructions: string | undefined;
  /** The conversation that it was forked from. */
  readonly parent: string | undefined;
  /** Epoch milliseconds, as is the next. */
  readonly createdAt: number;
  readonly updatedAt: number;
}

/** How a turn ended: with a whole answer, a cut one, or none; "open" while it lasts, and for good if meka was killed. */
export type TurnStatus = "open" | "completed" | "incomplete" | "failed";

/** A turn that begins. */
export interface NewTurn {
  readonly provider: string;
  readonly model: string;
  /** What the person says. */
  readonly said: Item;
  readonly hashes: ImageHashes;
  /** Epoch milliseconds. */
  readonly at: number;
}

/** The conversation that was used last of those begun in a folder. */
export function findNewest(
  database: Database,
  folder: string,
): Conversation | undefined {
  const row = database.prepare(`
    SELECT * FROM conversations WHERE folder = ? ORDER BY updated_at DESC, id DESC LIMIT 1
  `).get(folder);
  return row && toConversation(row);
}

/** The conversations whose id begins so, oldest first, 20 at most. */
export function findByPrefix(
  database: Database,
  prefix: string,
): Conversation[] {
  // A range instead of LIKE, whose wildcards a person could type.
  return database.prepare(`
    SELECT * FROM conversations WHERE id >= ? AND id < ? ORDER BY id LIMIT 20
  `).all(prefix, `${prefix}\u{10ffff}`).map(toConversation);
}

/** The conversation of a name. */
export function findByName(
  database: Database,
  name: string,
): Conversation | undefined {
  const row = database.prepare("SELECT * FROM conversations WHERE name = ?")
    .get(name);
  return row && toConversation(row);
}

/** Adds a conversation in which nothing has been said. */
export function insertConversation(
  database: Database,
  conversation: Conversation,
): void {
  const { id, name, folder, provider, model, instructions, parent } =
    conversation;
  database.prepare(`
    INSERT INTO conversations
      (id, name, folder, provider, model, instructions, parent, created_at, updated_at)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
  `).run(
    id,
    name ?? null,
    folder,
    provider,
    model,
    instructions ?? null,
    parent ?? null,
    conversation.createdAt,
    conversation.updatedAt,
  );
}

/** Notes what the model is told to be from now on, where that has changed. */
export function keepInstructions(
  database: Database,
  { id, instructions = null }: {
    readonly id: string;
    readonly instructions?: string | null | undefined;
  },
): void {
  database.prepare(
    "UPDATE conversations SET instructions = ?1 WHERE id = ?2 AND instructions IS NOT ?1",
  ).run(instructions, id);
}

/** Gives a conversation another name, which no other one may have, or takes it away. */
export function renameConversation(
  database: Database,
  id: string,
  name: string | undefined,
): void {
  database.prepare("UPDATE conversations SET name = ? WHERE id = ?")
    .run(name ?? null, id);
}

/** Begins a turn with what the person says, and returns its id. */
export function insertTurn(
  database: Database,
  conversation: string,
  { provider, model, said, hashes, at }: NewTurn,
): number {
  const { lastInsertRowid } = database.prepare(`
    INSERT INTO turns (conversation, provider, model, status, started_at) VALUES (?, ?, ?, 'open', ?)
  `).run(conversation, provider, model, at);
  const turn = Number(lastInsertRowid);
  insertItem(database, turn, said, { hashes });
  database.prepare(`
    UPDATE conversations SET provider = ?, model = ?, updated_at = max(updated_at, ?) WHERE id = ?
  `).run(provider, model, at, conversation);
  return turn;
}

/** How a turn ended, and what it cost. */
export interface TurnEnd {
  readonly status: TurnStatus;
  readonly usage: Usage | undefined;
  readonly contextTokens: number | undefined;
  /** Epoch milliseconds. */
  readonly at: number;
}

/** Notes how a turn ended. */
export function endTurn(
  database: Database,
  turn: number,
  { status, usage, contextTokens, at }: TurnEnd,
): void {
  database.prepare(`
    UPDATE turns SET status = ?, usage = ?, context_tokens = ?, ended_at = ? WHERE id = ?
  `).run(
    status,
    usage === undefined ? null : JSON.stringify(usage),
    contextTokens ?? null,
    at,
    turn,
  );
  database.prepare(`
    UPDATE conversations SET updated_at = max(updated_at, ?)
    WHERE id = (SELECT conversation FROM turns WHERE id = ?)
  `).run(at, turn);
}

/** A row of `conversations`. */
export function toConversation(
  row: Readonly<Record<string, unknown>>,
): Conversation {
  return {
    id: String(row.id),
    name: text(row.name),
    folder: String(row.folder),
    provider: String(row.provider),
    model: String(row.model),
    instructions: text(row.instructions),
    parent: text(row.parent),
    createdAt: Number(row.created_at),
    updatedAt: Number(row.updated_at),
  };
}

function text(value: unknown): string | undefined {
  return typeof value === "string" ? value : undefined;
}
