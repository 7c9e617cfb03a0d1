/**
 * Letters of scripts without spaces between words: each is a word of its own, and a word a phrase. The ranges are fixed,
 * because the same text must give the same words to every runtime for as long as it is indexed.
 */
const UNSPACED =
  /[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u2e80-\u2fdf\u3005-\u3007\u3021-\u3029\u3040-\u30ff\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7a3\uf900-\ufaff\uff66-\uff9f\u{20000}-\u{3ffff}]/gu;

/** What the index knows as parts of words. */
const LETTER = /[\p{L}\p{N}]/u;
/** A word that the index can tell exactly. */
const PLAIN = /^[\p{L}\p{N}\p{M}\s]*$/u;

/** What is searched for. */
export interface WordQuery {
  /** For the index; undefined when no word holds a letter or a number. */
  readonly match: string | undefined;
  /** What a text must hold besides, folded: the index passes over all signs. */
  readonly literals: readonly string[];
}

/**
 * Reads what a person typed: each word must occur, as it is or, the last one, as the beginning of a longer one. A word with
 * spaces in it is a phrase, and nothing in it is syntax.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * assert.equal(readQuery(["slow", "tes"]).match, '"slow" AND "tes" *');
 * assert.equal(readQuery(['a"b OR']).match, '"a""b OR" *');
 * assert.deepEqual(readQuery(["C++"]).literals, ["c++"]);
 * assert.equal(readQuery(["会話"]).match, '" 会  話 " *');
 * ```
 */
export function readQuery(words: readonly string[]): WordQuery {
  const phrases = words.map((word, at) => {
    if (!LETTER.test(word)) return undefined;
    const open = at === words.length - 1 && /[\p{L}\p{N}\p{M}]$/u.test(word);
    return `"${spaced(word).replaceAll('"', '""')}"${open ? " *" : ""}`;
  }).filter((phrase) => phrase !== undefined);
  return {
    match: phrases.length === 0 ? undefined : phrases.join(" AND "),
    literals: words.filter((word) => !PLAIN.test(word)).map((word) =>
      folded(word.trim())
    ),
  };
}

/** A text as it is indexed. */
export function spaced(text: string): string {
  return text.replace(UNSPACED, " $& ");
}

/**
 * A text without accents and capitals, and with single spaces, in which a word is looked for.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * assert.equal(folded("Crème\n BRÛLÉE"), "creme brulee");
 * ```
 */
export function folded(text: string): string {
  return foldedLetters(text.replace(/\s+/g, " "));
}

/** The same without a change to its spaces: what may be done to a text letter by letter. */
export function foldedLetters(text: string): string {
  return text.normalize("NFD").replace(/\p{Mn}/gu, "").toLowerCase()
    .replaceAll("ς", "σ");
}
