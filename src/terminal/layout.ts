import { stripControl } from "../http/redact.ts";
import { graphemesOf, widthOfLetter } from "../cells.ts";
import type { Edit } from "./edit.ts";

/** A text that is typed behind a prompt, which may be colored. */
export interface Line extends Edit {
  readonly prompt: string;
}

/** How many cells and lines a terminal shows. */
export interface WindowSize {
  readonly columns: number;
  readonly rows: number;
}

/** A line in the rows of a window. */
export interface Layout {
  readonly rows: readonly Row[];
  /** The row that the cursor is in, and what stands before it there. */
  readonly cursorRow: number;
  readonly beforeCursor: Row;
}

/** A row of the screen, and how many cells it takes. */
export interface Row {
  readonly text: string;
  readonly width: number;
}

/** What splits a prompt, in brackets so that it stands between the parts. */
// deno-lint-ignore no-control-regex -- how a color begins
const COLOR_OR_END = /(\x1b\[[\d;]*m|\n)/;

/** A tab leads to the next multiple of this column. */
const TAB = 4;

/**
 * Breaks a line into rows; of more than fit in the window, those around the cursor.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * const line = { prompt: "> ", text: "one two", cursor: 4 };
 * const { rows, cursorRow } = layOut(line, { columns: 6, rows: 5 });
 * assert.deepEqual(rows.map(({ text }) => text), ["> one ", "  two"]);
 * assert.equal(cursorRow, 1);
 * ```
 */
export function layOut(line: Line, { columns, rows }: WindowSize): Layout {
  const { from, to } = partAround(line, columns * rows);
  const text = line.text.slice(from, to);
  const cursor = line.cursor - from;
  const writer = new RowWriter(Math.max(1, columns));
  writer.prompt(line.prompt);
  writer.indent();
  if (from > 0) writer.restart();
  let at = 0;
  for (const letter of graphemesOf(text)) {
    if (letter !== "\n") writer.makeRoom(letter);
    const next = at + letter.length;
    if (at <= cursor && cursor < next) writer.mark();
    if (letter === "\n") writer.newRow();
    else writer.put(letter);
    at = next;
  }
  if (at <= cursor) {
    writer.makeRoom(" ");
    writer.mark();
  }
  return rowsAround(writer.end(), rows);
}

/** What may be seen of a long text, so that not all of it is looked at for each key. */
function partAround(
  { text, cursor }: Edit,
  cells: number,
): { readonly from: number; readonly to: number } {
  if (text.length <= cells * 4) return { from: 0, to: text.length };
  const least = Math.max(0, cursor - cells);
  const newline = text.lastIndexOf("\n", least);
  const cut = newline < least - cells ? least : newline + 1;
  const isInLetter = /[\udc00-\udfff]/.test(text.charAt(cut));
  return { from: isInLetter ? cut + 1 : cut, to: cursor + cells };
}

function rowsAround(layout: Layout, most: number): Layout {
  const { rows, cursorRow, beforeCursor } = layout;
  if (rows.length <= most) return layout;
  const middle = cursorRow - Math.floor(most / 2);
  const top = Math.max(0, Math.min(middle, rows.length - most));
  return {
    rows: rows.slice(top, top + most),
    cursorRow: cursorRow - top,
    beforeCursor,
  };
}

class RowWriter {
  readonly #columns: number;
  readonly #rows: Row[] = [];
  #text = "";
  #width = 0;
  #indent = 0;
  /** The colors that a row of the prompt ends with, and the next one begins with. */
  #color = "";
  #cursor: { readonly row: number; readonly before: Row } | undefined;

  constructor(columns: number) {
    this.#columns = columns;
  }

  /** Writes a prompt, of which only the colors may drive the terminal. */
  prompt(prompt: string): void {
    for (const [at, part] of prompt.split(COLOR_OR_END).entries()) {
      if (part === "\n") this.newRow();
      else if (at % 2 === 1) this.#paint(part);
      else {
        for (const letter of graphemesOf(stripControl(part))) {
          this.makeRoom(letter);
          this.put(letter);
        }
      }
    }
  }

  /** Has the next rows begin where this one ends, unless that leaves too little room. */
  indent(): void {
    if (this.#width <= this.#columns / 3) this.#indent = this.#width;
  }

  /** Forgets the rows so far. */
  restart(): void {
    this.newRow();
    this.#rows.length = 0;
  }

  /** Begins another row if a letter has no room in this one. */
  makeRoom(letter: string): void {
    const isFull = this.#width + this.#cellsOf(letter) > this.#columns;
    if (isFull && this.#width > this.#indent) this.newRow();
  }

  put(letter: string): void {
    const cells = this.#cellsOf(letter);
    this.#text += letter === "\t" ? " ".repeat(cells) : letter;
    this.#width += cells;
  }

  newRow(): void {
    this.#rows.push(this.#row());
    this.#text = " ".repeat(this.#indent) + this.#color;
    this.#width = this.#indent;
  }

  /** The cursor is here. */
  mark(): void {
    this.#cursor = { row: this.#rows.length, before: this.#row() };
  }

  end(): Layout {
    this.#rows.push(this.#row());
    if (this.#cursor === undefined) throw new Error("no cursor was marked");
    return {
      rows: this.#rows,
      cursorRow: this.#cursor.row,
      beforeCursor: this.#cursor.before,
    };
  }

  #row(): Row {
    const end = this.#color === "" ? "" : "\x1b[0m";
    return { text: this.#text + end, width: this.#width };
  }

  #paint(color: string): void {
    this.#text += color;
    const isEnd = /\[0*m$/.test(color);
    this.#color = isEnd ? "" : this.#color + color;
  }

  #cellsOf(letter: string): number {
    const column = this.#width - this.#indent;
    return letter === "\t" ? TAB - column % TAB : widthOfLetter(letter);
  }
}
