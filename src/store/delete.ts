import type { Database } from "./database.ts";
import { beginImmediate, type LockOptions, rollback } from "./lock.ts";
import { forgetNow, forgetWords } from "./search.ts";

/**
 * Takes conversations out of the index that are about to be deleted, which is quicker for all of them together. Tells
 * whether that could be done in time.
 */
export async function forgetConversations(
  database: Database,
  ids: readonly string[],
  options: LockOptions,
): Promise<boolean> {
  const turns = ids.flatMap((id) => turnsOf(database, id));
  return await forgetWords(database, turns, options);
}

/**
 * Deletes a conversation with all that was ever said in it, its words in the index, and the pictures that no other one
 * holds, and tells whether that could be done in time. No byte of it stays in the database's file, since every connection
 * has `secure_delete` on; the journal is emptied by `emptyJournal`.
 */
export async function deleteConversation(
  database: Database,
  id: string,
  options: LockOptions,
): Promise<boolean> {
  if (!await forgetConversations(database, [id], options)) return false;
  if (!await beginImmediate(database, options)) return false;
  try {
    // A search may have indexed them again meanwhile.
    forgetNow(database, turnsOf(database, id));
    const images = imagesOf(database, id);
    database.prepare("DELETE FROM conversations WHERE id = ?").run(id);
    const remove = database.prepare(`
      DELETE FROM images WHERE hash = ? AND NOT EXISTS (SELECT 1 FROM item_images WHERE item_images.hash = images.hash)
    `);
    for (const hash of images) remove.run(hash);
    database.prepare("COMMIT").run();
    return true;
  } finally {
    rollback(database);
  }
}

function turnsOf(database: Database, conversation: string): number[] {
  return database.prepare("SELECT id FROM turns WHERE conversation = ?")
    .all(conversation).map(({ id }) => Number(id));
}

function imagesOf(database: Database, conversation: string): string[] {
  return database.prepare(`
    SELECT DISTINCT item_images.hash
    FROM turns JOIN items ON items.turn = turns.id JOIN item_images ON item_images.item = items.id
    WHERE turns.conversation = ?
  `).all(conversation).map(({ hash }) => String(hash));
}
