import assert from "node:assert/strict";
import fc from "fast-check";
import type { Key } from "../../src/terminal/key_sequences.ts";
import { KeyParser } from "../../src/terminal/keys.ts";

/** Keys as words: a letter or a paste in quotes, a key by its name. */
function words(keys: readonly Key[]): string {
  return keys.map((key) => {
    if (key.type === "key") return key.name;
    return key.type === "text" ? `"${key.text}"` : `paste "${key.text}"`;
  }).join(" ");
}

function bytesOf(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

function parse(...chunks: readonly (string | Uint8Array)[]): string {
  const parser = new KeyParser();
  const keys = chunks.flatMap((chunk) =>
    parser.add(typeof chunk === "string" ? bytesOf(chunk) : chunk)
  );
  return words([...keys, ...parser.pause()]);
}

// what is sent, the keys; a sequence is followed by a letter that must not be lost
const SEQUENCES: readonly (readonly [string, string])[] = [
  ["a", '"a"'],
  ["é世😀", '"é" "世" "😀"'],
  ["\x01\x05\x1a", "ctrl-a ctrl-e ctrl-z"],
  ["\0\x1c\x1f", "ctrl-space ctrl-\\ ctrl-_"],
  ["\r\n\t", "enter ctrl-j tab"],
  ["\x7f\x08", "backspace backspace"],
  // xterm, tmux
  ["\x1b[A\x1b[B\x1b[C\x1b[D", "up down right left"],
  ["\x1bOA\x1bOB\x1bOC\x1bOD", "up down right left"],
  ["\x1b[H\x1b[F\x1bOH\x1bOF", "home end home end"],
  ["\x1b[1~\x1b[4~\x1b[3~\x1b[2~", "home end delete insert"],
  ["\x1b[5~\x1b[6~", "pageup pagedown"],
  ["\x1b[1;5D\x1b[1;5C\x1b[1;3D", "ctrl-left ctrl-right alt-left"],
  ["\x1b[1;2A\x1b[1;8A", "shift-up ctrl-alt-shift-up"],
  ["\x1b[3;5~\x1b[1;5H", "ctrl-delete ctrl-home"],
  ["\x1b[5D\x1bO5C", "ctrl-left ctrl-right"],
  ["\x1b[Z", "shift-tab"],
  // rxvt
  ["\x1b[7~\x1b[8~", "home end"],
  ["\x1bOd\x1bOc\x1b[d\x1b[c", "ctrl-left ctrl-right shift-left shift-right"],
  ["\x1b[3^\x1b[3$\x1b[3@", "ctrl-delete shift-delete ctrl-shift-delete"],
  ["\x1b\x1b[D\x1b\x1bOd", "alt-left ctrl-alt-left"],
  // the Linux console's F1 to F5
  ["\x1b[[A\x1b[[E", ""],
  // Alt
  ["\x1bb\x1bF\x1b.", "alt-b alt-f alt-."],
  ["\x1b\r\x1b\x7f\x1b\x08", "alt-enter alt-backspace alt-backspace"],
  ["\x1b\n\x1b\x01", "ctrl-alt-j ctrl-alt-a"],
  ["\x1b\x1bb", "alt-b"],
  // modifiers told as kitty and as xterm's modifyOtherKeys do
  ["\x1b[13;2u\x1b[13;5u\x1b[27;2;13~", "shift-enter ctrl-enter shift-enter"],
  ["\x1b[97;5u\x1b[27;5;97~\x1b[98;3u", "ctrl-a ctrl-a alt-b"],
  ["\x1b[97u\x1b[97;2u\x1b[233u\x1b[97;65u", '"a" "A" "é" "a"'],
  ["\x1b[27u\x1b[127;5u\x1b[9;2u", "escape ctrl-backspace shift-tab"],
  ["\x1b[97;5:1u\x1b[97;5:3u", "ctrl-a"],
  ["\x1b[97;9u\x1b[57358u\x1b[1114112u\x1b[u\x1b[155u", ""],
  // no keys
  ["\x1b[?1;2c\x1b[>0;276;0c\x1b[?2026;1$y", ""],
  ["\x1b[I\x1b[O\x1b[11~\x1b[24~\x1bOP", ""],
  ["\x1b[12;40R\x1b[<0;1;1M", ""],
  ["\x1b]11;rgb:0/0/0\x07\x1bPq\x07", ""],
  ["\x1b[201~", ""],
  [`\x1b[${"1".repeat(100)}~`, ""],
  ["\x9b\u202e\ufeff", ""],
  // what was not ended
  ["\x1b[1\r\x1bO\x03\x1b]x\r", "enter ctrl-c enter"],
  ["\x1b[\x1b[A", "up"],
  // pastes
  ["\x1b[200~a\tb\r\nc\rd\ne\x1b[201~", 'paste "a\tb\nc\nd\ne"'],
  ["\x1b[200~\x1b[31m\x03\x07x\u202e\x1b[201\x1b[201~", 'paste "[31mx[201"'],
  ["\x1b[200~\x1b[201~", ""],
];

for (const [sent, keys] of SEQUENCES) {
  Deno.test(`KeyParser reads ${JSON.stringify(sent)}`, () => {
    assert.equal(parse(sent, "z"), `${keys} "z"`.trimStart());
    // A byte at a time.
    const bytes = bytesOf(`${sent}z`);
    const each = Array.from(bytes, (byte) => Uint8Array.of(byte));
    assert.equal(parse(...each), `${keys} "z"`.trimStart());
  });
}

const INVALID = [
  [[0xc3, 0x28], '"("'],
  [[0xff, 0xfe, 0x61], '"a"'],
  [[0x80, 0x61], '"a"'],
  [[0xe4, 0xb8, 0x61], '"a"'],
  [[0xe4, 0xb8, 0x0d], "enter"],
  [[0xed, 0xa0, 0x80, 0x61], '"a"'],
  [[0xf5, 0x61], '"a"'],
  [[0x9b, 0x41], '"A"'],
  [[0x1b, 0xc3, 0xa9], '"é"'],
] as const;

for (const [bytes, keys] of INVALID) {
  Deno.test(`KeyParser drops what is no UTF-8 of ${bytes.map((byte) => byte.toString(16)).join(" ")}`, () => {
    assert.equal(parse(Uint8Array.from(bytes)), keys);
  });
}

// what was sent when nothing more came, the keys, and those of "a" behind it
const PAUSES = [
  ["\x1b", "escape", '"a"'],
  ["\x1b\x1b", "escape", '"a"'],
  ["\x1b[", "", '"a"'],
  ["\x1b[1;", "", '"a"'],
  ["\x1bO", "", '"a"'],
  ["\x1b]", "", '"a"'],
  ["x", '"x"', '"a"'],
] as const;

for (const [sent, keys, next] of PAUSES) {
  Deno.test(`KeyParser ends ${JSON.stringify(sent)} after a pause`, () => {
    const parser = new KeyParser();
    const first = parser.add(bytesOf(sent));
    assert.equal(parser.isOpen, sent !== "x");
    assert.equal(words([...first, ...parser.pause()]), keys);
    assert.equal(parser.isOpen, false);
    assert.equal(words(parser.add(bytesOf("a"))), next);
  });
}

Deno.test("KeyParser waits for the end of a paste, however long it takes", () => {
  const parser = new KeyParser();
  assert.equal(words(parser.add(bytesOf("\x1b[200~a\x1b[20"))), "");
  assert.equal(parser.isOpen, false);
  assert.equal(words(parser.pause()), "");
  assert.equal(words(parser.add(bytesOf("1~b"))), 'paste "a" "b"');
});

const PIECES = [
  "a",
  "é",
  "😀",
  "\x1b",
  "[",
  "O",
  "1",
  ";",
  "5",
  "~",
  "A",
  "u",
  "$",
  "\r",
  "\x03",
  "\x7f",
  "]",
  "\x07",
  "\x1b[200~",
  "\x1b[201~",
  "\x1b[A",
] as const;

const input = fc.oneof(
  fc.uint8Array({ maxLength: 200 }),
  fc.array(fc.constantFrom(...PIECES)).map((pieces) =>
    bytesOf(pieces.join(""))
  ),
);

Deno.test("KeyParser reads the same keys however the bytes are cut", () => {
  fc.assert(
    fc.property(input, fc.array(fc.nat()), (bytes, cuts) => {
      const ends = [
        ...cuts.map((cut) => cut % (bytes.length + 1)),
        bytes.length,
      ].sort((a, b) => a - b);
      const chunks = ends.map((end, at) => bytes.slice(ends[at - 1] ?? 0, end));
      assert.equal(parse(...chunks), parse(bytes));
    }),
  );
});

Deno.test("KeyParser types no control character but those of a paste's lines", () => {
  fc.assert(
    fc.property(input, (bytes) => {
      for (const key of new KeyParser().add(bytes)) {
        if (key.type === "text") assert.doesNotMatch(key.text, /\p{Cc}/u);
        if (key.type === "paste") {
          assert.doesNotMatch(key.text, /[^\P{Cc}\n\t]/u);
        }
      }
    }),
  );
});
