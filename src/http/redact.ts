/**
 * What a terminal could act on: all of Unicode's Cc (C0, DEL, C1) but newline and tab; the bidi embeddings, overrides
 * and isolates, which can show a text in another order than it has; and the line and paragraph separators, which some
 * programs take for a line's end. The bidi marks that right-to-left writing needs (U+200E, U+200F, U+061C) stay.
 */
const CONTROL = /[^\P{Cc}\n\t]|[\u2028\u2029\u202a-\u202e\u2066-\u2069]/u;
const CONTROLS = new RegExp(CONTROL, "gu");

/**
 * Removes what could drive a terminal instead of being read on it; a text without any of it comes back as it is.
 *
 * @example A colored word, and a title change
 * ```ts
 * import assert from "node:assert/strict";
 * assert.equal(stripControl("\x1b[31mred\x1b[0m"), "[31mred[0m");
 * assert.equal(stripControl("\x1b]0;title\x07a\n\tb\r"), "]0;titlea\n\tb");
 * ```
 */
export function stripControl(text: string): string {
  return CONTROL.test(text) ? text.replace(CONTROLS, "") : text;
}

/**
 * Makes a server's text fit for an error message: one line, no control characters, at most `maxChars` UTF-16 units.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * assert.equal(oneLine(" not\r\n  found ", 80), "not found");
 * assert.equal(oneLine("a long story", 7), "a long…");
 * ```
 */
export function oneLine(text: string, maxChars: number): string {
  const line = stripControl(text.replace(/\s+/g, " ")).trim();
  if (line.length <= maxChars) return line;
  const cut = line.slice(0, Math.max(0, maxChars - 1));
  // Half of a surrogate pair would become a replacement character.
  return `${cut.replace(/[\ud800-\udbff]$/, "").trimEnd()}…`;
}
