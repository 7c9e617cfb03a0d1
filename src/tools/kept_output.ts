import type { KeptOutput } from "../host.ts";

/** Keeps the beginning and the end of what a program writes, however much it is, in constant memory. */
export class OutputKeeper {
  readonly #half: number;
  readonly #head: Uint8Array[] = [];
  readonly #tail: Uint8Array[] = [];
  #headBytes = 0;
  #tailBytes = 0;
  #all = 0;

  constructor(keepBytes: number) {
    this.#half = Math.floor(keepBytes / 2);
  }

  /** Takes the next piece, which must not change afterwards. */
  add(bytes: Uint8Array): void {
    this.#all += bytes.length;
    const free = this.#half - this.#headBytes;
    const first = bytes.subarray(0, free);
    if (first.length > 0) this.#head.push(first);
    this.#headBytes += first.length;
    // The copy lets go of the rest of a large piece.
    const rest = bytes.subarray(first.length).slice(-this.#half);
    if (rest.length === 0) return;
    this.#tail.push(rest);
    this.#tailBytes += rest.length;
    for (;;) {
      const oldest = this.#tail[0]?.length ?? 0;
      if (this.#tailBytes - oldest < this.#half) return;
      this.#tail.shift();
      this.#tailBytes -= oldest;
    }
  }

  /** What was kept so far. */
  kept(): KeptOutput {
    const tail = joined(this.#tail).slice(-this.#half);
    const skipped = this.#all - this.#headBytes - tail.length;
    return { head: joined(this.#head), skipped, tail };
  }
}

/** What colors text or moves a cursor says nothing to a model. */
const SEQUENCES =
  // deno-lint-ignore no-control-regex -- that is what they are made of
  /\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)|[ -/]*[0-~])/g;

/** What was kept as text, without sequences for a terminal; a line tells of what was not. */
export function keptText({ head, skipped, tail }: KeptOutput): string {
  const decode = (bytes: Uint8Array): string =>
    new TextDecoder().decode(bytes).replaceAll(SEQUENCES, "");
  if (skipped > 0) {
    return `${decode(head)}\n[${skipped} bytes left out]\n${decode(tail)}`;
  }
  // A character may lie across both.
  return decode(joined([head, tail]));
}

function joined(pieces: readonly Uint8Array[]): Uint8Array {
  const length = pieces.reduce((sum, piece) => sum + piece.length, 0);
  const all = new Uint8Array(length);
  let at = 0;
  for (const piece of pieces) {
    all.set(piece, at);
    at += piece.length;
  }
  return all;
}
