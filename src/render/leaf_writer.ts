import { widthOf } from "../cells.ts";
import { InlineFlow } from "./inline_flow.ts";
import type { InlineOptions } from "./inline_runs.ts";
import type { LineFiller } from "./line_filler.ts";
import { both } from "./styled.ts";

/** A rule of the window's width would be two lines in a narrower one. */
const WIDEST_RULE = 40;

/** How far code is indented; less in a narrow window. */
const CODE_INDENT = 4;

/** A tab in code leads to the next multiple of this column. */
const TAB = 4;

/** What blocks are written with. */
export interface LeafOptions extends InlineOptions {
  readonly columns: () => number;
}

/** Writes what blocks consist of. */
export class LeafWriter {
  readonly #filler: LineFiller;
  readonly #options: LeafOptions;

  constructor(filler: LineFiller, options: LeafOptions) {
    this.#filler = filler;
    this.#options = options;
  }

  /** A text that comes in parts. */
  flow(style = ""): InlineFlow {
    return new InlineFlow(this.#filler, this.#options, style);
  }

  heading(depth: number, text: string): void {
    const { styles: { bold, underline }, color } = this.#options;
    const mark = color ? "" : `${"#".repeat(depth)} `;
    this.#filler.fill([{ text: mark, style: "" }]);
    const flow = this.flow(depth === 1 ? both(bold, underline) : bold);
    flow.add(text);
    flow.end();
  }

  rule(): void {
    const { columns, styles: { dim } } = this.#options;
    const width = Math.min(WIDEST_RULE, Math.ceil(columns() / 2));
    this.#filler.line([{ text: "─".repeat(width), style: dim }]);
  }

  /** The language of the code that follows. */
  label(text: string): void {
    if (text === "") return;
    this.#filler.indent(Math.floor(this.#indent() / 2));
    this.#filler.fill([{ text, style: this.#options.styles.dim }]);
    this.#filler.end();
  }

  /** A line of code, which is not broken so that it can be copied. */
  code(line: string): void {
    const code = withoutTabs(line).trimEnd();
    const indent = code === "" ? "" : " ".repeat(this.#indent());
    this.#filler.line([{ text: indent + code, style: "" }]);
  }

  /** A line of what is no Markdown, and is broken all the same. */
  verbatim(line: string): void {
    const text = withoutTabs(line);
    const words = text.trimStart();
    this.#filler.indent(text.length - words.length);
    this.#filler.fill([{ text: words, style: "" }]);
    this.#filler.end();
  }

  #indent(): number {
    return Math.min(CODE_INDENT, Math.floor(this.#options.columns() / 8));
  }
}

/** Tells whether a line ends the code that such a mark began. */
export function closesFence(line: string, mark: string): boolean {
  const closing = line.trim();
  return !/^ {4}/.test(line) && closing.length >= mark.length &&
    closing === mark.charAt(0).repeat(closing.length);
}

/** A line without as many spaces as its fence was indented by. */
export function withoutIndent(line: string, indent: number): string {
  let from = 0;
  while (from < indent && line[from] === " ") from++;
  return line.slice(from);
}

function withoutTabs(line: string): string {
  const [first = "", ...parts] = line.split("\t");
  let column = widthOf(first);
  let text = first;
  for (const part of parts) {
    const space = TAB - column % TAB;
    text += " ".repeat(space) + part;
    column += space + widthOf(part);
  }
  return text;
}
