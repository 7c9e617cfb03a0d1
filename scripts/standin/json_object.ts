/** A JSON object whose fields have not been looked at. */
export type Body = Readonly<Record<string, unknown>>;

/** Says what a value is when it is a JSON object. */
export function object(value: unknown): Body | undefined {
  return typeof value === "object" && value !== null && !Array.isArray(value)
    ? { ...value }
    : undefined;
}

/** Parses text that has to be a JSON object. */
export function parseObject(text: string): Body | undefined {
  try {
    return object(JSON.parse(text));
  } catch {
    return undefined;
  }
}
