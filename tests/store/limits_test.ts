import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import type { EventBatch, Limits, LimitWindow } from "../../src/event.ts";
import type { Database } from "../../src/store/database.ts";
import {
  keepLimits,
  readUsage,
  type StoredUsage,
  writeUsage,
} from "../../src/store/limits.ts";
import { MIGRATIONS } from "../../src/store/migrations.ts";

const OWNER = { provider: "openai-codex", accountId: "acct" };
const WINDOW: LimitWindow = {
  usedPercent: 12.5,
  windowMinutes: 300,
  resetsAt: 1_900_000_000,
};

function open(): Database & Disposable {
  const database = new DatabaseSync(":memory:");
  for (const step of MIGRATIONS) database.exec(step);
  return Object.assign(database, {
    [Symbol.dispose]: (): void => database.close(),
  });
}

const NOTHING = { primary: undefined, secondary: undefined };
const USAGES: readonly StoredUsage["usage"][] = [
  {
    plan: "plus",
    limits: { primary: WINDOW, secondary: WINDOW },
    credits: {
      hasCredits: true,
      unlimited: false,
      balance: "3.50",
    },
  },
  { plan: undefined, limits: NOTHING, credits: undefined },
  {
    plan: "free",
    limits: {
      primary: {
        usedPercent: 0,
        windowMinutes: undefined,
        resetsAt: undefined,
      },
      secondary: undefined,
    },
    credits: { hasCredits: false, unlimited: true, balance: undefined },
  },
];

Deno.test("readUsage() gives back what writeUsage() took last, to its account only", () => {
  using database = open();
  assert.equal(readUsage(database, OWNER), undefined);
  for (const [toldAt, usage] of USAGES.entries()) {
    writeUsage(database, OWNER, { usage, toldAt });
    assert.deepEqual(readUsage(database, OWNER), { usage, toldAt });
  }
  const other = { ...OWNER, accountId: undefined };
  assert.equal(readUsage(database, other), undefined);
});

Deno.test("writeUsage() leaves the connection as careful as it was", () => {
  using database = open();
  const usage = { plan: undefined, limits: NOTHING, credits: undefined };
  writeUsage(database, OWNER, { usage, toldAt: 1 });
  database.exec("DROP TABLE limits");
  assert.throws(() => writeUsage(database, OWNER, { usage, toldAt: 1 }));
  const { synchronous } = database.prepare("PRAGMA synchronous").get() ?? {};
  assert.equal(synchronous, 2);
});

const ODD = ["{}", "[]", "7", '{"limits":{"primary":{"usedPercent":"1"}}}'];

for (const json of ODD) {
  Deno.test(`readUsage() makes nothing of ${json}`, () => {
    using database = open();
    database.prepare("INSERT INTO limits VALUES (?, ?, 1, ?)")
      .run(OWNER.provider, OWNER.accountId, json);
    assert.deepEqual(readUsage(database, OWNER)?.usage, {
      plan: undefined,
      limits: NOTHING,
      credits: undefined,
    });
  });
}

function limits(usedPercent: number): Limits {
  return { primary: { ...WINDOW, usedPercent }, secondary: undefined };
}

async function* turn(
  batches: readonly EventBatch[],
  failure?: Error,
): AsyncGenerator<EventBatch> {
  yield* batches;
  if (failure !== undefined) throw failure;
}

const BATCHES: readonly EventBatch[] = [
  [{ type: "limits", limits: limits(1) }, { type: "text", delta: "a" }],
  [{ type: "text", delta: "b" }],
  [{ type: "limits", limits: limits(2) }],
];

Deno.test("keepLimits() hands on every event, and the last limits at the end", async () => {
  const kept: Limits[] = [];
  const events = keepLimits(turn(BATCHES), (told) => kept.push(told));
  const seen: EventBatch[] = [];
  for await (const batch of events) {
    assert.deepEqual(kept, []);
    seen.push(batch);
  }
  assert.deepEqual(seen, BATCHES);
  assert.deepEqual(kept, [limits(2)]);
});

Deno.test("keepLimits() keeps them when the turn fails, and when nobody reads on", async () => {
  for (const cut of [true, false]) {
    const kept: Limits[] = [];
    const source = turn(BATCHES.slice(0, 1), new Error("broken"));
    const events = keepLimits(source, (told) => kept.push(told));
    const read = async (): Promise<void> => {
      for await (const _ of events) if (cut) break;
    };
    if (cut) await read();
    else await assert.rejects(read(), /broken/);
    assert.deepEqual(kept, [limits(1)]);
  }
});

Deno.test("keepLimits() keeps nothing when nothing was told", async () => {
  const events = keepLimits(
    turn([[{ type: "text", delta: "a" }]]),
    () => assert.fail(),
  );
  assert.equal((await Array.fromAsync(events)).length, 1);
});
