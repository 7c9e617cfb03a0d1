import assert from "node:assert/strict";
import { type Counted, Tally } from "../../src/batch/tally.ts";
import type { Usage } from "../../src/event.ts";

const USAGE: Usage = {
  inputTokens: 100,
  cachedInputTokens: undefined,
  outputTokens: 20,
  reasoningTokens: 5,
  totalTokens: undefined,
};

function counted(fields: Partial<Counted> = {}): Counted {
  return {
    status: "completed",
    kept: false,
    usage: USAGE,
    size: 10,
    ...fields,
  };
}

/** A tally that began at 0. */
function started(): { readonly tally: Tally; clock: number } {
  let clock = 0;
  const tally = new Tally({ elapsed: () => clock });
  return {
    tally,
    get clock(): number {
      return clock;
    },
    set clock(ms: number) {
      clock = ms;
    },
  };
}

Deno.test("Tally.progress() begins with nothing", () => {
  assert.equal(started().tally.progress(0), "0 done");
});

Deno.test("Tally.progress() tells what is done, failed, used, and left to do", () => {
  const batch = started();
  const { tally } = batch;
  tally.total = 100;
  tally.add(counted());
  tally.add(counted({ usage: { ...USAGE, totalTokens: 1_480 } }));
  tally.add(counted({ status: "failed", usage: undefined }));
  tally.add(counted({ status: "incomplete", usage: undefined }));
  tally.limits = {
    primary: { usedPercent: 12.4, windowMinutes: 300, resetsAt: undefined },
    secondary: {
      usedPercent: 34,
      windowMinutes: undefined,
      resetsAt: undefined,
    },
  };
  batch.clock = 4_000;
  assert.equal(
    tally.progress(0),
    "4 done · 2 failed · 6 s left · 5-hour 12% · limit 34% · 1.6k tokens",
  );
  assert.equal(
    tally.progress(90_000),
    "4 done · 2 failed · going on in 1 min 30 s · 5-hour 12% · limit 34% · 1.6k tokens",
  );
});

Deno.test("Tally.progress() takes no answer of an earlier run for a measure of time", () => {
  const batch = started();
  const { tally } = batch;
  tally.total = 100;
  for (let n = 0; n < 5; n++) tally.add(counted({ kept: true }));
  batch.clock = 1_000;
  assert.equal(tally.progress(0), "5 done");
  tally.add(counted());
  assert.equal(tally.progress(0), "6 done · 4 s left · 120 tokens");
});

Deno.test("Tally.progress() does not tell what is left where nobody knows the size of the input", () => {
  const { tally } = started();
  tally.add(counted());
  assert.equal(tally.progress(0), "1 done · 120 tokens");
});

Deno.test("Tally.progress() tells all but the tokens in 80 columns", () => {
  const batch = started();
  const { tally } = batch;
  tally.total = 2_000_000;
  tally.limits = {
    primary: { usedPercent: 100, windowMinutes: 300, resetsAt: undefined },
    secondary: { usedPercent: 100, windowMinutes: 10_080, resetsAt: undefined },
  };
  tally.completed = 88_888;
  tally.failed = 11_111;
  tally.tokens = 888_800_000;
  tally.add(counted({ size: 1_000_000 }));
  batch.clock = 100_000_000;
  assert.equal(
    tally.progress(0).slice(0, 79),
    "100,000 done · 11,111 failed · 1 day 4 h left · 5-hour 100% · weekly 100% · 888",
  );
});

Deno.test("Tally.summary() tells how it ended", () => {
  const batch = started();
  const { tally } = batch;
  batch.clock = 65_000;
  assert.equal(tally.summary(), "0 answered, 1 min 5 s");
  for (let n = 0; n < 1_500; n++) tally.add(counted({ kept: n >= 1_200 }));
  tally.add(counted({ status: "failed" }));
  tally.add(counted({ status: "incomplete" }));
  assert.equal(
    tally.summary(),
    "1,500 answered (300 of them by an earlier run), 1 cut short, 1 failed, 144,240 tokens, 1 min 5 s",
  );
});
