import type { Completion } from "../host.ts";
import { insert, removeTo } from "./edit.ts";
import { graphemesOf } from "../cells.ts";
import { changed, type LineState } from "./line_state.ts";

/** A line after it was completed. */
export interface Completed {
  readonly state: LineState;
  /** What there is to choose from, when a second key in a row asks for it. */
  readonly choices: readonly string[];
}

/**
 * Completes a line as far as all candidates agree.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { newLine } from "./line_state.ts";
 * const line = newLine([], { initial: "/m" });
 * const { state } = complete(line, { from: 0, candidates: ["/model", "/mode"] });
 * assert.equal(state.text, "/mode");
 * ```
 */
export function complete(
  state: LineState,
  { from, candidates }: Completion,
): Completed {
  const typed = state.text.slice(from, state.cursor);
  const start = commonStart(candidates);
  const isSure = candidates.length === 1 || start.length > typed.length;
  if (isSure && start !== typed) {
    const next = changed(state, insert(removeTo(state, from), start));
    return { state: { ...next, last: "complete" }, choices: [] };
  }
  return {
    state: { ...state, last: "complete" },
    choices: state.last === "complete" && !isSure ? candidates : [],
  };
}

/** What all texts begin with, in whole letters. */
function commonStart([first = "", ...others]: readonly string[]): string {
  let start = "";
  for (const letter of graphemesOf(first)) {
    const next = start + letter;
    if (!others.every((other) => other.startsWith(next))) break;
    start = next;
  }
  return start;
}
