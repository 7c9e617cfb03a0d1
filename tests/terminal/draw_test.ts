import assert from "node:assert/strict";
import { draw } from "../../src/terminal/draw.ts";
import { layOut } from "../../src/terminal/layout.ts";

// what is typed, where the cursor is, how wide the window was and is, how many rows the terminal has above the cursor
const RESIZES = [
  ["abc", 3, 20, 10, 0],
  ["abcdefghijkl", 12, 20, 10, 1],
  ["abcdefghijkl", 3, 20, 10, 0],
  ["abcdefghijkl", 12, 20, 5, 2],
  ["abcdefghijkl", 12, 10, 20, 1],
  ["ab\ncd\nef", 8, 20, 10, 2],
  ["abcdefghijkl\ncd", 15, 20, 10, 2],
  ["abcdefghijkl\nabcdefghijkl", 25, 20, 10, 3],
  ["世界世界世界", 6, 20, 10, 1],
  ["a", 1, 20, 1, 2],
] as const;

for (const [text, cursor, was, is, above] of RESIZES) {
  Deno.test(`draw() goes ${above} rows up when "${text.replaceAll("\n", "/")}" is ${is} wide, no longer ${was}`, () => {
    const rows = 24;
    const line = { prompt: "> ", text, cursor };
    const before = layOut(line, { columns: was, rows });
    const size = { columns: is, rows };
    const drawn = draw(
      layOut(line, size),
      { layout: before, columns: was },
      size,
    );
    const [start = ""] = drawn.split("\r");
    assert.equal(start, above === 0 ? "" : `\x1b[${above}A`);
  });
}
