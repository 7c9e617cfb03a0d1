import assert from "node:assert/strict";
import { Pace } from "../../src/batch/pace.ts";
import { MekaError, type MekaErrorOptions } from "../../src/errors.ts";
import { type MemoryHost, memoryHost } from "../support/memory_host.ts";

const HOUR = 3_600_000;

function limit(options: MekaErrorOptions = {}): MekaError {
  return new MekaError("limit", "Enough for now", options);
}

/** Lets time pass, on both clocks. */
async function pass(host: MemoryHost, ms: number): Promise<void> {
  const sleeping = host.sleep(ms, new AbortController().signal);
  host.clock += ms;
  host.wake(ms);
  await sleeping;
}

function paceOf(
  { jobs = 16, waits = false }: {
    readonly jobs?: number;
    readonly waits?: boolean;
  } = {},
): { readonly pace: Pace; readonly host: MemoryHost } {
  const host = memoryHost({ napMs: 0 });
  return { pace: new Pace({ host, jobs, waits }), host };
}

Deno.test("Pace halves what may be under way when the service is asked too often, once for each moment", async () => {
  const { pace, host } = paceOf();
  assert.equal(pace.room, 16);
  for (let n = 0; n < 16; n++) pace.slowed();
  assert.equal(pace.room, 8);
  for (const room of [4, 2, 1, 1]) {
    await pass(host, 1_000);
    pace.slowed();
    assert.equal(pace.room, room);
  }
});

Deno.test("Pace lets one more go after as many answers as are under way", async () => {
  const { pace, host } = paceOf({ jobs: 4 });
  pace.slowed();
  await pass(host, 1_000);
  pace.slowed();
  const rooms: number[] = [];
  for (let n = 0; n < 12; n++) {
    pace.answered();
    rooms.push(pace.room);
  }
  assert.deepEqual(rooms, [2, 2, 2, 3, 3, 3, 4, 4, 4, 4, 4, 4]);
});

Deno.test("Pace leaves the service alone for as long as it wants, but for a minute at most", () => {
  const { pace } = paceOf();
  pace.slowed();
  assert.equal(pace.waitMs, 0);
  pace.slowed(7_000);
  pace.slowed(3_000);
  assert.equal(pace.waitMs, 7_000);
  pace.slowed(HOUR);
  assert.equal(pace.waitMs, 60_000);
});

// what the limit tells, whether limits are waited out, whether it is sent again, how long it waits
const LIMITS: readonly (readonly [
  string,
  (now: number) => MekaErrorOptions,
  boolean,
  boolean,
  number,
])[] = [
  ["that never ends", () => ({}), false, false, 0],
  ["that never ends", () => ({}), true, false, 0],
  ["of the rate", () => ({ retry: {} }), false, true, 1_000],
  ["of 30 s", (now) => ({ retryAt: now + 30_000 }), false, true, 30_000],
  ["of a minute", (now) => ({ retryAt: now + 60_000 }), false, true, 60_000],
  ["of an hour", (now) => ({ retryAt: now + HOUR }), false, false, 0],
  ["of an hour", (now) => ({ retryAt: now + HOUR }), true, true, HOUR],
  ["that is over", (now) => ({ retryAt: now - 1 }), true, true, 1_000],
];

for (const [what, options, waits, again, waitMs] of LIMITS) {
  Deno.test(`Pace ${again ? `waits ${waitMs} ms for` : "gives up at"} a limit ${what}${waits ? " with --wait" : ""}`, () => {
    const { pace, host } = paceOf({ waits });
    assert.equal(pace.limited(limit(options(host.now()))), again);
    assert.equal(pace.waitMs, waitMs);
  });
}

for (const waits of [false, true]) {
  Deno.test(`Pace waits longer and longer for a limit that does not tell its end${waits ? ", for ever with --wait" : ", and gives up"}`, async () => {
    const { pace, host } = paceOf({ waits });
    const waited: number[] = [];
    while (waited.length < 10 && pace.limited(limit({ retry: {} }))) {
      // Others that were under way meet the same limit in the same moment.
      pace.limited(limit({ retry: {} }));
      waited.push(pace.waitMs / 1_000);
      await pass(host, pace.waitMs);
    }
    const all = [1, 2, 4, 8, 16, 32, 60, 60, 60, 60];
    assert.deepEqual(waited, all.slice(0, waits ? 10 : 8));
    pace.answered();
    assert.equal(pace.limited(limit({ retry: {} })), true);
    assert.equal(pace.waitMs, 1_000);
  });
}

Deno.test("Pace.ready() resolves at once when there is nothing to wait for", async () => {
  const { pace, host } = paceOf();
  await pace.ready(host.interrupt);
  assert.deepEqual(host.sleeping, []);
});

Deno.test("Pace.ready() waits by the clock, in parts, whatever the timers slept through", async () => {
  const { pace, host } = paceOf({ waits: true });
  pace.limited(limit({ retryAt: host.now() + HOUR }));
  let ready = false;
  const waiting = pace.ready(host.interrupt).then(() => {
    ready = true;
  });
  await host.sleeps(60_000);
  host.clock += HOUR - 30_000;
  host.wake(60_000);
  await host.sleeps(30_000);
  assert.equal(ready, false);
  host.clock += 30_000;
  host.wake(30_000);
  await waiting;
});

Deno.test("Pace.ready() ends with the reason of the signal", async () => {
  const { pace, host } = paceOf({ waits: true });
  pace.limited(limit({ retryAt: host.now() + HOUR }));
  const waiting = pace.ready(host.interrupt);
  host.abort(new MekaError("interrupted", "Interrupted"));
  await assert.rejects(waiting, { kind: "interrupted" });
  await assert.rejects(pace.ready(host.interrupt), { kind: "interrupted" });
});
