/** What lines stand in: a quote, or an item of a list, whose text is indented by so many cells. */
export type Container = Readonly<
  | { type: "quote" }
  | { type: "item"; indent: number; marker: string }
>;

/** What a line is once its containers are taken off. */
export type Leaf = Readonly<
  | { type: "blank" }
  | { type: "text"; text: string }
  | { type: "heading"; depth: number; text: string }
  | { type: "rule" }
  | { type: "fence"; mark: string; indent: number; label: string }
  | { type: "code"; text: string }
  | { type: "row"; text: string }
  | { type: "html"; text: string }
  | { type: "math"; text: string; close: string }
>;

/** A line as it is read after those before it. */
export interface Line {
  /** How many of the containers go on. */
  readonly matched: number;
  /** Those that begin on this line. */
  readonly opened: readonly Container[];
  readonly leaf: Leaf;
}

/** What is known when a line is read. */
export interface LineContext {
  readonly containers: readonly Container[];
  /** The line before is one of a paragraph, which this one may continue. */
  readonly inParagraph: boolean;
  /** More of the line may come. */
  readonly partial: boolean;
}

/** The part of a line that is left; its tabs before the first letter are spaces already. */
interface Rest {
  readonly text: string;
  readonly column: number;
}

/** Deeper containers are text, which keeps each line's work small. */
const DEEPEST = 20;

/** A row of a table that is longer is text. */
const LONGEST_ROW = 10_000;

/** Tags that begin a block (CommonMark 0.31.2, section 4.6); all others stand in a paragraph. */
const HTML_BLOCK =
  /^<(?:!--|\/?(?:address|article|aside|base|basefont|blockquote|body|caption|center|col|colgroup|dd|details|dialog|dir|div|dl|dt|fieldset|figcaption|figure|footer|form|frame|frameset|h[1-6]|head|header|hr|html|iframe|legend|li|link|main|menu|menuitem|nav|noframes|ol|optgroup|option|p|param|pre|script|search|section|style|summary|table|tbody|td|textarea|tfoot|th|thead|title|tr|track|ul)(?:[\s>]|\/>|$))/i;

const RULE = /^(?:(?:\*[ \t]*){3,}|(?:-[ \t]*){3,}|(?:_[ \t]*){3,})$/;
const UNDERLINE = /^={3,}[ \t]*$/;
const HEADING = /^(#{1,6})(?:[ \t]|$)/;
const FENCE = /^(`{3,}(?=[^`]*$)|~{3,})(.*)$/;
const MARKER = /^(?:[-+*]|(\d{1,9})[.)])(?=[ \t]|$)/;
const TASK = /^\[([ xX])\][ \t]+(?=\S)/;

/** What a line's beginning may still be, other than text. */
const UNDECIDED =
  /^(?:[-+*_=|<\t ]+|#{1,6}(?:[ \t].*)?|`{1,2}|```.*|~{1,2}|~~~.*|\d{1,9}(?:[.)][ \t]*)?|[|<].*|\$|\$\$.*|\\|\\\[.*)$/;
const UNDECIDED_TASK = /^\[(?:[ xX](?:\][ \t]*)?)?$/;

/**
 * Reads a line after the rules of CommonMark (0.31.2, section 5 and appendix A); undefined while it is not known yet
 * whether it is text. A title that is underlined is text with a rule below it, since text is shown before its
 * underline comes.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * const context = { containers: [], inParagraph: false };
 * assert.deepEqual(readLine("> - hi", { ...context, partial: false }), {
 *   matched: 0,
 *   opened: [{ type: "quote" }, { type: "item", indent: 2, marker: "• " }],
 *   leaf: { type: "text", text: "hi" },
 * });
 * assert.equal(readLine("1", { ...context, partial: true }), undefined);
 * ```
 */
export function readLine(
  text: string,
  context: LineContext & { readonly partial: false },
): Line;
export function readLine(text: string, context: LineContext): Line | undefined;
export function readLine(text: string, context: LineContext): Line | undefined {
  const { containers, inParagraph, partial } = context;
  const { matched, rest: first } = matchContainers(text, containers);
  const opened: Container[] = [];
  let continues = inParagraph && matched === containers.length;
  for (let rest = first;;) {
    const body = rest.text.slice(indentOf(rest));
    if (partial && (body === "" || UNDECIDED.test(body))) return undefined;
    const isDeepest = matched + opened.length >= DEEPEST;
    const next = isDeepest ? undefined : openContainer(rest, continues);
    if (next === undefined) {
      const isLazy = inParagraph && !continues && opened.length === 0;
      const leaf = leafOf(rest, { continues, isLazy });
      if (partial && leaf.type !== "text") return undefined;
      return { matched, opened, leaf };
    }
    if (partial && UNDECIDED_TASK.test(next.rest.text)) return undefined;
    opened.push(next.container);
    rest = next.rest;
    continues = false;
  }
}

/** How many containers go on in a line, and what is left of it behind their marks. */
export function matchContainers(
  text: string,
  containers: readonly Container[],
): { readonly matched: number; readonly rest: Rest } {
  let rest = restOf(text, 0);
  let matched = 0;
  for (const container of containers) {
    const next = container.type === "quote"
      ? behindQuote(rest)
      : behindIndent(rest, container.indent);
    if (next === undefined) break;
    rest = next;
    matched++;
  }
  return { matched, rest };
}

/** Tells whether a line without its containers can be a row of a table. */
export function isRow(text: string): boolean {
  return /^ {0,3}\|/.test(text) && text.length <= LONGEST_ROW;
}

function restOf(text: string, column: number): Rest {
  let cells = column;
  const [space = ""] = /^[ \t]*/.exec(text) ?? [];
  for (const letter of space) cells += letter === "\t" ? 4 - cells % 4 : 1;
  return {
    text: " ".repeat(cells - column) + text.slice(space.length),
    column,
  };
}

function skip({ text, column }: Rest, length: number): Rest {
  return restOf(text.slice(length), column + length);
}

function indentOf({ text }: Rest): number {
  let indent = 0;
  while (text[indent] === " ") indent++;
  return indent;
}

function behindQuote(rest: Rest): Rest | undefined {
  const indent = indentOf(rest);
  if (indent > 3 || rest.text[indent] !== ">") return undefined;
  const next = skip(rest, indent + 1);
  return next.text.startsWith(" ") ? skip(next, 1) : next;
}

function behindIndent(rest: Rest, indent: number): Rest | undefined {
  const found = indentOf(rest);
  if (found >= indent) return skip(rest, indent);
  return found === rest.text.length ? rest : undefined;
}

function openContainer(
  rest: Rest,
  continues: boolean,
): { readonly container: Container; readonly rest: Rest } | undefined {
  const quote = behindQuote(rest);
  if (quote !== undefined) return { container: { type: "quote" }, rest: quote };
  const before = indentOf(rest);
  const body = rest.text.slice(before);
  const [mark, number] = MARKER.exec(body) ?? [];
  if (before > 3 || mark === undefined || RULE.test(body)) return undefined;
  const behind = skip(rest, before + mark.length);
  const space = indentOf(behind);
  const isEmpty = space === behind.text.length;
  // Only what is surely a list may break a paragraph: a line may begin with a year.
  if (continues && (isEmpty || number !== undefined && number !== "1")) {
    return undefined;
  }
  // With more space, what follows is code.
  const inner = isEmpty || space > 4 ? 1 : space;
  const indent = before + mark.length + inner;
  const content = isEmpty ? behind : skip(behind, inner);
  const [box, state] = TASK.exec(content.text) ?? [];
  if (number !== undefined || box === undefined) {
    const marker = number === undefined ? "• " : `${mark} `;
    return { container: { type: "item", indent, marker }, rest: content };
  }
  const marker = state === " " ? "[ ] " : "[x] ";
  return {
    container: { type: "item", indent, marker },
    rest: skip(content, box.length),
  };
}

function leafOf(
  rest: Rest,
  { continues, isLazy }: {
    readonly continues: boolean;
    readonly isLazy: boolean;
  },
): Leaf {
  const indent = indentOf(rest);
  const text = rest.text.slice(indent);
  if (text === "") return { type: "blank" };
  if (indent > 3) {
    return continues || isLazy
      ? { type: "text", text }
      : { type: "code", text: rest.text.slice(4) };
  }
  if (RULE.test(text) || continues && UNDERLINE.test(text)) {
    return { type: "rule" };
  }
  const [, marks] = HEADING.exec(text) ?? [];
  if (marks !== undefined) {
    const depth = marks.length;
    return { type: "heading", depth, text: titleOf(text.slice(depth)) };
  }
  const [, mark, label] = FENCE.exec(text) ?? [];
  if (mark !== undefined) {
    return { type: "fence", mark, indent, label: label?.trim() ?? "" };
  }
  if (isRow(text)) return { type: "row", text };
  if (HTML_BLOCK.test(text)) return { type: "html", text };
  return mathOf(text) ?? { type: "text", text };
}

/** A heading may be closed by marks, too. No pattern does this in linear time. */
function titleOf(text: string): string {
  const title = text.trim();
  let end = title.length;
  while (title[end - 1] === "#") end--;
  const isClosed = end === 0 || title[end - 1] === " " ||
    title[end - 1] === "\t";
  return isClosed ? title.slice(0, end).trimEnd() : title;
}

/** A formula on lines of its own; one with text behind it stands in a paragraph. */
function mathOf(text: string): Leaf | undefined {
  const close = text.startsWith("$$")
    ? "$$"
    : text.startsWith("\\[")
    ? "\\]"
    : undefined;
  if (close === undefined) return undefined;
  const end = text.indexOf(close, 2);
  if (end !== -1 && text.slice(end + 2).trim() !== "") return undefined;
  return { type: "math", text, close };
}
