import {
  DEEPEST,
  findCircle,
  first,
  isObject,
  resolve,
} from "./schema_reference.ts";

/** What is wrong with a JSON Schema, and where in it. */
export interface SchemaProblem {
  /** A JSON Pointer (RFC 6901); empty for the schema as a whole. */
  readonly path: string;
  /** The rest of a sentence that begins with the place. */
  readonly says: string;
}

/**
 * Finds what keeps a value from being a JSON Schema that calls and answers can be checked against, without a library:
 * keywords of the wrong type, patterns that are none, references that lead nowhere, out of the schema, or in a circle.
 * Unknown keywords are fine, as the standard has it.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * assert.equal(schemaProblem({ type: "object", properties: { a: { type: "integer" } } }), undefined);
 * assert.deepEqual(schemaProblem({ properties: { a: { type: "int" } } }), {
 *   path: "/properties/a/type",
 *   says: 'cannot be "int"; allowed: null, boolean, object, array, number, string, integer',
 * });
 * ```
 */
export function schemaProblem(schema: unknown): SchemaProblem | undefined {
  const problem = checkSchema(schema, { root: schema, path: "", depth: 0 });
  if (problem !== undefined) return problem;
  const circle = findCircle(schema);
  return circle === undefined
    ? undefined
    : { path: "", says: `refers to itself without end, by "${circle}"` };
}

/** What `type` may be. */
const TYPES = [
  "null",
  "boolean",
  "object",
  "array",
  "number",
  "string",
  "integer",
];

interface Place {
  readonly root: unknown;
  readonly path: string;
  readonly depth: number;
}

type Check = (value: unknown, place: Place) => SchemaProblem | undefined;

function checkSchema(schema: unknown, place: Place): SchemaProblem | undefined {
  if (typeof schema === "boolean") return undefined;
  if (!isObject(schema)) {
    return says(place, "must be a schema: an object, true or false");
  }
  if (place.depth > DEEPEST) return says(place, "is nested too deeply");
  for (const [keyword, value] of Object.entries(schema)) {
    const check = KEYWORDS.get(keyword);
    const problem = check?.(value, within(place, keyword));
    if (problem !== undefined) return problem;
  }
  return undefined;
}

const schemaMap: Check = (value, place) => {
  if (!isObject(value)) return says(place, "must be an object of schemas");
  return first(
    Object.entries(value),
    ([key, schema]) => checkSchema(schema, within(place, key)),
  );
};

const schemaList: Check = (value, place) => {
  if (!Array.isArray(value) || value.length === 0) {
    return says(place, "must be a list of schemas");
  }
  return first(
    value.entries(),
    ([at, schema]) => checkSchema(schema, within(place, `${at}`)),
  );
};

const schemaOrList: Check = (value, place) =>
  Array.isArray(value) ? schemaList(value, place) : checkSchema(value, place);

const names: Check = (value, place) =>
  Array.isArray(value) && value.every((name) => typeof name === "string")
    ? undefined
    : says(place, "must be a list of names");

const nameLists: Check = (value, place) => {
  if (!isObject(value)) return says(place, "must be an object");
  return first(
    Object.entries(value),
    ([key, list]) => names(list, within(place, key)),
  );
};

const dependencies: Check = (value, place) => {
  if (!isObject(value)) return says(place, "must be an object");
  return first(
    Object.entries(value),
    ([key, item]) =>
      (Array.isArray(item) ? names : checkSchema)(item, within(place, key)),
  );
};

const patternMap: Check = (value, place) =>
  schemaMap(value, place) ??
    first(
      Object.keys(isObject(value) ? value : {}),
      (key) => pattern(key, within(place, key)),
    );

const type: Check = (value, place) => {
  const allowed = `allowed: ${TYPES.join(", ")}`;
  const words: readonly unknown[] = Array.isArray(value) ? value : [value];
  if (words.length === 0) return says(place, `must not be empty; ${allowed}`);
  return first(words, (word) => {
    if (typeof word !== "string") {
      return says(place, `must be a string; ${allowed}`);
    }
    return TYPES.includes(word)
      ? undefined
      : says(place, `cannot be ${JSON.stringify(word)}; ${allowed}`);
  });
};

const list: Check = (value, place) =>
  Array.isArray(value) ? undefined : says(place, "must be a list");

const number: Check = (value, place) =>
  typeof value === "number" ? undefined : says(place, "must be a number");

// In draft 4 it is a switch beside the limit.
const exclusive: Check = (value, place) =>
  typeof value === "boolean" ? undefined : number(value, place);

const divisor: Check = (value, place) =>
  typeof value === "number" && value > 0
    ? undefined
    : says(place, "must be a number above 0");

const count: Check = (value, place) =>
  Number.isInteger(value) && Number(value) >= 0
    ? undefined
    : says(place, "must be a whole number, 0 or above");

const string: Check = (value, place) =>
  typeof value === "string" ? undefined : says(place, "must be a string");

const pattern: Check = (value, place) =>
  typeof value === "string" && isPattern(value)
    ? undefined
    : says(place, "is not a regular expression");

const reference: Check = (value, place) => {
  if (typeof value !== "string") return says(place, "must be a string");
  return resolve(value, place.root) === undefined
    ? says(
      place,
      `refers to ${
        JSON.stringify(value)
      }, which is not in the schema; no other document is read`,
    )
    : undefined;
};

const KEYWORDS: ReadonlyMap<string, Check> = new Map<string, Check>([
  ["type", type],
  ["enum", list],
  ["required", names],
  ["dependentRequired", nameLists],
  ["dependencies", dependencies],
  ["format", string],
  ["pattern", pattern],
  ["$ref", reference],
  ...over(
    ["$defs", "definitions", "properties", "dependentSchemas"],
    schemaMap,
  ),
  ["patternProperties", patternMap],
  ["items", schemaOrList],
  ...over(["allOf", "anyOf", "oneOf", "prefixItems"], schemaList),
  ...over(["additionalItems", "additionalProperties", "contains"], checkSchema),
  ...over(["unevaluatedItems", "unevaluatedProperties"], checkSchema),
  ...over(["propertyNames", "not", "if", "then", "else"], checkSchema),
  ...over(["minimum", "maximum"], number),
  ...over(["exclusiveMinimum", "exclusiveMaximum"], exclusive),
  ["multipleOf", divisor],
  ...over(["minLength", "maxLength", "minItems", "maxItems"], count),
  ...over(["minProperties", "maxProperties"], count),
  ...over(["minContains", "maxContains"], count),
]);

function over(names: readonly string[], check: Check): [string, Check][] {
  return names.map((name) => [name, check]);
}

/** Tells whether a text is a regular expression as the validator reads them. */
export function isPattern(text: string): boolean {
  try {
    new RegExp(text, "u");
    return true;
  } catch {
    return false;
  }
}

function within({ root, path, depth }: Place, key: string): Place {
  const step = key.replaceAll("~", "~0").replaceAll("/", "~1");
  return { root, path: `${path}/${step}`, depth: depth + 1 };
}

function says({ path }: Place, text: string): SchemaProblem {
  return { path, says: text };
}
