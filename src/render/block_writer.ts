import type { InlineFlow } from "./inline_flow.ts";
import type { InlineOptions } from "./inline_runs.ts";
import { closesFence, LeafWriter, withoutIndent } from "./leaf_writer.ts";
import { LineFiller, type Prefix } from "./line_filler.ts";
import {
  isRow,
  type Leaf,
  type Line,
  type LineContext,
  matchContainers,
  readLine,
} from "./markdown_lines.ts";
import { type OpenContainer, prefixOf } from "./markdown_prefix.ts";
import { stylesFor, widthOfRuns } from "./styled.ts";
import { isTableHead, TableFlow } from "./table_flow.ts";

/** What the last line belongs to; the next one may, too. */
type Block = Readonly<
  | { type: "none" | "html" }
  | { type: "paragraph"; flow: InlineFlow }
  | { type: "table"; flow: TableFlow }
  | { type: "fence"; mark: string; indent: number }
  | { type: "math"; close: string }
  // The head of a table, if the next line says so; else text of a paragraph, which may be there already.
  | { type: "row"; text: string; flow: InlineFlow | undefined }
>;

const NONE: Block = { type: "none" };

/** Writes the lines of a text in Markdown, block by block. */
export class BlockWriter {
  readonly #columns: () => number;
  readonly #inline: InlineOptions;
  readonly #filler: LineFiller;
  readonly #leaves: LeafWriter;
  #containers: OpenContainer[] = [];
  #block: Block = NONE;
  /** An empty line stands before the next block. */
  #isApart = false;
  #isEmpty = true;

  constructor({ columns, color }: {
    readonly columns: () => number;
    readonly color: boolean;
  }) {
    this.#columns = () => Math.max(1, columns());
    this.#inline = { styles: stylesFor(color), color };
    this.#filler = new LineFiller({
      columns: this.#columns,
      prefix: () => {
        const prefix = this.#prefix();
        for (const open of this.#containers) open.isMarked = true;
        this.#isEmpty = false;
        return prefix;
      },
    });
    this.#leaves = new LeafWriter(this.#filler, {
      ...this.#inline,
      columns: this.#columns,
    });
  }

  /** What to write for all that was called since the last time. */
  take(): string {
    return this.#filler.take();
  }

  /** Begins a line of which this much is known to be text; false where it is not. */
  beginText(beginning: string): boolean {
    const { type } = this.#block;
    if (type !== "none" && type !== "paragraph") return false;
    const line = readLine(beginning, this.#context(true));
    if (line !== undefined) this.#write(line);
    return line !== undefined;
  }

  /** Goes on with such a line. */
  addText(text: string): void {
    if (this.#block.type === "paragraph") this.#block.flow.add(text);
  }

  /** Ends such a line. */
  endText(): void {
    this.addText("\n");
  }

  /** Writes a whole line. */
  writeLine(text: string): void {
    if (this.#goesOn(text)) return;
    this.#write(readLine(text, { ...this.#context(false), partial: false }));
    this.endText();
  }

  /** Nothing follows. */
  end(): void {
    this.#endBlock();
    this.#close(0);
  }

  #context(partial: boolean): LineContext {
    return {
      containers: this.#containers.map(({ container }) => container),
      inParagraph: this.#block.type === "paragraph",
      partial,
    };
  }

  /** Writes a line that the block before claims; what that leaves undone otherwise is done. */
  #goesOn(text: string): boolean {
    const block = this.#block;
    if (block.type === "none" || block.type === "paragraph") return false;
    const { containers } = this.#context(false);
    const { matched, rest } = matchContainers(text, containers);
    const isInside = matched === containers.length;
    if (isInside && this.#extend(block, rest.text)) return true;
    if (block.type === "row") this.#releaseRow(block);
    else this.#endBlock();
    return false;
  }

  #extend(block: Block, line: string): boolean {
    switch (block.type) {
      case "fence":
        if (closesFence(line, block.mark)) this.#block = NONE;
        else this.#leaves.code(withoutIndent(line, block.indent));
        return true;
      case "html":
        if (line.trim() === "") return false;
        this.#leaves.verbatim(line);
        return true;
      case "math":
        if (line.trim() === "") return false;
        this.#leaves.verbatim(line);
        if (line.includes(block.close)) this.#block = NONE;
        return true;
      case "row":
        return this.#beginTable(block, line);
      case "table":
        if (!isRow(line)) return false;
        block.flow.add(line);
        return true;
      default:
        return false;
    }
  }

  #write(line: Line): void {
    const { leaf } = line;
    const isPlain = line.opened.length === 0;
    const flow = this.#block.type === "paragraph"
      ? this.#block.flow
      : undefined;
    if (leaf.type === "text" && isPlain && flow !== undefined) {
      flow.add(leaf.text);
      return;
    }
    const continues = isPlain && line.matched === this.#containers.length;
    if (leaf.type === "row" && continues && flow !== undefined) {
      this.#block = { type: "row", text: leaf.text, flow };
      return;
    }
    this.#begin(line);
    this.#writeLeaf(leaf);
  }

  /** Ends what was before, and opens the containers of what comes. */
  #begin({ matched, opened, leaf }: Line): void {
    this.#endBlock();
    this.#close(matched);
    if (leaf.type === "blank" && opened.length === 0) {
      this.#isApart = true;
      return;
    }
    if (this.#isApart && !this.#isEmpty) this.#filler.line([]);
    this.#isApart = false;
    for (const container of opened) {
      this.#containers.push({ container, isMarked: false });
    }
  }

  #writeLeaf(leaf: Leaf): void {
    switch (leaf.type) {
      case "blank":
        break;
      case "text":
        this.#block = { type: "paragraph", flow: this.#leaves.flow() };
        this.addText(leaf.text);
        break;
      case "heading":
        this.#leaves.heading(leaf.depth, leaf.text);
        break;
      case "rule":
        this.#leaves.rule();
        break;
      case "fence":
        this.#leaves.label(leaf.label);
        this.#block = leaf;
        break;
      case "code":
        this.#leaves.code(leaf.text);
        break;
      case "row":
        this.#block = { type: "row", text: leaf.text, flow: undefined };
        break;
      case "html":
        this.#leaves.verbatim(leaf.text);
        this.#block = { type: "html" };
        break;
      case "math":
        this.#leaves.verbatim(leaf.text);
        if (!leaf.text.includes(leaf.close, 2)) this.#block = leaf;
        break;
      default:
        leaf satisfies never;
    }
  }

  #beginTable(
    { text, flow }: Extract<Block, { type: "row" }>,
    line: string,
  ): boolean {
    const head = [text, line.trim()];
    if (!isTableHead(head)) return false;
    flow?.end();
    const room = (): number =>
      this.#columns() - widthOfRuns(this.#prefix().runs);
    const table = new TableFlow(this.#filler, head, { ...this.#inline, room });
    this.#block = { type: "table", flow: table };
    return true;
  }

  /** What looked like a table's head is a line of text. */
  #releaseRow(
    { text, flow = this.#leaves.flow() }: Extract<Block, { type: "row" }>,
  ): void {
    flow.add(`${text}\n`);
    this.#block = { type: "paragraph", flow };
  }

  #endBlock(): void {
    if (this.#block.type === "row") this.#releaseRow(this.#block);
    if (this.#block.type === "paragraph" || this.#block.type === "table") {
      this.#block.flow.end();
    }
    this.#block = NONE;
  }

  /** Leaves all containers but so many; an item without text is a line, too. */
  #close(kept: number): void {
    const closed = this.#containers.slice(kept);
    if (closed.some(isUnmarkedItem)) this.#filler.line([]);
    this.#containers = this.#containers.slice(0, kept);
  }

  #prefix(): Prefix {
    const columns = this.#columns();
    return prefixOf(this.#containers, { columns, styles: this.#inline.styles });
  }
}

function isUnmarkedItem({ container, isMarked }: OpenContainer): boolean {
  return container.type === "item" && !isMarked;
}
