import { type Conversation, toConversation } from "./conversations.ts";
import type { Database } from "./database.ts";

/** A conversation and what tells a person which one it is. */
export interface ListedConversation extends Conversation {
  /** The beginning of what was said first of all that was not taken back; empty where that is a picture alone. */
  readonly opening: string;
  /** Turns that were not taken back. */
  readonly turns: number;
}

/** Which conversations are listed; all of them by default. */
export interface ListOptions {
  /** Only those that were begun there. */
  readonly folder?: string | undefined;
  /** So many at most. */
  readonly limit?: number | undefined;
}

const COLUMNS = `conversations.*,
  (SELECT count(*) FROM turns WHERE conversation = conversations.id AND hidden = 0) AS turns,
  (SELECT substr(items.text, 1, 400) FROM turns JOIN items ON items.turn = turns.id
   WHERE turns.conversation = conversations.id AND turns.hidden = 0
   ORDER BY turns.id, items.id LIMIT 1) AS opening`;

/** The conversations, the one that was used last first. */
export function listConversations(
  database: Database,
  { folder, limit = -1 }: ListOptions = {},
): ListedConversation[] {
  return database.prepare(`
    SELECT ${COLUMNS} FROM conversations WHERE folder = ifnull(?, folder)
    ORDER BY updated_at DESC, id DESC LIMIT ?
  `).all(folder ?? null, limit).map(toListed);
}

/** How many conversations there are, in a folder or at all. */
export function countConversations(
  database: Database,
  { folder }: Pick<ListOptions, "folder"> = {},
): number {
  const row = database.prepare(
    "SELECT count(*) AS count FROM conversations WHERE folder = ifnull(?, folder)",
  ).get(folder ?? null);
  return Number(row?.count);
}

/** One of the conversations, as it is listed. */
export function readListed(
  database: Database,
  id: string,
): ListedConversation | undefined {
  const row = database.prepare(
    `SELECT ${COLUMNS} FROM conversations WHERE id = ?`,
  ).get(id);
  return row && toListed(row);
}

/** The ids of all conversations, in their order. */
export function conversationIds(database: Database): string[] {
  return database.prepare("SELECT id FROM conversations ORDER BY id").all()
    .map(({ id }) => String(id));
}

function toListed(
  row: Readonly<Record<string, unknown>>,
): ListedConversation {
  return {
    ...toConversation(row),
    opening: String(row.opening ?? ""),
    turns: Number(row.turns),
  };
}
