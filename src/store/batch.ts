import type { Usage } from "../event.ts";
import type { Database } from "./database.ts";

/** An answer that a batch has got. */
export interface BatchAnswer {
  readonly text: string;
  readonly usage: Usage | undefined;
}

/** The answers of a batch in the store, as one run of it sees them. */
export interface BatchAnswers {
  /**
   * An answer of an earlier run to what the key names, which this run has not taken yet: two records that ask the same
   * get two answers, in every run.
   */
  take(key: string): BatchAnswer | undefined;
  /** Keeps an answer that this run has got, with the time in epoch milliseconds. */
  keep(key: string, answer: BatchAnswer, at: number): void;
}

/**
 * Opens the answers for a run that has this name. Losing one in a power cut costs a request, so nothing here waits for
 * the disk; nor for another process that writes: then it throws.
 */
export function batchAnswers(database: Database, run: string): BatchAnswers {
  // Prepared once: it takes longer than the rest, and a run asks for each of many records.
  const find = database.prepare(
    "SELECT id, answer FROM batch_answers WHERE key = ? AND run <> ? ORDER BY id LIMIT 1",
  );
  const mark = database.prepare(
    "UPDATE batch_answers SET run = ? WHERE id = ?",
  );
  const insert = database.prepare(
    "INSERT INTO batch_answers (key, run, answer, answered_at) VALUES (?, ?, ?, ?)",
  );
  const patience = database.prepare("PRAGMA busy_timeout");
  const write = (work: () => void): void => {
    const { timeout } = patience.get() ?? {};
    database.exec("PRAGMA synchronous = NORMAL; PRAGMA busy_timeout = 0");
    try {
      work();
    } finally {
      // Rotated tokens must be on the disk before they are used.
      database.exec(
        `PRAGMA synchronous = FULL; PRAGMA busy_timeout = ${Number(timeout)}`,
      );
    }
  };
  // Most runs are first ones, in which nothing can be found.
  const earlier = database.prepare("SELECT 1 FROM batch_answers LIMIT 1").get();
  return {
    take: (key) => {
      if (earlier === undefined) return undefined;
      const row = find.get(key, run);
      if (row === undefined) return undefined;
      const answer = toAnswer(JSON.parse(String(row.answer)));
      write(() => mark.run(run, Number(row.id)));
      return answer;
    },
    keep: (key, answer, at) => {
      write(() => insert.run(key, run, JSON.stringify(answer), at));
    },
  };
}

/** Forgets the answers from before a time, in epoch milliseconds, and tells how many they were; all without one. */
export function forgetAnswers(database: Database, before = Infinity): number {
  const oldest = database.prepare(
    "SELECT answered_at FROM batch_answers ORDER BY id LIMIT 1",
  ).get()?.answered_at;
  // A deletion of nothing would still read all of them, and wait for its turn to write.
  if (oldest === undefined || Number(oldest) >= before) return 0;
  return Number(
    database.prepare("DELETE FROM batch_answers WHERE answered_at < ?")
      .run(before).changes,
  );
}

function toAnswer(value: unknown): BatchAnswer | undefined {
  const { text, usage } = fields(value);
  if (typeof text !== "string") return undefined;
  const told = fields(usage);
  return {
    text,
    usage: usage === undefined ? undefined : {
      inputTokens: number(told.inputTokens),
      cachedInputTokens: number(told.cachedInputTokens),
      outputTokens: number(told.outputTokens),
      reasoningTokens: number(told.reasoningTokens),
      totalTokens: number(told.totalTokens),
    },
  };
}

function fields(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null ? { ...value } : {};
}

function number(value: unknown): number | undefined {
  return typeof value === "number" ? value : undefined;
}
