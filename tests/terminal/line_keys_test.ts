import assert from "node:assert/strict";
import fc from "fast-check";
import { complete } from "../../src/terminal/line_completion.ts";
import { joinTexts, press, type Step } from "../../src/terminal/line_keys.ts";
import { searchPrompt } from "../../src/terminal/line_search.ts";
import { type LineState, newLine } from "../../src/terminal/line_state.ts";
import { keysOf } from "../support/keys.ts";

const HISTORY = ["first", "second\nof two", "third one"];

/** A line whose cursor is at `|`. */
function lineOf(shown: string): LineState {
  const cursor = shown.indexOf("|");
  return { ...newLine(HISTORY), text: shown.replace("|", ""), cursor };
}

function show({ text, cursor }: LineState): string {
  return `${text.slice(0, cursor)}|${text.slice(cursor)}`;
}

function type(typed: string, state = newLine(HISTORY)): Step {
  return keysOf(typed).reduce<Step>(
    (step, key) => press(step.state, key, HISTORY),
    { state },
  );
}

// the line, the keys, the line then
const EDITS = [
  ["|", "ab", "ab|"],
  ["a|c", "b", "ab|c"],
  // letters
  ["ab|c", "<left>", "a|bc"],
  ["ab|c", "<ctrl-b>", "a|bc"],
  ["a|bc", "<right>", "ab|c"],
  ["a|bc", "<ctrl-f>", "ab|c"],
  ["|a", "<left>", "|a"],
  ["a|", "<right>", "a|"],
  ["👩‍👧|a", "<left>", "|👩‍👧a"],
  ["|e\u0301a", "<right>", "e\u0301|a"],
  ["a\n|b", "<left>", "a|\nb"],
  ["ab|c", "<backspace>", "a|c"],
  ["|a", "<backspace>", "|a"],
  ["a🇩🇪|c", "<backspace>", "a|c"],
  ["a\n|b", "<backspace>", "a|b"],
  ["a|bc", "<delete>", "a|c"],
  ["a|bc", "<ctrl-d>", "a|c"],
  ["a|", "<delete>", "a|"],
  ["a|👍🏽b", "<delete>", "a|b"],
  ["a|b", "<ctrl-t>", "ba|"],
  ["ab|", "<ctrl-t>", "ba|"],
  ["世|👩‍👧", "<ctrl-t>", "👩‍👧世|"],
  ["|ab", "<ctrl-t>", "|ab"],
  ["a\n|b", "<ctrl-t>", "a\n|b"],
  ["|", "<ctrl-t>", "|"],
  // lines
  ["ab\nc|d\nef", "<home>", "ab\n|cd\nef"],
  ["ab\nc|d\nef", "<ctrl-a>", "ab\n|cd\nef"],
  ["ab\nc|d\nef", "<end>", "ab\ncd|\nef"],
  ["ab\nc|d\nef", "<ctrl-e>", "ab\ncd|\nef"],
  ["\n|", "<home>", "\n|"],
  ["|\na", "<home>", "|\na"],
  ["ab\nc|d\nef", "<ctrl-home>", "|ab\ncd\nef"],
  ["ab\nc|d\nef", "<ctrl-end>", "ab\ncd\nef|"],
  ["ab\nc|d\nef", "<ctrl-k>", "ab\nc|\nef"],
  ["ab\nc|\nef", "<ctrl-k>", "ab\nc|ef"],
  ["ab\nc|d\nef", "<ctrl-u>", "ab\n|d\nef"],
  ["ab\n|d\nef", "<ctrl-u>", "ab|d\nef"],
  ["a|b", "<ctrl-j>", "a\n|b"],
  ["a|b", "<alt-enter>", "a\n|b"],
  ["a|b", "<shift-enter>", "a\n|b"],
  ["a\\|", "<enter>", "a\n|"],
  // words
  ["one two, |three", "<ctrl-left>", "one |two, three"],
  ["one two|", "<alt-b>", "one |two"],
  ["one| two three", "<ctrl-right>", "one two| three"],
  ["|one, two", "<alt-f>", "one|, two"],
  ["naïve 世界|", "<alt-b>", "naïve |世界"],
  ["|", "<alt-b><alt-f>", "|"],
  ["one two-three |x", "<ctrl-w>", "one |x"],
  ["one two-three |x", "<alt-backspace>", "one two-|x"],
  ["one| two three", "<alt-d>", "one| three"],
  ["a 😀|", "<ctrl-w>", "a |"],
  // what was removed
  ["one two|", "<ctrl-w><ctrl-a><ctrl-y>", "two|one "],
  ["one two|", "<ctrl-w><ctrl-w><ctrl-y>", "one two|"],
  ["a|b\nc", "<ctrl-k><ctrl-k><ctrl-y>", "ab\n|c"],
  ["a b|", "<ctrl-w>x<ctrl-w><ctrl-y><ctrl-y>", "a xx|"],
  ["a|b", "<ctrl-u><right><ctrl-k><ctrl-y>", "ba|"],
  ["|", "<ctrl-y>", "|"],
  // above and below
  ["abcd\nx\nefgh|", "<up>", "abcd\nx|\nefgh"],
  ["abcd\nx\nefgh|", "<up><up>", "abcd|\nx\nefgh"],
  ["ab|cd\nx\nefgh", "<down><down>", "abcd\nx\nef|gh"],
  ["世界|\nabcdef", "<down>", "世界\nabcd|ef"],
  ["abc|\n世界", "<down>", "abc\n世|界"],
  // no keys of ours
  ["a|b", "<pageup><insert><ctrl-q><alt-x><shift-up>", "a|b"],
] as const;

for (const [before, keys, after] of EDITS) {
  Deno.test(`press() makes ${JSON.stringify(after)} of ${JSON.stringify(before)} with ${keys}`, () => {
    const { state, wish } = type(keys, lineOf(before));
    assert.equal(show(state), after);
    assert.equal(wish, undefined);
  });
}

// the line, the key, what it asks for
const WISHES = [
  ["ab|", "<enter>", "submit"],
  ["|", "<enter>", "submit"],
  ["a\\|b", "<enter>", "submit"],
  ["|", "<ctrl-d>", "end"],
  ["|", "<ctrl-c>", "cancel"],
  ["a|", "<ctrl-c>", "drop"],
  ["a|", "<tab>", "complete"],
  ["a|", "<ctrl-l>", "clear"],
  ["a|", "<ctrl-z>", "suspend"],
] as const;

for (const [line, key, wish] of WISHES) {
  Deno.test(`press() asks to ${wish} at ${line} with ${key}`, () => {
    const before = lineOf(line);
    assert.deepEqual(type(key, before), { state: before, wish });
  });
}

// the keys, the line then
const RECALLS = [
  ["<up>", "third one|"],
  ["<ctrl-p><ctrl-p>", "second\nof two|"],
  ["<up><up>", "second\nof two|"],
  ["<up><up><up>", "second|\nof two"],
  ["<up><up><up><up>", "first|"],
  ["<up><up><up><up><up><up>", "first|"],
  ["<down><ctrl-n>", "|"],
  ["new<up><down>", "new|"],
  ["new<ctrl-p>x<ctrl-p>y<ctrl-n>", "third onex|"],
  ["new<ctrl-p>x<ctrl-n>", "new|"],
  ["new<ctrl-p>x<ctrl-p>y<ctrl-n><ctrl-p>", "second\nof twoy|"],
] as const;

for (const [keys, line] of RECALLS) {
  Deno.test(`press() recalls ${JSON.stringify(line)} with ${keys}`, () => {
    assert.equal(show(type(keys).state), line);
  });
}

// the keys, what stands before the line, the line
const SEARCHES = [
  ["new<ctrl-r>", 'search "": ', "new|"],
  ["new<ctrl-r>o", 'search "o": ', "third |one"],
  ["<ctrl-r>O", 'search "O": ', "third |one"],
  ["<ctrl-r>o<ctrl-r>", 'search "o": ', "sec|ond\nof two"],
  ["<ctrl-r>of", 'search "of": ', "second\n|of two"],
  ["<ctrl-r>o<ctrl-r><ctrl-r>", 'not found "o": ', "sec|ond\nof two"],
  ["<ctrl-r>ox", 'not found "ox": ', "third |one"],
  ["<ctrl-r>ox<backspace>", 'search "o": ', "third |one"],
  ["<ctrl-r>of<backspace><backspace><backspace>", 'search "": ', "|"],
  ["new<ctrl-r>fi<ctrl-g>", undefined, "new|"],
  ["new<ctrl-r>fi<ctrl-c>", undefined, "new|"],
  ["<ctrl-r>fi<escape>", undefined, "|first"],
  ["<ctrl-r>ir<right>x", undefined, "thix|rd one"],
  ["<ctrl-r>fi<ctrl-n>", undefined, "second\nof two|"],
  ["new<ctrl-r>th<ctrl-n>", undefined, "new|"],
] as const;

for (const [keys, prompt, line] of SEARCHES) {
  Deno.test(`press() searches with ${keys}`, () => {
    const { state } = type(keys);
    assert.equal(searchPrompt(state), prompt);
    assert.equal(show(state), line);
  });
}

Deno.test("press() submits what was searched for", () => {
  const { state, wish } = type("<ctrl-r>fi<enter>");
  assert.deepEqual([state.text, wish], ["first", "submit"]);
});

const NAMES = ["/model", "/mode", "/quit", "/世界", "/世代"];

// the line, whether Tab was pressed before, the line then, the choices
const COMPLETIONS = [
  ["/m|", false, "/mode|", []],
  ["/mode|", false, "/mode|", []],
  ["/mode|", true, "/mode|", ["/model", "/mode"]],
  ["/q| x", false, "/quit| x", []],
  ["/quit|", true, "/quit|", []],
  ["/世|", true, "/世|", ["/世界", "/世代"]],
  ["/x|", true, "/x|", []],
] as const;

for (const [line, again, after, choices] of COMPLETIONS) {
  Deno.test(`complete() makes ${after} of ${line}${again ? " the second time" : ""}`, () => {
    const before = lineOf(line);
    const typed = before.text.slice(0, before.cursor);
    const candidates = NAMES.filter((name) => name.startsWith(typed));
    const completed = complete(
      { ...before, last: again ? "complete" : undefined },
      { from: 0, candidates },
    );
    assert.equal(show(completed.state), after);
    assert.deepEqual(completed.choices, choices);
    assert.equal(completed.state.last, "complete");
  });
}

Deno.test("joinTexts() joins letters between other keys", () => {
  assert.deepEqual(joinTexts(keysOf("ab<left>c")), [
    { type: "text", text: "ab" },
    { type: "key", name: "left" },
    { type: "text", text: "c" },
  ]);
});

const PIECES = [
  "a",
  " ",
  "世",
  "👩‍👧",
  "🇩🇪",
  "e",
  "\u0301",
  "\\",
  "<ctrl-j>",
  "<left>",
  "<right>",
  "<up>",
  "<down>",
  "<home>",
  "<end>",
  "<backspace>",
  "<delete>",
  "<ctrl-k>",
  "<ctrl-u>",
  "<ctrl-w>",
  "<alt-d>",
  "<alt-b>",
  "<alt-f>",
  "<ctrl-y>",
  "<ctrl-t>",
  "<ctrl-p>",
  "<ctrl-n>",
  "<ctrl-r>",
  "<ctrl-g>",
  "<escape>",
  "<enter>",
  "<tab>",
  "<ctrl-home>",
] as const;

Deno.test("press() never loses the cursor, and cuts no letter in half", () => {
  fc.assert(
    fc.property(fc.array(fc.constantFrom(...PIECES)), (pieces) => {
      let state = newLine(HISTORY);
      for (const key of keysOf(pieces.join(""))) {
        ({ state } = press(state, key, HISTORY));
        assert.ok(state.cursor >= 0 && state.cursor <= state.text.length);
        assert.ok(state.text.isWellFormed());
        assert.ok(state.text.slice(0, state.cursor).isWellFormed());
      }
    }),
  );
});
