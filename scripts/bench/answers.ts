import {
  completed,
  type Frame,
  messageClosing,
  messageOpening,
  numbered,
  opening,
  textDeltas,
  type WireEvent,
} from "../standin/events.ts";
import { bytes, frame } from "../standin/framing.ts";

/** An answer as the service would send it, built before anybody waits for it. */
export interface Answer {
  /** What a program should write to stdout. */
  readonly text: string;
  /** What to write to the socket, in the service's chunked encoding; one piece is one write. */
  readonly writes: readonly Uint8Array[];
  /** Which of the writes are a lone delta, to be sent after a silence and timed. */
  readonly timed: ReadonlySet<number>;
}

/** How big an answer is. */
export interface Size {
  readonly deltas: number;
  /** Characters in each. */
  readonly length: number;
  /** Each delta comes alone, after a silence. */
  readonly apart?: boolean;
}

/** The answers by name, which is the first part of the request's path. */
export const SIZES: Readonly<Record<string, Size>> = {
  "short": { deltas: 12, length: 6 },
  "pauses": { deltas: 12, length: 20, apart: true },
  "deltas": { deltas: 100_000, length: 20 },
  "megabytes": { deltas: 5120, length: 4096 },
  "few": { deltas: 10_000, length: 20 },
  "many": { deltas: 200_000, length: 20 },
};

/** How much the service hands to the network at a time. */
const BLOCK = 64 * 1024;

const FRAME: Frame = {
  responseId: "resp_bench",
  model: "gpt-5",
  createdAt: 1_790_000_000,
};

/** Builds an answer: deltas, then the whole text three times, as the service has it. */
export function buildAnswer(size: Size): Answer {
  const text = answerText(size);
  const head = [...opening(FRAME), ...messageOpening()];
  const tail = [...messageClosing(text), completed(FRAME)];
  const deltas = deltaFrames(size, head.length);
  const ends = frames(numbered(tail, head.length + size.deltas));
  if (!size.apart) {
    const all = [...frames(numbered(head)), ...deltas, ...ends];
    return { text, writes: blocks(all), timed: new Set() };
  }
  const writes = [[...frames(numbered(head))], ...deltas.map((d) => [d]), ends];
  return {
    text,
    writes: writes.flatMap((part) => blocks(part)),
    timed: new Set(deltas.map((_, n) => n + 1)),
  };
}

/** The text of an answer of this size. */
export function answerText({ deltas, length }: Size): string {
  return delta(length).repeat(deltas);
}

/** A line of so many characters, its newline included. */
function delta(length: number): string {
  const words = 'The quick "brown" fox jumps over the lazy dog, and again. ';
  return `${
    words.repeat(Math.ceil(length / words.length)).slice(0, length - 1)
  }\n`;
}

function frames(events: readonly WireEvent[]): string[] {
  return events.map((event) => frame(event));
}

/** Equal but for their number, so one is built and the number put in. */
function deltaFrames({ deltas, length }: Size, first: number): string[] {
  const event = textDeltas([delta(length)])[0] ?? { type: "" };
  const [before = "", after = ""] = frame({ ...event, sequence_number: -1 })
    .split("-1");
  return Array.from(
    { length: deltas },
    (_, n) => before + (first + n) + after,
  );
}

/** Joins frames to blocks of the chunked encoding (RFC 9112, section 7.1). */
function blocks(parts: readonly string[]): Uint8Array[] {
  const whole = bytes(parts.join(""));
  const cut: Uint8Array[] = [];
  for (let at = 0; at < whole.length; at += BLOCK) {
    const data = whole.subarray(at, at + BLOCK);
    const size = bytes(`${data.length.toString(16)}\r\n`);
    const block = new Uint8Array(size.length + data.length + 2);
    block.set(size);
    block.set(data, size.length);
    block.set(bytes("\r\n"), size.length + data.length);
    cut.push(block);
  }
  return cut;
}
