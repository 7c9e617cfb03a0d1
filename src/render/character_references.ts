import { stripControl } from "../http/redact.ts";

/** The names that are met in prose; there are two thousand more. */
const NAMED: ReadonlyMap<string, string> = new Map([
  ["amp", "&"],
  ["apos", "'"],
  ["bull", "•"],
  ["copy", "©"],
  ["deg", "°"],
  ["divide", "÷"],
  ["euro", "€"],
  ["ge", "≥"],
  ["gt", ">"],
  ["hellip", "…"],
  ["laquo", "«"],
  ["larr", "←"],
  ["ldquo", "“"],
  ["le", "≤"],
  ["lsquo", "‘"],
  ["lt", "<"],
  ["mdash", "—"],
  ["middot", "·"],
  ["nbsp", "\u00a0"],
  ["ndash", "–"],
  ["ne", "≠"],
  ["plusmn", "±"],
  ["quot", '"'],
  ["raquo", "»"],
  ["rarr", "→"],
  ["rdquo", "”"],
  ["reg", "®"],
  ["rsquo", "’"],
  ["times", "×"],
  ["trade", "™"],
]);

const REFERENCE = /&(?:#(\d{1,7})|#[xX]([\dA-Fa-f]{1,6})|([A-Za-z]+));/g;

/**
 * Puts letters in the place of their character references, then removes what could drive a terminal, since the lexer
 * resolves some itself. An unknown reference stays as it is.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * assert.equal(resolveReferences("1 &lt; 2 &amp;&#32;3&#x20;&what;"), "1 < 2 & 3 &what;");
 * assert.equal(resolveReferences("&#27;[31m\x1b"), "[31m");
 * ```
 */
export function resolveReferences(text: string): string {
  if (!text.includes("&")) return stripControl(text);
  const resolved = text.replace(
    REFERENCE,
    (reference, decimal?: string, hex?: string, name?: string) => {
      if (name !== undefined) return NAMED.get(name) ?? reference;
      const point = hex === undefined ? Number(decimal) : parseInt(hex, 16);
      const isLetter = point <= 0x10ffff && (point < 0xd800 || point > 0xdfff);
      return isLetter ? String.fromCodePoint(point) : "\ufffd";
    },
  );
  return stripControl(resolved);
}
