import assert from "node:assert/strict";
import fc from "fast-check";
import { type BatchRecord, readRecord } from "../../src/batch/record.ts";
import { MekaError } from "../../src/errors.ts";

function read(text: string, plain = false): BatchRecord {
  return readRecord({ number: 7, size: text.length, text }, { plain });
}

const NOTHING = {
  system: undefined,
  model: undefined,
  schema: undefined,
  images: [],
};

const GOOD: readonly (readonly [string, unknown])[] = [
  ["say hi", { ...NOTHING, prompt: "say hi" }],
  [" [1] ", { ...NOTHING, prompt: " [1] " }],
  ['"say hi"', { ...NOTHING, prompt: '"say hi"' }],
  ['{"prompt":"say hi"}', { ...NOTHING, prompt: "say hi" }],
  ['  {"prompt":" a\\nb "}  ', { ...NOTHING, prompt: " a\nb " }],
  [
    '{"prompt":"x","system":" Be brief. ","model":"m","schema":{"type":"object"},"image":"a.png"}',
    {
      prompt: "x",
      system: "Be brief.",
      model: "m",
      schema: { type: "object" },
      images: ["a.png"],
    },
  ],
  ['{"prompt":"x","image":["a.png","b.png"]}', {
    ...NOTHING,
    prompt: "x",
    images: ["a.png", "b.png"],
  }],
  [
    '{"prompt":"x","system":null,"model":null,"schema":null,"image":null}',
    { ...NOTHING, prompt: "x" },
  ],
  ['{"prompt":"x","system":"","model":"","image":[]}', {
    ...NOTHING,
    prompt: "x",
  }],
];

for (const [line, asked] of GOOD) {
  Deno.test(`readRecord() reads ${line}`, () => {
    assert.deepEqual(read(line).asked, asked);
  });
}

const BAD: readonly (readonly [string, string])[] = [
  ["", "Line 7 is empty"],
  [" \t", "Line 7 is empty"],
  ["{", "Line 7 begins with a brace, but is no JSON object"],
  ['{"prompt":"x"} y', "Line 7 begins with a brace, but is no JSON object"],
  ["{say hi}", "Line 7 begins with a brace, but is no JSON object"],
  ["{}", 'Line 7 has no "prompt"'],
  ['{"prompt":null}', 'Line 7 has a "prompt" that is not a string'],
  ['{"prompt":["x"]}', 'Line 7 has a "prompt" that is not a string'],
  ['{"prompt":" "}', 'Line 7 has an empty "prompt"'],
  [
    '{"prompt":"x","system":1}',
    'Line 7 has a "system" that is not a string',
  ],
  ['{"prompt":"x","model":{}}', 'Line 7 has a "model" that is not a string'],
  [
    '{"prompt":"x","schema":[]}',
    'Line 7 has a "schema" that is not a JSON Schema, an object',
  ],
  [
    '{"prompt":"x","schema":true}',
    'Line 7 has a "schema" that is not a JSON Schema, an object',
  ],
  [
    '{"prompt":"x","image":{"url":"x"}}',
    'Line 7 has a "image" that is not the path of a file, or a list of paths',
  ],
  [
    '{"prompt":"x","image":["a.png",""]}',
    'Line 7 has a "image" that is not the path of a file, or a list of paths',
  ],
];

for (const [line, message] of BAD) {
  Deno.test(`readRecord() refuses ${JSON.stringify(line)}`, () => {
    const { asked } = read(line);
    assert.ok(asked instanceof MekaError);
    assert.deepEqual([asked.kind, asked.message], ["usage", message]);
  });
}

Deno.test("readRecord() tells why a line cannot be read", () => {
  const line = { number: 7, size: 3, problem: "is not valid UTF-8" };
  const { asked, carried } = readRecord(line, { plain: false });
  assert.ok(asked instanceof MekaError);
  assert.equal(asked.message, "Line 7 is not valid UTF-8");
  assert.deepEqual(carried, { id: 7 });
});

Deno.test("readRecord() takes a line as it stands where all lines are plain", () => {
  const { asked, carried } = read('{"prompt":"x"}', true);
  assert.deepEqual(asked, { ...NOTHING, prompt: '{"prompt":"x"}' });
  assert.deepEqual(carried, { id: 7 });
});

const CARRIED: readonly (readonly [string, string])[] = [
  ['{"prompt":"x"}', '{"id":7}'],
  ['{"prompt":"x","id":null}', '{"id":null}'],
  ['{"prompt":"x","id":{"a":[1]}}', '{"id":{"a":[1]}}'],
  [
    '{"topic":"t","prompt":"x","id":"a","n":[1,null]}',
    '{"id":"a","topic":"t","n":[1,null]}',
  ],
  [
    '{"prompt":"x","text":"t","status":"s","usage":1,"error":2,"system":"y"}',
    '{"id":7}',
  ],
  ['{"prompt":1,"id":"a","n":1}', '{"id":"a","n":1}'],
  [
    '{"prompt":"x","id":12345678901234567890,"n":[0.10000000000000000001,1e400,1E2]}',
    '{"id":12345678901234567890,"n":[0.10000000000000000001,1e400,1E2]}',
  ],
  ['{"prompt":"x","__proto__":{"a":1}}', '{"id":7,"__proto__":{"a":1}}'],
];

for (const [line, carried] of CARRIED) {
  Deno.test(`readRecord() carries ${carried} through of ${line}`, () => {
    assert.equal(JSON.stringify(read(line).carried), carried);
  });
}

Deno.test("readRecord() carries any other field through as it is", () => {
  const name = fc.string({ minLength: 6 }).map((text) => `x${text}`);
  fc.assert(fc.property(fc.dictionary(name, fc.jsonValue()), (fields) => {
    const line = JSON.stringify({ ...fields, prompt: "say hi" });
    const { carried, asked } = read(line);
    assert.ok(!(asked instanceof MekaError));
    assert.deepEqual(
      JSON.parse(JSON.stringify(carried)),
      JSON.parse(JSON.stringify({ id: 7, ...fields })),
    );
  }));
});

Deno.test("readRecord() never throws", () => {
  fc.assert(fc.property(fc.string(), fc.boolean(), (text, plain) => {
    read(text, plain);
    read(`{${text}`, plain);
  }));
});
