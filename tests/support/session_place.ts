import type { Database } from "../../src/store/database.ts";
import { type AccountPlace, accountPlace, NOW } from "./account_place.ts";
import type { MemoryHostOptions } from "./memory_host.ts";
import { openStore } from "./store.ts";

/** An id that ends in a number; the first has the smallest. */
export function idOf(number: number): string {
  return `019aa000-0000-7000-8000-${String(number).padStart(12, "0")}`;
}

/** A person with a store of conversations and no sign-in. */
export interface SessionPlace extends AccountPlace {
  readonly database: Database;
}

/** Makes a {@linkcode SessionPlace}; its store has no conversations yet. */
export async function sessionPlace(
  options: MemoryHostOptions = {},
): Promise<SessionPlace> {
  const place = await accountPlace({ ...options, row: false });
  const database = openStore(place.path);
  return {
    ...place,
    database,
    [Symbol.asyncDispose]: async () => {
      database.close();
      await place[Symbol.asyncDispose]();
    },
  };
}

/** Some days before the place's present, in epoch milliseconds. */
export function daysAgo(days: number): number {
  return NOW - days * 86_400_000;
}
