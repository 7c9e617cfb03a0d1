/** Text as it is in a file. */
export interface FileText {
  /** Every character but the byte order mark, line ends as they are. */
  readonly text: string;
  /** The file begins with a byte order mark. */
  readonly marked: boolean;
}

const MARK = [0xef, 0xbb, 0xbf] as const;

/** Reads text that can be written back without a change; undefined when a file holds something else than UTF-8. */
export function readFileText(bytes: Uint8Array): FileText | undefined {
  const marked = MARK.every((byte, at) => bytes[at] === byte);
  if (isBinary(bytes)) return undefined;
  try {
    const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
    return { text: decoder.decode(bytes.subarray(marked ? 3 : 0)), marked };
  } catch {
    return undefined;
  }
}

/** The bytes of a file that holds this text. */
export function toBytes({ text, marked }: FileText): Uint8Array {
  return new TextEncoder().encode(marked ? `\ufeff${text}` : text);
}

/** A NUL near its beginning is a sign of a file that is no text. */
export function isBinary(bytes: Uint8Array): boolean {
  return bytes.subarray(0, 8_000).includes(0);
}

/** Text with the line ends that the model sees and writes. */
export function withPlainEnds(text: string): string {
  return text.replaceAll("\r\n", "\n");
}

/** What tells a file's content from any other, to know later whether it has changed. */
export async function stateOf(bytes: Uint8Array): Promise<string> {
  const copy = new Uint8Array(bytes);
  return new Uint8Array(await crypto.subtle.digest("SHA-256", copy)).toHex();
}

/** What is to be replaced by what. */
export interface Replacement {
  readonly from: string;
  readonly to: string;
  /** Everywhere, not in the one place that there must be. */
  readonly all: boolean;
}

/** A text after a replacement, or how often what should be replaced was found. */
export type Replaced =
  | { readonly text: string }
  | { readonly found: number };

/**
 * Replaces text, however its lines end: `from` and `to` are written with plain ends, and what is put in has the ends of
 * what it replaces, or of the file.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * const change = { from: "b\nc", to: "B\nC\nD", all: false };
 * assert.deepEqual(replaceText("a\r\nb\r\nc\r\n", change), {
 *   text: "a\r\nB\r\nC\r\nD\r\n",
 * });
 * assert.deepEqual(replaceText("b\nc b\nc", change), { found: 2 });
 * assert.deepEqual(replaceText("b c", change), { found: 0 });
 * ```
 */
export function replaceText(text: string, change: Replacement): Replaced {
  const from = withPlainEnds(change.from);
  const to = withPlainEnds(change.to);
  const plain = withPlainEnds(text);
  const places = findAll(plain, from, change.all ? from.length : 1);
  if (places.length !== 1 && !(change.all && places.length > 0)) {
    return { found: places.length };
  }
  const toRaw = rawPlaces(text);
  const pieces: string[] = [];
  let end = 0;
  for (const place of places) {
    const start = toRaw(place);
    pieces.push(text.slice(end, start));
    end = toRaw(place + from.length);
    const lineEnd = /\r?\n/.exec(text.slice(start, end)) ?? /\r?\n/.exec(text);
    pieces.push(to.replaceAll("\n", () => lineEnd?.[0] ?? "\n"));
  }
  return { text: pieces.join("") + text.slice(end) };
}

function findAll(text: string, wanted: string, step: number): number[] {
  const places: number[] = [];
  for (
    let at = text.indexOf(wanted);
    at !== -1;
    at = text.indexOf(wanted, at + step)
  ) places.push(at);
  return places;
}

/** Tells where a place in a text with plain ends is in the text with its own; to be asked for places in their order. */
function rawPlaces(text: string): (place: number) => number {
  let raw = 0;
  let passed = 0;
  return (place) => {
    for (; passed < place; passed++) {
      raw += text.startsWith("\r\n", raw) ? 2 : 1;
    }
    return raw;
  };
}
