import assert from "node:assert/strict";
import { schemaProblem } from "../../src/config/schema_problem.ts";

const TYPES = "null, boolean, object, array, number, string, integer";
const A_SCHEMA = "must be a schema: an object, true or false";

// what, schema, path, what is said
const BROKEN: readonly (readonly [string, unknown, string, string])[] = [
  ["a list", [], "", A_SCHEMA],
  ["null", null, "", A_SCHEMA],
  [
    "an unknown type",
    { type: "strng" },
    "/type",
    `cannot be "strng"; allowed: ${TYPES}`,
  ],
  [
    "an unknown type of several",
    { type: ["string", "any"] },
    "/type",
    `cannot be "any"; allowed: ${TYPES}`,
  ],
  [
    "no type at all",
    { type: [] },
    "/type",
    `must not be empty; allowed: ${TYPES}`,
  ],
  [
    "a number for a type",
    { type: 1 },
    "/type",
    `must be a string; allowed: ${TYPES}`,
  ],
  [
    "properties in a list",
    { properties: [] },
    "/properties",
    "must be an object of schemas",
  ],
  [
    "a word for a property",
    { properties: { a: "string" } },
    "/properties/a",
    A_SCHEMA,
  ],
  ["a word for the items", { items: "string" }, "/items", A_SCHEMA],
  ["a broken item of several", { items: [{}, 1] }, "/items/1", A_SCHEMA],
  ["no forms", { anyOf: [] }, "/anyOf", "must be a list of schemas"],
  ["an object of forms", { oneOf: {} }, "/oneOf", "must be a list of schemas"],
  [
    "a word for the required",
    { required: "a" },
    "/required",
    "must be a list of names",
  ],
  [
    "true for the required",
    { properties: { a: { required: true } } },
    "/properties/a/required",
    "must be a list of names",
  ],
  ["a word for the allowed", { enum: "a" }, "/enum", "must be a list"],
  [
    "a broken pattern",
    { pattern: "(" },
    "/pattern",
    "is not a regular expression",
  ],
  [
    "a broken pattern of names",
    { patternProperties: { "(": {} } },
    "/patternProperties/(",
    "is not a regular expression",
  ],
  ["a text for a limit", { minimum: "1" }, "/minimum", "must be a number"],
  [
    "half a length",
    { minLength: 0.5 },
    "/minLength",
    "must be a whole number, 0 or above",
  ],
  [
    "a length below 0",
    { maxItems: -1 },
    "/maxItems",
    "must be a whole number, 0 or above",
  ],
  [
    "multiples of 0",
    { multipleOf: 0 },
    "/multipleOf",
    "must be a number above 0",
  ],
  [
    "names that depend on a word",
    { dependentRequired: { a: "b" } },
    "/dependentRequired/a",
    "must be a list of names",
  ],
  [
    "a dependency of a word",
    { dependencies: { a: "b" } },
    "/dependencies/a",
    A_SCHEMA,
  ],
  [
    "a reference to nothing",
    { $ref: "#/$defs/a" },
    "/$ref",
    'refers to "#/$defs/a", which is not in the schema; no other document is read',
  ],
  [
    "a reference elsewhere",
    { items: { $ref: "https://a.example/b" } },
    "/items/$ref",
    'refers to "https://a.example/b", which is not in the schema; no other document is read',
  ],
  [
    "a reference to a method",
    { $ref: "#/toString" },
    "/$ref",
    'refers to "#/toString", which is not in the schema; no other document is read',
  ],
  [
    "a reference to itself",
    { $ref: "#" },
    "",
    'refers to itself without end, by "#"',
  ],
  [
    "a circle of two",
    {
      $defs: {
        a: { $ref: "#/$defs/b" },
        b: { allOf: [{ $ref: "#/$defs/a" }] },
      },
    },
    "",
    'refers to itself without end, by "#/$defs/b"',
  ],
  [
    "a key with a slash",
    { properties: { "a/b": 1 } },
    "/properties/a~1b",
    A_SCHEMA,
  ],
];

for (const [what, schema, path, says] of BROKEN) {
  Deno.test(`schemaProblem() finds ${what}`, () => {
    assert.deepEqual(schemaProblem(schema), { path, says });
  });
}

// what, schema
const WHOLE: readonly (readonly [string, unknown])[] = [
  ["true", true],
  ["an empty schema", {}],
  ["what it does not know", { title: 1, "x-a": [], examples: {} }],
  ["properties named as keywords", {
    properties: { type: {}, $ref: {}, enum: {} },
  }],
  ["a schema that recurs further in", { properties: { a: { $ref: "#" } } }],
  ["two ways to the same schema", {
    allOf: [{ $ref: "#/$defs/a" }, { $ref: "#/$defs/a" }],
    $defs: { a: {} },
  }],
  ["a reference with escapes", {
    $ref: "#/$defs/a~1b%25",
    $defs: { "a/b%": {} },
  }],
  ["a reference to an anchor", { $ref: "#x", items: { $anchor: "x" } }],
  ["draft 4", {
    minimum: 1,
    exclusiveMinimum: false,
    id: "x",
    definitions: {},
  }],
  ["items one by one", { items: [{}, true], additionalItems: false }],
];

for (const [what, schema] of WHOLE) {
  Deno.test(`schemaProblem() finds nothing wrong with ${what}`, () => {
    assert.equal(schemaProblem(schema), undefined);
  });
}

Deno.test("schemaProblem() comes to an end with a schema of any depth", () => {
  let schema: unknown = {};
  for (let depth = 0; depth < 2_000; depth++) schema = { items: schema };
  assert.match(schemaProblem(schema)?.says ?? "", /too deeply/);
});
