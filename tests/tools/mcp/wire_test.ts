import assert from "node:assert/strict";
import fc from "fast-check";
import { readResult, readTools } from "../../../src/tools/mcp/wire.ts";

const TOOL = { name: "a", description: "Does", inputSchema: {} };
const READ = { ...TOOL, readOnly: false };

// what, entry, tools
const TOOLS: readonly (readonly [string, unknown, readonly unknown[]])[] = [
  ["a tool", TOOL, [READ]],
  ["one that only reads", { ...TOOL, annotations: { readOnlyHint: true } }, [{
    ...READ,
    readOnly: true,
  }]],
  ["a hint that is a word", { ...TOOL, annotations: { readOnlyHint: "yes" } }, [
    READ,
  ]],
  ["a title for the description", { name: "a", title: "T", inputSchema: {} }, [{
    ...READ,
    description: "T",
  }]],
  ["the name for the description", {
    name: "a",
    description: " ",
    inputSchema: {},
  }, [{ ...READ, description: "a" }]],
  ["escape codes", { ...TOOL, description: "\x1b[31mDoes\x07\u202e" }, [{
    ...READ,
    description: "[31mDoes",
  }]],
  ["a long description", { ...TOOL, description: "x".repeat(2_000) }, [{
    ...READ,
    description: `${"x".repeat(1023)}…`,
  }]],
  ["no name", { description: "Does" }, []],
  ["a number for a name", { ...TOOL, name: 1 }, []],
  ["a name without end", { ...TOOL, name: "x".repeat(10_000) }, []],
  ["a text", "a", []],
  ["null", null, []],
  ["what can only be run as a task", {
    ...TOOL,
    execution: { taskSupport: "required" },
  }, []],
];

for (const [what, entry, tools] of TOOLS) {
  Deno.test(`readTools() takes ${what}`, () => {
    const page = readTools({ tools: [entry], nextCursor: "n" });
    assert.deepEqual(page, { tools, next: "n" });
  });
}

Deno.test("readTools() takes a page that is none", () => {
  const nothing = { tools: [], next: undefined };
  for (const page of [{}, { tools: "x", nextCursor: 1 }, { nextCursor: "" }]) {
    assert.deepEqual(readTools(page), nothing);
  }
});

const PNG = "iVBORw0KGgoAAAANSUhEUg==";
const IMAGE = { type: "image", data: PNG, mimeType: "image/png" };

// what, content, output
const TEXTS: readonly (readonly [string, readonly unknown[], string])[] = [
  ["texts", [{ type: "text", text: "a" }, { type: "text", text: "b" }], "a\nb"],
  ["nothing", [], "[no content]"],
  [
    "a text that is a number",
    [{ type: "text", text: 1 }],
    "[text that is none]",
  ],
  ["escape codes", [{
    type: "text",
    text: "\x1b[2J\x1b]52;c;eA==\x07hi\u202e",
  }], "[2J]52;c;eA==hi"],
  [
    "sound",
    [{ type: "audio", data: "AAAA", mimeType: "audio/wav" }],
    "[audio that cannot be shown, audio/wav, 1 KB]",
  ],
  ["a picture of another format", [{
    ...IMAGE,
    data: "PHN2Zz4=",
    mimeType: "image/svg+xml",
  }], "[image that cannot be shown, image/svg+xml, 1 KB]"],
  [
    "a picture that is no base64",
    [{ ...IMAGE, data: `${PNG} "` }],
    "[image that cannot be shown, image/png, 1 KB]",
  ],
  [
    "a picture without data",
    [{ type: "image" }],
    "[image that cannot be shown, of no known type]",
  ],
  ["a document", [{
    type: "resource",
    resource: { uri: "file:///a", text: "b" },
  }], "[file:///a]\nb"],
  ["a document of bytes", [{
    type: "resource",
    resource: { uri: "file:///a", blob: "AAAA", mimeType: "application/zip" },
  }], "[file:///a, application/zip, 1 KB, left out]"],
  ["a link", [{
    type: "resource_link",
    uri: "file:///a",
    name: "a",
    description: "A file",
  }], "[link to file:///a: a, A file]"],
  [
    "what is not known yet",
    [{ type: "hologram" }],
    '[content of the type "hologram", left out]',
  ],
  [
    "what is no content",
    [null, 1],
    "[content of the type null, left out]\n[content of the type null, left out]",
  ],
];

for (const [what, content, output] of TEXTS) {
  Deno.test(`readResult() reads ${what}`, () => {
    assert.deepEqual(readResult({ content }), { output, error: false });
  });
}

Deno.test("readResult() reads pictures by what they are, not by what they are said to be", () => {
  const content = [
    { type: "text", text: "Look:" },
    { ...IMAGE, mimeType: "text/html" },
    { type: "resource", resource: { uri: "a", blob: PNG } },
  ];
  const image = { type: "image", mediaType: "image/png", base64: PNG };
  assert.deepEqual(readResult({ content }), {
    output: "Look:\n[image 1, image/png]\n[image 2, image/png]",
    images: [image, image],
    error: false,
  });
});

Deno.test("readResult() reads what is told in no words but in a structure", () => {
  const structuredContent = { n: 1 };
  const told = readResult({ content: [], structuredContent });
  assert.equal(told.output, '{"n":1}');
  const content = [{ type: "text", text: "one" }];
  assert.equal(readResult({ content, structuredContent }).output, "one");
});

Deno.test("readResult() tells a failure by its mark alone", () => {
  const content = [{ type: "text", text: "Error!" }];
  assert.equal(readResult({ content, isError: true }).error, true);
  assert.equal(readResult({ content, isError: "true" }).error, false);
});

Deno.test("readResult() leaves out what is too much", () => {
  const long = readResult({
    content: [{ type: "text", text: "x".repeat(10 ** 6) }],
  });
  assert.ok(long.output.length < 66_000);
  assert.match(long.output, /x\n\[\d+ characters left out\]\nx/);
  const many = readResult({ content: Array(50).fill(IMAGE) });
  assert.equal(many.images?.length, 8);
  const large = readResult({
    content: [{ ...IMAGE, data: PNG.padEnd(8_000_000, "A") }],
  });
  assert.equal(large.images, undefined);
});

Deno.test("readTools() and readResult() take whatever comes, and nothing that drives a terminal gets through", () => {
  const block = fc.dictionary(
    fc.constantFrom("type", "text", "data", "uri", "resource", "name", "x"),
    fc.oneof(
      fc.constantFrom("text", "image", "resource", "\x1b[2J"),
      fc.jsonValue(),
    ),
  );
  fc.assert(fc.property(fc.array(fc.oneof(block, fc.jsonValue())), (list) => {
    const { output } = readResult({ content: list, isError: list[0] });
    // deno-lint-ignore no-control-regex -- what is looked for
    assert.doesNotMatch(output, /[\x00-\x08\x0b-\x1f\x7f-\x9f]/);
    readTools({ tools: list });
  }));
});
