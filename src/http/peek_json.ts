import { MekaError } from "../errors.ts";

/** The bytes of a body, all of them, and whether they look like JSON. */
export interface Peeked {
  readonly json: boolean;
  readonly bytes: AsyncGenerator<Uint8Array, void, undefined>;
}

/** More than any answer is long, in characters. */
const MAX_LENGTH = 64 * 1024 * 1024;

const WHITE = new Set([0x20, 0x09, 0x0a, 0x0d]);
/** A byte order mark, byte by byte. */
const BOM = new Set([0xef, 0xbb, 0xbf]);

/**
 * Tells a JSON text from an event stream by the first byte that is not white space: no stream begins with a bracket.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * async function* body(): AsyncGenerator<Uint8Array, void, undefined> {
 *   yield* [" ", "\n{", "}"].map((text) => new TextEncoder().encode(text));
 * }
 * const { json, bytes } = await peekJson(body());
 * assert.equal(json, true);
 * assert.equal(await readText(bytes), " \n{}");
 * ```
 */
export async function peekJson(
  bytes: AsyncGenerator<Uint8Array, void, undefined>,
): Promise<Peeked> {
  const held: Uint8Array[] = [];
  for (;;) {
    const { value, done } = await bytes.next();
    if (done || value === undefined) {
      return { json: false, bytes: replay(held, bytes) };
    }
    held.push(value);
    const first = value.find((byte) => !WHITE.has(byte) && !BOM.has(byte));
    if (first === undefined) continue;
    const json = first === 0x7b || first === 0x5b; // { or [
    return { json, bytes: replay(held, bytes) };
  }
}

/**
 * All of a body as text.
 *
 * @throws {MekaError} "network" when it is longer than any answer.
 */
export async function readText(
  bytes: AsyncIterable<Uint8Array>,
): Promise<string> {
  const decoder = new TextDecoder();
  let text = "";
  for await (const chunk of bytes) {
    text += decoder.decode(chunk, { stream: true });
    if (text.length <= MAX_LENGTH) continue;
    throw new MekaError(
      "network",
      `The service sent an answer of more than ${MAX_LENGTH} characters`,
    );
  }
  return text + decoder.decode();
}

async function* replay(
  held: readonly Uint8Array[],
  rest: AsyncGenerator<Uint8Array, void, undefined>,
): AsyncGenerator<Uint8Array, void, undefined> {
  try {
    yield* held;
    yield* rest;
  } finally {
    // Left early, before `rest` was ever pulled from here.
    await rest.return();
  }
}
