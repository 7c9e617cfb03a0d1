/**
 * Joins the halves of surrogate pairs that two deltas share: written one by one, each would become U+FFFD.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * const joiner = new PairJoiner();
 * assert.equal(joiner.add("a\ud83d"), "a");
 * assert.equal(joiner.add("\ude00b"), "😀b");
 * assert.equal(joiner.end(), "");
 * ```
 */
export class PairJoiner {
  #half = "";

  /** What can be written now: all but a first half at the end. */
  add(delta: string): string {
    if (delta === "") return "";
    const text = this.#half + delta;
    const last = text.charCodeAt(text.length - 1);
    const cut = last >= 0xd800 && last <= 0xdbff;
    this.#half = cut ? text.slice(-1) : "";
    return cut ? text.slice(0, -1) : text;
  }

  /** The half that nothing followed. */
  end(): string {
    const half = this.#half;
    this.#half = "";
    return half;
  }
}
