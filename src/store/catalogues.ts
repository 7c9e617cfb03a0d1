import type { Catalogue, ModelInfo } from "../message.ts";
import { type Database, inTransaction } from "./database.ts";

/** Whose list it is: an account's, under the provider's name in the config. */
export interface Owner {
  readonly provider: string;
  /** Undefined when the sign-in does not tell. */
  readonly accountId: string | undefined;
}

/** A stored list and when the service told it, in epoch milliseconds. */
export interface StoredCatalogue extends Catalogue {
  readonly toldAt: number;
}

/** Puts an account's list in the place of the provider's last one. */
export function writeCatalogue(
  database: Database,
  { provider, accountId }: Owner,
  { models, etag, toldAt }: StoredCatalogue,
): void {
  inTransaction(database, () => {
    database.prepare("DELETE FROM models WHERE provider = ?").run(provider);
    const insert = database.prepare(`
      INSERT INTO models (provider, id, position, name, efforts, default_effort, ultra_effort,
                          context_window, modalities, lite, listed)
      VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
    `);
    for (const [position, model] of models.entries()) {
      insert.run(
        provider,
        model.id,
        position,
        model.name,
        JSON.stringify(model.efforts),
        model.defaultEffort ?? null,
        model.ultraEffort ?? null,
        model.contextWindow ?? null,
        JSON.stringify(model.modalities),
        model.lite ? 1 : 0,
        model.listed ? 1 : 0,
      );
    }
    database.prepare(`
      INSERT OR REPLACE INTO catalogues (provider, account_id, etag, told_at) VALUES (?, ?, ?, ?)
    `).run(provider, accountId ?? null, etag ?? null, toldAt);
  });
}

/** The account's list, or undefined when none was told yet. */
export function readCatalogue(
  database: Database,
  owner: Owner,
): StoredCatalogue | undefined {
  const row = database.prepare(
    "SELECT etag, told_at FROM catalogues WHERE provider = ? AND account_id IS ?",
  ).get(owner.provider, owner.accountId ?? null);
  if (row === undefined) return undefined;
  const rows = database.prepare(
    "SELECT * FROM models WHERE provider = ? ORDER BY position",
  ).all(owner.provider);
  return {
    models: rows.map(toModel),
    etag: text(row.etag),
    toldAt: Number(row.told_at),
  };
}

/** What the account's list says of one model: all that a turn needs, in one statement. */
export function readModel(
  database: Database,
  { provider, accountId }: Owner,
  id: string,
): ModelInfo | undefined {
  const row = database.prepare(`
    SELECT models.* FROM models JOIN catalogues USING (provider)
    WHERE models.provider = ? AND id = ? AND account_id IS ?
  `).get(provider, id, accountId ?? null);
  return row === undefined ? undefined : toModel(row);
}

/** Forgets all that was told about a provider's account: its models, its limits and the service's cookies. */
export function forgetAccount(database: Database, provider: string): void {
  for (const table of ["models", "catalogues", "limits"]) {
    database.prepare(`DELETE FROM ${table} WHERE provider = ?`).run(provider);
  }
  // They belong to a host, not to a provider; there is no other provider that has any.
  database.prepare("DELETE FROM cookies").run();
}

function toModel(row: Readonly<Record<string, unknown>>): ModelInfo {
  return {
    id: String(row.id),
    name: String(row.name),
    efforts: words(row.efforts),
    defaultEffort: text(row.default_effort),
    ultraEffort: text(row.ultra_effort),
    contextWindow: typeof row.context_window === "number"
      ? row.context_window
      : undefined,
    modalities: words(row.modalities),
    lite: row.lite === 1,
    listed: row.listed === 1,
  };
}

function words(json: unknown): readonly string[] {
  const list: unknown = JSON.parse(String(json));
  return Array.isArray(list) ? list.map(String) : [];
}

function text(value: unknown): string | undefined {
  return typeof value === "string" ? value : undefined;
}
