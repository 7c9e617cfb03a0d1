import { MekaError } from "../errors.ts";
import type { Line } from "./lines.ts";

type Fields = Readonly<Record<string, unknown>>;

/** What is to be asked in a record. */
export interface Asked {
  readonly prompt: string;
  /** Undefined where the run's own is meant, as with the next two. */
  readonly system: string | undefined;
  readonly model: string | undefined;
  readonly schema: Fields | undefined;
  /** Files. */
  readonly images: readonly string[];
}

/** One line of the input, read. */
export interface BatchRecord {
  readonly number: number;
  /** In bytes of input. */
  readonly size: number;
  /** What is written out beside the answer: its id, else the line's number, and the fields that mean nothing to meka. */
  readonly carried: Fields;
  /** What to ask, or why that cannot be told. */
  readonly asked: Asked | MekaError;
}

/** The fields that a record is asked by. */
const ASKED = ["prompt", "system", "model", "schema", "image"] as const;
/** The fields of a line of output; those of the input do not stand in for them. */
const WRITTEN = ["status", "text", "usage", "error"] as const;

const OWN: ReadonlySet<string> = new Set([...ASKED, ...WRITTEN]);

/** A number that JavaScript might write in another way than it was read. */
const DELICATE_NUMBER = /\d[\d.]{15}|\d[eE]/;

/**
 * Reads a line: a JSON object where it begins with a brace, unless all lines are `plain`, else a prompt as it stands.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * const read = (text: string) => readRecord({ number: 7, size: text.length, text }, { plain: false });
 * assert.deepEqual(read("say hi").carried, { id: 7 });
 * assert.deepEqual(read('{"id": "a", "prompt": "say hi", "topic": 1}').carried, { id: "a", topic: 1 });
 * ```
 */
export function readRecord(
  line: Line,
  { plain }: { readonly plain: boolean },
): BatchRecord {
  const { number, size, text } = line;
  const record = { number, size, carried: { id: number } };
  if (text === undefined) {
    return { ...record, asked: wrong(number, line.problem) };
  }
  if (plain || !/^\s*\{/.test(text)) {
    const asked = text.trim() === ""
      ? wrong(number, "is empty")
      : { ...NOTHING, prompt: text };
    return { ...record, asked };
  }
  const fields = parse(text);
  if (fields === undefined) {
    const asked = wrong(number, "begins with a brace, but is no JSON object", {
      hint: "Pass `--text` if all lines are prompts as they stand",
    });
    return { ...record, asked };
  }
  const carried = carriedOf(text, fields, number);
  return { ...record, carried, asked: readAsked(fields, number) };
}

const NOTHING: Omit<Asked, "prompt"> = {
  system: undefined,
  model: undefined,
  schema: undefined,
  images: [],
};

function carriedOf(text: string, fields: Fields, number: number): Fields {
  const exact = DELICATE_NUMBER.test(text) ? parse(text, keepNumber) : fields;
  const { id = number, ...rest } = exact ?? fields;
  const others = Object.entries(rest).filter(([name]) => !OWN.has(name));
  return { id, ...Object.fromEntries(others) };
}

function readAsked(fields: Fields, number: number): Asked | MekaError {
  const { prompt, system, model, schema, image } = fields;
  if (prompt === undefined) return wrong(number, 'has no "prompt"');
  if (typeof prompt !== "string") {
    return wrongType(number, "prompt", "a string");
  }
  if (prompt.trim() === "") return wrong(number, 'has an empty "prompt"');
  if (!isTextOrNone(system)) return wrongType(number, "system", "a string");
  if (!isTextOrNone(model)) return wrongType(number, "model", "a string");
  if (!isObjectOrNone(schema)) {
    return wrongType(number, "schema", "a JSON Schema, an object");
  }
  const images = Array.isArray(image) ? image : isNone(image) ? [] : [image];
  if (!images.every((path) => typeof path === "string" && path !== "")) {
    return wrongType(number, "image", "the path of a file, or a list of paths");
  }
  return {
    prompt,
    system: system?.trim() || undefined,
    model: model || undefined,
    schema: schema ?? undefined,
    images,
  };
}

function wrongType(number: number, field: string, what: string): MekaError {
  return wrong(number, `has a "${field}" that is not ${what}`);
}

function wrong(
  number: number,
  what: string,
  options: { readonly hint?: string } = {},
): MekaError {
  return new MekaError("usage", `Line ${number} ${what}`, options);
}

function isNone(value: unknown): value is null | undefined {
  return value === null || value === undefined;
}

function isTextOrNone(value: unknown): value is string | null | undefined {
  return isNone(value) || typeof value === "string";
}

function isObjectOrNone(value: unknown): value is Fields | null | undefined {
  return isNone(value) || isObject(value);
}

function isObject(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

type Reviver = (
  key: string,
  value: unknown,
  context?: { readonly source?: string },
) => unknown;

function parse(text: string, reviver?: Reviver): Fields | undefined {
  try {
    const value: unknown = JSON.parse(text, reviver);
    return isObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

/** Has a number written again as it was read: an id of 19 digits is more than a double holds. */
const keepNumber: Reviver = (_key, value, context) => {
  const source = context?.source;
  if (typeof value !== "number" || source === undefined) return value;
  const rawJson: unknown = Reflect.get(JSON, "rawJSON");
  return String(value) === source || typeof rawJson !== "function"
    ? value
    : rawJson(source);
};
