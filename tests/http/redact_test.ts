import assert from "node:assert/strict";
import fc from "fast-check";
import { oneLine, stripControl } from "../../src/http/redact.ts";

const STRIPPED = [
  ["plain", "plain"],
  ["tab\tand\nnewline", "tab\tand\nnewline"],
  ["\r\n", "\n"],
  ["\0\x07\b\v\f\x1b\x7f", ""],
  ["\x80\x85\x9b31m\x9f\xa0", "31m\xa0"],
  ["\x1b[2J\x1b]52;c;AAAA\x07", "[2J]52;c;AAAA"],
  ["a\u202eb\u2066c\u2069d\u2028e\u2029f", "abcdef"],
  ["\u200e\u200f\u061c stays", "\u200e\u200f\u061c stays"],
  ["日本語 👩‍👩‍👧 é", "日本語 👩‍👩‍👧 é"],
  ["\ud800", "\ud800"],
] as const;

for (const [text, expected] of STRIPPED) {
  Deno.test(`stripControl() leaves ${JSON.stringify(expected)} of ${JSON.stringify(text)}`, () => {
    assert.equal(stripControl(text), expected);
  });
}

const anyText = fc.string({ unit: "binary" });

Deno.test("stripControl() leaves no control character, and a second time nothing to do", () => {
  fc.assert(fc.property(anyText, (text) => {
    const stripped = stripControl(text);
    for (const char of stripped) {
      const code = char.charCodeAt(0);
      const control = code < 0x20 || (code >= 0x7f && code <= 0x9f);
      assert.ok(!control || char === "\n" || char === "\t");
    }
    assert.equal(stripControl(stripped), stripped);
  }));
});

const LINES = [
  ["", 10, ""],
  ["  a\r\n\tb\u2028c\v ", 10, "a b c"],
  ["\x1b[31mred", 20, "[31mred"],
  ["exactly ten", 11, "exactly ten"],
  ["one over it", 10, "one over…"],
  ["abc 👍👍", 6, "abc…"],
  ["abc👍👍", 5, "abc…"],
  ["abc👍👍", 6, "abc👍…"],
  ["abc", 1, "…"],
] as const;

for (const [text, max, expected] of LINES) {
  Deno.test(`oneLine() makes ${JSON.stringify(expected)} of ${JSON.stringify(text)} at ${max}`, () => {
    assert.equal(oneLine(text, max), expected);
  });
}

Deno.test("oneLine() keeps to one line and its length", () => {
  fc.assert(
    fc.property(anyText, fc.integer({ min: 1, max: 20 }), (text, max) => {
      const line = oneLine(text, max);
      assert.ok(line.length <= max);
      assert.equal(stripControl(line), line);
      assert.ok(!/[\n\r\t]/.test(line));
    }),
  );
});
