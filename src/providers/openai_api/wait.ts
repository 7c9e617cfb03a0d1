import { retryAfterMs } from "../../http/backoff.ts";

/** One part of a duration as Go writes it. */
const PART = /(\d+(?:\.\d+)?)(ms|d|h|m|s)/g;

const UNIT_MS: Readonly<Record<string, number>> = {
  d: 86_400_000,
  h: 3_600_000,
  m: 60_000,
  s: 1000,
  ms: 1,
};

/**
 * How long a server that limits requests asks to wait: `Retry-After` in either unit, else when the limits that are used
 * up start anew.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * const headers = new Headers({ "x-ratelimit-reset-tokens": "6m0s" });
 * assert.equal(waitOf(headers, 0), 360_000);
 * ```
 */
export function waitOf(headers: Headers, nowMs: number): number | undefined {
  const exact = numberIn(headers.get("retry-after-ms"));
  if (exact !== undefined) return exact;
  const asked = retryAfterMs(headers, nowMs);
  if (asked !== undefined) return asked;
  const limits = ["requests", "tokens"].map((name) => ({
    usedUp: numberIn(headers.get(`x-ratelimit-remaining-${name}`)) === 0,
    waitMs: durationMs(headers.get(`x-ratelimit-reset-${name}`)),
  }));
  const usedUp = limits.filter((limit) => limit.usedUp);
  const waits = (usedUp.length > 0 ? usedUp : limits)
    .flatMap(({ waitMs }) => waitMs ?? []);
  if (waits.length > 0) return Math.max(...waits);
  return momentMs(numberIn(headers.get("x-ratelimit-reset")), nowMs);
}

/**
 * Milliseconds of a duration like "1s", "6m0s" or "20ms"; a bare number is seconds.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * assert.equal(durationMs("1h2m3.5s"), 3_723_500);
 * assert.equal(durationMs("20ms"), 20);
 * assert.equal(durationMs("soon"), undefined);
 * ```
 */
export function durationMs(text: string | null): number | undefined {
  const bare = numberIn(text);
  if (bare !== undefined) return bare * 1000;
  const parts = [...(text ?? "").trim().matchAll(PART)];
  const read = parts.map(([part]) => part).join("");
  if (text === null || read === "" || read !== text.trim()) return undefined;
  return parts.reduce(
    (sum, [, count, unit = ""]) => sum + Number(count) * (UNIT_MS[unit] ?? 0),
    0,
  );
}

/** A moment in epoch milliseconds or seconds, which numbers of that size must be, or seconds from now. */
function momentMs(
  value: number | undefined,
  nowMs: number,
): number | undefined {
  if (value === undefined) return undefined;
  if (value > 1e11) return Math.max(0, value - nowMs);
  if (value > 1e9) return Math.max(0, value * 1000 - nowMs);
  return value * 1000;
}

function numberIn(text: string | null): number | undefined {
  const trimmed = text?.trim() ?? "";
  return /^\d+(?:\.\d+)?$/.test(trimmed) ? Number(trimmed) : undefined;
}
