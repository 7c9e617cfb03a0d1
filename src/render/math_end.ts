/** A formula on a line of prose is shorter than this. */
const LONGEST_FORMULA = 200;

/** What a dollar stands before in most prose. */
const PRICE = /^\$\d[\d.,]*[kKmMbB]?(?=[^\p{L}\p{N}\p{S}_\\]|$)/u;

/**
 * The end of the formula that begins at an index: `$x$`, `$$x$$`, `\(x\)` or `\[x\]`. Undefined where none begins,
 * "open" where it depends on what follows the text.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * assert.equal(mathEnd("$a*b*c$ is", 0), 7);
 * assert.equal(mathEnd("\\(a_1\\)", 0), 7);
 * assert.equal(mathEnd("$5 and $10", 0), undefined);
 * assert.equal(mathEnd("$x +", 0), "open");
 * ```
 */
export function mathEnd(text: string, at: number): number | "open" | undefined {
  switch (text.slice(at, at + 2)) {
    case "$":
    case "\\":
      return "open";
    case "\\(":
      return endAt("\\)", text, at);
    case "\\[":
      return endAt("\\]", text, at);
    case "$$":
      return endAt("$$", text, at);
    default:
      return text[at] === "$" ? dollarEnd(text, at) : undefined;
  }
}

function endAt(close: string, text: string, at: number): number | "open" {
  const found = text.indexOf(close, at + 2);
  return found === -1 ? "open" : found + 2;
}

/** With a space inside either dollar, or a digit behind the second, it is about money. */
function dollarEnd(text: string, start: number): number | "open" | undefined {
  const last = start + LONGEST_FORMULA;
  const line = text.slice(start, last);
  if (/^\$\s/.test(line) || PRICE.test(line)) return undefined;
  if (/[\p{L}\p{N}]/u.test(text[start - 1] ?? "")) return undefined;
  for (let at = start + 1; at < last; at++) {
    const letter = text[at];
    if (letter === undefined) return "open";
    if (letter === "\n") return undefined;
    if (letter === "\\") at++;
    if (letter !== "$") continue;
    if (/\s/.test(text[at - 1] ?? "")) return undefined;
    const next = text[at + 1];
    if (next === undefined) return "open";
    return /\d/.test(next) ? undefined : at + 1;
  }
  return undefined;
}
