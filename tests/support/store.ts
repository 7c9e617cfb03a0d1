import { DatabaseSync } from "node:sqlite";
import type { Item } from "../../src/message.ts";
import {
  type Conversation,
  endTurn,
  insertConversation,
  insertTurn,
} from "../../src/store/conversations.ts";
import type { Database } from "../../src/store/database.ts";
import { hashImages, insertItem } from "../../src/store/items.ts";
import { MIGRATIONS } from "../../src/store/migrations.ts";

/** A database of the newest schema, in memory unless a path is given. */
export function openStore(path = ":memory:"): Database & Disposable {
  const database = new DatabaseSync(path);
  if (path !== ":memory:") database.exec("PRAGMA journal_mode = WAL");
  for (const step of MIGRATIONS) database.exec(step);
  database.exec(`PRAGMA user_version = ${MIGRATIONS.length}`);
  return Object.assign(database, {
    [Symbol.dispose]: (): void => database.close(),
  });
}

/** A conversation in which nothing has been said. */
export function conversation(
  fields: Partial<Conversation> = {},
): Conversation {
  return {
    id: "01a2047b-1496-749b-ae5c-193ba57496e4",
    name: undefined,
    folder: "/project",
    provider: "openai-codex",
    model: "gpt-5",
    instructions: undefined,
    parent: undefined,
    createdAt: 1_000,
    updatedAt: 1_000,
    ...fields,
  };
}

/** What a person says. */
export function user(text: string): Item & { readonly type: "user" } {
  return { type: "user", parts: [{ type: "text", text }] };
}

/** What a model answers, in our own words. */
export function answer(text: string): Item & { readonly type: "answer" } {
  return { type: "answer", text, raw: undefined, origin: undefined };
}

/** A turn to be stored. */
export interface StoredTurn {
  readonly items: readonly [Item, ...Item[]];
  readonly contextTokens?: number;
  readonly provider?: string;
  /** When it began; it ends a millisecond later. */
  readonly at?: number;
}

/** Stores a conversation with its turns, and returns their ids. */
export async function storeConversation(
  database: Database,
  { turns, ...fields }:
    & Partial<Conversation>
    & { readonly turns: readonly StoredTurn[] },
): Promise<number[]> {
  const stored = conversation(fields);
  insertConversation(database, stored);
  return await Array.fromAsync(
    turns,
    (turn) => storeTurn(database, stored.id, turn),
  );
}

/** Adds a turn to a stored conversation, and returns its id. */
export async function storeTurn(
  database: Database,
  conversation: string,
  { items: [said, ...others], contextTokens, provider, at = 2_000 }: StoredTurn,
): Promise<number> {
  const turn = insertTurn(database, conversation, {
    provider: provider ?? "openai-codex",
    model: "gpt-5",
    said,
    hashes: await hashImages(said),
    at,
  });
  for (const item of others) {
    insertItem(database, turn, item, { hashes: await hashImages(item) });
  }
  endTurn(database, turn, {
    status: "completed",
    usage: undefined,
    contextTokens,
    at: at + 1,
  });
  return turn;
}
