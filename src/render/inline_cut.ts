import { breaksBetween, graphemesOf } from "../cells.ts";
import { mathEnd } from "./math_end.ts";

/** A span of more UTF-16 units than this is shown with its markers rather than waited for. */
const LONGEST_PIECE = 1000;

/** A tag of more than this is none. */
const TAG = /<[A-Za-z/!?][^<>]{0,300}>/y;
const OPEN_TAG = /<(?:[A-Za-z/!?][^<>]{0,300})?$/y;

/** What makes an address of itself, as far as nothing in it can end a span around it. */
const ADDRESS =
  /(?<![\p{L}\p{N}])(?:https?:\/\/|www\.)[^\s<>*`\]\u3000-\u303f\uff01-\uff60]*/uy;

/** Where a link leads, with its title, from the parenthesis on. */
const DESTINATION =
  /\(\s*(?:<[^<>\n]*>|(?:[^\s()\\<]|\\.|\((?:[^\s()\\]|\\.)*\))*)(?:\s+(?:"[^"]*"|'[^']*'|\([^()]*\)))?\s*\)/y;

/**
 * Where the first piece of a paragraph's text ends: a word, or the words of one span, which no later text can make
 * something else; 0 where that is not known yet. The text begins with no space, and `whole` tells that no more of it
 * comes. The pieces depend on the text alone, not on how much of it is there at a time.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * assert.equal(inlineCut("One two", { whole: false }), 3);
 * assert.equal(inlineCut("**One two** three", { whole: false }), 11);
 * assert.equal(inlineCut("**One two", { whole: false }), 0);
 * ```
 */
export function inlineCut(
  text: string,
  { whole }: { readonly whole: boolean },
): number {
  const isLong = text.length >= LONGEST_PIECE;
  const window = isLong ? text.slice(0, LONGEST_PIECE) : text;
  const cut = new Scan(window, whole && !isLong).run();
  return cut > 0 || !isLong ? cut : cutAnywhere(window);
}

/** Between two words where there are any, else between two letters. */
function cutAnywhere(window: string): number {
  const space = /\s\S*$/.exec(window)?.index;
  if (space !== undefined) return space;
  const last = graphemesOf(window).at(-1) ?? "";
  return window.length - last.length || window.length;
}

/** A marker that a later one may close. */
interface Opener {
  readonly mark: string;
  readonly length: number;
  readonly alsoCloses: boolean;
  left: number;
}

/** What comes behind the end of the text decides. */
const UNKNOWN = -1;

/** One look at a text from its start on, after the rules of CommonMark (0.31.2, section 6). */
class Scan {
  readonly #text: string;
  readonly #whole: boolean;
  readonly #open: Opener[] = [];

  constructor(text: string, whole: boolean) {
    this.#text = text;
    this.#whole = whole;
  }

  run(): number {
    for (let at = 0; at < this.#text.length;) {
      if (at > 0 && this.#open.length === 0 && this.#mayEnd(at)) return at;
      const next = this.#step(at);
      if (next === UNKNOWN) return 0;
      at = next;
    }
    return this.#whole ? this.#text.length : 0;
  }

  #mayEnd(at: number): boolean {
    const letter = this.#at(at);
    if (letter <= " ") return true;
    return breaksBetween(this.#text.slice(Math.max(0, at - 2), at), letter);
  }

  /** The index behind the mark, the span or the letter at an index. */
  #step(at: number): number {
    switch (this.#text[at]) {
      case "\\":
        return this.#math(at) ??
          (/[!-/:-@[-`{-~\n]/.test(this.#text[at + 1] ?? "") ? at + 2 : at + 1);
      case "$":
        return this.#math(at) ?? at + 1;
      case "`":
        return this.#code(at);
      case "<":
        return this.#tag(at);
      case "h":
      case "w":
        return endOf(ADDRESS, this.#text, at) ?? at + 1;
      case "[":
        this.#open.push({ mark: "[", length: 1, left: 1, alsoCloses: false });
        return at + 1;
      case "]":
        return this.#bracket(at);
      case "*":
      case "_":
      case "~":
        return this.#emphasis(at);
      default:
        return at + this.#at(at).length;
    }
  }

  #math(at: number): number | undefined {
    const end = mathEnd(this.#text, at);
    if (end !== "open") return end;
    return this.#whole ? undefined : UNKNOWN;
  }

  #code(at: number): number {
    const text = this.#text;
    const ticks = this.#runFrom(at);
    if (at + ticks === text.length && !this.#whole) return UNKNOWN;
    for (let from = at + ticks;;) {
      const found = text.indexOf("`", from);
      if (found === -1) return this.#whole ? at + ticks : UNKNOWN;
      from = found + this.#runFrom(found);
      if (from === text.length && !this.#whole) return UNKNOWN;
      if (from - found === ticks) return from;
    }
  }

  #tag(at: number): number {
    const end = endOf(TAG, this.#text, at);
    if (end !== undefined) return end;
    const isOpen = endOf(OPEN_TAG, this.#text, at) !== undefined;
    return isOpen && !this.#whole ? UNKNOWN : at + 1;
  }

  #bracket(at: number): number {
    const opener = this.#open.findLastIndex(({ mark }) => mark === "[");
    if (opener === -1) return at + 1;
    const next = this.#text[at + 1];
    if (next === undefined && !this.#whole) return UNKNOWN;
    const end = next === "(" ? this.#destination(at + 1) : undefined;
    if (end === UNKNOWN) return UNKNOWN;
    if (end === undefined) this.#open.splice(opener, 1);
    // What was opened in a link's text cannot be closed behind it.
    else this.#open.length = opener;
    return end ?? at + 1;
  }

  #destination(at: number): number | undefined {
    let depth = 0;
    for (let to = at; to < this.#text.length; to++) {
      const letter = this.#text[to];
      if (letter === "\\") to++;
      if (letter === "(") depth++;
      if (letter === ")" && --depth === 0) {
        return endOf(DESTINATION, this.#text, at);
      }
    }
    return this.#whole ? undefined : UNKNOWN;
  }

  #emphasis(at: number): number {
    const mark = this.#text[at] ?? "";
    const length = this.#runFrom(at);
    const end = at + length;
    if (end === this.#text.length && !this.#whole) return UNKNOWN;
    // One is "about" more often than a mark.
    if (mark === "~" && length !== 2) return end;
    const before = this.#before(at);
    const after = this.#at(end) || " ";
    const opens = !isSpace(after) && (!isMark(after) || isEdge(before));
    const closes = !isSpace(before) && (!isMark(before) || isEdge(after));
    const inWord = mark === "_" && opens && closes;
    const alsoOpens = opens && (!inWord || isMark(before));
    const alsoCloses = closes && (!inWord || isMark(after));
    const left = alsoCloses ? this.#close(mark, length, alsoOpens) : length;
    if (alsoOpens && left > 0) {
      this.#open.push({ mark, length, left, alsoCloses });
    }
    return end;
  }

  /** Closes what a run of marks can close, and tells how many of them are left. */
  #close(mark: string, length: number, alsoOpens: boolean): number {
    let left = length;
    while (left > 0) {
      const bracket = this.#open.findLastIndex(({ mark }) => mark === "[");
      const at = this.#open.findLastIndex((opener, index) =>
        index > bracket && opener.mark === mark &&
        // The rule that lets "**a*b**" be one span.
        (!(opener.alsoCloses || alsoOpens) || length % 3 === 0 ||
          (opener.length + length) % 3 !== 0)
      );
      const opener = this.#open[at];
      if (opener === undefined) break;
      const used = opener.left > 1 && left > 1 ? 2 : 1;
      opener.left -= used;
      left -= used;
      this.#open.length = opener.left > 0 ? at + 1 : at;
    }
    return left;
  }

  /** How often the unit at an index stands there in a row. */
  #runFrom(at: number): number {
    let end = at + 1;
    while (this.#text[end] === this.#text[at]) end++;
    return end - at;
  }

  #at(at: number): string {
    const point = this.#text.codePointAt(at);
    return point === undefined ? "" : String.fromCodePoint(point);
  }

  #before(at: number): string {
    if (at === 0) return " ";
    return this.#text.slice(Math.max(0, at - 2), at).match(/.$/su)?.[0] ?? " ";
  }
}

function endOf(pattern: RegExp, text: string, at: number): number | undefined {
  pattern.lastIndex = at;
  return pattern.test(text) ? pattern.lastIndex : undefined;
}

function isSpace(letter: string): boolean {
  return /\s/.test(letter);
}

function isMark(letter: string): boolean {
  return /[\p{P}\p{S}]/u.test(letter);
}

/** Scripts without spaces have no other edge of a word. */
function isEdge(letter: string): boolean {
  return isSpace(letter) || isMark(letter) || breaksBetween(letter, "\u4e00");
}
