import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { MekaError } from "../../src/errors.ts";
import type { Database } from "../../src/store/database.ts";
import {
  askRepeatedly,
  beginImmediate,
  rollback,
} from "../../src/store/lock.ts";
import { memoryHost } from "../support/memory_host.ts";

Deno.test("beginImmediate() begins at once where nobody writes", async () => {
  using pair = twoConnections();
  const host = memoryHost();
  const limits = { host, signal: never(), limitMs: 1_000 };
  assert.equal(await beginImmediate(pair.own, limits), true);
  assert.ok(pair.own.isTransaction);
  assert.equal(host.elapsed(), 0);
  rollback(pair.own);
  assert.ok(!pair.own.isTransaction);
  rollback(pair.own);
});

Deno.test("beginImmediate() waits for another connection, without holding up the event loop", async () => {
  using pair = twoConnections();
  const host = memoryHost();
  pair.other.exec("BEGIN IMMEDIATE");
  const began = beginImmediate(pair.own, {
    host,
    signal: never(),
    limitMs: 1_000,
  });
  // The first one to sleep is woken by the event loop, which then has gone around.
  await new Promise((resolve) => setTimeout(resolve, 1));
  pair.other.exec("ROLLBACK");
  assert.equal(await began, true);
  assert.ok(host.elapsed() > 0);
});

Deno.test("beginImmediate() gives up in time", async () => {
  using pair = twoConnections();
  const host = memoryHost();
  pair.other.exec("BEGIN IMMEDIATE");
  const limits = { host, signal: never(), limitMs: 300 };
  assert.equal(await beginImmediate(pair.own, limits), false);
  assert.ok(host.elapsed() >= 300 && host.elapsed() < 350);
  assert.ok(!pair.own.isTransaction);
});

Deno.test("beginImmediate() ends with the signal's reason", async () => {
  using pair = twoConnections();
  pair.other.exec("BEGIN IMMEDIATE");
  const reason = new MekaError("interrupted", "Interrupted");
  const stop = new AbortController();
  const host = memoryHost({ napMs: 0 });
  const began = beginImmediate(pair.own, {
    host,
    signal: stop.signal,
    limitMs: 1_000,
  });
  stop.abort(reason);
  await assert.rejects(began, reason);
  assert.equal(timeout(pair.own), 777);
});

Deno.test("askRepeatedly() puts SQLite's own patience aside, and back", async () => {
  using pair = twoConnections();
  const host = memoryHost();
  const seen: unknown[] = [];
  const answers = [false, false, true];
  const settled = await askRepeatedly(pair.own, () => {
    seen.push(timeout(pair.own));
    return answers[seen.length - 1] ?? true;
  }, { host, signal: never(), limitMs: 1_000 });
  assert.equal(settled, true);
  assert.deepEqual(seen, [0, 0, 0]);
  assert.equal(timeout(pair.own), 777);
});

Deno.test("askRepeatedly() hands on what the attempt throws", async () => {
  using pair = twoConnections();
  const failure = new Error("told so");
  const limits = { host: memoryHost(), signal: never(), limitMs: 1_000 };
  const asked = askRepeatedly(pair.own, () => {
    throw failure;
  }, limits);
  await assert.rejects(asked, failure);
  assert.equal(timeout(pair.own), 777);
});

function timeout(database: Database): unknown {
  return database.prepare("PRAGMA busy_timeout").get()?.timeout;
}

function never(): AbortSignal {
  return new AbortController().signal;
}

function twoConnections(): Disposable & {
  readonly own: Database;
  readonly other: Database;
} {
  const folder = Deno.makeTempDirSync({ prefix: "meka-test-" });
  const own = new DatabaseSync(`${folder}/a.db`, { timeout: 777 });
  own.exec("PRAGMA journal_mode = WAL; CREATE TABLE t (x)");
  const other = new DatabaseSync(`${folder}/a.db`);
  return {
    own,
    other,
    [Symbol.dispose]: () => {
      own.close();
      other.close();
      Deno.removeSync(folder, { recursive: true });
    },
  };
}
