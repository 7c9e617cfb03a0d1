import { type InlineOptions, lexTable } from "./inline_runs.ts";
import type { LineFiller } from "./line_filler.ts";
import {
  type ColumnWidths,
  columnWidths,
  tableAsList,
  tableLines,
} from "./markdown_table.ts";

/** So much of a table is waited for; what follows is set in the same columns. */
const MOST_ROWS = 200;
const MOST_TEXT = 50_000;

/** A longer line makes no head of the one above it. */
const LONGEST_DELIMITER = 2_000;

/** What a table needs of its page. */
export interface TableFlowOptions extends InlineOptions {
  /** How many cells a line may take now. */
  readonly room: () => number;
}

/** Tells whether two lines are the head of a table. */
export function isTableHead(
  [row = "", delimiter = ""]: readonly string[],
): boolean {
  // Most lines are none, and need no lexer to tell that.
  return /^[ \t|:-]+$/.test(delimiter) &&
    delimiter.length <= LONGEST_DELIMITER &&
    lexTable([row, delimiter]) !== undefined;
}

/** Sets a table once it is whole. */
export class TableFlow {
  readonly #filler: LineFiller;
  readonly #options: TableFlowOptions;
  readonly #head: readonly string[];
  #rows: string[] = [];
  #size = 0;
  #set: { readonly widths: ColumnWidths } | undefined;

  /** The lines of the head are two. */
  constructor(
    filler: LineFiller,
    head: readonly string[],
    options: TableFlowOptions,
  ) {
    this.#filler = filler;
    this.#head = head.map(withoutTabs);
    this.#options = options;
  }

  add(row: string): void {
    this.#rows.push(withoutTabs(row));
    this.#size += row.length;
    if (this.#rows.length >= MOST_ROWS || this.#size >= MOST_TEXT) {
      this.#write();
    }
  }

  end(): void {
    if (this.#rows.length > 0 || this.#set === undefined) this.#write();
  }

  #write(): void {
    const table = lexTable([...this.#head, ...this.#rows]);
    if (table === undefined) throw new Error("a table is none any more");
    const isContinued = this.#set !== undefined;
    this.#rows = [];
    this.#size = 0;
    this.#set ??= {
      widths: columnWidths(table, {
        ...this.#options,
        room: this.#options.room(),
      }),
    };
    const { widths } = this.#set;
    if (widths !== undefined) {
      const options = { ...this.#options, widths, isContinued };
      for (const text of tableLines(table, options)) {
        this.#filler.line([{ text, style: "" }]);
      }
      return;
    }
    if (isContinued) this.#filler.line([]);
    for (const runs of tableAsList(table, this.#options)) {
      if (runs.length === 0) this.#filler.line([]);
      this.#filler.fill(runs);
      this.#filler.end();
    }
  }
}

function withoutTabs(row: string): string {
  return row.replaceAll("\t", " ");
}
