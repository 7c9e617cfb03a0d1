/** The longest sequence that common terminals take, in bytes. */
const LONGEST = 74_994;

/**
 * What has a terminal put a text on its clipboard (xterm's control sequences, OSC 52), wherever the program runs;
 * undefined for one that is too long.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * assert.equal(osc52("hi"), "\x1b]52;c;aGk=\x07");
 * ```
 */
export function osc52(text: string): string | undefined {
  const base64 = new TextEncoder().encode(text).toBase64();
  return base64.length > LONGEST ? undefined : `\x1b]52;c;${base64}\x07`;
}
