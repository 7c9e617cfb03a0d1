import {
  completed,
  type Frame,
  messageClosing,
  messageOpening,
  numbered,
  opening,
  textDeltas,
} from "../events.ts";
import { bytes, frame } from "../framing.ts";
import type { Expectation, Reply, Scenario } from "../scenario.ts";

/** How many bytes of small deltas go together. */
export const BLOCK = 65_536;
const DELTA = 4096;
const LIMIT = 64 * 1024 * 1024;

/** A big answer: how many deltas of which length, and whether each is a network chunk of its own. */
export interface Size {
  readonly count: number;
  readonly length: number;
  readonly each: boolean;
}

/** Reads `deltas:N:LEN` and `megabytes:N`, each with `:each` for one network chunk per delta. */
export function sizeScenario(name: string): Scenario | undefined {
  const size = parseSize(name);
  if (size === undefined) return undefined;
  return {
    what: `${size.count} deltas of ${size.length} characters${
      size.each ? ", each in a network chunk of its own" : ""
    }`,
    // Made when looked at: a request for the answer does not need it.
    get expect(): Expectation {
      return { stdout: bigText(size), exit: 0, requests: 1 };
    },
    answer: (): Reply => ({ body: prebuilt(name, size), ends: "completed" }),
  };
}

/** The names that the table shows for the two families. */
export const SIZE_EXAMPLES = [
  "deltas:1000:20",
  "deltas:1000:20:each",
  "megabytes:1",
  "megabytes:1:each",
] as const;

/** Builds the bytes of a big answer before anybody waits for them. */
export function prepareSize(name: string): void {
  const size = parseSize(name);
  if (size !== undefined) prebuilt(name, size);
}

/** Reads the name of a big answer. */
export function parseSize(name: string): Size | undefined {
  const match = /^(?:deltas:(\d{1,7}):(\d{1,6})|megabytes:(\d{1,2}))(:each)?$/
    .exec(name);
  if (match === null) return undefined;
  const [, count, length, megabytes, each] = match;
  const size = megabytes === undefined
    ? { count: Number(count), length: Number(length), each: each !== undefined }
    : {
      count: Number(megabytes) * (1024 * 1024 / DELTA),
      length: DELTA,
      each: each !== undefined,
    };
  return size.count < 1 || size.length < 1 || size.count * size.length > LIMIT
    ? undefined
    : size;
}

/** One delta of a big answer: a line of so many characters, its newline included. */
export function sizedDelta({ length }: Size): string {
  const words =
    'The quick "brown" fox jumps over the lazy dog, again and again. ';
  return `${
    words.repeat(Math.ceil(length / words.length)).slice(0, length - 1)
  }\n`;
}

/** The whole text of a big answer. */
export function bigText(size: Size): string {
  return sizedDelta(size).repeat(size.count);
}

// A benchmark plays one size many times: the bytes are built once and shared by all answers.
const built = new Map<string, Uint8Array[]>();

function prebuilt(name: string, size: Size): Uint8Array[] {
  const found = built.get(name);
  if (found !== undefined) return found;
  const parts = build(size);
  if (built.size >= 4) built.delete(built.keys().next().value ?? "");
  built.set(name, parts);
  return parts;
}

function build(size: Size): Uint8Array[] {
  const id: Frame = {
    responseId: "resp_standin_big",
    model: "gpt-5",
    createdAt: 1_790_000_000,
  };
  const head = [...opening(id), ...messageOpening()];
  const text = bigText(size);
  const parts = numbered(head).map((event) => bytes(frame(event)));
  const [before = "", after = ""] = frame({
    ...textDeltas([sizedDelta(size)])[0] ?? { type: "" },
    sequence_number: -1,
  }).split("-1");
  let block = "";
  for (let n = 0; n < size.count; n++) {
    block += before + (head.length + n) + after;
    if (!size.each && block.length < BLOCK) continue;
    parts.push(bytes(block));
    block = "";
  }
  if (block !== "") parts.push(bytes(block));
  const tail = numbered(
    [...messageClosing(text), completed(id)],
    head.length + size.count,
  );
  for (const event of tail) {
    const whole = bytes(frame(event));
    for (let at = 0; at < whole.length; at += BLOCK) {
      parts.push(whole.subarray(at, at + BLOCK));
    }
  }
  return parts;
}
