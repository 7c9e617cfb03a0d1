import assert from "node:assert/strict";
import fc from "fast-check";
import { validate } from "../../src/tools/json_schema.ts";

type Row = readonly [
  what: string,
  schema: Readonly<Record<string, unknown>>,
  value: unknown,
];

const PERSON = {
  type: "object",
  properties: {
    name: { type: "string", minLength: 2 },
    age: { type: "integer", minimum: 0 },
    home: { $ref: "#/$defs/place" },
    tags: { type: "array", items: { enum: ["a", "b"] }, uniqueItems: true },
  },
  required: ["name"],
  additionalProperties: false,
  $defs: {
    place: {
      type: "object",
      properties: { city: { type: "string" }, near: { $ref: "#/$defs/place" } },
    },
  },
};

const FITS: readonly Row[] = [
  ["an object", PERSON, { name: "Al", age: 3 }],
  ["a reference", PERSON, { name: "Al", home: { city: "X" } }],
  ["a schema without rules", {}, [1, null, "x"]],
  ["a type of several", { type: ["string", "null"] }, null],
  ["a whole number with a point", { type: "integer" }, 1.0],
  ["unknown keywords and formats", { "x-y": 1, format: "color" }, "red"],
  ["an anchor", {
    $ref: "#n",
    $defs: { n: { $anchor: "n", type: "number" } },
  }, 1],
  ["a name within the schema", {
    $id: "https://a.example/b",
    $ref: "https://a.example/n",
    $defs: { n: { $id: "https://a.example/n", type: "number" } },
  }, 1],
  ["a schema that recurs with the value", {
    properties: { next: { $ref: "#" } },
    required: ["v"],
  }, { v: 1, next: { v: 2, next: { v: 3 } } }],
  ["draft 4", {
    $schema: "http://json-schema.org/draft-04/schema#",
    minimum: 1,
    exclusiveMinimum: true,
  }, 2],
  ["draft 7, where a reference stands alone", {
    $schema: "http://json-schema.org/draft-07/schema#",
    definitions: { s: { type: "string" } },
    $ref: "#/definitions/s",
    minLength: 5,
  }, "x"],
  ["a property named as JavaScript's own", {
    properties: { constructor: { type: "string" } },
  }, {}],
];

for (const [what, schema, value] of FITS) {
  Deno.test(`validate() finds nothing wrong with ${what}`, () => {
    assert.equal(validate(schema, value), undefined);
  });
}

// what, schema, value, path, message
const MISFITS: readonly (readonly [...Row, path: string, message: string])[] = [
  [
    "a wrong type",
    { type: "string" },
    1,
    "",
    "The value must be a string, not a number",
  ],
  [
    "null",
    { type: "object" },
    null,
    "",
    "The value must be an object, not null",
  ],
  [
    "none of two types",
    { type: ["string", "null"] },
    [],
    "",
    "The value must be a string or null, not an array",
  ],
  [
    "a type further in",
    PERSON,
    { name: "Al", age: "3" },
    "/age",
    '"/age" must be an integer, not a string',
  ],
  ["a missing property", PERSON, { age: 3 }, "", 'The value must have "name"'],
  [
    "a property too many",
    PERSON,
    { name: "Al", x: 1 },
    "/x",
    '"/x" is not allowed',
  ],
  [
    "one behind references",
    PERSON,
    { name: "Al", home: { near: { city: 1 } } },
    "/home/near/city",
    '"/home/near/city" must be a string, not a number',
  ],
  [
    "an item",
    PERSON,
    { name: "Al", tags: ["a", "c"] },
    "/tags/1",
    '"/tags/1" must be one of "a", "b"',
  ],
  [
    "an item twice",
    PERSON,
    { name: "Al", tags: ["a", "a"] },
    "/tags",
    '"/tags" must not have the same item twice',
  ],
  [
    "a text too short",
    PERSON,
    { name: "A" },
    "/name",
    '"/name" must have at least 2 characters',
  ],
  [
    "a number too small",
    PERSON,
    { name: "Al", age: -1 },
    "/age",
    '"/age" must be at least 0',
  ],
  [
    "a number too large",
    { exclusiveMaximum: 5 },
    5,
    "",
    "The value must be below 5",
  ],
  [
    "a fraction",
    { multipleOf: 0.1 },
    0.25,
    "",
    "The value must be a multiple of 0.1",
  ],
  [
    "another constant",
    { const: { a: 1 } },
    { a: 2 },
    "",
    'The value must be {"a":1}',
  ],
  ["a pattern", { pattern: "^a" }, "b", "", 'The value must match "^a"'],
  [
    "a format",
    { format: "date" },
    "2026-02-30",
    "",
    'The value must be of the format "date"',
  ],
  [
    "too few items",
    { minItems: 1 },
    [],
    "",
    "The value must have at least 1 items",
  ],
  [
    "no form of several",
    { anyOf: [{ type: "string" }, { minimum: 5 }] },
    1,
    "",
    "The value fits none of the forms allowed",
  ],
  [
    "two forms of one",
    { oneOf: [{}, { type: "number" }] },
    1,
    "",
    "The value must fit exactly one of the forms allowed",
  ],
  [
    "a form refused",
    { not: { type: "number" } },
    1,
    "",
    "The value has a form that is not allowed",
  ],
  [
    "one of all",
    { allOf: [{}, { type: "string" }] },
    1,
    "",
    "The value must be a string, not a number",
  ],
  [
    "a condition",
    { if: { minimum: 5 }, then: { multipleOf: 2 } },
    7,
    "",
    "The value must be a multiple of 2",
  ],
  [
    "names of properties",
    { propertyNames: { maxLength: 1 } },
    { ab: 1 },
    "",
    'The value does not fit "propertyNames" in the schema: {"maxLength":1}',
  ],
  [
    "a key with slashes and tildes",
    { properties: { "a/~b%#": { type: "string" } } },
    { "a/~b%#": 1 },
    "/a~1~0b%#",
    '"/a~1~0b%#" must be a string, not a number',
  ],
  [
    "a value that looks like a reference",
    { properties: { $ref: { type: "object" } } },
    { $ref: "#" },
    "/$ref",
    '"/$ref" must be an object, not a string',
  ],
  ["false", { items: false }, [1], "/0", '"/0" is not allowed'],
];

for (const [what, schema, value, path, message] of MISFITS) {
  Deno.test(`validate() tells of ${what}`, () => {
    assert.deepEqual(validate(schema, value), { path, message });
  });
}

Deno.test("validate() leaves schema and value as they are", () => {
  const schema = structuredClone(PERSON);
  const value = { name: "Al", home: { near: {} } };
  validate(Object.freeze(schema), Object.freeze(value));
  assert.deepEqual(schema, PERSON);
  assert.deepEqual(Object.getOwnPropertyNames(schema.$defs.place), [
    "type",
    "properties",
  ]);
});

Deno.test("validate() cuts what a message repeats of a long schema", () => {
  const { message = "" } = validate({ const: "x".repeat(5_000) }, "y") ?? {};
  assert.ok(message.length < 300, message);
});

Deno.test("validate() gives up on a value that is nested deeper than the stack", () => {
  const schema = { properties: { a: { $ref: "#" } } };
  let value: unknown = {};
  for (let depth = 0; depth < 100_000; depth++) value = { a: value };
  assert.equal(validate(schema, value)?.message, "The value cannot be checked");
});

Deno.test("validate() lets nothing fit a broken schema", () => {
  for (const schema of [{ type: "strng" }, { $ref: "#" }, { anyOf: {} }]) {
    assert.equal(validate(schema, 1)?.message, "The schema is broken");
  }
});

Deno.test("validate() never throws, whatever the schema", () => {
  const word = fc.constantFrom(
    ...["type", "$ref", "$id", "id", "$anchor", "$schema", "properties"],
    ...["items", "enum", "anyOf", "not", "required", "pattern", "minimum"],
    ...["patternProperties", "multipleOf", "$recursiveRef", "dependencies"],
    ...["object", "#", "#/items", "https://a.example/", "__proto__", "(", "a"],
  );
  const { schema } = fc.letrec<{ schema: unknown }>((tie) => ({
    schema: fc.oneof(
      { maxDepth: 4 },
      fc.oneof(word, fc.integer(), fc.boolean(), fc.constant(null)),
      fc.array(tie("schema"), { maxLength: 3 }),
      fc.dictionary(word, tie("schema"), { maxKeys: 4 }),
    ),
  }));
  const table = fc.dictionary(word, schema, { maxKeys: 5 });
  fc.assert(
    fc.property(table, fc.jsonValue(), (schema, value) => {
      const misfit = validate(schema, value);
      if (misfit !== undefined) assert.match(misfit.message, /^["T]/);
    }),
    { numRuns: 2_000 },
  );
});
