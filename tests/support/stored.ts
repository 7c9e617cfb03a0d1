import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import type { Item } from "../../src/message.ts";
import { toConversation } from "../../src/store/conversations.ts";
import type { Conversation } from "../../src/store/conversations.ts";
import { readItems } from "../../src/store/items.ts";
import type { Home } from "./meka.ts";

/** A conversation as it lies in the database. */
export interface Stored extends Conversation {
  readonly turns: readonly StoredTurn[];
}

/** A turn of it, those that were taken back aside. */
export interface StoredTurn {
  readonly status: string;
  readonly items: readonly Item[];
  /** Some of it is marked as not whole. */
  readonly partial: boolean;
}

/** All conversations in their order, of a database that must be whole. */
export function storedConversations(home: Home): Stored[] {
  using database = new DatabaseSync(home.database);
  const found = database.prepare("PRAGMA integrity_check").get();
  assert.deepEqual({ ...found }, { integrity_check: "ok" });
  return database.prepare("SELECT * FROM conversations ORDER BY created_at, id")
    .all().map(toConversation).map((conversation) => {
      const { id } = conversation;
      const items = Map.groupBy(
        readItems(database, { conversation: id, after: 0 }),
        ({ turn }) => turn,
      );
      const turns = database.prepare(`
        SELECT id, status, (SELECT max(partial) FROM items WHERE turn = turns.id) AS partial
        FROM turns WHERE conversation = ? AND hidden = 0 ORDER BY id
      `).all(id).map(({ id, status, partial }) => ({
        status: String(status),
        items: (items.get(Number(id)) ?? []).map(({ item }) => item),
        partial: partial === 1,
      }));
      return { ...conversation, turns };
    });
}

/** What was said and answered in a turn, one text each; the rest by its type. */
export function textsOf({ items }: Pick<StoredTurn, "items">): string[] {
  return items.map((item) => {
    if (item.type === "answer") return item.text;
    if (item.type !== "user") return item.type;
    return item.parts.map((part) =>
      part.type === "text" ? part.text : "[image]"
    ).join("");
  });
}
