import { isPattern, schemaProblem } from "../../config/schema_problem.ts";
import { DEEPEST, isObject } from "../../config/schema_reference.ts";
import { stripControl } from "../../http/redact.ts";

/** A server's schema of a tool's arguments, made fit for use. */
export interface Parameters {
  /** What the model is told. */
  readonly told: Readonly<Record<string, unknown>>;
  /** What calls are checked against here: the rules that no schema can make a check endless with. The server knows all. */
  readonly checked: Readonly<Record<string, unknown>>;
}

/** The longest schema that the model is told, as JSON, in characters. */
const LONGEST_SCHEMA = 64 * 1024;

/** What the services refuse beside `type` at the top of a function's parameters. */
const NOT_AT_THE_TOP = ["oneOf", "anyOf", "allOf", "enum", "not", "$schema"];

/**
 * Makes parameters of the schema that a server gave, mending what the services would refuse a whole request for: lists
 * of they know not what, patterns that are none, alternatives at the top. What cannot be mended is told by a text.
 */
export function toParameters(schema: unknown): Parameters | string {
  const copy = clean(schema, 0);
  if (!isObject(copy)) return "its schema is no object, or too deep";
  const { type = "object", properties = {} } = copy;
  if (type !== "object") return "its schema is not that of an object";
  const rest = Object.entries(copy)
    .filter(([key]) => !NOT_AT_THE_TOP.includes(key));
  const told = { ...Object.fromEntries(rest), type, properties };
  if (JSON.stringify(told).length > LONGEST_SCHEMA) {
    return "its schema is too long";
  }
  const problem = schemaProblem(told);
  if (problem === undefined) return { told, checked: reduce(told) };
  const place = problem.path === "" ? "" : `, at "${problem.path}",`;
  return `its schema${place} ${problem.says}`;
}

/** A copy without what could drive a terminal; undefined in the place of what is too deep. */
function clean(value: unknown, depth: number): unknown {
  if (depth > 2 * DEEPEST) return undefined;
  if (typeof value === "string") return stripControl(value);
  if (Array.isArray(value)) return value.map((item) => clean(item, depth + 1));
  if (!isObject(value)) return value;
  const pairs = Object.entries(value)
    .filter(([key, item]) => !isBrokenPattern(key, item))
    .map(([key, item]) => [stripControl(key), clean(item, depth + 1)]);
  const copy: Record<string, unknown> = Object.fromEntries(pairs);
  const lacksItems = [copy.type].flat().includes("array") &&
    copy.items === undefined && copy.prefixItems === undefined;
  return lacksItems ? { ...copy, items: {} } : copy;
}

/** Tells of a rule that cannot be one; as a property's name or in an example these words stand before other things. */
function isBrokenPattern(key: string, value: unknown): boolean {
  if (key === "pattern") return typeof value === "string" && !isPattern(value);
  return key === "patternProperties" && isObject(value) &&
    !Object.keys(value).every(isPattern);
}

/** The keywords whose check takes no longer than the value is. */
const PLAIN = [
  "type",
  "enum",
  "required",
  "minimum",
  "maximum",
  "exclusiveMinimum",
  "exclusiveMaximum",
  "minLength",
  "maxLength",
  "minItems",
  "maxItems",
];

function reduce(schema: unknown): Readonly<Record<string, unknown>> {
  if (!isObject(schema)) return {};
  const { properties, items, additionalProperties, patternProperties } = schema;
  const closed = additionalProperties === false &&
    patternProperties === undefined;
  return {
    ...Object.fromEntries(
      Object.entries(schema).filter(([key]) => PLAIN.includes(key)),
    ),
    ...isObject(properties) && {
      properties: Object.fromEntries(
        Object.entries(properties).map(([key, inner]) => [key, reduce(inner)]),
      ),
    },
    ...isObject(items) && { items: reduce(items) },
    ...closed && { additionalProperties: false },
  };
}
