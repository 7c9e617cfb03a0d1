import assert from "node:assert/strict";
import { numbered } from "../../scripts/standin/events.ts";
import {
  bytes,
  chunks,
  concat,
  cutCharacters,
  frame,
  type FramingOptions,
  recut,
} from "../../scripts/standin/framing.ts";

const EVENT = { type: "a.b", text: "é" };

const CASES: readonly [string, FramingOptions, string][] = [
  [
    "as the service does",
    {},
    'event: a.b\ndata: {"type":"a.b","text":"é"}\n\n',
  ],
  [
    "with CRLF",
    { newline: "\r\n" },
    'event: a.b\r\ndata: {"type":"a.b","text":"é"}\r\n\r\n',
  ],
  [
    "with CR",
    { newline: "\r" },
    'event: a.b\rdata: {"type":"a.b","text":"é"}\r\r',
  ],
  [
    "without event lines",
    { dataOnly: true },
    'data: {"type":"a.b","text":"é"}\n\n',
  ],
  [
    "without spaces",
    { noSpace: true },
    'event:a.b\ndata:{"type":"a.b","text":"é"}\n\n',
  ],
  [
    "on many lines",
    { multiLine: true },
    'event: a.b\ndata: {\ndata:   "type": "a.b",\ndata:   "text": "é"\ndata: }\n\n',
  ],
  [
    "after other lines",
    { before: (n) => [`: ${n}`] },
    ': 0\nevent: a.b\ndata: {"type":"a.b","text":"é"}\n\n',
  ],
];

for (const [name, options, expected] of CASES) {
  Deno.test(`frame() writes an event ${name}`, () => {
    assert.equal(frame(EVENT, options), expected);
  });
}

Deno.test("recut() keeps the bytes and sets the size", () => {
  const parts = chunks([EVENT, EVENT]);
  for (const size of [1, 7, Infinity]) {
    const cut = recut(parts, size);
    assert.deepEqual(concat(cut), concat(parts));
    assert.ok(cut.slice(0, -1).every((part) => part.length === size));
  }
});

Deno.test("cutCharacters() cuts inside every character of more than one byte", () => {
  const cut = cutCharacters([bytes("aé👋b")]);
  assert.deepEqual(cut.map((part) => part.length), [2, 2, 1, 1, 2]);
  assert.deepEqual(concat(cut), bytes("aé👋b"));
});

Deno.test("numbered() counts from where it is told", () => {
  assert.deepEqual(
    numbered([EVENT, EVENT], 5).map((event) => event["sequence_number"]),
    [5, 6],
  );
});
