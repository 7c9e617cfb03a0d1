import { type Conversation, insertConversation } from "./conversations.ts";
import { type Database, inTransaction } from "./database.ts";
import { insertSummary } from "./history.ts";

/** Copies all that is replayed of a conversation, and what its summary stands for, into a new one. */
export function forkConversation(
  database: Database,
  from: string,
  to: Conversation,
): void {
  inTransaction(database, () => {
    insertConversation(database, to);
    const copies = copyTurns(database, from, to.id);
    const summaries = database.prepare(`
      SELECT last_turn, text, created_at FROM summaries WHERE conversation = ? AND hidden = 0 ORDER BY id
    `).all(from);
    for (const { last_turn: last, text, created_at: at } of summaries) {
      const lastTurn = copies.get(Number(last));
      if (lastTurn === undefined) continue;
      const summary = { lastTurn, text: String(text), at: Number(at) };
      insertSummary(database, to.id, summary);
    }
  });
}

/** Copies the turns in their order, and gives the copy of each. */
function copyTurns(
  database: Database,
  from: string,
  to: string,
): ReadonlyMap<number, number> {
  const turns = database.prepare(
    "SELECT id FROM turns WHERE conversation = ? AND hidden = 0 ORDER BY id",
  ).all(from).map(({ id }) => Number(id));
  const copyTurn = database.prepare(`
    INSERT INTO turns (conversation, provider, model, status, usage, context_tokens, started_at, ended_at)
    SELECT ?, provider, model, status, usage, context_tokens, started_at, ended_at FROM turns WHERE id = ?
  `);
  const copyItems = database.prepare(`
    INSERT INTO items (turn, type, text, fields, raw, account, partial)
    SELECT ?, type, text, fields, raw, account, partial FROM items WHERE turn = ? ORDER BY id
  `);
  // An item and its copy have the same place in their turns.
  const copyImages = database.prepare(`
    WITH
      old AS (SELECT id, row_number() OVER (ORDER BY id) AS place FROM items WHERE turn = ?),
      new AS (SELECT id, row_number() OVER (ORDER BY id) AS place FROM items WHERE turn = ?)
    INSERT INTO item_images (item, hash)
    SELECT new.id, item_images.hash
    FROM old JOIN new ON new.place = old.place JOIN item_images ON item_images.item = old.id
  `);
  return new Map(turns.map((turn) => {
    const copy = Number(copyTurn.run(to, turn).lastInsertRowid);
    copyItems.run(copy, turn);
    copyImages.run(turn, copy);
    return [turn, copy];
  }));
}
