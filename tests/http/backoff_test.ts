import assert from "node:assert/strict";
import fc from "fast-check";
import {
  backoffMs,
  formatDuration,
  formatLocalTime,
  retryAfterMs,
} from "../../src/http/backoff.ts";

const NOW = Date.UTC(2026, 7, 1, 12, 0, 0);

// value, milliseconds from NOW
const RETRY_AFTER = [
  ["0", 0],
  ["2", 2000],
  [" 120 ", 120_000],
  ["-5", 0],
  ["99999999999999999999999", 100 * 365 * 86_400_000],
  ["Sat, 01 Aug 2026 12:00:30 GMT", 30_000],
  ["Saturday, 01-Aug-26 12:00:30 GMT", 30_000],
  ["Sat Aug  1 12:00:30 2026", 30_000],
  ["Sun, 06 Nov 1994 08:49:37 GMT", 0],
  ["Sunday, 06-Nov-94 08:49:37 GMT", 0],
  ["Thu, 31 Dec 9999 23:59:59 GMT", 100 * 365 * 86_400_000],
  ["", undefined],
  ["soon", undefined],
  ["1.5", undefined],
  ["1e3", undefined],
  ["0x10", undefined],
  ["5, 10", undefined],
  ["2026-08-01T12:00:30Z", undefined],
  ["Sat, 1 Aug 2026 12:00:30 GMT", undefined],
  ["Sat, 01 Aug 2026 12:00:30 +0200", undefined],
  ["Sat, 30 Feb 2027 12:00:30 GMT", undefined],
  ["Sat, 01 Aug 2026 25:00:30 GMT", undefined],
  ["Sat, 01 Aug 2026 12:61:30 GMT", undefined],
] as const;

for (const [value, expected] of RETRY_AFTER) {
  Deno.test(`retryAfterMs() reads "${value}" as ${expected}`, () => {
    const headers = new Headers({ "retry-after": value });
    assert.equal(retryAfterMs(headers, NOW), expected);
  });
}

Deno.test("retryAfterMs() is undefined without the header", () => {
  assert.equal(retryAfterMs(new Headers(), NOW), undefined);
});

Deno.test("retryAfterMs() never throws, and is never negative or NaN", () => {
  const text = fc.string().map((s) => s.replace(/[^\x20-\x7e]/g, ""));
  fc.assert(fc.property(text, fc.integer(), (value, now) => {
    const wait = retryAfterMs(new Headers({ "retry-after": value }), now);
    assert.ok(wait === undefined || wait >= 0);
  }));
});

Deno.test("backoffMs() stays within a tenth of 200 ms doubled by each try", () => {
  const random = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
  fc.assert(fc.property(fc.nat({ max: 30 }), random, (attempt, luck) => {
    const nominal = 200 * 2 ** attempt;
    const share = backoffMs(attempt, luck) / nominal;
    assert.ok(share >= 0.9 - 1e-9 && share < 1.1 + 1e-9);
  }));
});

const DURATIONS = [
  [NaN, "0 s"],
  [-1, "0 s"],
  [0, "0 s"],
  [1, "0.1 s"],
  [200, "0.2 s"],
  [900, "0.9 s"],
  [901, "1 s"],
  [1000, "1 s"],
  [1001, "2 s"],
  [59_000, "59 s"],
  [59_001, "1 min"],
  [61_000, "1 min 1 s"],
  [3_599_000, "59 min 59 s"],
  [3_599_001, "1 h"],
  [3_601_000, "1 h 1 min"],
  [11_520_000, "3 h 12 min"],
  [86_399_000, "1 day"],
  [86_400_000, "1 day"],
  [90_000_000, "1 day 1 h"],
  [187_200_000, "2 days 4 h"],
  [604_800_000, "7 days"],
] as const;

for (const [ms, expected] of DURATIONS) {
  Deno.test(`formatDuration() writes ${ms} ms as "${expected}"`, () => {
    assert.equal(formatDuration(ms), expected);
  });
}

const LOCAL_TIMES = [
  [new Date(2026, 10, 22, 18, 40), "2026-11-22 18:40"],
  [new Date(2026, 0, 2, 3, 4), "2026-01-02 03:04"],
  [new Date(2026, 0, 2, 3, 3, 0, 1), "2026-01-02 03:04"],
  [new Date(2026, 11, 31, 23, 59, 30), "2027-01-01 00:00"],
  [new Date(NaN), "an unknown time"],
  [new Date(8.64e15), undefined],
] as const;

for (const [date, expected] of LOCAL_TIMES) {
  Deno.test(`formatLocalTime() writes ${date.getTime()} as "${expected}"`, () => {
    const text = formatLocalTime(date.getTime());
    if (expected !== undefined) assert.equal(text, expected);
  });
}
