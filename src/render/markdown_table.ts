import type { Token, Tokens } from "marked";
import { widthOf } from "../cells.ts";
import { type InlineOptions, runsOf } from "./inline_runs.ts";
import { LineFiller } from "./line_filler.ts";
import { encodeRuns, type Run } from "./styled.ts";

/** What stands between two columns, and in the rule below. */
const SEPARATOR = " │ ";
const CROSSING = "─┼─";

/** Less than this is not readable where there is more to read. */
const NARROWEST = 6;

/** A longer word is broken before another column suffers for it. */
const LONGEST_WORD = 20;

/** How wide each column is; undefined where there is no room for them side by side. */
export type ColumnWidths = readonly number[] | undefined;

/** Divides a line among the columns of a table: words are kept whole where that can be, then the widest give way. */
export function columnWidths(
  { header, rows }: Tokens.Table,
  options: InlineOptions & { readonly room: number },
): ColumnWidths {
  const columns = header.map((head, column) => {
    const cells = [head, ...rows.map((row) => row[column] ?? head)];
    const lines = cells.flatMap((cell) => textOf(cell, options).split("\n"));
    const words = lines.flatMap((line) => line.split(" "));
    const width = widest(lines);
    return { width, word: Math.min(widest(words), LONGEST_WORD) };
  });
  const room = options.room - SEPARATOR.length * (columns.length - 1);
  const least = sum(columns.map(({ width }) => Math.min(width, NARROWEST)));
  if (least > room) return undefined;
  const widths = columns.map(({ width }) => width);
  const words = columns.map(({ word }) => word);
  const spare = room - sum(words);
  if (spare < 0) return fit(widths, room);
  const rest = fit(columns.map(({ width, word }) => width - word), spare);
  return words.map((word, column) => word + (rest[column] ?? 0));
}

/**
 * The widths that have room, the widest cut first.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * assert.deepEqual(fit([30, 4, 40], 40), [18, 4, 18]);
 * assert.deepEqual(fit([4, 30], 40), [4, 30]);
 * ```
 */
export function fit(
  widths: readonly number[],
  room: number,
): readonly number[] {
  const fitted = [...widths];
  let left = room;
  let columns = widths.length;
  const byWidth = [...widths.entries()].sort((a, b) => a[1] - b[1]);
  for (const [column, width] of byWidth) {
    const share = Math.min(width, Math.floor(left / columns));
    fitted[column] = share;
    left -= share;
    columns--;
  }
  return fitted;
}

/** How a table is set. */
export interface TableOptions extends InlineOptions {
  readonly widths: readonly number[];
  /** The rows go on with a table whose head is written. */
  readonly isContinued: boolean;
}

/** The lines of a table, columns side by side, as a terminal is sent them. */
export function tableLines(
  { header, rows }: Tokens.Table,
  options: TableOptions,
): readonly string[] {
  const { widths, isContinued, styles } = options;
  const bodies = rows.map((row) => rowLines(row, options));
  const rule = encodeRuns([{
    text: widths.map((width) => "─".repeat(width)).join(CROSSING),
    style: styles.dim,
  }]);
  // Where a row takes more than a line, the next one must be told from it.
  const isTall = bodies.some((lines) => lines.length > 1);
  const lines = bodies.flatMap((body, row) =>
    isTall && (isContinued || row > 0) ? [rule, ...body] : body
  );
  if (isContinued) return lines;
  return [...rowLines(header, options, styles.bold), rule, ...lines];
}

/** The rows of a table as lines of "head: value", the rows apart. */
export function tableAsList(
  { header, rows }: Tokens.Table,
  options: InlineOptions,
): readonly (readonly Run[])[] {
  const { bold } = options.styles;
  const heads = header.map((head) => cellRuns(head, options, bold));
  if (rows.length === 0) return heads;
  return rows.flatMap((row, at) => [
    ...at === 0 ? [] : [[]],
    ...row.map((cell, column) => [
      ...heads[column] ?? [],
      { text: ": ", style: bold },
      ...cellRuns(cell, options),
    ]),
  ]);
}

function rowLines(
  row: readonly Tokens.TableCell[],
  options: TableOptions,
  style = "",
): readonly string[] {
  const { widths, styles } = options;
  const cells = row.map((cell, column) => ({
    align: cell.align,
    width: widths[column] ?? 0,
    lines: wrap(cellRuns(cell, options, style), widths[column] ?? 0),
  }));
  const height = Math.max(1, ...cells.map(({ lines }) => lines.length));
  const separator = encodeRuns([{ text: SEPARATOR, style: styles.dim }]);
  return Array.from(
    { length: height },
    (_, at) =>
      cells.map(({ lines, ...place }) => pad(lines[at] ?? "", place))
        .join(separator).trimEnd(),
  );
}

function wrap(runs: readonly Run[], width: number): readonly string[] {
  const filler = new LineFiller({
    columns: () => width,
    prefix: () => ({ runs: [], words: [] }),
  });
  filler.fill(runs);
  filler.end();
  return filler.take().split("\n").slice(0, -1);
}

function pad(
  line: string,
  { align, width }: Pick<Tokens.TableCell, "align"> & {
    readonly width: number;
  },
): string {
  // deno-lint-ignore no-control-regex -- our own styles take no room
  const text = line.replace(/\x1b\[[\d;]*m/g, "");
  const space = Math.max(0, width - widthOf(text));
  const before = align === "right"
    ? space
    : align === "center"
    ? Math.floor(space / 2)
    : 0;
  return " ".repeat(before) + line + " ".repeat(space - before);
}

/** A line's end in a cell can only be written as HTML. */
function cellRuns(
  { tokens }: Tokens.TableCell,
  options: InlineOptions,
  style = "",
): readonly Run[] {
  return runsOf(
    tokens.map((token: Token) =>
      token.type === "html" && /^<br\s*\/?>$/i.test(token.raw)
        ? { type: "br", raw: token.raw }
        : token
    ),
    options,
    style,
  );
}

function textOf(cell: Tokens.TableCell, options: InlineOptions): string {
  return cellRuns(cell, options).map(({ text }) => text).join("");
}

function widest(texts: readonly string[]): number {
  return texts.reduce((most, text) => Math.max(most, widthOf(text)), 0);
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
