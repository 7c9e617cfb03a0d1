import { MekaError } from "../errors.ts";

/** One dispatched message (WHATWG HTML, section 9.2.6); `event` is "message" unless the stream named it. */
export interface SseMessage {
  readonly event: string;
  readonly data: string;
}

/** Settings of {@linkcode parse}. */
export interface ParseOptions {
  /** Most characters one message may hold; a longer one fails the stream. Default: 64 Mi. */
  readonly maxMessageLength?: number;
  /**
   * Asked once for a message that grew past 64 Ki characters, with the first of its data: true means that its reader
   * has no use for it, so that the rest is passed over instead of kept, and nothing is dispatched.
   */
  readonly redundant?: ((head: string) => boolean) | undefined;
  /** Called for each chunk of bytes, a lone comment included: the connection lives. */
  readonly onChunk?: () => void;
}

const DEFAULT_MAX_MESSAGE_LENGTH = 64 * 1024 * 1024;
const LONG_MESSAGE_LENGTH = 64 * 1024;
const HEAD_LENGTH = 256;

/**
 * Turns the bytes of an event stream into messages (WHATWG HTML, section 9.2), one batch for each chunk that ended at
 * least one. A message without its blank line is never dispatched. Work is linear in the bytes however they are cut.
 *
 * @throws {MekaError} "network" when a message outgrows the limit; what came before it was handed out.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * const bytes = new Blob(["data: one\n\n: comment\ndata: two\ndata: lines\n\ndata: cut"]).stream();
 * const messages = (await Array.fromAsync(parse(bytes))).flat();
 * assert.deepEqual(messages.map((message) => message.data), ["one", "two\nlines"]);
 * ```
 */
export async function* parse(
  bytes: AsyncIterable<Uint8Array>,
  options: ParseOptions = {},
): AsyncGenerator<readonly SseMessage[], void, undefined> {
  // Replaces ill-formed bytes, as section 9.2.5 wants. It keeps the BOM, since the runtime's decoder would drop one at
  // the start of any chunk: the parser drops the leading one.
  const decoder = new TextDecoder("utf-8", { ignoreBOM: true });
  const parser = new SseParser(options);
  for await (const chunk of bytes) {
    options.onChunk?.();
    const messages: SseMessage[] = [];
    try {
      parser.feed(decoder.decode(chunk, { stream: true }), messages);
    } catch (error) {
      if (messages.length > 0) yield messages;
      throw error;
    }
    if (messages.length > 0) yield messages;
  }
}

/** The line-by-line state of section 9.2.6, fed with text of any cut. */
export class SseParser {
  readonly #maxLength: number;
  readonly #redundant: ((head: string) => boolean) | undefined;
  /** The unfinished line. Only ever appended to and never searched, so that V8 joins it once, when the line ends. */
  #line = "";
  /** The first characters of the unfinished line, flat, for the question whether it is redundant. */
  #lineHead = "";
  /** Data lines so far, joined by LF; undefined until the first, which an empty string would hide. */
  #data: string | undefined;
  #event = "";
  /** A lone CR may be half of CRLF: swallow the LF if the next chunk opens with it. */
  #afterCr = false;
  /** The unfinished line is passed over up to its end, and its message is not dispatched. */
  #skipLine = false;
  #skipMessage = false;
  #judged = false;
  #started = false;

  constructor(
    options: Pick<ParseOptions, "maxMessageLength" | "redundant"> = {},
  ) {
    this.#maxLength = options.maxMessageLength ?? DEFAULT_MAX_MESSAGE_LENGTH;
    this.#redundant = options.redundant;
  }

  /** Reads on, appending each message that ended to `messages`. */
  feed(text: string, messages: SseMessage[]): void {
    let start = 0;
    if (!this.#started && text.length > 0) {
      this.#started = true;
      if (text.charCodeAt(0) === BOM) start = 1;
    }
    if (this.#afterCr && text.length > 0) {
      if (text.charCodeAt(0) === LF) start = 1;
      this.#afterCr = false;
    }
    // Each terminator is looked for from the last one found, so the text is scanned once for each of the two.
    let lf = text.indexOf("\n", start);
    let cr = text.indexOf("\r", start);
    while (lf !== -1 || cr !== -1) {
      const atCr = cr !== -1 && (lf === -1 || cr < lf);
      const end = atCr ? cr : lf;
      const blank = start === end && this.#line === "" && !this.#skipLine;
      this.#endLine(text.slice(start, end), messages);
      start = end + 1;
      if (atCr) {
        if (start === text.length) this.#afterCr = true;
        else if (lf === start) start++;
        cr = text.indexOf("\r", start);
      } else if (blank && cr === -1) {
        start = takePlain(text, {
          start,
          messages,
          maxLength: this.#maxLength,
        });
      }
      if (lf !== -1 && lf < start) lf = text.indexOf("\n", start);
    }
    if (start < text.length) this.#keep(text, start);
  }

  /** Takes what ends the unfinished line, which mostly is all of it. */
  #endLine(end: string, messages: SseMessage[]): void {
    if (this.#line === "" && !this.#skipLine) {
      return this.#field(end, messages);
    }
    const line = this.#line + end;
    const skip = this.#skipLine;
    this.#line = "";
    this.#lineHead = "";
    this.#judged = false;
    this.#skipLine = false;
    if (skip) this.#skipMessage = true;
    else this.#field(line, messages);
  }

  #field(line: string, messages: SseMessage[]): void {
    if (line === "") return this.#dispatch(messages);
    const data = fieldValue(line, "data");
    if (data !== undefined) {
      this.#data = this.#data === undefined ? data : `${this.#data}\n${data}`;
      this.#checkLength(this.#data.length);
      return;
    }
    // A comment, `id`, `retry` and unknown fields change nothing: meka never reconnects to a stream.
    this.#event = fieldValue(line, "event") ?? this.#event;
  }

  #dispatch(messages: SseMessage[]): void {
    if (this.#data !== undefined && !this.#skipMessage) {
      messages.push({
        event: this.#event === "" ? "message" : this.#event,
        data: this.#data,
      });
    }
    this.#data = undefined;
    this.#event = "";
    this.#skipMessage = false;
  }

  #keep(text: string, start: number): void {
    if (this.#skipLine) return;
    const piece = start === 0 ? text : text.slice(start);
    if (this.#lineHead.length < HEAD_LENGTH) {
      this.#lineHead += piece.slice(0, HEAD_LENGTH);
    }
    this.#line += piece;
    if (!this.#judged && this.#line.length > LONG_MESSAGE_LENGTH) {
      this.#judged = true;
      const head = fieldValue(this.#lineHead, "data");
      if (
        head !== undefined && this.#data === undefined &&
        this.#redundant?.(head)
      ) {
        this.#skipLine = true;
        this.#line = "";
        return;
      }
    }
    this.#checkLength(this.#line.length + (this.#data?.length ?? 0));
  }

  #checkLength(length: number): void {
    if (length <= this.#maxLength) return;
    throw new MekaError(
      "network",
      `The service sent one message of more than ${this.#maxLength} characters`,
    );
  }
}

const BOM = 0xfeff;
const LF = 0x0a;
const SPACE = 0x20;
const COLON = 0x3a;

/**
 * Takes the messages that stand whole and in the service's usual shape, one event line and one data line, and tells
 * where they end. Line by line they would cost twice the time, most of it compiling.
 */
function takePlain(
  text: string,
  { start, messages, maxLength }: {
    start: number;
    readonly messages: SseMessage[];
    readonly maxLength: number;
  },
): number {
  while (text.startsWith("event: ", start)) {
    const eventEnd = text.indexOf("\n", start);
    if (eventEnd === -1 || !text.startsWith("data: ", eventEnd + 1)) break;
    const dataStart = eventEnd + "\ndata: ".length;
    const dataEnd = text.indexOf("\n", dataStart);
    if (dataEnd === -1 || text.charCodeAt(dataEnd + 1) !== LF) break;
    if (dataEnd - dataStart > maxLength) break;
    const event = text.slice(start + "event: ".length, eventEnd);
    const data = text.slice(dataStart, dataEnd);
    messages.push({ event: event === "" ? "message" : event, data });
    start = dataEnd + 2;
  }
  return start;
}

/** The value of a line that has this field name, less one leading space; undefined for other fields. */
function fieldValue(line: string, name: string): string | undefined {
  if (!line.startsWith(name)) return undefined;
  const { length } = name;
  if (line.length === length) return "";
  if (line.charCodeAt(length) !== COLON) return undefined;
  return line.slice(length + (line.charCodeAt(length + 1) === SPACE ? 2 : 1));
}
