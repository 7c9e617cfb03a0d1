import assert from "node:assert/strict";
import fc from "fast-check";
import { emptyDatabase } from "../../src/store/database.ts";
import { folded, readQuery, spaced } from "../../src/store/words.ts";

/** Tells whether the index finds a text by what was typed. */
function finds(text: string, words: readonly string[]): boolean {
  using database = emptyDatabase();
  database.prepare("INSERT INTO turn_words (rowid, text) VALUES (1, ?)")
    .run(spaced(text));
  const { match, literals } = readQuery(words);
  const found = match === undefined || database.prepare(
        "SELECT rowid FROM turn_words WHERE turn_words MATCH ?",
      ).get(match) !== undefined;
  return found && literals.every((literal) => folded(text).includes(literal));
}

// the text, what is typed, whether it is found
const CASES = [
  ["The build is slow", ["slow"], true],
  ["The build is slow", ["SLOW", "build"], true],
  ["The build is slow", ["slow", "test"], false],
  ["The build is slow", ["is slow"], true],
  ["The build is slow", ["slow is"], false],
  ["The build is slow", ["bui"], true],
  ["The build is slow", ["bui", "slow"], false],
  ["The build is slow", ["uild"], false],
  ["Crème brûlée", ["creme", "BRULEE"], true],
  ["creme brulee", ["crème"], true],
  ["cre\u0300me", ["crème"], true],
  ["Straße nach Łódź", ["straße"], true],
  ["ΟΔΟΣ", ["οδος"], true],
  ["Привет, мир", ["привет"], true],
  ["今天我们讨论会話模型", ["会話"], true],
  ["今天我们讨论会話模型", ["話会"], false],
  ["今天我们讨论会話模型", ["会話", "今天"], true],
  ["GPT模型很好", ["gpt模"], true],
  ["カタカナとひらがな", ["ひら"], true],
  ["대화를 저장", ["대화"], true],
  ["ภาษาไทย", ["ไทย"], true],
  ["𠮷野家", ["𠮷"], true],
  ["use C++ here", ["C++"], true],
  ["use C here", ["C++"], false],
  ["use D here, C++ there", ["c++", "use"], true],
  ["pass --no-stream", ["--no-stream"], true],
  ["there is no stream", ["--no-stream"], false],
  ["foo_bar.baz()", ["foo_bar"], true],
  ["foo bar", ["foo_bar"], false],
  ["well done 👍", ["👍"], true],
  ["well done", ["👍"], false],
  ["a => b", ["=>"], true],
  ["price: 12.50 EUR", ["12.50"], true],
  ["price: 12 50", ["12.50"], false],
  ["line one\nline two", ["one line"], true],
  ["cats AND dogs", ["AND"], true],
  ["cats dogs", ["cats", "OR", "birds"], false],
  ["near", ["NEAR(a b)"], false],
  ["NEAR(a b)", ["near(a b)"], true],
  ['say "hi"', ['"hi"'], true],
  ["say hi", ['"hi"'], false],
  ["star", ["st*"], false],
  ["st*", ["st*"], true],
  ["text: column", ["text:"], true],
  ["^start", ["^start"], true],
] as const;

for (const [text, words, expected] of CASES) {
  Deno.test(`readQuery() ${expected ? "finds" : "does not find"} "${text}" by [${words.join("|")}]`, () => {
    assert.equal(finds(text, words), expected);
  });
}

Deno.test("readQuery() makes nothing of what is typed that the index does not understand", () => {
  using database = emptyDatabase();
  const search = database.prepare(
    "SELECT rowid FROM turn_words WHERE turn_words MATCH ?",
  );
  const words = fc.array(
    fc.oneof(
      fc.string(),
      fc.string({ unit: "grapheme" }),
      fc.stringMatching(/^["*^:(){}+\-a ]{1,8}$/),
    ),
    { minLength: 1 },
  );
  fc.assert(fc.property(words, (words) => {
    const { match } = readQuery(words);
    if (match !== undefined) search.all(match);
  }));
});

Deno.test("readQuery() finds each text by any word of it, and by its beginning", () => {
  fc.assert(
    fc.property(
      fc.array(fc.stringMatching(/^[A-Za-zäöüéß0-9会話ひ]{1,8}$/), {
        minLength: 1,
        maxLength: 6,
      }),
      fc.nat(),
      fc.integer({ min: 1, max: 8 }),
      (words, at, length) => {
        const word = words[at % words.length] ?? "";
        assert.ok(finds(words.join(" "), [word]));
        assert.ok(finds(words.join(" "), [word.slice(0, length)]));
      },
    ),
  );
});
