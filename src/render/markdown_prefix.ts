import { widthOf } from "../cells.ts";
import type { Prefix } from "./line_filler.ts";
import type { Container } from "./markdown_lines.ts";
import type { Run, Styles } from "./styled.ts";

/** A container whose lines are being written. */
export interface OpenContainer {
  readonly container: Container;
  /** The mark of an item stands on its first line only. */
  isMarked: boolean;
}

/**
 * What stands before a line in its containers. It takes half of the window at most: deeper ones are left out where it
 * is narrow, and their marks are words then.
 */
export function prefixOf(
  open: readonly OpenContainer[],
  { columns, styles }: { readonly columns: number; readonly styles: Styles },
): Prefix {
  const runs: Run[] = [];
  const words: string[] = [];
  let room = Math.floor(columns / 2);
  for (const { container, isMarked } of open) {
    const isQuote = container.type === "quote";
    const mark = isQuote ? "│ " : container.marker;
    const width = widthOf(mark);
    if (width > room) {
      if (!isQuote && !isMarked) words.push(mark.trimEnd());
      continue;
    }
    room -= width;
    const text = isMarked && !isQuote ? " ".repeat(width) : mark;
    runs.push({ text, style: isQuote ? styles.dim : "" });
  }
  return { runs, words };
}
