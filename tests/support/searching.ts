import type { Database } from "../../src/store/database.ts";
import { searchTurns } from "../../src/store/search.ts";
import { readQuery } from "../../src/store/words.ts";
import { type MemoryHost, memoryHost } from "./memory_host.ts";

/** How a search is made. */
export interface Looking {
  readonly host?: MemoryHost;
  readonly writable?: boolean;
  readonly hidden?: boolean;
}

/** The turns that a search for some words finds. */
export async function find(
  database: Database,
  typed: string,
  { host = memoryHost(), writable = true, hidden = false }: Looking = {},
): Promise<number[]> {
  const found = await searchTurns(database, readQuery(typed.split(" ")), {
    host,
    writable,
    hidden,
    signal: host.interrupt,
    limitMs: 100,
    indexing: () => Promise.resolve(),
  });
  return found.map(({ turn }) => turn);
}

/** How the database is waited for. */
export function lockOptions(
  host = memoryHost(),
): { host: MemoryHost; signal: AbortSignal; limitMs: number } {
  return { host, signal: host.interrupt, limitMs: 100 };
}

/** The rows of a table. */
export function count(database: Database, what: string): number {
  return Number(
    database.prepare(`SELECT count(*) AS count FROM ${what}`).get()?.count,
  );
}

/** A folder that is gone in the end. */
export async function temporaryFolder(): Promise<
  AsyncDisposable & { readonly path: string }
> {
  const path = await Deno.makeTempDir({ prefix: "meka-" });
  return {
    path,
    [Symbol.asyncDispose]: () => Deno.remove(path, { recursive: true }),
  };
}
