import { objects } from "./history.ts";
import { type Body, object } from "./json_object.ts";

/**
 * Makes a value that fits a JSON Schema, of the keywords that structured answers allow.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * const schema = {
 *   type: "object",
 *   properties: { size: { enum: ["s", "m"] }, tags: { type: "array", items: { type: "string" }, minItems: 1 } },
 *   required: ["size", "tags"],
 * };
 * assert.deepEqual(sample(schema), { size: "s", tags: ["x"] });
 * assert.deepEqual(misfit(schema), { size: { misfit: true }, tags: ["x"] });
 * ```
 */
export function sample(schema: unknown, root: unknown = schema): unknown {
  const shape = object(schema) ?? {};
  const { $ref: ref, const: constant, enum: values } = shape;
  if (typeof ref === "string") return sample(at(root, ref), root);
  if (constant !== undefined) return constant;
  if (Array.isArray(values)) return values[0];
  const [choice] = [...objects(shape["anyOf"]), ...objects(shape["oneOf"])];
  if (choice !== undefined) return sample(choice, root);
  const { type: types } = shape;
  const type = Array.isArray(types) ? types[0] : types;
  switch (type ?? (shape["properties"] === undefined ? "string" : "object")) {
    case "object":
      return Object.fromEntries(
        Object.entries(object(shape["properties"]) ?? {})
          .map(([name, property]) => [name, sample(property, root)]),
      );
    case "array":
      return Array.from(
        { length: Number(shape["minItems"] ?? 1) },
        () => sample(shape["items"], root),
      );
    case "number":
    case "integer":
      return Number(shape["minimum"] ?? 1);
    case "boolean":
      return true;
    case "null":
      return null;
    default:
      return "x".repeat(Number(shape["minLength"] ?? 1));
  }
}

/** Makes a value that does not fit: its first property is of another kind, or all of it is. */
export function misfit(schema: Body): unknown {
  const right = object(sample(schema));
  const [name] = Object.keys(right ?? {});
  if (right === undefined || name === undefined) return ["misfit"];
  const wrong = object(right[name]) === undefined ? { misfit: true } : 7;
  return { ...right, [name]: wrong };
}

/** What a reference within a schema points to. */
function at(root: unknown, ref: string): unknown {
  return ref.split("/").slice(1).reduce(
    (part: unknown, name) =>
      object(part)?.[name.replaceAll("~1", "/").replaceAll("~0", "~")],
    root,
  );
}
