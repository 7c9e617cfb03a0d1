import assert from "node:assert/strict";
import fc from "fast-check";
import { schemaProblem } from "../../../src/config/schema_problem.ts";
import { validate } from "../../../src/tools/json_schema.ts";
import { toParameters } from "../../../src/tools/mcp/parameters.ts";

const EMPTY = { type: "object", properties: {} };

// what, schema, what the model is told
const TOLD: readonly (readonly [string, unknown, unknown])[] = [
  ["an empty schema", {}, EMPTY],
  [
    "one as it is",
    { type: "object", properties: { a: { type: "string" } }, required: ["a"] },
    { type: "object", properties: { a: { type: "string" } }, required: ["a"] },
  ],
  [
    "the name of a draft, and alternatives at the top",
    { $schema: "x", oneOf: [{}], anyOf: [{}], allOf: [{}], not: {}, enum: [] },
    EMPTY,
  ],
  [
    "alternatives further in",
    { properties: { a: { anyOf: [{ type: "string" }, { type: "null" }] } } },
    {
      type: "object",
      properties: { a: { anyOf: [{ type: "string" }, { type: "null" }] } },
    },
  ],
  [
    "a list of they know not what",
    { properties: { a: { type: "array" }, b: { type: ["array", "null"] } } },
    {
      type: "object",
      properties: {
        a: { type: "array", items: {} },
        b: { type: ["array", "null"], items: {} },
      },
    },
  ],
  [
    "patterns that are none",
    {
      properties: {
        a: { pattern: "[\\w-.]" },
        b: { patternProperties: { "(": {} } },
        pattern: { pattern: "a" },
      },
    },
    {
      type: "object",
      properties: { a: {}, b: {}, pattern: { pattern: "a" } },
    },
  ],
  [
    "escape codes",
    { properties: { "a\x1b[2J": { description: "\x1b]0;x\x07b\u202e" } } },
    { type: "object", properties: { "a[2J": { description: "]0;xb" } } },
  ],
];

for (const [what, schema, wanted] of TOLD) {
  Deno.test(`toParameters() takes ${what}`, () => {
    const made = toParameters(schema);
    assert.ok(typeof made !== "string", `${made}`);
    assert.deepEqual(made.told, wanted);
  });
}

function nested(depth: number): unknown {
  let schema: unknown = {};
  for (let at = 0; at < depth; at++) schema = { items: schema };
  return { properties: { a: schema } };
}

// what, schema, why not
const REFUSED: readonly (readonly [string, unknown, RegExp])[] = [
  ["nothing", undefined, /^its schema is no object, or too deep$/],
  ["a list", [], /no object/],
  ["a text's schema", { type: "string" }, /not that of an object/],
  ["several types", { type: ["object", "null"] }, /not that of an object/],
  [
    "an unknown type",
    { properties: { a: { type: "any" } } },
    /^its schema, at "\/properties\/a\/type", cannot be "any"/,
  ],
  ["a reference elsewhere", {
    properties: { a: { $ref: "https://a.example" } },
  }, /no other document is read/],
  [
    "what never ends",
    { properties: { a: { $ref: "#/properties/a" } } },
    /without end/,
  ],
  ["too much", { description: "x".repeat(100_000) }, /too long/],
  ["what is too deep", nested(150), /too deeply/],
  ["what is far too deep", nested(100_000), /./],
];

for (const [what, schema, why] of REFUSED) {
  Deno.test(`toParameters() refuses ${what}`, () => {
    const made = toParameters(schema);
    assert.ok(typeof made === "string");
    assert.match(made, why);
  });
}

Deno.test("toParameters() checks calls by rules that come to an end", () => {
  const made = toParameters({
    type: "object",
    properties: {
      n: { type: "integer", minimum: 1 },
      slow: { type: "string", pattern: "^(a+)+$" },
      list: { type: "array", items: { enum: ["a"] } },
    },
    required: ["n"],
    additionalProperties: false,
  });
  assert.ok(typeof made !== "string");
  const { checked } = made;
  const slow = `${"a".repeat(64)}b`;
  assert.equal(validate(checked, { n: 1, slow, list: ["a"] }), undefined);
  assert.equal(validate(checked, {})?.message, 'The value must have "n"');
  assert.equal(validate(checked, { n: 0 })?.path, "/n");
  assert.equal(validate(checked, { n: 1, x: 1 })?.path, "/x");
  assert.equal(validate(checked, { n: 1, list: ["b"] })?.path, "/list/0");
});

Deno.test("toParameters() lets a property through that only a pattern allows", () => {
  const made = toParameters({
    patternProperties: { "^x": {} },
    additionalProperties: false,
  });
  assert.ok(typeof made !== "string");
  assert.equal(validate(made.checked, { xy: 1 }), undefined);
});

Deno.test("toParameters() makes a schema that nothing is wrong with, or none", () => {
  fc.assert(fc.property(fc.jsonValue(), (value) => {
    const made = toParameters(value);
    if (typeof made === "string") return;
    assert.equal(schemaProblem(made.told), undefined);
    assert.equal(schemaProblem(made.checked), undefined);
  }));
});
