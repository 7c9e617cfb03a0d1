import widthOfText from "fast-string-width";

const SEGMENTER = new Intl.Segmenter("en", { granularity: "grapheme" });

/** One UTF-16 unit is one letter here; those from U+3001 on are two cells wide, all others one. */
const SIMPLE =
  /^[ -~\u00a0-\u00ac\u00ae-\u02ff\u0370-\u0482\u048a-\u058a\u2010-\u2027\u2190-\u22ff\u2500-\u259f\u3001-\u3011\u3041-\u3096\u30a1-\u30fa\u30fc-\u30fe\u4e00-\u9fff\uac00-\ud7a3\uff01-\uff60]*$/;

/** What shows nothing of its own; a soft hyphen does on a terminal. */
const NOTHING = /(?!\u00ad)\p{Default_Ignorable_Code_Point}/gu;

/** A sign that is an emoji only with U+FE0F behind it. */
const TEXT_SIGN = /^(?!\p{Emoji_Presentation})\p{Emoji_Modifier_Base}$/u;

/**
 * The letters of a text as a person sees them: a flag, a family or a letter with its accents is one.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * assert.deepEqual(graphemesOf("e\u0301x👩‍👧🇩🇪"), ["e\u0301", "x", "👩‍👧", "🇩🇪"]);
 * ```
 */
export function graphemesOf(text: string): readonly string[] {
  if (SIMPLE.test(text)) return text.split("");
  return Array.from(SEGMENTER.segment(text), ({ segment }) => segment);
}

/**
 * How many cells of the screen a text takes, control characters aside.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * assert.equal(widthOf("né"), 2);
 * assert.equal(widthOf("世界"), 4);
 * assert.equal(widthOf("👩‍👧"), 2);
 * ```
 */
export function widthOf(text: string): number {
  if (SIMPLE.test(text)) {
    let width = text.length;
    for (let at = 0; at < text.length; at++) {
      if (text.charCodeAt(at) > 0x3000) width++;
    }
    return width;
  }
  let width = 0;
  for (const { segment } of SEGMENTER.segment(text)) {
    width += widthOfLetter(segment);
  }
  return width;
}

/** How many cells one letter takes, control characters aside. */
export function widthOfLetter(letter: string): number {
  if (letter.length === 1 && SIMPLE.test(letter)) {
    return letter.charCodeAt(0) > 0x3000 ? 2 : 1;
  }
  const shown = letter.replace(NOTHING, "");
  if (/^\p{M}*$/u.test(shown)) return 0;
  if (TEXT_SIGN.test(letter)) return 1;
  const isEmoji = /\p{Emoji_Presentation}|[\ufe0f\u20e3]/u.test(letter);
  // Joined letters, as of Hangul or Devanagari, share what is at most one wide cell.
  return Math.min(2, widthOfText(isEmoji ? letter : shown));
}

/** Scripts that are written without spaces, and their punctuation. */
const IDEOGRAPHIC = String
  .raw`[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\u3000-\u303f\uff01-\uff60]`;
const ENDS_IDEOGRAPHIC = new RegExp(`${IDEOGRAPHIC}$`, "u");
const BEGINS_IDEOGRAPHIC = new RegExp(`^${IDEOGRAPHIC}`, "u");

/** What may not begin a line. */
const CLOSING =
  /^[\p{M}\p{Pe}\p{Pf}\p{Emoji_Modifier}\p{Default_Ignorable_Code_Point}!%'",.:;?、。々〻！％，．：；？‥…・ーゝゞヽヾぁぃぅぇぉっゃゅょゎァィゥェォッャュョヮヵヶ～]/u;

/** What may not end a line. */
const OPENING = /[\p{Ps}\p{Pi}$£¥＄￡￥]$/u;

/**
 * Tells whether a line may be broken between two texts with no space between them.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * assert.equal(breaksBetween("世", "界"), true);
 * assert.equal(breaksBetween("界", "。"), false);
 * assert.equal(breaksBetween("a", "b"), false);
 * ```
 */
export function breaksBetween(before: string, after: string): boolean {
  // Most text has no such letters.
  if (
    !(before.charCodeAt(before.length - 1) >= 0x2e80) &&
    !(after.charCodeAt(0) >= 0x2e80)
  ) return false;
  return (ENDS_IDEOGRAPHIC.test(before) || BEGINS_IDEOGRAPHIC.test(after)) &&
    !CLOSING.test(after) && !OPENING.test(before);
}
