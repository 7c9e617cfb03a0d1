import type { Layout, Row, WindowSize } from "./layout.ts";

/** What stands on the screen, the cursor in it. */
export interface Drawn {
  readonly layout: Layout;
  readonly columns: number;
}

/** Rows are as wide as we think they are: if the terminal thinks otherwise, it must cut them rather than break them. */
const CUT = "\x1b[?7l";
const BREAK = "\x1b[?7h";
const CLEAR_BELOW = "\x1b[J";

/**
 * What to write to put a layout in the place of what was drawn before. The cursor's own row is written twice, the second
 * time up to the cursor: that finds its place even where the terminal's letters are not as wide as ours.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { layOut } from "./layout.ts";
 * const size = { columns: 80, rows: 24 };
 * const layout = layOut({ prompt: "> ", text: "ab", cursor: 1 }, size);
 * assert.equal(
 *   draw(layout, undefined, size),
 *   "\r\x1b[J\x1b[?7l> ab\r> a\x1b[?7h",
 * );
 * ```
 */
export function draw(
  { rows, cursorRow, beforeCursor }: Layout,
  before: Drawn | undefined,
  size: WindowSize,
): string {
  const above = before === undefined ? 0 : rowsAbove(before, size.columns);
  return up(above) + "\r" + CLEAR_BELOW + CUT +
    rows.map(({ text }) => text).join("\r\n") +
    up(rows.length - 1 - cursorRow) + "\r" + beforeCursor.text + BREAK;
}

/** How many rows of the screen are above the cursor: a window that was made narrower has broken those too wide. */
function rowsAbove({ layout, columns }: Drawn, now: number): number {
  const { rows, cursorRow, beforeCursor } = layout;
  if (now >= columns) return cursorRow;
  const broken = ({ width }: Row): number =>
    Math.max(1, Math.ceil(width / now));
  return rows.slice(0, cursorRow)
    .reduce((sum, row) => sum + broken(row), 0) +
    Math.max(0, Math.ceil(beforeCursor.width / now) - 1);
}

function up(rows: number): string {
  return rows > 0 ? `\x1b[${rows}A` : "";
}
