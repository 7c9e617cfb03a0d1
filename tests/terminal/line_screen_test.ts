import assert from "node:assert/strict";
import fc from "fast-check";
import type { WindowSize } from "../../src/terminal/layout.ts";
import { press } from "../../src/terminal/line_keys.ts";
import { LineScreen } from "../../src/terminal/line_screen.ts";
import { type LineState, newLine } from "../../src/terminal/line_state.ts";
import { type Emulator, openEmulator } from "../support/emulator.ts";
import { keysOf } from "../support/keys.ts";

interface Screen extends WindowSize {
  readonly emulator: Emulator;
  readonly screen: LineScreen;
}

/** Opens a window in which another line stands already. */
async function open(
  { columns = 12, rows = 6, prompt = "\x1b[1m> \x1b[0m" }:
    & Partial<WindowSize>
    & {
      readonly prompt?: string;
    } = {},
): Promise<Screen> {
  const emulator = openEmulator(columns, rows);
  await emulator.write("above\r\n");
  return { emulator, columns, rows, screen: new LineScreen(prompt) };
}

/** Shows a line as it is after each key. */
async function type(typed: string, on: Screen): Promise<LineState> {
  const { emulator, screen } = on;
  let state = newLine([]);
  await emulator.write(screen.show(state, on));
  for (const key of keysOf(typed)) {
    ({ state } = press(state, key, []));
    await emulator.write(screen.show(state, on));
  }
  return state;
}

// what it is about, what is typed, what a window of 12 cells and 6 lines shows then
const VIEWS = [
  ["an empty line", "", "above\n> |"],
  ["a short line", "abc<left>", "above\n> ab|c"],
  ["a line that is full", "abcdefghij", "above\n> abcdefghij\n  |"],
  [
    "a line of two rows",
    "abcdefghijkl<left><left><left>x",
    "above\n> abcdefghix\n  |jkl",
  ],
  [
    "a cursor before a row that is full",
    "abcdefghijkl<home>",
    "above\n> |abcdefghij\n  kl",
  ],
  ["less than before", "abcdefghijkl<ctrl-u>", "above\n> |"],
  ["several lines", "ab<ctrl-j>cd<ctrl-j><up><right>", "above\n> ab\n  c|d"],
  [
    "the cursor's part of many lines",
    "a<ctrl-j>b<ctrl-j>c<ctrl-j>d<ctrl-j>e<ctrl-j>f<ctrl-j>g",
    "above\n  b\n  c\n  d\n  e\n  f\n  g|",
  ],
  [
    "the first of many lines",
    "a<ctrl-j>b<ctrl-j>c<ctrl-j>d<ctrl-j>e<ctrl-j>f<ctrl-j>g<ctrl-home>",
    "above\n> |a\n  b\n  c\n  d\n  e\n  f",
  ],
  [
    "wide letters, which no row cuts",
    "世界世界世界<left>",
    "above\n> 世界世界世\n  |界",
  ],
  [
    "a wide letter that has no room",
    "abcdefghi世",
    "above\n> abcdefghi\n  世|",
  ],
  ["tabs as spaces", "a\tb", "above\n> a   b|"],
  ["letters with accents", "e\u0301e\u0301<left>", "above\n> e\u0301|e\u0301"],
  ["what is searched for", "ab<ctrl-r>x", 'above\nnot found "x\n": ab|'],
] as const;

for (const [what, typed, window] of VIEWS) {
  Deno.test(`LineScreen shows ${what}`, async () => {
    const on = await open();
    await type(typed, on);
    assert.equal(on.emulator.view(), window);
  });
}

// the prompt, what is typed, what a window of 6 cells shows then
const PROMPTS = [
  ["> ", "abcdef", "above\n> abcd\n  ef|"],
  ["one\n> ", "a", "above\none\n> a|"],
  ["\x1b[31mlong prompt\x1b[0m> ", "abc", "above\nlong p\nrompt>\n abc|"],
  ["\x1b[2J\x1b]0;x\x07\u202e> ", "a", "above\n[2J]0;\nx> a|"],
  ["世界世> ", "a", "above\n世界世\n> a|"],
] as const;

for (const [prompt, typed, window] of PROMPTS) {
  Deno.test(`LineScreen shows the prompt ${JSON.stringify(prompt)}`, async () => {
    const on = await open({ columns: 6, prompt });
    await type(typed, on);
    assert.equal(on.emulator.view(), window);
  });
}

Deno.test("LineScreen colors all rows of its prompt, and nothing else", () => {
  const screen = new LineScreen("\x1b[1m\x1b[31mab\x1b[0m ");
  const shown = screen.show(newLine([], { initial: "x" }), {
    columns: 1,
    rows: 9,
  });
  assert.ok(
    shown.includes("\x1b[1m\x1b[31ma\x1b[0m\r\n\x1b[1m\x1b[31mb"),
    JSON.stringify(shown),
  );
  assert.ok(shown.endsWith("\r\x1b[?7h"), JSON.stringify(shown));
});

Deno.test("LineScreen leaves all of a long line behind", async () => {
  const on = await open({ rows: 3 });
  const state = await type(
    "a<ctrl-j>b<ctrl-j>c<ctrl-j>d<ctrl-j>e<ctrl-home>",
    on,
  );
  await on.emulator.write(on.screen.end(state, on, ["one", "two"]));
  assert.equal(
    on.emulator.view(),
    "above\n> a\n  b\n  c\n  d\n  e\none\ntwo\n|",
  );
  await on.emulator.write(on.screen.show(newLine([]), on));
  assert.equal(
    on.emulator.view(),
    "above\n> a\n  b\n  c\n  d\n  e\none\ntwo\n> |",
  );
});

Deno.test("LineScreen clears the window", async () => {
  const on = await open();
  const state = await type("ab<ctrl-j>c", on);
  await on.emulator.write(on.screen.clear() + on.screen.show(state, on));
  assert.equal(on.emulator.view(), "> ab\n  c|");
});

const PIECES = [
  "a",
  "b",
  " ",
  "世",
  "e\u0301",
  "\t",
  "<ctrl-j>",
  "<left>",
  "<right>",
  "<up>",
  "<down>",
  "<home>",
  "<end>",
  "<backspace>",
  "<ctrl-k>",
  "<ctrl-u>",
  "<ctrl-w>",
  "<ctrl-y>",
  "<ctrl-t>",
  "<ctrl-home>",
  "abcdefgh",
  "<alt-b>",
] as const;

Deno.test("LineScreen shows the same after many keys as at once", async () => {
  const typed = fc.array(fc.constantFrom(...PIECES)).map((pieces) =>
    pieces.join("")
  );
  const size = fc.record({
    columns: fc.integer({ min: 2, max: 14 }),
    rows: fc.integer({ min: 1, max: 6 }),
  });
  await fc.assert(
    fc.asyncProperty(typed, size, async (typed, size) => {
      const step = await open(size);
      const state = await type(typed, step);
      const once = await open(size);
      await once.emulator.write(once.screen.show(state, once));
      assert.equal(step.emulator.view(), once.emulator.view());
    }),
  );
});
