/** RFC 6265, section 5.1.1: everything that separates the parts of a date. */
const DATE_DELIMITERS = /[\t\x20-\x2f\x3b-\x40\x5b-\x60\x7b-\x7e]+/;
const MONTHS = "jan feb mar apr may jun jul aug sep oct nov dec".split(" ");

/**
 * Reads the date of an `Expires` attribute as epoch milliseconds, in any order and dress of its parts, undefined when
 * one is missing or impossible (RFC 6265, section 5.1.1).
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * const june = Date.UTC(2021, 5, 9, 10, 18, 14);
 * assert.equal(parseCookieDate("Wed, 09 Jun 2021 10:18:14 GMT"), june);
 * assert.equal(parseCookieDate("Wednesday, 09-Jun-21 10:18:14 GMT"), june);
 * assert.equal(parseCookieDate("tomorrow"), undefined);
 * ```
 */
export function parseCookieDate(text: string): number | undefined {
  let time: readonly number[] | undefined;
  let day: number | undefined;
  let month: number | undefined;
  let year: number | undefined;
  for (const token of text.split(DATE_DELIMITERS)) {
    const clock = /^(\d{1,2}):(\d{1,2}):(\d{1,2})(?:\D|$)/.exec(token);
    const monthIndex = MONTHS.indexOf(token.slice(0, 3).toLowerCase());
    if (time === undefined && clock !== null) {
      time = clock.slice(1).map(Number);
    } else if (day === undefined && /^\d{1,2}(?:\D|$)/.test(token)) {
      day = Number.parseInt(token);
    } else if (month === undefined && monthIndex >= 0) {
      month = monthIndex;
    } else if (year === undefined && /^\d{2,4}(?:\D|$)/.test(token)) {
      year = Number.parseInt(token);
    }
  }
  if (
    time === undefined || day === undefined || month === undefined ||
    year === undefined
  ) return undefined;
  if (year < 70) year += 2000;
  else if (year < 100) year += 1900;
  const [hour = 0, minute = 0, second = 0] = time;
  if (year < 1601 || hour > 23 || minute > 59 || second > 59) return undefined;
  const date = new Date(Date.UTC(year, month, day, hour, minute, second));
  // A day 0 or a February 30 would have moved into another month.
  return date.getUTCDate() === day ? date.getTime() : undefined;
}
