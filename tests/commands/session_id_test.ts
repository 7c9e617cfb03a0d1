import assert from "node:assert/strict";
import fc from "fast-check";
import { newSession } from "../../src/commands/session_id.ts";

function session(now: number, random: readonly number[]): string {
  return newSession({
    now: () => now,
    randomBytes: (length) =>
      Uint8Array.from({ length }, (_, at) => random[at] ?? 0),
  });
}

const times = fc.integer({ min: 0, max: 2 ** 48 - 1 });
const bytes = fc.array(fc.nat(255), { minLength: 16, maxLength: 16 });

Deno.test("newSession() is a UUIDv7 of the time, in its first 48 bits", () => {
  fc.assert(fc.property(times, bytes, (now, random) => {
    const id = session(now, random);
    assert.match(
      id,
      /^[\da-f]{8}-[\da-f]{4}-7[\da-f]{3}-[89ab][\da-f]{3}-[\da-f]{12}$/,
    );
    assert.equal(Number.parseInt(id.replace("-", "").slice(0, 12), 16), now);
  }));
});

Deno.test("newSession() sorts by time", () => {
  fc.assert(fc.property(times, times, bytes, bytes, (a, b, one, other) => {
    fc.pre(a !== b);
    assert.equal(session(a, one) < session(b, other), a < b);
  }));
});

Deno.test("newSession() keeps 74 bits of randomness", () => {
  const now = Date.UTC(2026, 0, 1);
  const hex = (byte: number): string =>
    session(now, Array<number>(16).fill(byte)).replaceAll("-", "");
  const [none, all] = [hex(0), hex(255)];
  const changed = [...none].map((digit, at) =>
    Number.parseInt(digit, 16) ^ Number.parseInt(all[at] ?? "", 16)
  );
  const bits = changed.map((digit) =>
    digit.toString(2).replaceAll("0", "").length
  );
  assert.equal(bits.reduce((sum, count) => sum + count, 0), 74);
});
