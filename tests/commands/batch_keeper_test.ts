import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { Keeper, type KeeperOptions } from "../../src/commands/batch_keeper.ts";
import type { Database } from "../../src/store/database.ts";
import { type MemoryHost, memoryHost } from "../support/memory_host.ts";
import { openStore } from "../support/store.ts";

const ANSWER = { text: "forty-two", usage: undefined };

interface Place extends AsyncDisposable {
  readonly host: MemoryHost;
  readonly database: Database;
  /** Another program's connection. */
  readonly other: Database;
  readonly warnings: string[];
  readonly quit: AbortController;
  keeper(run: string): Keeper;
}

async function makePlace(): Promise<Place> {
  const folder = await Deno.makeTempDir({ prefix: "meka-" });
  const path = `${folder}/sessions.db`;
  const database = openStore(path);
  const other = new DatabaseSync(path);
  const host = memoryHost({ napMs: 0 });
  const warnings: string[] = [];
  const quit = new AbortController();
  const options: Omit<KeeperOptions, "run"> = {
    database,
    host,
    hash: (text) => `hash of ${text}`,
    signal: quit.signal,
    warn: (message) => {
      warnings.push(message);
      return Promise.resolve();
    },
  };
  return {
    host,
    database,
    other,
    warnings,
    quit,
    keeper: (run) => new Keeper({ ...options, run }),
    [Symbol.asyncDispose]: async () => {
      database.close();
      other.close();
      await Deno.remove(folder, { recursive: true });
    },
  };
}

Deno.test("Keeper keeps answers for the next run", async () => {
  await using there = await makePlace();
  const first = there.keeper("run 1").place("shape");
  assert.equal(await first.take(), undefined);
  await first.keep(ANSWER);
  const next = there.keeper("run 2");
  assert.deepEqual(await next.place("shape").take(), ANSWER);
  assert.equal(await next.place("another").take(), undefined);
  assert.deepEqual(there.warnings, []);
});

Deno.test("Keeper waits while another program writes, without a word", async () => {
  await using there = await makePlace();
  there.other.exec("BEGIN IMMEDIATE");
  const keeping = there.keeper("run 1").place("shape").keep(ANSWER);
  await there.host.sleeps(25);
  there.host.wake(25);
  await there.host.sleeps(25);
  there.other.exec("COMMIT");
  there.host.wake(25);
  await keeping;
  assert.deepEqual(there.warnings, []);
  const taken = await there.keeper("run 2").place("shape").take();
  assert.deepEqual(taken, ANSWER);
});

Deno.test("Keeper writes nothing into a transaction that is under way on its connection", async () => {
  await using there = await makePlace();
  there.database.exec("BEGIN IMMEDIATE");
  const keeping = there.keeper("run 1").place("shape").keep(ANSWER);
  await there.host.sleeps(25);
  there.database.exec("ROLLBACK");
  there.host.wake(25);
  await keeping;
  const taken = await there.keeper("run 2").place("shape").take();
  assert.deepEqual(taken, ANSWER);
});

Deno.test("Keeper tells once that it cannot keep the answers, and waits no more from then on", async () => {
  await using there = await makePlace();
  there.other.exec("BEGIN IMMEDIATE");
  const keeper = there.keeper("run 1");
  const keeping = keeper.place("shape").keep(ANSWER);
  for (let waited = 0; waited < 40_000; waited += 25) {
    await there.host.sleeps(25);
    there.host.wake(25);
  }
  await keeping;
  await keeper.place("other").keep(ANSWER);
  assert.deepEqual(there.warnings, [
    "Cannot keep the answers: another program holds it locked; another run would ask for them again",
  ]);
  there.other.exec("COMMIT");
  await keeper.place("other").keep(ANSWER);
  const taken = await there.keeper("run 2").place("other").take();
  assert.deepEqual(taken, ANSWER);
});

Deno.test("Keeper tells once that the store fails", async () => {
  await using there = await makePlace();
  there.other.exec("DROP TABLE batch_answers");
  const keeper = there.keeper("run 1");
  assert.equal(await keeper.place("shape").take(), undefined);
  await keeper.place("shape").keep(ANSWER);
  assert.deepEqual(there.warnings, [
    "Cannot keep the answers: no such table: batch_answers; another run would ask for them again",
  ]);
});

Deno.test("Keeper gives up in silence when the run is to end", async () => {
  await using there = await makePlace();
  there.other.exec("BEGIN IMMEDIATE");
  const keeping = there.keeper("run 1").place("shape").keep(ANSWER);
  await there.host.sleeps(25);
  there.quit.abort(new Error("enough"));
  await keeping;
  assert.deepEqual(there.warnings, []);
});
