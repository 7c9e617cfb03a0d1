import { schemaProblem } from "../config/schema_problem.ts";
import { MekaError } from "../errors.ts";
import type { Host } from "../host.ts";
import type { Part } from "../message.ts";
import { toImagePart } from "../tools/image.ts";

/** Reads an image for the model; its bytes tell what it is, whatever its name says. */
export async function readImage(
  path: string,
  host: Pick<Host, "readFile">,
  { named = "`--image`" }: {
    /** What has named the file, for people. */
    readonly named?: string;
  } = {},
): Promise<Part> {
  const bytes = await readNamed(path, named, host);
  const image = toImagePart(bytes);
  if (image !== undefined) return image;
  throw new MekaError(
    "usage",
    `Cannot send the image "${path}": it is no PNG, JPEG, GIF or WebP`,
  );
}

/** Reads the JSON Schema that an answer must fit. */
export async function readSchema(
  path: string,
  host: Pick<Host, "readFile">,
): Promise<Readonly<Record<string, unknown>>> {
  const bytes = await readNamed(path, "`--schema`", host);
  let schema: unknown;
  try {
    schema = JSON.parse(
      new TextDecoder("utf-8", { fatal: true }).decode(bytes),
    );
  } catch {
    throw new MekaError(
      "usage",
      `Cannot read the schema "${path}": it is not JSON`,
    );
  }
  if (!isObject(schema)) {
    throw new MekaError(
      "usage",
      `Cannot use the schema "${path}": a JSON Schema for an answer is an object`,
    );
  }
  const problem = schemaProblem(schema);
  if (problem === undefined) return schema;
  const place = problem.path === "" ? "it" : `"${problem.path}"`;
  throw new MekaError(
    "usage",
    `Cannot use the schema "${path}": ${place} ${problem.says}`,
  );
}

async function readNamed(
  path: string,
  named: string,
  host: Pick<Host, "readFile">,
): Promise<Uint8Array> {
  let bytes: Uint8Array | undefined;
  try {
    bytes = await host.readFile(path);
  } catch (error) {
    const why = error instanceof Error ? error.message : "unknown reason";
    throw new MekaError(
      "usage",
      `Cannot read "${path}" for ${named}: ${why}`,
    );
  }
  if (bytes !== undefined) return bytes;
  throw new MekaError("usage", `There is no file "${path}" for ${named}`);
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
