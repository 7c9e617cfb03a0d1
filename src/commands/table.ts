import { stripControl } from "../http/redact.ts";

/** Rows in aligned columns under a head on a terminal, and tab-separated without one in a pipe. */
export function table(
  head: readonly string[],
  rows: readonly (readonly string[])[],
  onTerminal: boolean,
): string {
  // A cell must not break the table, nor drive the screen.
  const clean = rows.map((row) =>
    row.map((cell) => stripControl(cell.replace(/\s+/g, " ")))
  );
  if (!onTerminal) return clean.map((row) => `${row.join("\t")}\n`).join("");
  const all = [head, ...clean];
  const widths = head.map((_, column) =>
    Math.max(...all.map((row) => row[column]?.length ?? 0))
  );
  return all.map((row) => {
    const cells = row.map((cell, column) => cell.padEnd(widths[column] ?? 0));
    return `${cells.join("  ").trimEnd()}\n`;
  }).join("");
}
