import type { Database } from "./database.ts";

/** The longest message that the prompt line brings back, in bytes; a longer one is not read from the disk at all. */
const LONGEST_TYPED = 40_000;

/**
 * What a person said last in all conversations, newest last and nothing twice in a row: what the prompt line brings
 * back. What was taken back counts, too.
 */
export function typedMessages(database: Database, limit: number): string[] {
  const rows = database.prepare(`
    SELECT (
      SELECT iif(octet_length(text) <= ?, text, '') FROM items WHERE turn = turns.id ORDER BY id LIMIT 1
    ) AS text
    FROM turns ORDER BY id DESC LIMIT ?
  `).all(LONGEST_TYPED, limit);
  return rows.map(({ text }) => String(text ?? "")).reverse()
    .filter((text) => text.trim() !== "")
    .filter((text, at, all) => text !== all[at - 1]);
}
