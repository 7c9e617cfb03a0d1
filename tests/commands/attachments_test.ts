import assert from "node:assert/strict";
import { readImage, readSchema } from "../../src/commands/attachments.ts";

function hostWith(bytes: Uint8Array | string | Error | undefined): {
  readFile(path: string): Promise<Uint8Array | undefined>;
} {
  return {
    readFile: (path) => {
      assert.equal(path, "dir/file");
      if (bytes instanceof Error) return Promise.reject(bytes);
      return Promise.resolve(
        typeof bytes === "string" ? new TextEncoder().encode(bytes) : bytes,
      );
    },
  };
}

function latin1(text: string): Uint8Array {
  return Uint8Array.from(text, (char) => char.charCodeAt(0));
}

// the file's bytes as Latin-1, its media type
const IMAGES = [
  ["\x89PNG\r\n\x1a\n rest", "image/png"],
  ["\xff\xd8\xff\xe0 rest", "image/jpeg"],
  ["\xff\xd8\xff\xdb", "image/jpeg"],
  ["GIF87a rest", "image/gif"],
  ["GIF89a", "image/gif"],
  ["RIFF\0\n\r\xffWEBPVP8 ", "image/webp"],
] as const;

for (const [bytes, mediaType] of IMAGES) {
  Deno.test(`readImage() knows ${JSON.stringify(bytes)} as ${mediaType}`, async () => {
    const part = await readImage("dir/file", hostWith(latin1(bytes)));
    assert.deepEqual(part, { type: "image", mediaType, base64: btoa(bytes) });
  });
}

Deno.test("readImage() encodes every byte of an image longer than a call's arguments", async () => {
  const bytes = new Uint8Array(200_001).map((_, at) => at * 7);
  bytes.set(latin1("GIF89a"));
  const part = await readImage("dir/file", hostWith(bytes));
  assert.ok(part.type === "image");
  assert.deepEqual(latin1(atob(part.base64)), bytes);
});

// what, its bytes
const NO_IMAGES = [
  ["an empty file", ""],
  ["text", "hello"],
  ["a PNG that went through a text conversion", "\x89PNG\n\x1a\n"],
  ["an image after something else", " GIF89a"],
  ["another kind of RIFF", "RIFF1234WAVEfmt "],
  ["SVG", "<svg xmlns='http://www.w3.org/2000/svg'/>"],
  ["half of a signature", "\xff\xd8"],
] as const;

for (const [what, bytes] of NO_IMAGES) {
  Deno.test(`readImage() refuses ${what}`, async () => {
    await assert.rejects(readImage("dir/file", hostWith(latin1(bytes))), {
      kind: "usage",
      message:
        'Cannot send the image "dir/file": it is no PNG, JPEG, GIF or WebP',
    });
  });
}

// the file's text, the schema
const SCHEMAS = [
  ['{"type":"object"}', { type: "object" }],
  [' \n{"a":{"b":[1,null]}}\n', { a: { b: [1, null] } }],
  ["\ufeff{}", {}],
  ['{"título":"é"}', { título: "é" }],
] as const;

for (const [text, schema] of SCHEMAS) {
  Deno.test(`readSchema() reads ${JSON.stringify(text)}`, async () => {
    assert.deepEqual(await readSchema("dir/file", hostWith(text)), schema);
  });
}

const NO_JSON = 'Cannot read the schema "dir/file": it is not JSON';
const NO_OBJECT =
  'Cannot use the schema "dir/file": a JSON Schema for an answer is an object';

// the file's bytes, what is said
const NO_SCHEMAS = [
  ["", NO_JSON],
  ["{", NO_JSON],
  ["type: object", NO_JSON],
  ['{"a":1} {}', NO_JSON],
  ["[]", NO_OBJECT],
  ["true", NO_OBJECT],
  ["null", NO_OBJECT],
  ['"object"', NO_OBJECT],
  [
    '{"properties":{"a":{"type":"text"}}}',
    'Cannot use the schema "dir/file": "/properties/a/type" cannot be "text"; allowed: null, boolean, object, array, number, string, integer',
  ],
  [
    '{"$ref":"other.json"}',
    'Cannot use the schema "dir/file": "/$ref" refers to "other.json", which is not in the schema; no other document is read',
  ],
  [
    '{"$ref":"#"}',
    'Cannot use the schema "dir/file": it refers to itself without end, by "#"',
  ],
] as const;

for (const [text, message] of NO_SCHEMAS) {
  Deno.test(`readSchema() refuses ${JSON.stringify(text)}`, async () => {
    await assert.rejects(
      readSchema("dir/file", hostWith(text)),
      { kind: "usage", message },
    );
  });
}

Deno.test("readSchema() refuses what is not UTF-8", async () => {
  await assert.rejects(
    readSchema("dir/file", hostWith(latin1('{"a":"\xe9"}'))),
    { kind: "usage", message: NO_JSON },
  );
});

const READERS = [["--image", readImage], ["--schema", readSchema]] as const;

for (const [flag, read] of READERS) {
  Deno.test(`${read.name}() names a file that is not there, and ${flag}`, async () => {
    await assert.rejects(read("dir/file", hostWith(undefined)), {
      kind: "usage",
      message: `There is no file "dir/file" for \`${flag}\``,
    });
  });

  Deno.test(`${read.name}() says why a file cannot be read, and names ${flag}`, async () => {
    await assert.rejects(
      read("dir/file", hostWith(new Error("Is a directory"))),
      {
        kind: "usage",
        message: `Cannot read "dir/file" for \`${flag}\`: Is a directory`,
      },
    );
  });
}
