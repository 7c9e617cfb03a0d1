import { orAborted } from "../or_aborted.ts";
import { MekaError } from "../errors.ts";

/** The longest line that is taken, in bytes: far above what any model reads. */
const LONGEST_LINE = 32 * 1024 * 1024;

type Encoding = "utf-8" | "utf-16le" | "utf-16be";

/** One line of the input: its text, without its end, or why there is none. */
export type Line =
  & Readonly<{
    /** Counted from 1. */
    number: number;
    /** In bytes, with its end. */
    size: number;
  }>
  & Readonly<
    { text: string; problem?: undefined } | {
      text?: undefined;
      problem: string;
    }
  >;

/** The bytes of standard input as they come; they end when the signal is aborted. */
export async function* readChunks(
  stdin: ReadableStream<Uint8Array>,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array, void, undefined> {
  const reader = stdin.getReader();
  try {
    for (;;) {
      const { value, done } = await orAborted(reader.read(), signal);
      if (done) return;
      yield value;
    }
  } catch (error) {
    if (signal.aborted) return;
    throw new MekaError("usage", "Cannot read standard input", {
      cause: error,
    });
  }
}

/**
 * Cuts bytes into lines of UTF-8, or of UTF-16 when they open with its byte order mark; a mark is dropped. A line ends in
 * LF or CRLF, and the last one needs no end. No more is held than a chunk and one line.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * const lines = readLines([new TextEncoder().encode("one\r\ntw"), new Uint8Array([0x6f, 0x0a, 0xff])]);
 * assert.deepEqual(await Array.fromAsync(lines), [
 *   { number: 1, size: 5, text: "one" },
 *   { number: 2, size: 4, text: "two" },
 *   { number: 3, size: 1, problem: "is not valid UTF-8" },
 * ]);
 * ```
 */
export async function* readLines(
  chunks: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  { longest = LONGEST_LINE }: { readonly longest?: number } = {},
): AsyncGenerator<Line, void, undefined> {
  const splitter = new Splitter(longest);
  for await (const chunk of chunks) yield* splitter.feed(chunk);
  yield* splitter.end();
}

/** The line that is not whole yet. */
class Splitter {
  readonly #longest: number;
  #encoding: Encoding | undefined;
  /** Too few bytes to decide something: the encoding, or a character of UTF-16. */
  #rest = new Uint8Array();
  #pieces: Uint8Array[] = [];
  #size = 0;
  #number = 1;

  constructor(longest: number) {
    this.#longest = longest;
  }

  *feed(chunk: Uint8Array): Generator<Line, void, undefined> {
    const given = this.#rest.length === 0 ? chunk : joined([this.#rest, chunk]);
    this.#rest = new Uint8Array();
    this.#encoding ??= encodingOf(given);
    const unit = this.#encoding === "utf-8" ? 1 : 2;
    const whole = this.#encoding === undefined
      ? 0
      : given.length - given.length % unit;
    this.#rest = given.slice(whole);
    const bytes = given.subarray(0, whole);
    let from = 0;
    for (
      let end = endOfLine(bytes, from, this.#encoding);
      end !== -1;
      end = endOfLine(bytes, from, this.#encoding)
    ) {
      this.#add(bytes.subarray(from, end));
      yield this.#take(unit);
      from = end + unit;
    }
    this.#add(bytes.subarray(from));
  }

  *end(): Generator<Line, void, undefined> {
    this.#encoding ??= "utf-8";
    this.#add(this.#rest);
    const marked = this.#number === 1 && this.#size <= 3;
    if (this.#size === 0) return;
    const line = this.#take(0);
    // A byte order mark alone is no line.
    if (!marked || line.text !== "") yield line;
  }

  /** Of a line that grows too long its size is all that is kept. */
  #add(piece: Uint8Array): void {
    if (piece.length === 0) return;
    this.#size += piece.length;
    if (this.#size > this.#longest) this.#pieces = [];
    else this.#pieces.push(piece);
  }

  #take(end: number): Line {
    const number = this.#number++;
    const size = this.#size + end;
    const tooLong = this.#size > this.#longest;
    const pieces = this.#pieces;
    this.#pieces = [];
    this.#size = 0;
    if (tooLong) {
      const megabytes = Math.floor(this.#longest / 1024 / 1024);
      return { number, size, problem: `is longer than ${megabytes} MB` };
    }
    const encoding = this.#encoding ?? "utf-8";
    const text = decode(joined(pieces), encoding);
    if (text === undefined) {
      const name = encoding.slice(0, encoding === "utf-8" ? 5 : 6);
      return {
        number,
        size,
        problem: `is not valid ${name.toUpperCase()}`,
      };
    }
    const marked = number === 1 && text.startsWith("\ufeff");
    return {
      number,
      size,
      text: text.slice(marked ? 1 : 0, text.endsWith("\r") ? -1 : undefined),
    };
  }
}

/** What the first bytes tell; undefined while they are too few to tell. */
function encodingOf(bytes: Uint8Array): Encoding | undefined {
  const [first, second] = bytes;
  if (first !== 0xff && first !== 0xfe) {
    return first === undefined ? undefined : "utf-8";
  }
  if (second === undefined) return undefined;
  if (first === 0xff && second === 0xfe) return "utf-16le";
  return first === 0xfe && second === 0xff ? "utf-16be" : "utf-8";
}

/** Where the next newline stands, or -1. */
function endOfLine(
  bytes: Uint8Array,
  from: number,
  encoding: Encoding | undefined,
): number {
  if (encoding === "utf-8") return bytes.indexOf(0x0a, from);
  const [high, low] = encoding === "utf-16le" ? [1, 0] : [0, 1];
  for (let at = from; at < bytes.length; at += 2) {
    if (bytes[at + low] === 0x0a && bytes[at + high] === 0) return at;
  }
  return -1;
}

function decode(bytes: Uint8Array, encoding: Encoding): string | undefined {
  try {
    return new TextDecoder(encoding, { fatal: true, ignoreBOM: true })
      .decode(bytes);
  } catch {
    return undefined;
  }
}

function joined(pieces: readonly Uint8Array[]): Uint8Array {
  const [only] = pieces;
  if (only !== undefined && pieces.length === 1) return only;
  const bytes = new Uint8Array(
    pieces.reduce((length, piece) => length + piece.length, 0),
  );
  let at = 0;
  for (const piece of pieces) {
    bytes.set(piece, at);
    at += piece.length;
  }
  return bytes;
}
