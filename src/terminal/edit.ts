import { graphemesOf, widthOf, widthOfLetter } from "../cells.ts";

/** A text, perhaps of several lines, and where in it the next letter goes: an index between two letters. */
export interface Edit {
  readonly text: string;
  readonly cursor: number;
}

/** No letter is taken for longer, in UTF-16 units: looking for its start must not take long. */
const LONGEST_LETTER = 200;

/** What a word consists of. */
const WORD = /[\p{L}\p{N}\p{M}_]/u;

/** A text with the cursor at its end. */
export function editOf(text: string): Edit {
  return { text, cursor: text.length };
}

/**
 * Puts a text where the cursor is.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * assert.deepEqual(insert({ text: "ac", cursor: 1 }, "b"), { text: "abc", cursor: 2 });
 * ```
 */
export function insert({ text, cursor }: Edit, added: string): Edit {
  return {
    text: text.slice(0, cursor) + added + text.slice(cursor),
    cursor: cursor + added.length,
  };
}

/** Removes what stands between the cursor and an index. */
export function removeTo({ text, cursor }: Edit, index: number): Edit {
  const from = Math.min(cursor, index);
  const to = Math.max(cursor, index);
  return { text: text.slice(0, from) + text.slice(to), cursor: from };
}

/** The index before the letter on the left. */
export function letterBefore({ text, cursor }: Edit): number {
  const near = text.slice(Math.max(0, cursor - LONGEST_LETTER), cursor);
  return cursor - (graphemesOf(near).at(-1)?.length ?? 0);
}

/** The index behind the letter on the right. */
export function letterAfter({ text, cursor }: Edit): number {
  const near = text.slice(cursor, cursor + LONGEST_LETTER);
  return cursor + (graphemesOf(near)[0]?.length ?? 0);
}

/** The start of the word on the left. */
export function wordBefore({ text, cursor }: Edit): number {
  const end = skipBack(text, cursor, (letter) => !WORD.test(letter));
  return skipBack(text, end, (letter) => WORD.test(letter));
}

/** The end of the word on the right. */
export function wordAfter({ text, cursor }: Edit): number {
  const start = skip(text, cursor, (letter) => !WORD.test(letter));
  return skip(text, start, (letter) => WORD.test(letter));
}

/** The start of what stands between two spaces on the left. */
export function spaceBefore({ text, cursor }: Edit): number {
  const end = skipBack(text, cursor, (letter) => /\s/.test(letter));
  return skipBack(text, end, (letter) => /\S/.test(letter));
}

/** The start of the line that the cursor is in. */
export function lineStart({ text, cursor }: Edit): number {
  return cursor === 0 ? 0 : text.lastIndexOf("\n", cursor - 1) + 1;
}

/** The end of the line that the cursor is in. */
export function lineEnd({ text, cursor }: Edit): number {
  const end = text.indexOf("\n", cursor);
  return end === -1 ? text.length : end;
}

/** How many cells stand before the cursor in its line. */
export function columnOf(edit: Edit): number {
  return widthOf(edit.text.slice(lineStart(edit), edit.cursor));
}

/** The place at a column of the line above or below; undefined where there is none. */
export function lineBeside(
  edit: Edit,
  { below, column }: { readonly below: boolean; readonly column: number },
): Edit | undefined {
  const { text } = edit;
  const edge = below ? lineEnd(edit) + 1 : lineStart(edit) - 1;
  if (edge < 0 || edge > text.length) return undefined;
  const line = { text, cursor: edge };
  const start = lineStart(line);
  const end = Math.min(lineEnd(line), start + (column + 1) * LONGEST_LETTER);
  let cursor = start;
  let width = 0;
  for (const letter of graphemesOf(text.slice(start, end))) {
    width += widthOfLetter(letter);
    if (width > column) break;
    cursor += letter.length;
  }
  return { text, cursor };
}

/** Exchanges the letters on both sides of the cursor, or the last two of the line. */
export function transpose(edit: Edit): Edit {
  const { text } = edit;
  const isLast = edit.cursor === lineEnd(edit);
  const middle = isLast ? letterBefore(edit) : edit.cursor;
  const from = letterBefore({ text, cursor: middle });
  const to = letterAfter({ text, cursor: middle });
  if (from < lineStart(edit) || from === middle || to === middle) return edit;
  const exchanged = text.slice(middle, to) + text.slice(from, middle);
  return { text: text.slice(0, from) + exchanged + text.slice(to), cursor: to };
}

function skipBack(
  text: string,
  from: number,
  test: (letter: string) => boolean,
): number {
  let at = from;
  while (at > 0) {
    const isPair = /[\udc00-\udfff]/.test(text.charAt(at - 1)) && at > 1;
    const before = at - (isPair ? 2 : 1);
    if (!test(text.slice(before, at))) break;
    at = before;
  }
  return at;
}

function skip(
  text: string,
  from: number,
  test: (letter: string) => boolean,
): number {
  let at = from;
  while (at < text.length) {
    const letter = String.fromCodePoint(text.codePointAt(at) ?? 0);
    if (!test(letter)) break;
    at += letter.length;
  }
  return at;
}
