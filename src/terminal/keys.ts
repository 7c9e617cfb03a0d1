import { stripControl } from "../http/redact.ts";
import {
  altKey,
  controlKey,
  csiKey,
  type Key,
  ss3Key,
  withAlt,
} from "./key_sequences.ts";

const ESCAPE = 0x1b;

/** Longer parameters are of no key. */
const MOST_PARAMETERS = 32;

/** The bytes that end a pasted text. */
const PASTE_END = [...new TextEncoder().encode("\x1b[201~")];

/** What the bytes so far are the beginning of. */
type State =
  | "ground"
  | "letter"
  | "escape"
  | "csi"
  | "console"
  | "ss3"
  | "string"
  | "paste";

/**
 * Reads what a terminal sends as keys, in the ways of xterm, rxvt, tmux, the Linux console and those that tell
 * modifiers as kitty does. What is no key is swallowed: unknown sequences, answers of the terminal, bytes that are no
 * UTF-8. The same bytes are the same keys however they are cut.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * const parser = new KeyParser();
 * const bytes = new TextEncoder().encode("é\x1b[1;5D\x1b");
 * assert.deepEqual(parser.add(bytes), [
 *   { type: "text", text: "é" },
 *   { type: "key", name: "ctrl-left" },
 * ]);
 * assert.deepEqual(parser.pause(), [{ type: "key", name: "escape" }]);
 * ```
 */
export class KeyParser {
  #state: State = "ground";
  #keys: Key[] = [];
  /** An escape character came before the sequence. */
  #alt = false;
  #parameters = "";
  /** The bytes of a letter that is not whole, and how many it has in all. */
  #letter: number[] = [];
  #length = 0;
  #pasted: Uint8Array[] = [];
  /** How many bytes of the paste's end were the last to come. */
  #ending = 0;

  /** More bytes will come at once if this is part of what a key sends: else it is time for `pause()`. */
  get isOpen(): boolean {
    return this.#state !== "ground" && this.#state !== "paste";
  }

  /** The keys that these bytes complete. */
  add(bytes: Uint8Array): readonly Key[] {
    for (let at = 0; at < bytes.length;) {
      if (this.#state === "paste") at = this.#paste(bytes, at);
      else this.#byte(bytes[at++] ?? 0);
    }
    return this.#take();
  }

  /** Nothing has come for a while: an escape character was the key itself, and other beginnings were none. */
  pause(): readonly Key[] {
    if (this.#state === "escape") this.#keys.push(controlKey(ESCAPE));
    if (this.#state !== "paste") this.#begin("ground");
    return this.#take();
  }

  #take(): readonly Key[] {
    const keys = this.#keys;
    this.#keys = [];
    return keys;
  }

  #begin(state: State): void {
    this.#state = state;
    this.#parameters = "";
    if (state === "ground") this.#alt = false;
  }

  #byte(byte: number): void {
    // A control character ends whatever was not ended.
    if (byte < 0x20 && this.#state !== "escape" && this.#state !== "ground") {
      const isEnd = this.#state === "string" && byte === 0x07;
      this.#begin("ground");
      if (isEnd) return;
    }
    switch (this.#state) {
      case "letter":
        return this.#continueLetter(byte);
      case "escape":
        return this.#afterEscape(byte);
      case "csi":
        return this.#csi(byte);
      case "console":
        return this.#begin("ground");
      case "ss3":
        return this.#ss3(byte);
      case "string":
        return;
      default:
        return this.#ground(byte);
    }
  }

  #ground(byte: number): void {
    if (byte === ESCAPE) return this.#begin("escape");
    if (byte < 0x20 || byte === 0x7f) {
      this.#keys.push(controlKey(byte));
      return;
    }
    if (byte < 0x80) return this.#type(String.fromCharCode(byte));
    if (byte < 0xc2 || byte > 0xf4) return;
    this.#length = 2 + Number(byte >= 0xe0) + Number(byte >= 0xf0);
    this.#letter = [byte];
    this.#begin("letter");
  }

  #continueLetter(byte: number): void {
    if (byte < 0x80 || byte > 0xbf) {
      this.#begin("ground");
      return this.#ground(byte);
    }
    this.#letter.push(byte);
    if (this.#letter.length < this.#length) return;
    this.#begin("ground");
    this.#type(decode(Uint8Array.from(this.#letter)));
  }

  #type(letter: string): void {
    const text = stripControl(letter);
    if (text !== "") this.#keys.push({ type: "text", text });
  }

  #afterEscape(byte: number): void {
    const letter = String.fromCharCode(byte);
    if (byte === ESCAPE) this.#alt = true;
    else if (letter === "[") this.#begin("csi");
    else if (letter === "O") this.#begin("ss3");
    else if ("]PX^_".includes(letter)) this.#begin("string");
    else {
      this.#begin("ground");
      if (byte >= 0x80) this.#ground(byte);
      else this.#keys.push(altKey(byte));
    }
  }

  #csi(byte: number): void {
    const letter = String.fromCharCode(byte);
    const isLast = byte > 0x3f ||
      letter === "$" && /^\d+$/.test(this.#parameters);
    if (!isLast) this.#parameter(letter);
    else if (letter === "[" && this.#parameters === "") this.#begin("console");
    else this.#end(csiKey(this.#parameters, letter));
  }

  #ss3(byte: number): void {
    const letter = String.fromCharCode(byte);
    if (/\d/.test(letter)) this.#parameter(letter);
    else this.#end(ss3Key(this.#parameters, letter));
  }

  #parameter(letter: string): void {
    if (this.#parameters.length < MOST_PARAMETERS) this.#parameters += letter;
  }

  #end(key: Key | "paste" | undefined): void {
    if (key === "paste") return this.#begin("paste");
    if (key !== undefined) this.#keys.push(this.#alt ? withAlt(key) : key);
    this.#begin("ground");
  }

  /** Takes what belongs to the paste, and returns where the rest begins. */
  #paste(bytes: Uint8Array, from: number): number {
    let at = from;
    while (at < bytes.length && this.#ending < PASTE_END.length) {
      if (this.#ending === 0) {
        const escape = bytes.indexOf(ESCAPE, at);
        at = escape === -1 ? bytes.length : escape + 1;
        this.#ending = escape === -1 ? 0 : 1;
        continue;
      }
      const byte = bytes[at++];
      if (byte === PASTE_END[this.#ending]) this.#ending++;
      else this.#ending = byte === ESCAPE ? 1 : 0;
    }
    this.#pasted.push(bytes.slice(from, at));
    if (this.#ending === PASTE_END.length) this.#endPaste();
    return at;
  }

  #endPaste(): void {
    const bytes = joined(this.#pasted);
    const pasted = decode(bytes.subarray(0, -PASTE_END.length));
    const text = stripControl(pasted.replace(/\r\n?/g, "\n"));
    if (text !== "") this.#keys.push({ type: "paste", text });
    this.#pasted = [];
    this.#ending = 0;
    this.#begin("ground");
  }
}

function joined(chunks: readonly Uint8Array[]): Uint8Array {
  const all = new Uint8Array(
    chunks.reduce((sum, { length }) => sum + length, 0),
  );
  let at = 0;
  for (const chunk of chunks) {
    all.set(chunk, at);
    at += chunk.length;
  }
  return all;
}

/** Without what is no UTF-8. */
function decode(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes).replaceAll("\ufffd", "");
}
