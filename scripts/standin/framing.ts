import type { WireEvent } from "./events.ts";

/** How events are written as text. */
export interface FramingOptions {
  /** The line ending, `\n` by default. */
  readonly newline?: "\n" | "\r\n" | "\r";
  /** Leave the `event:` lines out. */
  readonly dataOnly?: boolean;
  /** Spread the data over several `data:` lines. */
  readonly multiLine?: boolean;
  /** Put nothing between the colon and the value. */
  readonly noSpace?: boolean;
  /** Lines written before each event's own. */
  readonly before?: (n: number) => readonly string[];
}

const encoder = new TextEncoder();

/** Writes one event as the lines of a message, with the blank line that closes it. */
export function frame(
  event: WireEvent,
  options: FramingOptions = {},
  n = 0,
): string {
  const json = options.multiLine
    ? JSON.stringify(event, null, 2)
    : JSON.stringify(event);
  const name = options.dataOnly ? undefined : event.type;
  return frameText(json, { ...options, name }, n);
}

/** Writes any text as a message, named or not; `dataOnly` and `multiLine` are for events. */
export function frameText(
  text: string,
  options: FramingOptions & { readonly name?: string | undefined } = {},
  n = 0,
): string {
  const { newline = "\n", noSpace = false, before, name } = options;
  const colon = noSpace ? ":" : ": ";
  const lines = [
    ...(before?.(n) ?? []),
    ...(name === undefined ? [] : [`event${colon}${name}`]),
    ...text.split("\n").map((line) => `data${colon}${line}`),
    "",
    "",
  ];
  return lines.join(newline);
}

/** One network chunk for each event. */
export function chunks(
  events: readonly WireEvent[],
  options: FramingOptions = {},
): Uint8Array[] {
  return events.map((event, n) => encoder.encode(frame(event, options, n)));
}

/** The same bytes in chunks of another size, cutting wherever it falls. */
export function recut(
  parts: readonly Uint8Array[],
  size: number,
): Uint8Array[] {
  const whole = concat(parts);
  const cut: Uint8Array[] = [];
  for (let from = 0; from < whole.length; from += size) {
    cut.push(whole.subarray(from, from + size));
  }
  return cut;
}

/** Cuts inside every character that takes more than one byte, and nowhere else. */
export function cutCharacters(parts: readonly Uint8Array[]): Uint8Array[] {
  const whole = concat(parts);
  const cut: Uint8Array[] = [];
  let from = 0;
  for (let at = 1; at < whole.length; at++) {
    const continuation = ((whole[at] ?? 0) & 0xc0) === 0x80;
    if (!continuation) continue;
    cut.push(whole.subarray(from, at));
    from = at;
  }
  cut.push(whole.subarray(from));
  return cut;
}

/** Joins chunks into one. */
export function concat(parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(
    parts.reduce((sum, part) => sum + part.length, 0),
  );
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

/** Encodes text that is put on the wire as it is. */
export function bytes(text: string): Uint8Array {
  return encoder.encode(text);
}
