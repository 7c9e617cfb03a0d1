/** No schema that a person wrote is nested deeper, and all that walk one must come to an end. */
export const DEEPEST = 100;

/** The keywords whose schemas are about the same value as the schema that they stand in. */
const IN_PLACE = ["allOf", "anyOf", "oneOf", "not", "if", "then", "else"];

/** Finds a reference that a check of any value would never get out of, since it leads to itself about the same value. */
export function findCircle(root: unknown): string | undefined {
  const done = new Set<unknown>();
  const visit = (
    schema: unknown,
    above: readonly unknown[],
  ): string | undefined => {
    if (!isObject(schema) || done.has(schema)) return undefined;
    const { $ref } = schema;
    if (above.includes(schema)) return typeof $ref === "string" ? $ref : "#";
    const path = [...above, schema];
    const next = IN_PLACE.flatMap((keyword) => schema[keyword]);
    const { dependentSchemas } = schema;
    if (isObject(dependentSchemas)) {
      next.push(...Object.values(dependentSchemas));
    }
    if (typeof $ref === "string") next.push(resolve($ref, root));
    const found = first(next, (inner) => visit(inner, path));
    done.add(schema);
    return found;
  };
  return first(subschemas(root), (schema) => visit(schema, []));
}

/** What a reference within a document leads to: a pointer, an anchor, or the name of a schema in it. */
export function resolve(reference: string, root: unknown): unknown {
  const [name = "", fragment = ""] = reference.split(/#(.*)/s);
  const base = name === ""
    ? root
    : subschemas(root).find(({ $id, id }) => $id === name || id === name);
  if (fragment === "") return base;
  const decoded = decode(fragment);
  if (!decoded.startsWith("/")) {
    return subschemas(base).find(({ $anchor, $id, id }) =>
      $anchor === decoded || [$id, id].includes(`#${decoded}`)
    );
  }
  return decoded.slice(1).split("/")
    .map((step) => step.replaceAll("~1", "/").replaceAll("~0", "~"))
    .reduce<unknown>(
      (value, step) =>
        typeof value === "object" && value !== null &&
          Object.hasOwn(value, step)
          ? Object.entries(value).find(([key]) => key === step)?.[1]
          : undefined,
      base,
    );
}

/** Every object in a document that could be a schema; one too many does no harm to who looks for a name. */
function subschemas(
  value: unknown,
  depth = 0,
): readonly Readonly<Record<string, unknown>>[] {
  if (typeof value !== "object" || value === null) return [];
  // Twice: between two schemas there may be a table or a list of them.
  if (depth > 2 * DEEPEST) return [];
  const inner = Object.values(value)
    .flatMap((item) => subschemas(item, depth + 1));
  return isObject(value) ? [value, ...inner] : inner;
}

function decode(fragment: string): string {
  try {
    return decodeURIComponent(fragment);
  } catch {
    return fragment;
  }
}

/** The first answer that is not undefined. */
export function first<T, R>(
  items: Iterable<T>,
  ask: (item: T) => R | undefined,
): R | undefined {
  for (const item of items) {
    const answer = ask(item);
    if (answer !== undefined) return answer;
  }
  return undefined;
}

/** Tells whether a value is what JSON calls an object. */
export function isObject(
  value: unknown,
): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
