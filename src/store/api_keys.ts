import type { Database } from "./database.ts";
import { emptyJournal } from "./journal.ts";

/** Whose key it is: the provider's name in the config, and the one origin that it may be sent to. */
export interface KeyOwner {
  readonly provider: string;
  readonly origin: string;
}

/** The key that was entered for an origin, or undefined when there is none. */
export function readKey(
  database: Database,
  { provider, origin }: KeyOwner,
): string | undefined {
  const row = database.prepare(
    "SELECT key FROM api_keys WHERE provider = ? AND origin = ?",
  ).get(provider, origin);
  return typeof row?.key === "string" ? row.key : undefined;
}

/** Puts a key in the place of the origin's last one, of which nothing stays in the file. */
export function writeKey(
  database: Database,
  { provider, origin }: KeyOwner,
  { key, storedAt }: { key: string; storedAt: number },
): void {
  database.prepare(`
    INSERT OR REPLACE INTO api_keys (provider, origin, key, stored_at) VALUES (?, ?, ?, ?)
  `).run(provider, origin, key, storedAt);
  emptyJournal(database);
}

/** Forgets all keys of a provider and tells whether there were any; until the journal is emptied it may hold them. */
export function forgetKeys(database: Database, provider: string): boolean {
  const { changes } = database.prepare(
    "DELETE FROM api_keys WHERE provider = ?",
  ).run(provider);
  return changes > 0;
}
