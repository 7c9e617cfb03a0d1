import assert from "node:assert/strict";
import fc from "fast-check";
import { parseCookieDate } from "../../src/http/cookie_date.ts";

const JUNE = Date.UTC(2021, 5, 9, 10, 18, 14);

const DATES = [
  ["Wed, 09 Jun 2021 10:18:14 GMT", JUNE],
  ["Wednesday, 09-Jun-21 10:18:14 GMT", JUNE],
  ["Wed Jun  9 10:18:14 2021", JUNE],
  ["10:18:14 2021 9 jUnE", JUNE],
  ["09;June//2021\t10:18:14", JUNE],
  ["Wed, 09 Jun 2021 10:18:14 +0500", JUNE],
  ["9th Jun 2021CE 10:18:14Z", JUNE],
  ["9 Jun 2021 1:2:3", Date.UTC(2021, 5, 9, 1, 2, 3)],
  ["01 Jan 1970 00:00:00", 0],
  ["01 Jan 70 00:00:00", 0],
  ["01 Jan 69 00:00:00", Date.UTC(2069, 0, 1)],
  ["01 Jan 00 00:00:00", Date.UTC(2000, 0, 1)],
  ["01 Jan 99 00:00:00", Date.UTC(1999, 0, 1)],
  ["01 Jan 1601 00:00:00", Date.UTC(1601, 0, 1)],
  ["29 Feb 2024 00:00:00", Date.UTC(2024, 1, 29)],
  ["31 Dec 9999 23:59:59", Date.UTC(9999, 11, 31, 23, 59, 59)],
  ["31 Dec 1600 23:59:59", undefined],
  ["29 Feb 2023 00:00:00", undefined],
  ["31 Apr 2024 00:00:00", undefined],
  ["0 Jan 2024 00:00:00", undefined],
  ["32 Jan 2024 00:00:00", undefined],
  ["1 Jan 2024 24:00:00", undefined],
  ["1 Jan 2024 00:60:00", undefined],
  ["1 Jan 2024 00:00:60", undefined],
  ["1 Jan 2024 00:00", undefined],
  ["1 Jan 2024 001:00:00", undefined],
  ["1 Jan 20241 00:00:00", undefined],
  ["1 Jan 202 00:00:00", undefined],
  ["Jan 2024 00:00:00", undefined],
  ["1 2024 00:00:00", undefined],
  ["1 Jan 00:00:00", undefined],
  ["0", undefined],
  ["", undefined],
] as const;

for (const [text, expected] of DATES) {
  Deno.test(`parseCookieDate() reads "${text}" as ${expected}`, () => {
    assert.equal(parseCookieDate(text), expected);
  });
}

Deno.test("parseCookieDate() reads what Date writes", () => {
  const dates = fc.date({
    min: new Date("1601-01-01"),
    max: new Date("9999-12-31"),
    noInvalidDate: true,
  });
  fc.assert(fc.property(dates, (date) => {
    const seconds = Math.floor(date.getTime() / 1000) * 1000;
    assert.equal(parseCookieDate(date.toUTCString()), seconds);
  }));
});

Deno.test("parseCookieDate() gives a whole date or nothing for any text", () => {
  const token = fc.constantFrom("Jan", "31", "99", "2024", "1:2:3", "\0", "é");
  const noise = fc.array(fc.oneof(token, fc.string()))
    .map((tokens) => tokens.join(" "));
  fc.assert(fc.property(noise, (text) => {
    const ms = parseCookieDate(text);
    assert.ok(ms === undefined || Number.isSafeInteger(ms));
  }));
});
