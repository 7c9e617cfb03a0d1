import assert from "node:assert/strict";
import fc from "fast-check";
import { snippetOf } from "../../src/commands/snippet.ts";

/** The snippet with its marks in brackets. */
function shown(text: string, words: readonly string[]): string {
  const { text: piece, marks } = snippetOf(text, words);
  return marks.toReversed().reduce(
    (all, [start, end]) =>
      `${all.slice(0, start)}[${all.slice(start, end)}]${all.slice(end)}`,
    piece,
  );
}

const FILLER =
  "one two three four five six seven eight nine ten eleven twelve ";

// the text, the words, what is shown
const CASES = [
  ["why is it slow?", ["slow"], "why is it [slow]?"],
  ["Slow and SLOWER", ["slow"], "[Slow] and [SLOW]ER"],
  ["slower than slow", ["slow", "than"], "slower [than] [slow]"],
  ["a\n\tb   c", ["b"], "a [b] c"],
  ["\x1b[31m red\x07", ["red"], "[31m [red]"],
  ["Crème brûlée", ["brulee"], "Crème [brûlée]"],
  ["cre\u0300me", ["crème"], "[cre\u0300me]"],
  ["今天讨论会話模型", ["会話"], "今天讨论[会話]模型"],
  ["𠮷野家 and more", ["𠮷"], "[𠮷]野家 and more"],
  ["use C++ or C", ["C++"], "use [C++] or C"],
  ["👍 done 👍", ["👍"], "[👍] done [👍]"],
  ["linker linker", ["lin", "link"], "[link]er [link]er"],
  ["İstanbul", ["istanbul"], "[İstanbul]"],
  ["ΟΔΟΣ", ["οδος"], "[ΟΔΟΣ]"],
  ["nothing here", ["other"], "nothing here"],
  ["", ["x"], ""],
  ["marks", ["\u0301"], "marks"],
  [
    `${FILLER}here is the needle ${FILLER}`,
    ["needle"],
    "…twelve here is the [needle] one two three four five six seven eight nine…",
  ],
  [
    `needle ${FILLER}needle and thread ${FILLER}`,
    ["needle", "thread"],
    "…ten eleven twelve [needle] and [thread] one two three four five six seven…",
  ],
] as const;

for (const [text, words, expected] of CASES) {
  Deno.test(`snippetOf() shows [${words.join("|")}] in "${text.slice(0, 20)}"`, () => {
    assert.equal(shown(text, words), expected);
  });
}

Deno.test("snippetOf() of any text is one short line, with marks in their order inside of it", () => {
  const text = fc.string({ unit: "binary", maxLength: 400 });
  fc.assert(
    fc.property(text, fc.array(text, { minLength: 1 }), (text, words) => {
      const { text: piece, marks } = snippetOf(text, words);
      assert.ok(piece.length <= 90, piece);
      assert.match(piece, /^[^\n\r\t]*$/);
      let from = 0;
      for (const [start, end] of marks) {
        assert.ok(from <= start && start < end && end <= piece.length);
        from = end;
      }
    }),
  );
});

Deno.test("snippetOf() marks a word that is there", () => {
  const word = fc.stringMatching(/^[a-zé会]{1,10}$/);
  fc.assert(
    fc.property(fc.array(word, { minLength: 1 }), fc.nat(), (words, at) => {
      const one = words[at % words.length] ?? "";
      assert.notEqual(snippetOf(words.join(" "), [one]).marks.length, 0);
    }),
  );
});
