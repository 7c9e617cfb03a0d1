import assert from "node:assert/strict";
import fc from "fast-check";
import { MekaError } from "../../src/errors.ts";
import { type DeadlineOptions, Deadlines } from "../../src/http/deadlines.ts";

/** A machine whose time moves by `advance()` only. */
class FakeClock {
  #now = 1000;
  readonly #sleeps = new Set<{ until: number; wake: () => void }>();
  readonly interrupter = new AbortController();
  readonly interrupt = this.interrupter.signal;
  sleepsStarted = 0;

  get pending(): number {
    return this.#sleeps.size;
  }

  elapsed(): number {
    return this.#now;
  }

  sleep(ms: number, signal: AbortSignal): Promise<void> {
    assert.ok(ms > 0 && ms < 2 ** 31, `a timer of ${ms} ms`);
    this.sleepsStarted++;
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const entry = { until: this.#now + ms, wake: resolve };
    this.#sleeps.add(entry);
    signal.addEventListener("abort", () => {
      this.#sleeps.delete(entry);
      reject(signal.reason);
    });
    return promise;
  }

  async advance(ms: number): Promise<void> {
    const end = this.#now + ms;
    for (;;) {
      const next = [...this.#sleeps].sort((a, b) => a.until - b.until)[0];
      if (next === undefined || next.until > end) break;
      this.#now = next.until;
      this.#sleeps.delete(next);
      next.wake();
      // Lets the watcher see the time and go back to sleep.
      for (let turn = 0; turn < 5; turn++) await Promise.resolve();
    }
    this.#now = end;
  }
}

function setUp(
  options: Partial<DeadlineOptions> = {},
): { clock: FakeClock; deadlines: Deadlines } {
  const clock = new FakeClock();
  return {
    clock,
    deadlines: new Deadlines(clock, { server: "chatgpt.com", ...options }),
  };
}

function assertReason(
  signal: AbortSignal,
  message: string,
  retry: boolean,
): void {
  assert.ok(signal.aborted, "the signal is aborted");
  const reason = signal.reason;
  assert.ok(reason instanceof MekaError);
  assert.equal(reason.kind, "network");
  assert.equal(reason.message, message);
  assert.deepEqual(reason.retry, retry ? {} : undefined);
}

Deno.test("Deadlines aborts the try when no head has come within 120 s", async () => {
  const { clock, deadlines } = setUp();
  const signal = deadlines.begin();
  await clock.advance(119_999);
  assert.equal(signal.aborted, false);
  await clock.advance(1);
  assertReason(signal, "No answer within 120 s from chatgpt.com", true);
  assert.equal(deadlines.signal.aborted, false);
  deadlines.end();
  assert.equal(clock.pending, 0);
});

Deno.test("Deadlines aborts the try after 300 s of silence", async () => {
  const { clock, deadlines } = setUp();
  const signal = deadlines.begin();
  await clock.advance(100_000);
  deadlines.headArrived();
  await clock.advance(250_000);
  deadlines.touch();
  await clock.advance(299_999);
  assert.equal(signal.aborted, false);
  await clock.advance(1);
  assertReason(signal, "Nothing came for 300 s from chatgpt.com", true);
  deadlines.end();
});

Deno.test("Deadlines does not count the time that it was told to pause", async () => {
  const { clock, deadlines } = setUp();
  const signal = deadlines.begin();
  deadlines.headArrived();
  deadlines.pause();
  await clock.advance(10_000_000);
  assert.equal(signal.aborted, false);
  deadlines.touch();
  await clock.advance(300_000);
  assertReason(signal, "Nothing came for 300 s from chatgpt.com", true);
  deadlines.end();
});

Deno.test("Deadlines gives each try the whole head limit, also after a wait", async () => {
  const { clock, deadlines } = setUp();
  const first = deadlines.begin();
  await clock.advance(130_000);
  assert.ok(first.aborted);
  await clock.advance(60_000);
  const second = deadlines.begin();
  await clock.advance(119_999);
  assert.equal(second.aborted, false);
  await clock.advance(1);
  assertReason(second, "No answer within 120 s from chatgpt.com", true);
  deadlines.end();
});

for (const phase of ["waiting", "head", "idle", "paused"] as const) {
  Deno.test(`Deadlines ends the turn when the total runs out, ${phase}`, async () => {
    const { clock, deadlines } = setUp({ totalMs: 90_500 });
    const attempt = phase === "waiting" ? undefined : deadlines.begin();
    if (phase === "idle" || phase === "paused") deadlines.headArrived();
    if (phase === "paused") deadlines.pause();
    await clock.advance(90_499);
    assert.equal(deadlines.signal.aborted, false);
    await clock.advance(1);
    const message = "The time limit of 90.5 s ran out";
    assertReason(deadlines.signal, message, false);
    if (attempt !== undefined) assertReason(attempt, message, false);
    assertReason(deadlines.begin(), message, false);
    assert.equal(clock.pending, 0);
  });
}

Deno.test("Deadlines passes the interrupt's reason on to both signals", () => {
  const { clock, deadlines } = setUp();
  const signal = deadlines.begin();
  const reason = new MekaError("interrupted", "Interrupted");
  clock.interrupter.abort(reason);
  assert.equal(signal.reason, reason);
  assert.equal(deadlines.signal.reason, reason);
  assert.equal(clock.pending, 0);
});

Deno.test("Deadlines is aborted from the start after an interrupt", () => {
  const clock = new FakeClock();
  const reason = new MekaError("interrupted", "Interrupted");
  clock.interrupter.abort(reason);
  const deadlines = new Deadlines(clock, { server: "x" });
  assert.equal(deadlines.signal.reason, reason);
  assert.equal(deadlines.begin().reason, reason);
  assert.equal(clock.pending, 0);
});

Deno.test("Deadlines lets go of timer and interrupt at its end, aborting nothing", async () => {
  const clock = new FakeClock();
  let signal: AbortSignal;
  {
    using deadlines = new Deadlines(clock, { server: "x", totalMs: 5000 });
    signal = deadlines.begin();
  }
  assert.equal(clock.pending, 0);
  await clock.advance(1_000_000);
  clock.interrupter.abort(new Error("late"));
  assert.equal(signal.aborted, false);
});

Deno.test("Deadlines arms no timer for a touch", async () => {
  const { clock, deadlines } = setUp();
  deadlines.begin();
  deadlines.headArrived();
  for (let chunk = 0; chunk < 1000; chunk++) {
    deadlines.touch();
    await clock.advance(1);
  }
  assert.equal(clock.sleepsStarted, 1);
  deadlines.end();
});

Deno.test("Deadlines releases the real timers of a host", async () => {
  const interrupt = new AbortController().signal;
  const host = {
    interrupt,
    elapsed: (): number => performance.now(),
    sleep(ms: number, signal: AbortSignal): Promise<void> {
      const { promise, resolve, reject } = Promise.withResolvers<void>();
      const timer = setTimeout(resolve, ms);
      signal.addEventListener("abort", () => {
        clearTimeout(timer);
        reject(signal.reason);
      });
      return promise;
    },
  };
  using deadlines = new Deadlines(host, { server: "x" });
  deadlines.begin();
  await Promise.resolve();
});

Deno.test("Deadlines fires at the limit, whenever the touches came", async () => {
  const gaps = fc.array(fc.integer({ min: 1, max: 299_999 }), {
    maxLength: 20,
  });
  await fc.assert(fc.asyncProperty(gaps, async (waits) => {
    const { clock, deadlines } = setUp();
    const signal = deadlines.begin();
    deadlines.headArrived();
    for (const wait of waits) {
      await clock.advance(wait);
      assert.equal(signal.aborted, false);
      deadlines.touch();
    }
    await clock.advance(299_999);
    assert.equal(signal.aborted, false);
    await clock.advance(1);
    assert.equal(signal.aborted, true);
    deadlines.end();
  }));
});
