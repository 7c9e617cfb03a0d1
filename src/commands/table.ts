import { stripControl } from "../http/redact.ts";

/** Rows in aligned columns under a head on a terminal, and tab-separated without one in a pipe. */
export async function table(
  head: readonly string[],
  rows: readonly (readonly string[])[],
  onTerminal: boolean,
): Promise<string> {
  // A cell must not break the table, nor drive the screen.
  const clean = rows.map((row) =>
    row.map((cell) => stripControl(cell.replace(/\s+/g, " ")))
  );
  if (!onTerminal) return clean.map((row) => `${row.join("\t")}\n`).join("");
  // A letter may take two cells of the screen, or none.
  const { default: widthOf } = await import("fast-string-width");
  const all = [head, ...clean];
  const widths = head.map((_, column) =>
    Math.max(...all.map((row) => widthOf(row[column] ?? "")))
  );
  return all.map((row) => {
    const cells = row.map((cell, column) =>
      cell + " ".repeat(Math.max(0, (widths[column] ?? 0) - widthOf(cell)))
    );
    return `${cells.join("  ").trimEnd()}\n`;
  }).join("");
}
