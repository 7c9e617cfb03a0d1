import assert from "node:assert/strict";
import fc from "fast-check";
import { type Line, readChunks, readLines } from "../../src/batch/lines.ts";

function utf8(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

function utf16(text: string, littleEndian: boolean): Uint8Array {
  const bytes = new Uint8Array(2 * text.length);
  const view = new DataView(bytes.buffer);
  for (let at = 0; at < text.length; at++) {
    view.setUint16(2 * at, text.charCodeAt(at), littleEndian);
  }
  return bytes;
}

async function read(
  ...chunks: readonly Uint8Array[]
): Promise<readonly Line[]> {
  return await Array.fromAsync(readLines(chunks));
}

function saidOf({ text, problem }: Line): string {
  return text ?? `(${problem})`;
}

const CASES: readonly (readonly [string, Uint8Array, readonly string[]])[] = [
  ["nothing", utf8(""), []],
  ["a line without an end", utf8("one"), ["one"]],
  ["a line with an end", utf8("one\n"), ["one"]],
  ["LF and CRLF", utf8("one\r\ntwo\nthree\r\n"), ["one", "two", "three"]],
  ["a lone CR", utf8("one\rtwo"), ["one\rtwo"]],
  ["empty lines", utf8("\n\r\none\n\n"), ["", "", "one", ""]],
  ["a byte order mark", utf8("\ufeffone\ntwo"), ["one", "two"]],
  ["a byte order mark alone", utf8("\ufeff"), []],
  ["a byte order mark and an end", utf8("\ufeff\n"), [""]],
  ["a byte order mark further on", utf8("one\n\ufefftwo"), [
    "one",
    "\ufefftwo",
  ]],
  ["UTF-16, little end first", utf16("\ufeffäne\n\u0a00wo\r\n", true), [
    "äne",
    "\u0a00wo",
  ]],
  ["UTF-16, big end first", utf16("\ufeffone\n\u0a00two", false), [
    "one",
    "\u0a00two",
  ]],
  ["UTF-16's mark alone", utf16("\ufeff", true), []],
  ["half a surrogate pair", utf16("\ufeffa\n\ud83d\nb", true), [
    "a",
    "(is not valid UTF-16)",
    "b",
  ]],
  ["an odd byte", new Uint8Array([0xff, 0xfe, 0x61, 0, 0x0a, 0, 0x62]), [
    "a",
    "(is not valid UTF-16)",
  ]],
  ["bytes that are no text", new Uint8Array([0x61, 10, 0xff, 10, 0x62]), [
    "a",
    "(is not valid UTF-8)",
    "b",
  ]],
  ["a lone 0xff", new Uint8Array([0xff]), ["(is not valid UTF-8)"]],
  ["half a character", new Uint8Array([0xc3, 10, 0xa4]), [
    "(is not valid UTF-8)",
    "(is not valid UTF-8)",
  ]],
];

for (const [what, bytes, expected] of CASES) {
  Deno.test(`readLines() reads ${what}, whole and byte by byte`, async () => {
    const whole = await read(bytes);
    assert.deepEqual(whole.map(saidOf), expected);
    assert.deepEqual(whole.map(({ number }) => number), [
      ...expected.keys().map((at) => at + 1),
    ]);
    const parts = Array.from(bytes, (_, at) => bytes.slice(at, at + 1));
    assert.deepEqual(await read(...parts), whole);
  });
}

Deno.test("readLines() gives back any lines, however they are cut, and counts all bytes", async () => {
  const line = fc.string({ unit: "binary" })
    .filter((text) => !/[\n\ufeff]/.test(text) && !text.endsWith("\r"))
    .map((text) => text.toWellFormed());
  await fc.assert(fc.asyncProperty(
    fc.array(line, { minLength: 1 }),
    fc.array(fc.integer({ min: 1, max: 20 }), { minLength: 1 }),
    fc.constantFrom("\n", "\r\n"),
    fc.constantFrom(utf8, (text: string) => utf16(`\ufeff${text}`, true)),
    async (lines, sizes, end, encode) => {
      const bytes = encode(lines.map((text) => `${text}${end}`).join(""));
      const chunks: Uint8Array[] = [];
      for (let at = 0; at < bytes.length;) {
        const size = sizes[chunks.length % sizes.length] ?? 1;
        chunks.push(bytes.slice(at, at + size));
        at += size;
      }
      const found = await read(...chunks);
      assert.deepEqual(found.map(({ text }) => text), lines);
      const size = found.reduce((sum, line) => sum + line.size, 0);
      assert.equal(size, bytes.length);
    },
  ));
});

Deno.test("readLines() hands out a line as soon as it is whole", async () => {
  let taken = 0;
  const chunks = (function* (): Generator<Uint8Array> {
    for (const text of ["on", "e\ntw", "o\n"]) {
      taken++;
      yield utf8(text);
    }
  })();
  const lines = readLines(chunks);
  assert.equal((await lines.next()).value?.text, "one");
  assert.equal(taken, 2);
  assert.equal((await lines.next()).value?.text, "two");
  assert.equal(taken, 3);
});

Deno.test("readLines() passes over a line that is too long, and keeps nothing of it", async () => {
  const megabyte = 1024 * 1024;
  const chunks = (function* (): Generator<Uint8Array> {
    yield utf8("one\n");
    for (let n = 0; n < 40; n++) yield new Uint8Array(megabyte).fill(0x61);
    yield utf8("\ntwo");
  })();
  assert.deepEqual(await Array.fromAsync(readLines(chunks)), [
    { number: 1, size: 4, text: "one" },
    { number: 2, size: 40 * megabyte + 1, problem: "is longer than 32 MB" },
    { number: 3, size: 3, text: "two" },
  ]);
});

Deno.test("readLines() takes a line of just the longest length", async () => {
  const lines = readLines([utf8("four\nfive5\n")], { longest: 4 });
  const said = (await Array.fromAsync(lines)).map(saidOf);
  assert.deepEqual(said, ["four", "(is longer than 0 MB)"]);
});

Deno.test("readChunks() ends when the signal is aborted, while nothing comes", async () => {
  const quit = new AbortController();
  const stdin = new ReadableStream<Uint8Array>({
    start: (controller) => controller.enqueue(utf8("one")),
  });
  const chunks = readChunks(stdin, quit.signal);
  assert.deepEqual((await chunks.next()).value, utf8("one"));
  const next = chunks.next();
  quit.abort(new Error("enough"));
  assert.equal((await next).done, true);
});

Deno.test("readChunks() tells that standard input cannot be read", async () => {
  const stdin = new ReadableStream<Uint8Array>({
    pull: () => {
      throw new Error("EIO");
    },
  });
  const { signal } = new AbortController();
  await assert.rejects(readChunks(stdin, signal).next(), {
    kind: "usage",
    message: "Cannot read standard input",
  });
});
