import { draw, type Drawn } from "./draw.ts";
import { editOf } from "./edit.ts";
import { type Layout, layOut, type WindowSize } from "./layout.ts";
import { searchPrompt } from "./line_search.ts";
import type { LineState } from "./line_state.ts";

/** Shows a line on a terminal while it is typed: tells what to write, from the place where the line before ended. */
export class LineScreen {
  readonly #prompt: string;
  #drawn: Drawn | undefined;

  constructor(prompt: string) {
    this.#prompt = prompt;
  }

  /** Shows the line as it is now. */
  show(state: LineState, size: WindowSize): string {
    const prompt = searchPrompt(state) ?? this.#prompt;
    const layout = layOut(
      { prompt, text: state.text, cursor: state.cursor },
      size,
    );
    return this.#draw(layout, size);
  }

  /** Shows all of the line for the last time, and below it some more lines; what is written next comes below them. */
  end(
    state: LineState,
    size: WindowSize,
    lines: readonly string[] = [],
  ): string {
    const line = { prompt: this.#prompt, ...editOf(state.text) };
    const whole = this.#draw(layOut(line, { ...size, rows: Infinity }), size);
    this.forget();
    return [whole, ...lines, ""].join("\r\n");
  }

  /** Empties the screen. */
  clear(): string {
    this.forget();
    return "\x1b[H\x1b[2J";
  }

  /** The line is shown anew where the cursor is. */
  forget(): void {
    this.#drawn = undefined;
  }

  #draw(layout: Layout, size: WindowSize): string {
    const drawn = draw(layout, this.#drawn, size);
    this.#drawn = { layout, columns: size.columns };
    return drawn;
  }
}
