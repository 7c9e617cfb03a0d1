import xterm from "@xterm/headless";

/** A terminal in memory that nobody here wrote. */
export interface Emulator {
  write(text: string): Promise<void>;
  /** What was scrolled out of the window and what it shows, without spaces at the ends; `|` is the cursor. */
  view(): string;
}

/** Opens a terminal of so many cells and lines. */
export function openEmulator(columns: number, rows: number): Emulator {
  const terminal = new xterm.Terminal({
    cols: columns,
    rows,
    scrollback: 1000,
    allowProposedApi: true,
  });
  const { active } = terminal.buffer;
  const row = (at: number, from: number, to?: number): string =>
    active.getLine(at)?.translateToString(false, from, to) ?? "";
  return {
    write: (text) => new Promise((resolve) => terminal.write(text, resolve)),
    view: () => {
      const cursor = active.baseY + active.cursorY;
      const column = active.cursorX;
      const lines = Array.from(
        { length: active.length },
        (_, at) =>
          at === cursor
            ? `${row(at, 0, column)}|${row(at, column).trimEnd()}`
            : row(at, 0).trimEnd(),
      );
      return lines.slice(0, lines.findLastIndex((line) => line !== "") + 1)
        .join("\n");
    },
  };
}
