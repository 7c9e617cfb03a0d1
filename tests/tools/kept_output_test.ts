import assert from "node:assert/strict";
import fc from "fast-check";
import { keptText, OutputKeeper } from "../../src/tools/kept_output.ts";

function keep(pieces: readonly string[], bytes: number): OutputKeeper {
  const keeper = new OutputKeeper(bytes);
  for (const piece of pieces) keeper.add(new TextEncoder().encode(piece));
  return keeper;
}

// the pieces, how many bytes are kept, the text
const OUTPUTS = [
  [[], 8, ""],
  [["abc"], 8, "abc"],
  [["abcd", "efgh"], 8, "abcdefgh"],
  [["abcdefgh"], 8, "abcdefgh"],
  [["abcdefghi"], 8, "abcd\n[1 bytes left out]\nfghi"],
  [
    ["a", "b", "c", "d", "e", "f", "g", "h", "i", "j"],
    4,
    "ab\n[6 bytes left out]\nij",
  ],
  [["0123456789", "x"], 4, "01\n[7 bytes left out]\n9x"],
  // The character lies across both halves.
  [["abcé", "fg"], 8, "abcéfg"],
  [["\x1b[31mred\x1b[0m \x1b]0;title\x07\x1b(Bplain"], 99, "red plain"],
] as const;

for (const [pieces, bytes, text] of OUTPUTS) {
  Deno.test(`OutputKeeper keeps ${bytes} bytes of ${JSON.stringify(pieces)}`, () => {
    assert.equal(keptText(keep(pieces, bytes).kept()), text);
  });
}

Deno.test("OutputKeeper keeps the beginning and the end, whatever the pieces are", () => {
  const piece = fc.stringMatching(/^[a-z]{0,9}$/);
  fc.assert(
    fc.property(
      fc.array(piece),
      fc.integer({ min: 1, max: 9 }),
      (pieces, half) => {
        const all = pieces.join("");
        const { head, skipped, tail } = keep(pieces, 2 * half).kept();
        const [start, end] = [head, tail].map((part) =>
          new TextDecoder().decode(part)
        );
        assert.equal(start, all.slice(0, half));
        assert.equal(end, all.slice(half).slice(-half));
        assert.equal(skipped, Math.max(0, all.length - 2 * half));
      },
    ),
  );
});
