import { type OutputUnit, type Schema, Validator } from "@cfworker/json-schema";
import { schemaProblem } from "../config/schema_problem.ts";
import { isObject, resolve } from "../config/schema_reference.ts";

/** Where a value does not fit its schema, and how. */
export interface Misfit {
  /** A JSON Pointer (RFC 6901) to what does not fit; empty for the value as a whole. */
  readonly path: string;
  /** A sentence that names the place. */
  readonly message: string;
}

/**
 * Checks a value against a JSON Schema (drafts 4 to 2020-12, by its `$schema`; 2020-12 without one), here and now: no
 * code is made of the schema and no other document is fetched. It never throws; nothing fits a broken schema.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * const schema = { type: "object", properties: { n: { type: "integer" } } };
 * assert.equal(validate(schema, { n: 1 }), undefined);
 * assert.deepEqual(validate(schema, { n: "1" }), {
 *   path: "/n",
 *   message: '"/n" must be an integer, not a string',
 * });
 * ```
 */
export function validate(
  schema: Readonly<Record<string, unknown>>,
  value: unknown,
): Misfit | undefined {
  // The validator writes into the schema that it is given.
  const copy = structuredClone(schema);
  if (!isSchema(copy)) return { path: "", message: "The schema is broken" };
  try {
    const { errors } = new Validator(copy, draftOf(copy)).validate(value);
    const told = errors.find(({ keyword }) => !OUTER.has(keyword));
    return told && explain(told, copy, value);
  } catch {
    // The schema is a whole one: what is left is a value that is too deep for the stack, or whose keys are no text.
    return { path: "", message: "The value cannot be checked" };
  }
}

/** The keywords that only tell of a failure further in, which comes next. */
const OUTER: ReadonlySet<string> = new Set([
  "$ref",
  "$recursiveRef",
  "allOf",
  "properties",
  "patternProperties",
  "additionalProperties",
  "unevaluatedProperties",
  "dependentSchemas",
  "prefixItems",
  "items",
  "additionalItems",
  "unevaluatedItems",
  "if",
]);

function isSchema(value: unknown): value is Schema {
  return schemaProblem(value) === undefined;
}

function draftOf({ $schema }: Schema): "4" | "7" | "2019-09" | "2020-12" {
  const name = typeof $schema === "string" ? $schema : "";
  if (name.includes("draft-04")) return "4";
  if (/draft-0[67]/.test(name)) return "7";
  return name.includes("2019-09") ? "2019-09" : "2020-12";
}

function explain(unit: OutputUnit, schema: Schema, value: unknown): Misfit {
  const path = decodeURIComponent(unit.instanceLocation.slice(1));
  const rule = follow(decodeURIComponent(unit.keywordLocation), schema, true);
  const place = path === "" ? "The value" : JSON.stringify(path);
  const says = rule === undefined && unit.keyword !== "false"
    ? `does not fit "${unit.keyword}" in the schema`
    : sentence(unit.keyword, rule, follow(path, value));
  return { path, message: `${place} ${says}` };
}

/** What is wrong, as the rest of a sentence that begins with the place. */
function sentence(keyword: string, rule: unknown, value: unknown): string {
  switch (keyword) {
    case "false":
      return "is not allowed";
    case "type":
      return `must be ${[rule].flat().map(withArticle).join(" or ")}, not ${
        withArticle(typeOf(value))
      }`;
    case "required":
      return `must have ${shown(missing(rule, value))}`;
    case "enum":
      return `must be one of ${[rule].flat().map(shown).join(", ")}`;
    case "anyOf":
      return "fits none of the forms allowed";
    case "oneOf":
      return "must fit exactly one of the forms allowed";
    case "not":
      return "has a form that is not allowed";
    case "uniqueItems":
      return "must not have the same item twice";
    default: {
      const [before, after = ""] = LIMITS[keyword] ?? [
        `does not fit "${keyword}" in the schema:`,
      ];
      return `${before} ${shown(rule)}${after}`;
    }
  }
}

/** What stands before and after a keyword's value. */
const LIMITS: Readonly<Record<string, readonly [string, string?]>> = {
  const: ["must be"],
  pattern: ["must match"],
  format: ["must be of the format"],
  minimum: ["must be at least"],
  maximum: ["must be at most"],
  exclusiveMinimum: ["must be above"],
  exclusiveMaximum: ["must be below"],
  multipleOf: ["must be a multiple of"],
  minLength: ["must have at least", " characters"],
  maxLength: ["must have at most", " characters"],
  minItems: ["must have at least", " items"],
  maxItems: ["must have at most", " items"],
  minProperties: ["must have at least", " properties"],
  maxProperties: ["must have at most", " properties"],
};

/** The most that a message repeats of one value in a schema, in characters. */
const LONGEST_SHOWN = 200;

function shown(value: unknown): string {
  const text = JSON.stringify(value) ?? "nothing";
  return text.length <= LONGEST_SHOWN
    ? text
    : `${text.slice(0, LONGEST_SHOWN).replace(/[\ud800-\udbff]$/, "")}…`;
}

function withArticle(type: unknown): string {
  if (type === "null") return "null";
  return `${/^[aio]/.test(`${type}`) ? "an" : "a"} ${type}`;
}

function typeOf(value: unknown): string {
  if (value === null) return "null";
  return Array.isArray(value) ? "array" : typeof value;
}

/** The first name of a list that an object does not have. */
function missing(names: unknown, value: unknown): unknown {
  return [names].flat().find((name) =>
    !(isObject(value) && Object.hasOwn(value, `${name}`))
  );
}

/** What a pointer leads to, in a schema through the references on its way. */
function follow(pointer: string, root: unknown, inSchema = false): unknown {
  let at = root;
  for (const step of pointer.split("/").slice(1)) {
    const key = step.replaceAll("~1", "/").replaceAll("~0", "~");
    if (typeof at !== "object" || at === null) return undefined;
    const next = Object.entries(at).find(([name]) => name === key)?.[1];
    at = inSchema && key === "$ref" && typeof next === "string"
      ? resolve(next, root)
      : next;
  }
  return at;
}
