import assert from "node:assert/strict";
import { createParser } from "eventsource-parser";
import fc from "fast-check";
import { MekaError } from "../../src/errors.ts";
import { parse, type SseMessage, SseParser } from "../../src/sse/parse.ts";

const CASES: readonly (readonly [string, string, readonly string[]])[] = [
  ["one message", "data: a\n\n", ["message=a"]],
  ["a name", "event: e\ndata: a\n\n", ["e=a"]],
  ["a name that ends with its message", "event: e\ndata: a\n\ndata: b\n\n", [
    "e=a",
    "message=b",
  ]],
  ["CRLF", "event: e\r\ndata: a\r\ndata: b\r\n\r\n", ["e=a\nb"]],
  ["CR", "event: e\rdata: a\rdata: b\r\rdata: c\r\r", ["e=a\nb", "message=c"]],
  ["mixed line ends", "data: a\r\ndata: b\ndata: c\r\n\n", ["message=a\nb\nc"]],
  ["no space after the colon", "data:a\n\n", ["message=a"]],
  ["only the first space goes", "data:  a \n\n", ["message= a "]],
  ["comments and unknown fields", ": hi\nid: 7\nretry: 5\nx: y\ndata: a\n\n", [
    "message=a",
  ]],
  ["a comment alone", ": ping\n\n: ping\n\n", []],
  ["a name without data", "event: e\n\ndata: a\n\n", ["message=a"]],
  ["data without a colon", "data\n\n", ["message="]],
  ["two empty lines of data", "data\ndata\n\n", ["message=\n"]],
  ["a field that only begins like data", "database: x\ndata: a\n\n", [
    "message=a",
  ]],
  ["a field in capitals", "Data: x\n\ndata: a\n\n", ["message=a"]],
  ["an empty stream", "", []],
  ["no blank line at the end", "data: a\n", []],
  ["an unfinished line at the end", "data: a\n\ndata: b", ["message=a"]],
  ["a BOM at the start", "\ufeffdata: a\n\n", ["message=a"]],
  ["a BOM elsewhere", "data: a\n\n\ufeffdata: b\n\n", ["message=a"]],
  ["many bytes a character", "data: 你好 👋🏽\n\n", ["message=你好 👋🏽"]],
];

for (const [name, stream, expected] of CASES) {
  const bytes = new TextEncoder().encode(stream);
  for (const size of [bytes.length || 1, 1, 2, 3, 7]) {
    Deno.test(`parse() reads ${name}, ${size} bytes at a time`, async () => {
      assert.deepEqual(await messagesOf(pieces(bytes, size)), expected);
    });
  }
}

Deno.test("parse() replaces ill-formed bytes", async () => {
  const bytes = Uint8Array.of(
    ...new TextEncoder().encode("data: "),
    0xff,
    10,
    10,
  );
  assert.deepEqual(await messagesOf([bytes]), ["message=\ufffd"]);
});

Deno.test("parse() tells of every chunk, a lone comment included", async () => {
  let chunks = 0;
  const bytes = pieces(new TextEncoder().encode(": a\n: b\n"), 4);
  const onChunk = (): void => void chunks++;
  await Array.fromAsync(parse(stream(bytes), { onChunk }));
  assert.equal(chunks, 2);
});

Deno.test("parse() hands out what came before a message that is too long", async () => {
  for (const size of [1, 5, 100]) {
    const bytes = new TextEncoder().encode(
      `data: a\n\ndata: ${"b".repeat(50)}\n\ndata: c\n\n`,
    );
    const seen: string[] = [];
    await assert.rejects(
      async () => {
        const source = stream(pieces(bytes, size));
        for await (const batch of parse(source, { maxMessageLength: 40 })) {
          seen.push(...batch.map(({ data }) => data));
        }
      },
      (error) => error instanceof MekaError && error.kind === "network",
    );
    assert.deepEqual(seen, ["a"]);
  }
});

Deno.test("parse() counts many short lines of one message", async () => {
  const bytes = new TextEncoder().encode("data: abc\n".repeat(20));
  await assert.rejects(
    () => Array.fromAsync(parse(stream([bytes]), { maxMessageLength: 40 })),
    MekaError,
  );
});

const LONG = "x".repeat(200_000);
const REDUNDANT: readonly (readonly [string, string, readonly string[]])[] = [
  ["a long redundant message", `data: skip ${LONG}\n\ndata: a\n\n`, ["a"]],
  ["a long message that is not", `data: keep ${LONG}\n\ndata: a\n\n`, [
    `keep ${LONG}`,
    "a",
  ]],
  ["a short one, which costs nothing to keep", "data: skip\n\ndata: a\n\n", [
    "skip",
    "a",
  ]],
  [
    "a redundant one of two lines",
    `data: skip ${LONG}\ndata: b\n\ndata: a\n\n`,
    [
      "a",
    ],
  ],
  ["a long second line", `data: skip\ndata: skip ${LONG}\n\ndata: a\n\n`, [
    `skip\nskip ${LONG}`,
    "a",
  ]],
  ["a long comment", `: skip ${LONG}\n\ndata: a\n\n`, ["a"]],
];
for (const [name, text, expected] of REDUNDANT) {
  Deno.test(`parse() with redundant: ${name}`, async () => {
    const bytes = pieces(new TextEncoder().encode(text), 10_000);
    const redundant = (head: string): boolean => head.startsWith("skip");
    const batches = await Array.fromAsync(parse(stream(bytes), { redundant }));
    assert.deepEqual(batches.flat().map(({ data }) => data), expected);
  });
}

/** Text that has much of what a stream is made of. */
const STREAM_TEXT = fc.array(
  fc.oneof(
    { weight: 6, arbitrary: fc.constantFrom("\n", "\r", "\r\n", "\n\n", ": ") },
    {
      weight: 4,
      arbitrary: fc.constantFrom("data", "event", "id", "retry", ":", " "),
    },
    { weight: 2, arbitrary: fc.string({ unit: "binary", maxLength: 5 }) },
    {
      weight: 2,
      arbitrary: fc.constantFrom(
        "event: a\ndata: b\n\n",
        "event: a\ndata: b\r\n\n",
        "event: \ndata: \n\n",
        "event: a\ndata: b\ndata: c\n\n",
      ),
    },
  ),
  { maxLength: 60 },
).map((parts) => parts.join(""));

const CUTS = fc.array(fc.nat(), { maxLength: 12 });

Deno.test("parse() agrees with another parser, however a stream is cut", async () => {
  await fc.assert(
    fc.asyncProperty(STREAM_TEXT, CUTS, async (text, cuts) => {
      const bytes = new TextEncoder().encode(text);
      assert.deepEqual(await messagesOf(cut(bytes, cuts)), oracle(text));
    }),
    { numRuns: 2000 },
  );
});

Deno.test("parse() never throws on random bytes", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.uint8Array({ maxLength: 300 }),
      CUTS,
      async (bytes, cuts) => {
        const whole = await messagesOf([bytes]);
        assert.deepEqual(await messagesOf(cut(bytes, cuts)), whole);
      },
    ),
    { numRuns: 1000 },
  );
});

Deno.test("SseParser keeps a line of five million characters that comes in pieces", () => {
  const parser = new SseParser();
  const messages: SseMessage[] = [];
  const piece = "y".repeat(1000);
  parser.feed("data: ", messages);
  for (let count = 0; count < 5000; count++) parser.feed(piece, messages);
  parser.feed("\n\n", messages);
  assert.equal(messages[0]?.data.length, 5_000_000);
});

function oracle(text: string): string[] {
  const messages: string[] = [];
  const parser = createParser({
    onEvent: ({ event, data }) =>
      messages.push(`${event || "message"}=${data}`),
  });
  // What the decoder in front of a parser does with a BOM, and with text that UTF-8 cannot hold.
  const decoded = new TextDecoder().decode(new TextEncoder().encode(text));
  parser.feed(decoded);
  return messages;
}

async function messagesOf(chunks: readonly Uint8Array[]): Promise<string[]> {
  const batches = await Array.fromAsync(parse(stream(chunks)));
  return batches.flat().map(({ event, data }) => `${event}=${data}`);
}

async function* stream(
  chunks: readonly Uint8Array[],
): AsyncGenerator<Uint8Array> {
  for (const chunk of chunks) yield await Promise.resolve(chunk);
}

function pieces(bytes: Uint8Array, size: number): Uint8Array[] {
  const count = Math.ceil(bytes.length / size);
  return Array.from(
    { length: count },
    (_, index) => bytes.subarray(index * size, (index + 1) * size),
  );
}

function cut(bytes: Uint8Array, cuts: readonly number[]): Uint8Array[] {
  const at = cuts.map((place) => place % (bytes.length + 1)).sort((a, b) =>
    a - b
  );
  const edges = [0, ...at, bytes.length];
  return edges.slice(1).map((end, index) => bytes.subarray(edges[index], end));
}
