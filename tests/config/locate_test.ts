import assert from "node:assert/strict";
import { lineOf } from "../../src/config/locate.ts";

// how it is written, text, key, line
const PLACES = [
  ["in a table", "[a]\nb = 1\nc = 2", ["a", "c"], 3],
  ["as a table", "x = 1\n\n[a.b]\n", ["a", "b"], 3],
  ["above a table", "x = 1\n\n[a.b]\n", ["a"], 3],
  ["as a dotted key", "a.b = 1\na.c = 2", ["a", "c"], 2],
  ["above a dotted key", "x = 1\na.b = 1", ["a"], 2],
  ["in an inline table", "x = 1\na = { b = { c = 1 } }", ["a", "b", "c"], 2],
  ["in an inline table of some lines", "a = {\n  b = 1,\n  c = 2\n}", [
    "a",
    "c",
  ], 3],
  ["in quotes", "[a]\n'b c' = 1\n\"d\\u0065\" = 2", ["a", "de"], 3],
  ["as a number", "[a]\n1 = 2", ["a", "1"], 2],
  ["as a list of tables", "x = 1\n[[a]]\nb = 1\n[[a]]", ["a"], 2],
  ["in a list of tables", "[[a]]\n[[a]]\nb = 1", ["a"], 1],
  ["in the second table of a list", "[[a]]\nb = 1\n[[a]]\nb = 2", [
    "a",
    "1",
    "b",
  ], 4],
  ["as the second table of a list", "[[a]]\n\n[[a]]\n", ["a", "1"], 3],
  ["below a table of a list", "[[a]]\n[a.b]\nc = 1", ["a", "0", "b", "c"], 3],
  ["in an inline table of a list", "a = [\n  {},\n  { b = 1 },\n]", [
    "a",
    "1",
    "b",
  ], 3],
  ["as an item of a list", "a = [\n1,\n2,\n]", ["a", "1"], 3],
  ["nowhere in a table", "x = 1\n[[a]]\n[a.b]", ["a", "0", "b", "c"], 3],
  ["after a string of some lines", 'a = """\n\n"""\nb = 1', ["b"], 4],
  ["after CRLF", "a = 1\r\n\r\nb = 1", ["b"], 3],
  ["as the same word elsewhere", "[x]\na = 1\n[y]\na = 2", ["y", "a"], 4],
  ["beside a day that is none", "a = 1\nb = 2026-02-30", ["b"], 2],
  ["nowhere", "[a]\nb = 1", ["c"], 1],
  ["in an empty file", "", ["c"], 1],
] as const;

for (const [how, toml, key, line] of PLACES) {
  Deno.test(`lineOf() finds a key ${how}`, async () => {
    assert.equal(await lineOf(toml, key), line);
  });
}
