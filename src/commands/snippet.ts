import { breaksBetween, graphemesOf, widthOf } from "../cells.ts";
import { stripControl } from "../http/redact.ts";
import { foldedLetters } from "../store/words.ts";

/** How much of a text is shown unless it is told otherwise, in cells of a screen. */
const CELLS = 72;
/** The share of that which stands before the first word. */
const BEFORE = 0.3;
/** How far the next space may be at either end, in characters. */
const NEAR = 10;
/** How many units a letter may have before it is cut, on average. */
const MOST_UNITS = 4;
/** How many places are looked at for the best one. */
const MOST_PLACES = 500;

/** A piece of a text, on one line, and where in it the words stand. */
export interface Snippet {
  readonly text: string;
  readonly marks: readonly Mark[];
}

/** From the first character to the one after the last. */
type Mark = readonly [start: number, end: number];

/** A text without accents and capitals, and where each of its letters stood. */
interface Folded {
  readonly text: string;
  /** One more than there are letters. */
  readonly places: readonly number[];
}

/**
 * The piece of a text in which the most of the words stand.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * const { text, marks } = snippetOf("Crème\nbrûlée, please", ["brulee"]);
 * assert.equal(text, "Crème brûlée, please");
 * assert.deepEqual(marks, [[6, 12]]);
 * ```
 */
export function snippetOf(
  whole: string,
  words: readonly string[],
  { cells = CELLS }: { readonly cells?: number } = {},
): Snippet {
  const text = stripControl(whole.replace(/\s+/g, " ")).trim();
  const folded = fold(text);
  const found = words.flatMap((word, at) =>
    marksOf(folded, word, at === words.length - 1).map((mark) => ({
      mark,
      word: at,
    }))
  ).sort((one, other) => one.mark[0] - other.mark[0]);
  const before = Math.floor(cells * BEFORE);
  const best = bestStart(found, cells - before);
  const all = reach(text.slice(0, cells * MOST_UNITS), cells) === text.length;
  const lead = graphemesOf(text.slice(Math.max(0, best - before), best))
    .toReversed().join("");
  const start = all ? 0 : best - reach(lead, before);
  return cut(text, { start, cells, marks: found.map(({ mark }) => mark) });
}

/** How many units of a text fit into so many cells. */
function reach(text: string, cells: number): number {
  let units = 0;
  let width = 0;
  for (const letter of graphemesOf(text)) {
    width += widthOf(letter);
    if (width > cells) break;
    units += letter.length;
  }
  return units;
}

interface Place {
  readonly mark: Mark;
  /** Which of the words it is. */
  readonly word: number;
}

/** Where the stretch begins that holds the most different words. */
function bestStart(places: readonly Place[], length: number): number {
  let best = 0;
  let most = 0;
  for (const [at, { mark: [start] }] of places.entries()) {
    const words = new Set<number>();
    for (let next = at; next < places.length; next++) {
      const place = places[next];
      if (place === undefined || place.mark[1] > start + length) break;
      words.add(place.word);
    }
    if (words.size > most) [best, most] = [start, words.size];
  }
  return best;
}

function cut(
  text: string,
  { start: from, cells, marks }: {
    readonly start: number;
    readonly cells: number;
    readonly marks: readonly Mark[];
  },
): Snippet {
  const start = from === 0 ? 0 : wordStart(text, from);
  const rest = text.slice(start, start + cells * MOST_UNITS);
  const to = start + reach(rest, cells);
  const end = to >= text.length ? text.length : wordEnd(text, to);
  const head = start > 0 ? "…" : "";
  const shift = head.length - start;
  return {
    text: `${head}${text.slice(start, end)}${end < text.length ? "…" : ""}`,
    marks: merged(
      marks.filter((mark) => mark[0] >= start && mark[1] <= end),
    ).map((mark) => [mark[0] + shift, mark[1] + shift]),
  };
}

/** The next word's start, unless that is far, or the text may be cut where it is: some scripts have no spaces. */
function wordStart(text: string, from: number): number {
  const space = text.indexOf(" ", from - 1);
  const near = space !== -1 && space < from + NEAR;
  return near && !cutsAt(text, from) ? space + 1 : from;
}

function wordEnd(text: string, to: number): number {
  const space = text.lastIndexOf(" ", to);
  return space > to - NEAR && !cutsAt(text, to) ? space : to;
}

function cutsAt(text: string, at: number): boolean {
  return breaksBetween(text.slice(at - 1, at), text.slice(at, at + 1));
}

/** Marks that overlap are one. */
function merged(marks: readonly Mark[]): Mark[] {
  const apart: Mark[] = [];
  for (const mark of marks) {
    const last = apart.at(-1);
    if (last === undefined || mark[0] >= last[1]) apart.push(mark);
    else apart.splice(-1, 1, [last[0], Math.max(last[1], mark[1])]);
  }
  return apart;
}

function marksOf(
  { text, places }: Folded,
  word: string,
  open: boolean,
): Mark[] {
  const pattern = patternOf(word, open);
  if (pattern === undefined) return [];
  const marks: Mark[] = [];
  for (const { 0: match, index } of text.matchAll(pattern)) {
    const [start = 0, end = 0] = [places[index], places[index + match.length]];
    marks.push([start, end]);
    if (marks.length === MOST_PLACES) break;
  }
  return marks;
}

/** A word as the index finds it: not within another one, and, if it is the last, also at the beginning of one. */
function patternOf(word: string, open: boolean): RegExp | undefined {
  const letters = foldedLetters(word.trim());
  if (letters === "") return undefined;
  const body = letters.replace(/[\\^$.*+?()[\]{}|]/g, "\\$&")
    .replace(/\s+/g, " ");
  const starts = SPACED_LETTER.test([...letters][0] ?? "");
  const ends = !open && SPACED_LETTER.test([...letters].at(-1) ?? "");
  const before = starts ? String.raw`(?<![\p{L}\p{N}])` : "";
  const after = ends ? String.raw`(?![\p{L}\p{N}])` : "";
  return new RegExp(`${before}${body}${after}`, "gu");
}

/** A letter of a script with spaces between its words. */
const SPACED_LETTER =
  /[\p{sc=Latn}\p{sc=Grek}\p{sc=Cyrl}\p{sc=Hebr}\p{sc=Arab}\p{N}]/u;

function fold(text: string): Folded {
  // deno-lint-ignore no-control-regex -- all of ASCII
  if (/^[\x00-\x7f]*$/.test(text)) {
    const places = Array.from({ length: text.length + 1 }, (_, at) => at);
    return { text: text.toLowerCase(), places };
  }
  const letters: string[] = [];
  const places: number[] = [];
  let at = 0;
  for (const letter of text) {
    const plain = foldedLetters(letter);
    letters.push(plain);
    for (let part = 0; part < plain.length; part++) places.push(at);
    at += letter.length;
  }
  places.push(at);
  return { text: letters.join(""), places };
}
