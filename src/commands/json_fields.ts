/** A value of a JSON document, and where it stands in it, as in `$.turns[3].items`. */
export interface Field {
  readonly value: unknown;
  readonly path: string;
}

/** What is wrong with a document: a place in it, and what must stand there. */
export class Misfit extends Error {
  override readonly name = "Misfit";

  constructor({ path }: Field, what: string) {
    super(`${path} must be ${what}`);
  }
}

/** The fields of an object, by their names; one that is missing has the value undefined. */
export function objectAt(field: Field): (name: string) => Field {
  const { value, path } = field;
  if (!isRecord(value)) throw new Misfit(field, "an object");
  return (name) => ({
    value: Object.hasOwn(value, name) ? value[name] : undefined,
    path: `${path}.${name}`,
  });
}

/** An object as it is. */
export function recordAt(field: Field): Readonly<Record<string, unknown>> {
  if (isRecord(field.value)) return field.value;
  throw new Misfit(field, "an object");
}

/** The elements of a list, each read. */
export function listAt<T>(field: Field, read: (element: Field) => T): T[] {
  const { value, path } = field;
  if (!Array.isArray(value)) throw new Misfit(field, "a list");
  return value.map((value: unknown, at) =>
    read({ value, path: `${path}[${at}]` })
  );
}

/** A text of any length. */
export function textAt(field: Field): string {
  if (typeof field.value === "string") return field.value;
  throw new Misfit(field, "a text");
}

/** A text of so many characters at most. */
export function shortAt(field: Field, longest: number): string {
  const text = textAt(field);
  if (text.length <= longest) return text;
  throw new Misfit(field, `a text of ${longest} characters at most`);
}

/** True or false. */
export function switchAt(field: Field): boolean {
  if (typeof field.value === "boolean") return field.value;
  throw new Misfit(field, "true or false");
}

/** A whole number, 0 or above. */
export function countAt(field: Field): number {
  const { value } = field;
  if (typeof value === "number" && Number.isSafeInteger(value) && value >= 0) {
    return value;
  }
  throw new Misfit(field, "a whole number, 0 or above");
}

/** The last second of the year 9999. */
const LAST_SECOND = 253_402_300_799;

/** A time in epoch seconds, as epoch milliseconds. */
export function timeAt(field: Field): number {
  const { value } = field;
  if (typeof value === "number" && value >= 0 && value <= LAST_SECOND) {
    return Math.round(value * 1000);
  }
  throw new Misfit(field, "a time in epoch seconds");
}

/** One of some words. */
export function wordAt<T extends string>(
  field: Field,
  words: readonly T[],
): T {
  const word = words.find((word) => word === field.value);
  if (word !== undefined) return word;
  throw new Misfit(field, `one of: ${words.join(", ")}`);
}

/** What is read of a field; undefined where it is null or missing. */
export function optionalAt<T>(
  field: Field,
  read: (field: Field) => T,
): T | undefined {
  const { value } = field;
  return value === undefined || value === null ? undefined : read(field);
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
