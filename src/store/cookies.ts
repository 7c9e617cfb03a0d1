import { type Database, inTransaction } from "./database.ts";

/** A stored cookie: one row of `cookies`, with the fields of RFC 6265, section 5.3. */
export interface CookieRow {
  readonly domain: string;
  readonly path: string;
  readonly name: string;
  readonly value: string;
  /** True when only `domain` itself may get it, false when the hosts below it may too. */
  readonly hostOnly: boolean;
  readonly secure: boolean;
  readonly httpOnly: boolean;
  /** Epoch milliseconds, as are the next two. */
  readonly expiresAt: number;
  readonly createdAt: number;
  readonly accessedAt: number;
}

/** What a process did to its cookies since it read them. */
export interface CookieRowChanges {
  readonly set: readonly CookieRow[];
  /** Sent again at `accessedAt`, and otherwise as they were. */
  readonly accessed: readonly CookieRow[];
  /** Gone since `accessedAt`. */
  readonly removed: readonly CookieRow[];
}

/** When the changes are written, and how many rows may stay. */
export interface WriteCookiesOptions {
  /** Epoch milliseconds; what expired by then is purged. */
  readonly now: number;
  readonly perDomain: number;
  readonly total: number;
}

/** The unexpired cookies that a host could be sent: its own and those its parent domains share, oldest first. */
export function readCookies(
  database: Database,
  host: string,
  now: number,
): CookieRow[] {
  const parents = parentsOf(host);
  const rows = database.prepare(`
    SELECT * FROM cookies
    WHERE (domain = ? OR (host_only = 0 AND domain IN (${
    parents.map(() => "?").join()
  })))
      AND expires_at > ?
    ORDER BY created_at, rowid
  `).all(host, ...parents, now);
  return rows.map((row) => ({
    domain: String(row.domain),
    path: String(row.path),
    name: String(row.name),
    value: String(row.value),
    hostOnly: row.host_only !== 0,
    secure: row.secure !== 0,
    httpOnly: row.http_only !== 0,
    expiresAt: Number(row.expires_at),
    createdAt: Number(row.created_at),
    accessedAt: Number(row.accessed_at),
  }));
}

/**
 * Merges one process's changes with what others wrote meanwhile, in one transaction: of two values for a cookie the
 * later one stays. Losing it in a power cut is no harm, so this does not wait for the disk.
 */
export function writeCookies(
  database: Database,
  changes: CookieRowChanges,
  options: WriteCookiesOptions,
): void {
  database.exec("PRAGMA synchronous = NORMAL");
  try {
    inTransaction(database, () => merge(database, changes, options));
  } finally {
    // Rotated tokens must be on the disk before they are used.
    database.exec("PRAGMA synchronous = FULL");
  }
}

// A time of access ahead of the clock comes from a clock that was wrong, and must not keep its row for ever.
const NOT_NEWER = "(accessed_at <= :at OR accessed_at > :now)";
const THIS_ROW = "domain = :domain AND path = :path AND name = :name";

function merge(
  database: Database,
  { set, accessed, removed }: CookieRowChanges,
  { now, perDomain, total }: WriteCookiesOptions,
): void {
  // First, so that a cookie set anew after its expiry gets its new creation time.
  database.prepare("DELETE FROM cookies WHERE expires_at <= ?").run(now);
  const remove = database.prepare(
    `DELETE FROM cookies WHERE ${THIS_ROW} AND ${NOT_NEWER}`,
  );
  for (const row of removed) remove.run({ ...keyOf(row), now });
  const touch = database.prepare(
    `UPDATE cookies SET accessed_at = :at WHERE ${THIS_ROW} AND ${NOT_NEWER}`,
  );
  for (const row of accessed) touch.run({ ...keyOf(row), now });
  const upsert = database.prepare(`
    INSERT INTO cookies
      (domain, path, name, value, host_only, secure, http_only, expires_at, created_at, accessed_at)
    VALUES
      (:domain, :path, :name, :value, :hostOnly, :secure, :httpOnly, :expiresAt, :createdAt, :at)
    ON CONFLICT DO UPDATE SET
      value = excluded.value, host_only = excluded.host_only, secure = excluded.secure,
      http_only = excluded.http_only, expires_at = excluded.expires_at,
      accessed_at = excluded.accessed_at
    WHERE ${NOT_NEWER}
  `);
  for (const row of set) {
    if (row.expiresAt <= now) continue;
    upsert.run({
      ...keyOf(row),
      value: row.value,
      hostOnly: row.hostOnly ? 1 : 0,
      secure: row.secure ? 1 : 0,
      httpOnly: row.httpOnly ? 1 : 0,
      expiresAt: row.expiresAt,
      createdAt: row.createdAt,
      now,
    });
  }
  // Several processes can go over the limits together, though each of them keeps to them.
  trim(database, "PARTITION BY domain", perDomain);
  trim(database, "", total);
}

/** Keeps the `limit` rows of each partition that were used last. */
function trim(database: Database, partition: string, limit: number): void {
  database.prepare(`
    DELETE FROM cookies WHERE rowid IN (
      SELECT rowid FROM (
        SELECT rowid, row_number() OVER (${partition} ORDER BY accessed_at DESC, rowid DESC) AS place
        FROM cookies
      ) WHERE place > ?
    )
  `).run(limit);
}

function keyOf(
  { domain, path, name, accessedAt }: CookieRow,
): Record<"domain" | "path" | "name", string> & { at: number } {
  return { domain, path, name, at: accessedAt };
}

/** `a.b.example.com` has `b.example.com`, `example.com` and `com`. */
function parentsOf(host: string): string[] {
  const labels = host.split(".");
  return labels.slice(1).map((_, index) => labels.slice(index + 1).join("."));
}
