const BASE_MS = 200;
const JITTER = 0.1;

/** A `Retry-After` that is longer than this is kept at this length, so that adding it to the time gives a date. */
const LONGEST_WAIT_MS = 100 * 365 * 86_400_000;

const MONTHS = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split(" ");
const DAY = "(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)";
const TIME = String.raw`(?<time>\d\d:\d\d:\d\d)`;
const MONTH = `(?<month>${MONTHS.join("|")})`;

/** The three forms of an HTTP-date (RFC 9110, section 5.6.7): IMF-fixdate, RFC 850, asctime. */
const HTTP_DATES: readonly RegExp[] = [
  new RegExp(
    String.raw`^${DAY}, (?<day>\d\d) ${MONTH} (?<year>\d{4}) ${TIME} GMT$`,
  ),
  new RegExp(
    String
      .raw`^(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day, (?<day>\d\d)-${MONTH}-(?<year>\d\d) ${TIME} GMT$`,
  ),
  new RegExp(
    String.raw`^${DAY} ${MONTH} (?<day>[ \d]\d) ${TIME} (?<year>\d{4})$`,
  ),
];

/**
 * How long to wait before a request is sent again: 200 ms, doubled by each failed try, give or take a tenth.
 *
 * @param attempt How many tries failed before this one; 0 for the first retry.
 * @param random From 0 (a tenth less) up to 1 (a tenth more).
 *
 * @example The third retry, without luck either way
 * ```ts
 * import assert from "node:assert/strict";
 * assert.equal(backoffMs(2, 0.5), 800);
 * ```
 */
export function backoffMs(attempt: number, random: number): number {
  return BASE_MS * 2 ** attempt * (1 - JITTER + 2 * JITTER * random);
}

/**
 * The wait that a response's `Retry-After` asks for (RFC 9110, section 10.2.3), 0 when it lies in the past, undefined
 * when there is none that can be read.
 *
 * @example Seconds, or a date
 * ```ts
 * import assert from "node:assert/strict";
 * const now = Date.UTC(1994, 10, 6, 8, 49, 0);
 * assert.equal(retryAfterMs(new Headers({ "retry-after": "2" }), now), 2000);
 * const date = new Headers({ "retry-after": "Sun, 06 Nov 1994 08:49:37 GMT" });
 * assert.equal(retryAfterMs(date, now), 37_000);
 * ```
 */
export function retryAfterMs(
  headers: Headers,
  nowMs: number,
): number | undefined {
  const value = headers.get("retry-after")?.trim();
  if (value === undefined) return undefined;
  const wait = /^-?\d+$/.test(value)
    ? Number(value) * 1000
    : httpDateMs(value, nowMs) - nowMs;
  if (Number.isNaN(wait)) return undefined;
  return Math.max(0, Math.min(wait, LONGEST_WAIT_MS));
}

/**
 * A wait in its two largest units, rounded up, so that nobody comes back too early.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * assert.equal(formatDuration(220), "0.3 s");
 * assert.equal(formatDuration(45_000), "45 s");
 * assert.equal(formatDuration(11_520_000), "3 h 12 min");
 * assert.equal(formatDuration(187_200_000), "2 days 4 h");
 * ```
 */
export function formatDuration(ms: number): string {
  if (!(ms > 0)) return "0 s";
  if (ms <= 900) return `${Math.ceil(ms / 100) / 10} s`;
  const seconds = Math.ceil(ms / 1000);
  if (seconds < 60) return `${seconds} s`;
  if (seconds < 3600) return inUnits(seconds, 60, ["min", "min"], "s");
  const minutes = Math.ceil(seconds / 60);
  if (minutes < 1440) return inUnits(minutes, 60, ["h", "h"], "min");
  return inUnits(Math.ceil(minutes / 60), 24, ["day", "days"], "h");
}

/**
 * A moment as `2026-11-22 18:40` on the clock of this machine, rounded up to the minute; "an unknown time" for a number
 * that is no date.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * const evening = new Date(2026, 10, 22, 18, 40).getTime();
 * assert.equal(formatLocalTime(evening), "2026-11-22 18:40");
 * ```
 */
export function formatLocalTime(epochMs: number): string {
  const date = new Date(Math.ceil(epochMs / 60_000) * 60_000);
  if (Number.isNaN(date.getTime())) return "an unknown time";
  const day = [date.getFullYear(), date.getMonth() + 1, date.getDate()];
  const time = [date.getHours(), date.getMinutes()];
  return `${day.map(twoDigits).join("-")} ${time.map(twoDigits).join(":")}`;
}

function inUnits(
  count: number,
  size: number,
  [one, many]: readonly [string, string],
  rest: string,
): string {
  const whole = Math.floor(count / size);
  const left = count % size;
  const head = `${whole} ${whole === 1 ? one : many}`;
  return left === 0 ? head : `${head} ${left} ${rest}`;
}

function twoDigits(value: number): string {
  return String(value).padStart(2, "0");
}

/** NaN when the text is no HTTP-date. */
function httpDateMs(text: string, nowMs: number): number {
  for (const form of HTTP_DATES) {
    const fields = form.exec(text)?.groups;
    if (fields === undefined) continue;
    const { day = "", month = "", year = "", time = "" } = fields;
    const fullYear = year.length === 2
      ? fullYearOf(Number(year), nowMs)
      : Number(year);
    const date = `${String(fullYear).padStart(4, "0")}-${
      twoDigits(MONTHS.indexOf(month) + 1)
    }-${day.replace(" ", "0")}`;
    const ms = Date.parse(`${date}T${time}Z`);
    // February 30 must not become March 2.
    const real = !Number.isNaN(ms) &&
      new Date(ms).toISOString().startsWith(date);
    return real ? ms : NaN;
  }
  return NaN;
}

/** RFC 9110, section 5.6.7: a two-digit year more than 50 years ahead is one of the last century. */
function fullYearOf(year: number, nowMs: number): number {
  const thisYear = new Date(nowMs).getUTCFullYear();
  const full = thisYear - thisYear % 100 + year;
  return full > thisYear + 50 ? full - 100 : full;
}
