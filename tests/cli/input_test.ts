import assert from "node:assert/strict";
import fc from "fast-check";
import { decodeText, readPrompt } from "../../src/cli/input.ts";
import { MekaError } from "../../src/errors.ts";
import { memoryHost, type MemoryHostOptions } from "../support/memory_host.ts";

const FIRST_BYTE_MS = 3_000;

/** What a pipe brings that does not keep to a plan: chunks, then its end unless it stays open. */
function pipe(
  chunks: readonly (string | Uint8Array)[],
  { open = false } = {},
): ReadableStream<Uint8Array> {
  return new ReadableStream({
    start(controller): void {
      for (const chunk of chunks) {
        controller.enqueue(
          typeof chunk === "string" ? new TextEncoder().encode(chunk) : chunk,
        );
      }
      if (!open) controller.close();
    },
  });
}

interface Asked {
  readonly prompt?: string;
  readonly noStdin?: boolean;
}

async function ask(
  { prompt, noStdin = false }: Asked,
  options: MemoryHostOptions,
): Promise<string> {
  const note = (message: string): Promise<void> => Promise.reject(message);
  return await readPrompt({ prompt, noStdin, note }, memoryHost(options));
}

// what, asked, stdin, expected
const PROMPTS = [
  ["the words alone", { prompt: "say hi" }, "", "say hi"],
  ["stdin alone", {}, "hello\n", "hello\n"],
  ["stdin for -", { prompt: "-" }, "hello", "hello"],
  ["both", { prompt: "sum up" }, "a\nb\n", "sum up\n\na\nb\n"],
  ["an untouched stdin", { prompt: "x" }, "\n\r\n \t", "x\n\n\n\r\n \t"],
  ["untouched words", { prompt: " x\n" }, "", " x\n"],
  ["an empty word and stdin", { prompt: "" }, "hello", "hello"],
  ["words without stdin", { prompt: "x", noStdin: true }, "hello", "x"],
  ["words beside a BOM", { prompt: "x" }, "\ufeff", "x"],
  ["stdin without its BOM", {}, "\ufeffhi\ufeff", "hi\ufeff"],
  ["NUL characters", {}, "a\0b", "a\0b"],
] as const;

for (const [what, asked, stdin, expected] of PROMPTS) {
  Deno.test(`readPrompt() takes ${what}`, async () => {
    assert.equal(await ask(asked, { stdin }), expected);
  });
}

// what, asked, stdin, terminal
const EMPTY = [
  ["nothing at all", {}, "", false],
  ["white space on stdin", {}, " \n\t\r\n", false],
  ["only a BOM", {}, "\ufeff", false],
  ["an empty word", { prompt: "" }, "", false],
  ["white space everywhere", { prompt: "  " }, "\n", false],
  ["an empty word on a terminal", { prompt: "" }, "typed", true],
  ["- and no stdin", { prompt: "-", noStdin: true }, "hi", false],
  ["no words and no stdin", { noStdin: true }, "hi", false],
] as const;

for (const [what, asked, stdin, terminal] of EMPTY) {
  Deno.test(`readPrompt() refuses ${what} as an empty prompt`, async () => {
    await assert.rejects(
      ask(asked, { stdin, terminal }),
      { kind: "usage", message: "The prompt is empty" },
    );
  });
}

Deno.test("readPrompt() never reads a terminal when there are words", async () => {
  assert.equal(
    await ask({ prompt: "hi" }, { stdin: "typed", terminal: ["stdin"] }),
    "hi",
  );
});

for (const prompt of [undefined, "-"]) {
  Deno.test(`readPrompt() reads a terminal to its end for ${prompt}`, async () => {
    assert.equal(
      await ask(
        prompt === undefined ? {} : { prompt },
        { stdin: "typed\n", terminal: true },
      ),
      "typed\n",
    );
  });
}

Deno.test("readPrompt() goes on without a pipe that stays silent, and says so", async () => {
  const host = memoryHost();
  const notes: string[] = [];
  const reading = readPrompt({
    prompt: "hi",
    noStdin: false,
    note: (message) => Promise.resolve(void notes.push(message)),
  }, host);
  await host.sleeps(FIRST_BYTE_MS);
  assert.deepEqual(host.sleeping, [FIRST_BYTE_MS]);
  host.wake(FIRST_BYTE_MS);
  assert.equal(await reading, "hi");
  assert.deepEqual(notes, [
    "Nothing came on standard input for 3 s; going on without it",
  ]);
});

Deno.test("readPrompt() waits for the rest once one byte came", async () => {
  let controller: ReadableStreamDefaultController<Uint8Array> | undefined;
  const stdin = new ReadableStream<Uint8Array>({
    start: (own) => void (controller = own),
  });
  const host = memoryHost({ stdin });
  const note = (message: string): Promise<void> => Promise.reject(message);
  const reading = readPrompt({ prompt: "hi", noStdin: false, note }, host);
  await host.sleeps(FIRST_BYTE_MS);
  controller?.enqueue(new Uint8Array([0x61]));
  // The limit must be gone by the next turn of the event loop.
  await new Promise((resolve) => setTimeout(resolve));
  assert.deepEqual(host.sleeping, []);
  controller?.enqueue(new Uint8Array([0x62]));
  controller?.close();
  assert.equal(await reading, "hi\n\nab");
});

for (const prompt of [undefined, "-"]) {
  Deno.test(`readPrompt() waits without a limit for ${prompt}`, async () => {
    const host = memoryHost();
    const note = (message: string): Promise<void> => Promise.reject(message);
    const reading = readPrompt({ prompt, noStdin: false, note }, host);
    await new Promise((resolve) => setTimeout(resolve));
    assert.deepEqual(host.sleeping, []);
    host.abort(new MekaError("interrupted", "Interrupted"));
    await assert.rejects(reading, { kind: "interrupted" });
  });
}

// when, what has come by then
const INTERRUPTS = [
  ["before it begins", undefined],
  ["while it waits for the first byte", []],
  ["while it waits for more", ["a"]],
] as const;

for (const [when, chunks] of INTERRUPTS) {
  Deno.test(`readPrompt() ends at an interrupt ${when}`, async () => {
    const host = memoryHost({ stdin: pipe(chunks ?? [], { open: true }) });
    const reason = new MekaError("interrupted", "Terminated", { exit: 143 });
    if (chunks === undefined) host.abort(reason);
    const note = (message: string): Promise<void> => Promise.reject(message);
    const reading = readPrompt({ prompt: "hi", noStdin: false, note }, host);
    const failing = assert.rejects(reading, (error) => error === reason);
    await new Promise((resolve) => setTimeout(resolve));
    host.abort(reason);
    await failing;
    assert.deepEqual(host.sleeping, []);
  });
}

for (const prompt of [undefined, "hi"]) {
  Deno.test(`readPrompt() calls a stdin that fails a usage error, with ${prompt}`, async () => {
    const stdin = new ReadableStream<Uint8Array>({
      pull: (controller) => controller.error(new Error("EISDIR")),
    });
    await assert.rejects(
      ask(prompt === undefined ? {} : { prompt }, { stdin }),
      { kind: "usage", message: "Cannot read standard input" },
    );
  });
}

// bytes, expected text
const ENCODED = [
  [[], ""],
  [[0x68, 0x69], "hi"],
  [[0xef, 0xbb, 0xbf], ""],
  [[0xef, 0xbb, 0xbf, 0xef, 0xbb, 0xbf], "\ufeff"],
  [[0xf0, 0x9f, 0x98, 0x80], "😀"],
  [[0xf4, 0x8f, 0xbf, 0xbf], "\u{10ffff}"],
  [[0xff, 0xfe], ""],
  [[0xfe, 0xff], ""],
  [[0xff, 0xfe, 0x68, 0, 0x69, 0], "hi"],
  [[0xfe, 0xff, 0, 0x68, 0, 0x69], "hi"],
  [[0xff, 0xfe, 0x3d, 0xd8, 0x00, 0xde], "😀"],
  [[0xfe, 0xff, 0xd8, 0x3d, 0xde, 0x00], "😀"],
] as const;

for (const [bytes, text] of ENCODED) {
  Deno.test(`decodeText() reads [${hex(bytes)}] as ${JSON.stringify(text)}`, () => {
    assert.equal(decodeText(new Uint8Array(bytes)), text);
  });
}

// bytes, what they are not, offset of the first byte that does not fit
const ILL_FORMED = [
  [[0xff], "UTF-8", 0],
  [[0x68, 0x80], "UTF-8", 1],
  [[0x68, 0xc3], "UTF-8", 1],
  [[0x68, 0xc3, 0x28], "UTF-8", 1],
  [[0xc0, 0x80], "UTF-8", 0],
  [[0x61, 0xe0, 0x80, 0x80], "UTF-8", 1],
  [[0x61, 0xed, 0xa0, 0x80], "UTF-8", 1],
  [[0x61, 0x62, 0xf4, 0x90, 0x80, 0x80], "UTF-8", 2],
  [[0xe2, 0x82, 0xac, 0xe2, 0x82], "UTF-8", 3],
  [[0xef, 0xbb, 0xbf, 0xff], "UTF-8", 3],
  [[0xef, 0xbb], "UTF-8", 0],
  [[0xff, 0xfe, 0x68], "UTF-16", 2],
  [[0xff, 0xfe, 0x68, 0, 0, 0xdc], "UTF-16", 4],
  [[0xff, 0xfe, 0x3d, 0xd8], "UTF-16", 2],
  [[0xff, 0xfe, 0x3d, 0xd8, 0x41, 0, 0x42, 0], "UTF-16", 2],
  [[0xfe, 0xff, 0, 0x68, 0xdc, 0, 0, 0x68], "UTF-16", 4],
] as const;

for (const [bytes, name, offset] of ILL_FORMED) {
  Deno.test(`decodeText() names offset ${offset} of [${hex(bytes)}]`, () => {
    assert.throws(() => decodeText(new Uint8Array(bytes)), {
      kind: "usage",
      message:
        `Standard input is not valid ${name}: the byte at offset ${offset} does not fit`,
    });
  });
}

// UTF-8's trail bytes (Unicode, table 3-7): first bytes, then the range of each byte that follows.
const WELL_FORMED: readonly [number, number, ...[number, number][]][] = [
  [0x00, 0x7f],
  [0xc2, 0xdf, [0x80, 0xbf]],
  [0xe0, 0xe0, [0xa0, 0xbf], [0x80, 0xbf]],
  [0xe1, 0xec, [0x80, 0xbf], [0x80, 0xbf]],
  [0xed, 0xed, [0x80, 0x9f], [0x80, 0xbf]],
  [0xee, 0xef, [0x80, 0xbf], [0x80, 0xbf]],
  [0xf0, 0xf0, [0x90, 0xbf], [0x80, 0xbf], [0x80, 0xbf]],
  [0xf1, 0xf3, [0x80, 0xbf], [0x80, 0xbf], [0x80, 0xbf]],
  [0xf4, 0xf4, [0x80, 0x8f], [0x80, 0xbf], [0x80, 0xbf]],
];

/** The offset of the first ill-formed sequence, by the table instead of a decoder. */
function firstIllFormed(bytes: Uint8Array): number | undefined {
  for (let at = 0; at < bytes.length;) {
    const first = bytes[at] ?? 0;
    const row = WELL_FORMED.find(([low, high]) =>
      low <= first && first <= high
    );
    if (row === undefined) return at;
    const [, , ...trail] = row;
    const fits = trail.every(([low, high], index) => {
      const byte = bytes[at + 1 + index];
      return byte !== undefined && low <= byte && byte <= high;
    });
    if (!fits) return at;
    at += 1 + trail.length;
  }
  return undefined;
}

/** The same for UTF-16 after its mark: an odd byte, or half of a pair. */
function firstLoneSurrogate(
  bytes: Uint8Array,
  littleEndian: boolean,
): number | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const unit = (at: number): number | undefined =>
    at + 1 < bytes.length ? view.getUint16(at, littleEndian) : undefined;
  for (let at = 2; at < bytes.length; at += 2) {
    const code = unit(at);
    if (code === undefined) return at;
    if (code < 0xd800 || code > 0xdfff) continue;
    const next = unit(at + 2) ?? 0;
    if (code > 0xdbff || next < 0xdc00 || next > 0xdfff) return at;
    at += 2;
  }
  return undefined;
}

function assertOffset(bytes: Uint8Array, expected: number | undefined): void {
  if (expected === undefined) return void decodeText(bytes);
  const pattern = new RegExp(`offset ${expected} `);
  assert.throws(() => decodeText(bytes), { kind: "usage", message: pattern });
}

const utf8 = fc.string({ unit: "binary" }).map((text) =>
  new TextEncoder().encode(text)
);
const soup = fc.array(
  fc.oneof(
    utf8,
    fc.uint8Array({ maxLength: 3 }),
    // Bytes near the edges of the table.
    fc.constantFrom(0xc2, 0xe0, 0xed, 0xf0, 0xf4, 0xa0, 0x9f, 0x90, 0x8f, 0x80)
      .map((byte) => new Uint8Array([byte])),
  ),
).map(joined).filter(([a, b]) =>
  !(a === 0xff && b === 0xfe) && !(a === 0xfe && b === 0xff)
);

Deno.test("decodeText() finds the byte that the table of well-formed UTF-8 finds", () => {
  fc.assert(
    fc.property(soup, (bytes) => assertOffset(bytes, firstIllFormed(bytes))),
    { numRuns: 2_000 },
  );
});

for (const [name, littleEndian] of [["LE", true], ["BE", false]] as const) {
  const units = fc.array(fc.oneof(
    fc.integer({ min: 0, max: 0xffff }),
    fc.integer({ min: 0xd800, max: 0xdfff }),
    fc.constantFrom(0xd83d, 0xde00),
  ));
  Deno.test(`decodeText() finds the lone surrogates and odd bytes of UTF-16${name}`, () => {
    fc.assert(
      fc.property(units, fc.boolean(), (codes, odd) => {
        const bytes = new Uint8Array(2 + 2 * codes.length + (odd ? 1 : 0));
        const view = new DataView(bytes.buffer);
        [0xfeff, ...codes].forEach((code, index) =>
          view.setUint16(2 * index, code, littleEndian)
        );
        assertOffset(bytes, firstLoneSurrogate(bytes, littleEndian));
      }),
      { numRuns: 2_000 },
    );
  });
}

Deno.test("decodeText() gives back any text that was encoded, less a leading BOM", () => {
  fc.assert(fc.property(fc.string({ unit: "binary" }), (text) => {
    const bytes = new TextEncoder().encode(text);
    assert.equal(decodeText(bytes), text.replace(/^\ufeff/, ""));
  }));
});

Deno.test("readPrompt() joins bytes however the pipe cuts them", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.string({ unit: "grapheme", minLength: 1 }),
      fc.array(fc.nat(20)),
      async (text, cuts) => {
        const bytes = new TextEncoder().encode(`x${text}`);
        const chunks: Uint8Array[] = [];
        let at = 0;
        for (const length of cuts) {
          chunks.push(bytes.subarray(at, at + length));
          at += length;
        }
        chunks.push(bytes.subarray(at));
        assert.equal(await ask({}, { stdin: pipe(chunks) }), `x${text}`);
      },
    ),
  );
});

function joined(chunks: readonly Uint8Array[]): Uint8Array {
  return new Uint8Array(chunks.flatMap((chunk) => [...chunk]));
}

function hex(bytes: readonly number[]): string {
  return bytes.map((byte) => byte.toString(16).padStart(2, "0")).join(" ");
}
