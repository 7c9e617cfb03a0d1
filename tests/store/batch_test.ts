import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import fc from "fast-check";
import {
  type BatchAnswer,
  batchAnswers,
  forgetAnswers,
} from "../../src/store/batch.ts";
import { isBusy } from "../../src/store/database.ts";
import { openStore } from "../support/store.ts";

const ANSWER: BatchAnswer = { text: "forty-two", usage: undefined };

Deno.test("batchAnswers() gives an answer to a later run, once", () => {
  using database = openStore();
  const first = batchAnswers(database, "run 1");
  first.keep("a", ANSWER, 1);
  assert.equal(first.take("a"), undefined);
  for (const name of ["run 2", "run 3"]) {
    const run = batchAnswers(database, name);
    assert.equal(run.take("b"), undefined);
    assert.deepEqual(run.take("a"), ANSWER);
    assert.equal(run.take("a"), undefined);
  }
});

Deno.test("batchAnswers() gives records that ask the same an answer each, in their order", () => {
  using database = openStore();
  const first = batchAnswers(database, "run 1");
  const texts = ["one", "two", "three"];
  for (const text of texts) first.keep("a", { ...ANSWER, text }, 1);
  for (const name of ["run 2", "run 3"]) {
    const run = batchAnswers(database, name);
    assert.deepEqual(texts.map(() => run.take("a")?.text), texts);
    assert.equal(run.take("a"), undefined);
  }
});

Deno.test("batchAnswers() gives back any answer as it was", () => {
  using database = openStore();
  const count = fc.option(fc.nat(), { nil: undefined });
  const usage = fc.record({
    inputTokens: count,
    cachedInputTokens: count,
    outputTokens: count,
    reasoningTokens: count,
    totalTokens: count,
  }, { noNullPrototype: true });
  const answer = fc.record({
    text: fc.string({ unit: "binary" }),
    usage: fc.option(usage, { nil: undefined }),
  }, { noNullPrototype: true });
  let n = 0;
  fc.assert(fc.property(answer, (answer) => {
    const key = `key ${n++}`;
    batchAnswers(database, "run 1").keep(key, answer, 1);
    const taken = batchAnswers(database, "run 2").take(key);
    assert.deepEqual(taken, answer);
  }));
});

Deno.test("batchAnswers() does not wait for another program that writes", async () => {
  const folder = await Deno.makeTempDir({ prefix: "meka-" });
  try {
    using database = openStore(`${folder}/sessions.db`);
    using other = new DatabaseSync(`${folder}/sessions.db`);
    batchAnswers(database, "run 1").keep("a", ANSWER, 1);
    database.exec("PRAGMA busy_timeout = 4000");
    const run = batchAnswers(database, "run 2");
    other.exec("BEGIN IMMEDIATE");
    const before = performance.now();
    for (const write of [() => run.keep("b", ANSWER, 1), () => run.take("a")]) {
      assert.throws(write, isBusy);
    }
    assert.ok(performance.now() - before < 2_000);
    other.exec("COMMIT");
    run.keep("b", ANSWER, 1);
    assert.deepEqual(run.take("a"), ANSWER);
    const { timeout } = database.prepare("PRAGMA busy_timeout").get() ?? {};
    const { synchronous } = database.prepare("PRAGMA synchronous").get() ?? {};
    assert.deepEqual([timeout, synchronous], [4000, 2]);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("forgetAnswers() forgets those from before a time, or all of them", () => {
  using database = openStore();
  const run = batchAnswers(database, "run 1");
  assert.equal(forgetAnswers(database), 0);
  for (const [at, key] of ["a", "b", "c", "d"].entries()) {
    run.keep(key, ANSWER, at);
  }
  assert.equal(forgetAnswers(database, 0), 0);
  assert.equal(forgetAnswers(database, 2), 2);
  const later = batchAnswers(database, "run 2");
  assert.equal(later.take("b"), undefined);
  assert.deepEqual(later.take("c"), ANSWER);
  assert.equal(forgetAnswers(database), 2);
  assert.equal(batchAnswers(database, "run 3").take("d"), undefined);
});
