import { stripControl } from "../http/redact.ts";
import { BlockWriter } from "./block_writer.ts";
import { PairJoiner } from "./pair_joiner.ts";

/** A line whose beginning leaves open for longer what it is, is read when it is whole. */
const LONGEST_BEGINNING = 200;

/** The window that a page is shown in. */
export interface MarkdownPageOptions {
  /** How many cells wide it is now. */
  readonly columns: () => number;
  readonly color: boolean;
}

/**
 * Shows an answer in Markdown on a terminal while it comes: takes its text in parts and tells what to write. Nothing
 * that was written is taken back, so that no window, however narrow or resized, can spoil it; what later text could
 * change waits for it: a word, the words of one span, a line of code, a table. The same text comes out the same however
 * it is cut. Lines end where the model ended them, and before the window does, but for those of code.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * const page = new MarkdownPage({ columns: () => 12, color: false });
 * assert.equal(page.add("* One two, thr"), "• One two,");
 * assert.equal(page.add("ee, four"), "\n  three,");
 * assert.equal(page.end(), "\n  four\n");
 * ```
 */
export class MarkdownPage {
  readonly #writer: BlockWriter;
  readonly #joiner = new PairJoiner();
  /** What has come of a line that is not known to be text. */
  #parts: string[] = [];
  #length = 0;
  /** The line that is coming is known to be text. */
  #isText = false;
  /** It is not looked at again before it is whole. */
  #isHeld = false;

  constructor(options: MarkdownPageOptions) {
    this.#writer = new BlockWriter(options);
  }

  /** What to write once this part of the answer has come. */
  add(delta: string): string {
    this.#add(this.#joiner.add(delta));
    return this.#writer.take();
  }

  /** What to write when nothing more comes; the last line is ended, if there is any. */
  end(): string {
    this.#add(this.#joiner.end());
    if (this.#isText || this.#length > 0) this.#endLine();
    this.#writer.end();
    return this.#writer.take();
  }

  #add(delta: string): void {
    const [first = "", ...lines] = stripControl(delta).split("\n");
    this.#addToLine(first);
    for (const line of lines) {
      this.#endLine();
      this.#addToLine(line);
    }
    this.#begin();
  }

  #addToLine(part: string): void {
    if (part === "") return;
    if (this.#isText) return this.#writer.addText(part);
    this.#parts.push(part);
    this.#length += part.length;
  }

  /** Shows the beginning of a line that can be nothing but text. */
  #begin(): void {
    if (this.#length === 0 || this.#isHeld) return;
    this.#isText = this.#writer.beginText(this.#parts.join(""));
    this.#isHeld = !this.#isText && this.#length > LONGEST_BEGINNING;
    if (this.#isText) this.#takeLine();
  }

  #endLine(): void {
    if (this.#isText) this.#writer.endText();
    else this.#writer.writeLine(this.#takeLine());
    this.#isText = false;
  }

  #takeLine(): string {
    const line = this.#parts.join("");
    this.#parts = [];
    this.#length = 0;
    this.#isHeld = false;
    return line;
  }
}
