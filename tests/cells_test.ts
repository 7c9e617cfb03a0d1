import assert from "node:assert/strict";
import fc from "fast-check";
import { breaksBetween, graphemesOf, widthOf } from "../src/cells.ts";

// the text, its letters, its cells
const TEXTS: readonly [string, number, number][] = [
  ["", 0, 0],
  ["abc", 3, 3],
  ["né", 2, 2],
  ["e\u0301", 1, 1],
  ["\u0301", 1, 0],
  ["世界", 2, 4],
  ["한글", 2, 4],
  ["\u1112\u1161\u11ab", 1, 2],
  ["，", 1, 2],
  ["ｱ", 1, 1],
  ["│─", 2, 2],
  ["😀", 1, 2],
  ["👍🏽", 1, 2],
  ["👨‍👩‍👧‍👦", 1, 2],
  ["🇩🇪🇫🇷", 2, 4],
  ["☝", 1, 1],
  ["☝️", 1, 2],
  ["❤", 1, 1],
  ["❤️", 1, 2],
  ["1️⃣", 1, 2],
  ["שלום", 4, 4],
  ["नमस्ते", 3, 4],
  ["a\u200bb", 3, 2],
  ["\u200e\u061c", 2, 0],
  ["a\u200d", 1, 1],
  ["co\u00adop", 5, 5],
];

for (const [text, letters, cells] of TEXTS) {
  Deno.test(`widthOf() tells the cells of ${JSON.stringify(text)}`, () => {
    assert.equal(widthOf(text), cells);
    assert.equal(graphemesOf(text).length, letters);
  });
}

Deno.test("graphemesOf() loses nothing, and no letter is wider than two cells", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), (text) => {
      const letters = graphemesOf(text);
      assert.equal(letters.join(""), text);
      for (const letter of letters) assert.ok(widthOf(letter) <= 2, letter);
    }),
  );
});

// before the break, behind it, may it be
const BREAKS: readonly [string, string, boolean][] = [
  ["世", "界", true],
  ["と", "カ", true],
  ["a", "世", true],
  ["世", "a", true],
  ["*", "世", true],
  ["世", "。", false],
  ["世", "」", false],
  ["「", "世", false],
  ["(", "世", false],
  ["世", ")", false],
  ["世", "\u0301", false],
  ["世", "\ufe00", false],
  ["キ", "ャ", false],
  ["a", "b", false],
  ["👍", "👍", false],
  ["", "a", false],
];

for (const [before, after, may] of BREAKS) {
  Deno.test(`breaksBetween() ${may ? "breaks" : "keeps"} "${before}${after}"`, () => {
    assert.equal(breaksBetween(before, after), may);
  });
}
