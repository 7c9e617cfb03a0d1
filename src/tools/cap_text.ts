/**
 * Cuts the middle out of a long text, since what matters mostly stands at its start or at its end.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * assert.equal(capText("abcdefghij", 4), "ab\n[6 characters left out]\nij");
 * assert.equal(capText("abc", 4), "abc");
 * ```
 */
export function capText(text: string, maxChars: number): string {
  if (text.length <= maxChars) return text;
  const head = text.slice(0, Math.ceil(maxChars / 2))
    // Half of a surrogate pair would become a replacement character.
    .replace(/[\ud800-\udbff]$/, "");
  const tail = text.slice(text.length - Math.floor(maxChars / 2))
    .replace(/^[\udc00-\udfff]/, "");
  const left = text.length - head.length - tail.length;
  return `${head}\n[${left} characters left out]\n${tail}`;
}
