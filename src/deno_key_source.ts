import type { Key } from "./terminal/key_sequences.ts";
import { KeyParser } from "./terminal/keys.ts";

/** What a key sends comes at once; after so many milliseconds, an escape character is a key of its own. */
const PAUSE_MS = 50;

const LINE_FEED = 0x0a;
const CARRIAGE_RETURN = 0x0d;

/** The keys that are pressed on the terminal. */
export class KeySource {
  readonly #parser = new KeyParser();
  readonly #buffer = new Uint8Array(65_536);
  /** A read cannot be called off: it serves whoever asks next. */
  #reading: Promise<Uint8Array | undefined> | undefined;
  #isAhead = true;

  /** What comes next may have been typed ahead, on a terminal that made a line's end of Enter. */
  pause(): void {
    this.#isAhead = true;
  }

  /** The next keys, none when `woken` comes first; undefined at the end of input. */
  async next(woken: Promise<void>): Promise<readonly Key[] | undefined> {
    for (;;) {
      const chunk = await this.#chunk(woken);
      if (chunk === "end") return undefined;
      if (chunk === "woken") return [];
      const keys = chunk === "pause"
        ? this.#parser.pause()
        : this.#parser.add(chunk);
      if (keys.length > 0) return keys;
    }
  }

  async #chunk(
    woken: Promise<void>,
  ): Promise<Uint8Array | "woken" | "pause" | "end"> {
    this.#reading ??= this.#read();
    const { promise: pause, resolve } = Promise.withResolvers<"pause">();
    const timer = this.#parser.isOpen
      ? setTimeout(() => resolve("pause"), PAUSE_MS)
      : undefined;
    try {
      const chunk = await Promise.race([
        this.#reading,
        woken.then((): "woken" => "woken"),
        pause,
      ]);
      if (chunk === "woken" || chunk === "pause") return chunk;
      this.#reading = undefined;
      return chunk ?? "end";
    } finally {
      clearTimeout(timer);
    }
  }

  async #read(): Promise<Uint8Array | undefined> {
    try {
      const length = await Deno.stdin.read(this.#buffer);
      if (length === null) return undefined;
      const bytes = this.#buffer.slice(0, length);
      if (this.#isAhead) submitLastLine(bytes);
      this.#isAhead = false;
      return bytes;
    } catch {
      // The terminal is gone.
      return undefined;
    }
  }
}

/** One line that was typed ahead is meant; of several, which were rather pasted, none is. */
function submitLastLine(bytes: Uint8Array): void {
  const last = bytes.length - 1;
  if (bytes.indexOf(LINE_FEED) === last) bytes[last] = CARRIAGE_RETURN;
}
