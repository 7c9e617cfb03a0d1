import type { Usage } from "../event.ts";
import type { Database } from "./database.ts";

const COUNTS = [
  "inputTokens",
  "cachedInputTokens",
  "outputTokens",
  "reasoningTokens",
  "totalTokens",
] as const satisfies readonly (keyof Usage)[];

/** What a conversation has cost; undefined where no server told. */
export interface Spent {
  /** Its last turn that was not taken back. */
  readonly last: Usage | undefined;
  /** All of them, those that were taken back, too. */
  readonly all: Usage | undefined;
}

/** What a stored conversation has cost. */
export function readSpent(database: Database, conversation: string): Spent {
  const sums = COUNTS.map((name) => `sum(usage ->> '$.${name}') AS ${name}`);
  const last = COUNTS.map((name) => `usage ->> '$.${name}' AS ${name}`);
  return {
    all: toUsage(
      database.prepare(
        `SELECT ${sums.join()} FROM turns WHERE conversation = ?`,
      ).get(conversation),
    ),
    last: toUsage(
      database.prepare(`
        SELECT ${last.join()} FROM turns WHERE conversation = ? AND hidden = 0 ORDER BY id DESC LIMIT 1
      `).get(conversation),
    ),
  };
}

function toUsage(
  row: Readonly<Record<string, unknown>> | undefined,
): Usage | undefined {
  if (row === undefined || COUNTS.every((name) => row[name] === null)) {
    return undefined;
  }
  const count = (name: keyof Usage): number | undefined =>
    row[name] === null ? undefined : Number(row[name]);
  return {
    inputTokens: count("inputTokens"),
    cachedInputTokens: count("cachedInputTokens"),
    outputTokens: count("outputTokens"),
    reasoningTokens: count("reasoningTokens"),
    totalTokens: count("totalTokens"),
  };
}
