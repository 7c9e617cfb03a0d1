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
    const turns = database.prepare(
      "SELECT id FROM turns WHERE conversation = ? AND hidden = 0 ORDER BY id",
    ).all(from).map(({ id }) => Number(id));
    const copies = new Map(
      turns.map((turn) => [turn, copyTurn(database, turn, to.id)]),
    );
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

function copyTurn(
  database: Database,
  turn: number,
  conversation: string,
): number {
  const { lastInsertRowid } = database.prepare(`
    INSERT INTO turns (conversation, provider, model, status, usage, context_tokens, started_at, ended_at)
    SELECT ?, provider, model, status, usage, context_tokens, started_at, ended_at FROM turns WHERE id = ?
  `).run(conversation, turn);
  const copy = Number(lastInsertRowid);
  const items = database.prepare(
    "SELECT id FROM items WHERE turn = ? ORDER BY id",
  ).all(turn);
  for (const { id } of items) {
    const { lastInsertRowid: item } = database.prepare(`
      INSERT INTO items (turn, type, text, fields, raw, account, partial)
      SELECT ?, type, text, fields, raw, account, partial FROM items WHERE id = ?
    `).run(copy, Number(id));
    database.prepare(`
      INSERT INTO item_images (item, hash) SELECT ?, hash FROM item_images WHERE item = ?
    `).run(Number(item), Number(id));
  }
  return copy;
}
