import assert from "node:assert/strict";
import { sharedSleep } from "../../src/batch/sleepers.ts";
import { type MemoryHost, memoryHost } from "../support/memory_host.ts";

const { signal: never } = new AbortController();

/** A host whose sleeps end when the test says so. */
function place(): { host: MemoryHost; sleep: MemoryHost["sleep"] } {
  const host = memoryHost({ napMs: 0 });
  return { host, sleep: sharedSleep(host) };
}

Deno.test("sharedSleep() has one timer for many sleeps, each of which ends in its time", async () => {
  const { host, sleep } = place();
  const woken: string[] = [];
  const names = ["a", "b", "c", "d"];
  const sleeps = names.map((name, n) =>
    sleep(n === 3 ? 250 : 100, never).then(() => woken.push(name))
  );
  assert.deepEqual(host.sleeping, [100]);
  host.wake(100);
  await Promise.all(sleeps.slice(0, 3));
  assert.deepEqual(woken, ["a", "b", "c"]);
  assert.deepEqual(host.sleeping, [150]);
  host.wake(150);
  await sleeps[3];
  assert.deepEqual(host.sleeping, []);
});

Deno.test("sharedSleep() lets thousands of sleeps go that were ended before their time", async () => {
  const { host, sleep } = place();
  for (let n = 0; n < 1_000; n++) {
    const stop = new AbortController();
    const sleeping = sleep(120_000, stop.signal);
    stop.abort(new Error("ended"));
    await assert.rejects(sleeping, /ended/);
  }
  assert.deepEqual(host.sleeping, [120_000]);
});

Deno.test("sharedSleep() wakes an earlier one in its time, too", async () => {
  const { host, sleep } = place();
  const late = sleep(120_000, never);
  const early = sleep(200, never);
  assert.deepEqual(host.sleeping, [120_000, 200]);
  host.wake(200);
  await early;
  assert.deepEqual(host.sleeping, [120_000, 119_800]);
  host.wake(119_800);
  await late;
});

Deno.test("sharedSleep() ends at once with a signal that was aborted before", async () => {
  const { host, sleep } = place();
  const aborted = AbortSignal.abort(new Error("ended"));
  await assert.rejects(sleep(100, aborted), /ended/);
  assert.deepEqual(host.sleeping, []);
});
