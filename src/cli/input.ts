import { MekaError } from "../errors.ts";
import type { Host } from "../host.ts";
import { orAborted } from "../or_aborted.ts";

/** How long a run that has a PROMPT waits for the first byte of a pipe, in milliseconds. */
const FIRST_BYTE_MS = 3_000;

/** What {@linkcode readPrompt} is given of the command line. */
export interface PromptSource {
  /** `--prompt` and the words, joined; undefined when there are none. */
  readonly prompt: string | undefined;
  readonly noStdin: boolean;
  /** Told once when a pipe stays silent. */
  readonly note: (message: string) => Promise<void>;
}

/**
 * The prompt of a turn: the words, what is piped in, or both with a blank line between them. Bytes of stdin are taken
 * as they are, a final newline included.
 *
 * @throws {MekaError} "usage" when there is no prompt, or stdin is neither UTF-8 nor UTF-16 with a byte order mark.
 */
export async function readPrompt(
  source: PromptSource,
  host: Host,
): Promise<string> {
  const given = source.prompt === "-" ? undefined : source.prompt;
  const piped = decodeText(await readPipe({ ...source, prompt: given }, host));
  const prompt = [given ?? "", piped].filter((part) => part !== "");
  if (prompt.every((part) => part.trim() === "")) {
    throw new MekaError("usage", "The prompt is empty", {
      hint: 'Pass one, as in `meka "say hi"`, or pipe it in',
    });
  }
  return prompt.join("\n\n");
}

async function readPipe(source: PromptSource, host: Host): Promise<Uint8Array> {
  const optional = source.prompt !== undefined;
  // What somebody types to another program is not ours to read.
  if (source.noStdin || (optional && host.isTerminal("stdin"))) {
    return new Uint8Array();
  }
  const reader = host.stdin.getReader();
  try {
    const first = reader.read();
    if (optional && await isSilent(first, host)) {
      await source.note(
        "Nothing came on standard input for 3 s; going on without it",
      );
      return new Uint8Array();
    }
    return await readAll(reader, first, host.interrupt);
  } catch (error) {
    if (error instanceof MekaError) throw error;
    throw new MekaError("usage", "Cannot read standard input", {
      cause: error,
      hint: "Pass `--no-stdin` to leave it alone",
    });
  }
}

/** Tells whether the first byte has not come in time. */
async function isSilent(first: Promise<unknown>, host: Host): Promise<boolean> {
  const stop = new AbortController();
  const signal = AbortSignal.any([host.interrupt, stop.signal]);
  try {
    return await Promise.race([
      first.then(() => false),
      host.sleep(FIRST_BYTE_MS, signal).then(() => true),
    ]);
  } finally {
    stop.abort();
  }
}

async function readAll(
  reader: ReadableStreamDefaultReader<Uint8Array>,
  first: ReturnType<typeof reader.read>,
  interrupt: AbortSignal,
): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let next = await orAborted(first, interrupt);
  while (!next.done) {
    chunks.push(next.value);
    next = await orAborted(reader.read(), interrupt);
  }
  return concatenate(chunks);
}

function concatenate(chunks: readonly Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(
    chunks.reduce((length, chunk) => length + chunk.length, 0),
  );
  let at = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, at);
    at += chunk.length;
  }
  return bytes;
}

/**
 * Reads bytes as UTF-8, or as UTF-16 when they open with its byte order mark; a mark is dropped.
 *
 * @throws {MekaError} "usage", with the offset (from 0) of the first byte that does not fit.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * assert.equal(decodeText(new Uint8Array([0xef, 0xbb, 0xbf, 0x68, 0x69])), "hi");
 * assert.equal(decodeText(new Uint8Array([0xff, 0xfe, 0x68, 0x00])), "h");
 * assert.throws(() => decodeText(new Uint8Array([0x68, 0xff])), /offset 1/);
 * ```
 */
export function decodeText(bytes: Uint8Array): string {
  const encoding = encodingOf(bytes);
  try {
    return new TextDecoder(encoding, { fatal: true }).decode(bytes);
  } catch {
    const name = encoding.replace("le", "").replace("be", "").toUpperCase();
    const offset = firstBadByte(bytes, encoding);
    throw new MekaError(
      "usage",
      `Standard input is not valid ${name}: the byte at offset ${offset} does not fit`,
      { hint: "Convert it to UTF-8 first, for instance with `iconv`" },
    );
  }
}

function encodingOf(bytes: Uint8Array): "utf-8" | "utf-16le" | "utf-16be" {
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return "utf-16le";
  return bytes[0] === 0xfe && bytes[1] === 0xff ? "utf-16be" : "utf-8";
}

/** Where the first ill-formed sequence begins: the end of the longest prefix that is whole text. */
function firstBadByte(bytes: Uint8Array, encoding: string): number {
  // A prefix that is only cut still decodes as the start of a stream, so this can be searched by halves.
  let good = 0;
  let bad = bytes.length + 1;
  while (bad - good > 1) {
    const middle = good + Math.floor((bad - good) / 2);
    if (decodes(bytes.subarray(0, middle), encoding, true)) good = middle;
    else bad = middle;
  }
  while (!decodes(bytes.subarray(0, good), encoding, false)) good--;
  return good;
}

function decodes(
  bytes: Uint8Array,
  encoding: string,
  stream: boolean,
): boolean {
  try {
    new TextDecoder(encoding, { fatal: true }).decode(bytes, { stream });
    return true;
  } catch {
    return false;
  }
}
