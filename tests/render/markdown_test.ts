import assert from "node:assert/strict";
import fc from "fast-check";
import { MarkdownPage } from "../../src/render/markdown.ts";
import { widthOf } from "../../src/cells.ts";

interface Look {
  readonly columns?: number;
  readonly color?: boolean;
}

/** What an answer that comes in these parts looks like in the end. */
function show(
  parts: Iterable<string>,
  { columns = 24, color = false }: Look = {},
): string {
  const page = new MarkdownPage({ columns: () => columns, color });
  return Array.from(parts, (part) => page.add(part)).join("") + page.end();
}

/** One text a case: a headline with the width of the window, the Markdown, a line, the screen. */
const SCREENS = Deno.readTextFileSync(
  new URL("../fixtures/markdown_screens.txt", import.meta.url),
).split(/^====== /m).slice(1);

for (const text of SCREENS) {
  const [, columns = "", name = "", markdown = "", screen = ""] =
    /^(\d+): (.*)\n([^]*)\n------\n([^]*)$/.exec(text) ?? [];
  Deno.test(`MarkdownPage shows ${name}`, () => {
    assert.equal(show([markdown], { columns: Number(columns) }), screen);
    assert.equal(show(markdown, { columns: Number(columns) }), screen);
  });
}

// what it is about, the Markdown, the screen
const UNPRINTABLE = [
  ["ends of lines, however they are written", "a  \nb\\\nc\r\nd", "a\nb\nc\nd"],
  ["no control characters", "\x1b[31ma\x07 b\u202ec\x9bd\x7f", "[31ma bcd"],
  ["no control characters in code", "`\x1b[0m`\n```\n\x1b[0m", "`[0m`\n   [0m"],
  ["no references to control characters", "&#27;[1m &#x9b;a", "[1m a"],
  ["none of them in a link", "[&#27;a](b&#27; '&#x1b;')", 'a (b "")'],
  ["none of them in a label", "```a\x1b[1m\nb", " a[1m\n   b"],
  ["tabs as spaces", "a\tb\n\n\tc\td", "a b\n\n   c   d"],
] as const;

for (const [what, markdown, screen] of UNPRINTABLE) {
  Deno.test(`MarkdownPage shows ${what}`, () => {
    assert.equal(show([markdown]), `${screen}\n`);
  });
}

const STYLES: ReadonlyMap<string, string> = new Map([
  ["0", ""],
  ["1", "bold"],
  ["2", "dim"],
  ["3", "italic"],
  ["4", "line"],
  ["9", "struck"],
  ["36", "code"],
]);

// deno-lint-ignore no-control-regex -- our own styles
const STYLE = /\x1b\[([\d;]*)m/g;

/** The styles by their names, in brackets. */
function named(shown: string): string {
  return shown.replace(STYLE, (_, style: string) => {
    const names = style.split(";").map((number) => STYLES.get(number));
    return `‹${names.join(" ")}›`;
  });
}

// what it is about, the Markdown, the screen
const COLORED = [
  ["a paragraph without any", "a b", "a b"],
  ["bold", "**a b** c", "‹bold›a b‹› c"],
  ["italic in bold", "__a *b*__", "‹bold›a ‹›‹bold italic›b‹›"],
  ["code", "`a` b", "‹code›a‹› b"],
  ["what is struck out", "~~a~~", "‹struck›a‹›"],
  ["a link", "[a](b)", "‹line›a‹›‹dim› (b)‹›"],
  ["an address", "see http://a.b/c.", "see ‹line›http://a.b/c‹›."],
  ["an image", "![a](b)", "a‹dim› (b)‹›"],
  [
    "headings",
    "# a `b`\n## c",
    "‹bold line›a‹›‹bold line› ‹›‹bold line code›b‹›\n‹bold›c‹›",
  ],
  ["a rule", "---", "‹dim›────────────‹›"],
  ["a quote", "> a", "‹dim›│ ‹›a"],
  ["a label of code", "```js\na\n```", " ‹dim›js‹›\n   a"],
  [
    "both lines of a span",
    "**aaaaaaaaaaaaaaa bbbbbbbbbb**",
    "‹bold›aaaaaaaaaaaaaaa‹›\n‹bold›bbbbbbbbbb‹›",
  ],
  [
    "a table",
    "|a|b|\n|-|-|\n|`c`|d|",
    "‹bold›a‹›‹dim› │ ‹›‹bold›b‹›\n‹dim›──┼──‹›\n‹code›c‹›‹dim› │ ‹›d",
  ],
] as const;

for (const [what, markdown, screen] of COLORED) {
  Deno.test(`MarkdownPage styles ${what}`, () => {
    assert.equal(named(show([markdown], { color: true })), `${screen}\n`);
  });
}

// what it is about, then what comes and what is written then
const STEPS: readonly (readonly [string, ...(readonly [string, string])[]])[] =
  [
    ["a word once it is whole", ["He", ""], ["llo wor", "Hello"], [
      "ld, ",
      " world,",
    ]],
    ["a span once it is closed", ["a **b", "a"], [" c", ""], ["**", ""], [
      " d",
      " **b c**",
    ]],
    ["an item's first words", ["- a", ""], [" b", "• a"], ["\n", " b\n"], [
      "-",
      "",
    ]],
    ["a letter where words have no spaces", ["你好", "你"], ["世", "好"], [
      "。",
      "",
    ], ["界", "世。"]],
    ["a line of code once it is whole", ["```\na", ""], [
      " = 1;\nb",
      "   a = 1;\n",
    ]],
    ["a heading once it is whole", ["# a b", ""], ["\n", "# a b\n"]],
    ["a table once it is whole", ["|a|\n|-|\n|b|\n", ""], ["\n", "a\n─\nb\n"]],
    ["a number that begins no list", ["12", ""], [" mice ", "12 mice"]],
    ["a dollar that begins no formula", ["$5 is", "$5"]],
  ];

for (const [what, ...steps] of STEPS) {
  Deno.test(`MarkdownPage shows ${what} while it comes`, () => {
    const page = new MarkdownPage({ columns: () => 24, color: false });
    for (const [delta, shown] of steps) assert.equal(page.add(delta), shown);
  });
}

Deno.test("MarkdownPage fills lines of the window as it is then", () => {
  let columns = 24;
  const page = new MarkdownPage({ columns: () => columns, color: false });
  assert.equal(page.add("- one two three four "), "• one two three four");
  columns = 8;
  assert.equal(page.add("five six "), "\n  five\n  six");
  columns = 30;
  assert.equal(page.add("seven\n\n|a|b|\n|-|-|\n|c|"), " seven\n\n");
  columns = 5;
  assert.equal(page.end(), "a │ b\n──┼──\nc │\n");
});

Deno.test("MarkdownPage sets the first rows of an endless table, and more below", () => {
  const row = "| 1 | two |\n";
  const page = new MarkdownPage({ columns: () => 24, color: false });
  const first = page.add(`|a|b|\n|-|-|\n${row.repeat(250)}`);
  assert.equal(first.split("\n").length, 203);
  assert.equal(page.add("| long | longer |\n"), "");
  const rest = page.end().split("\n");
  assert.deepEqual(rest.slice(0, 2), ["──┼────", "1 │ two"]);
  assert.deepEqual(rest.slice(-5), ["l │ lon", "o │ ger", "n │", "g │", ""]);
});

const PIECES = [
  "a",
  "b",
  "word ",
  "the quick ",
  "*",
  "**",
  "_",
  "~~",
  "`",
  "```",
  "\n",
  "\n\n",
  "- ",
  "1. ",
  "2) ",
  "> ",
  "# ",
  "    ",
  "\t",
  "[",
  "](",
  "http://x.y/z_w ",
  ")",
  "!",
  "|",
  "\n| a | b |\n|--|:-:|\n| 1 | 22 |\n",
  "\n---\n",
  "===",
  "\\",
  "\\(",
  "\\)",
  "$",
  "$$",
  "<div>",
  "<b>",
  "&amp;",
  "世界",
  "。",
  "é",
  "👨‍👩‍👧",
  "🇩🇪",
  "e\u0301",
  "שלום",
  "\u200d",
  "\x1b[31m",
  "\r\n",
  "~~~ js\n",
  "[x] ",
  "<br>",
  "\u00a0",
] as const;

/** Markdown, cut anywhere: in the middle of letters, too. */
const answers = fc.tuple(
  fc.oneof(
    fc.array(fc.constantFrom(...PIECES), { maxLength: 60 }).map((pieces) =>
      pieces.join("")
    ),
    fc.string({ unit: "binary" }),
  ),
  fc.array(fc.nat()),
).map(([text, cuts]) => {
  const at = [0, ...cuts.map((cut) => cut % (text.length + 1)), text.length]
    .sort((a, b) => a - b);
  return {
    text,
    parts: at.slice(1).map((end, index) => text.slice(at[index], end)),
  };
});
const looks = fc.record({
  columns: fc.integer({ min: 1, max: 500 }),
  color: fc.boolean(),
});

Deno.test("MarkdownPage shows the same however the answer is cut", () => {
  fc.assert(
    fc.property(answers, looks, ({ text, parts }, look) => {
      const whole = show([text], look);
      assert.equal(show(parts, look), whole);
      assert.equal(show(text.split(""), look), whole);
    }),
    { numRuns: 300 },
  );
});

Deno.test("MarkdownPage writes nothing that drives a terminal, and ends each style on its line", () => {
  fc.assert(
    fc.property(answers, looks, ({ text }, look) => {
      const shown = show([text], look);
      assert.doesNotMatch(
        shown.replace(STYLE, ""),
        /[^\P{Cc}\n]|[\u202a-\u202e\u2066-\u2069]/u,
      );
      if (!look.color) assert.doesNotMatch(shown, STYLE);
      for (const line of shown.split("\n")) {
        const last = line.match(STYLE)?.at(-1);
        assert.ok(last === undefined || last === "\x1b[0m", line);
      }
    }),
    { numRuns: 300 },
  );
});

Deno.test("MarkdownPage loses no letter and repeats none", () => {
  // An address is shown once where it is a link's text; a table's head once for each row where there is no room.
  const plain = answers.filter(({ text }) => !/\]\(|!\[|&|\|/.test(text));
  const lettersOf = (text: string): string =>
    text.replace(/[^a-wyz世界שלום]/g, "");
  fc.assert(
    fc.property(plain, looks, ({ text }, look) => {
      const shown = show([text], look).replace(STYLE, "");
      assert.equal(lettersOf(shown), lettersOf(text));
    }),
    { numRuns: 300 },
  );
});

Deno.test("MarkdownPage writes no line wider than the window, but for code", () => {
  const prose = answers.map(({ text }) => text.replace(/```|~~~| {4}|\t/g, ""));
  const narrow = fc.record({
    columns: fc.integer({ min: 2, max: 40 }),
    color: fc.boolean(),
  });
  fc.assert(
    fc.property(prose, narrow, (text, look) => {
      for (const line of show([text], look).replace(STYLE, "").split("\n")) {
        assert.ok(widthOf(line) <= look.columns, line);
      }
    }),
    { numRuns: 300 },
  );
});

const ENDLESS = [
  "word ",
  "a",
  "世",
  "*a ",
  "**a* ",
  "`a ",
  "[a ",
  "[a](b ",
  "<a ",
  "$a ",
  "\\(a ",
  "_a",
  "👨‍👩‍👧",
];

for (const piece of ENDLESS) {
  Deno.test(`MarkdownPage keeps little of an endless paragraph of ${piece}`, () => {
    const page = new MarkdownPage({ columns: () => 80, color: false });
    const text = `x ${piece.repeat(20_000 / piece.length)}`;
    const shown = page.add(text).replace(/[\\\s]/g, "").length;
    assert.ok(shown > text.replace(/[\\\s]/g, "").length - 1000, `${shown}`);
  });
}
