import { widthOf } from "../cells.ts";

/** A text in one style: parameters of SGR (ECMA-48, section 8.3.117) like "1;4", empty for none. */
export interface Run {
  readonly text: string;
  readonly style: string;
}

/** The parameters that the parts of an answer are set in; all empty where there is no color. */
export interface Styles {
  readonly bold: string;
  readonly dim: string;
  readonly italic: string;
  readonly underline: string;
  readonly struck: string;
  readonly code: string;
}

/** The styles of a page. */
export function stylesFor(color: boolean): Styles {
  return {
    bold: color ? "1" : "",
    dim: color ? "2" : "",
    italic: color ? "3" : "",
    underline: color ? "4" : "",
    struck: color ? "9" : "",
    code: color ? "36" : "",
  };
}

/** How many cells runs take. */
export function widthOfRuns(runs: readonly Run[]): number {
  return widthOf(runs.map(({ text }) => text).join(""));
}

/** One style on top of another. */
export function both(outer: string, inner: string): string {
  if (outer === "" || inner === "") return outer + inner;
  return outer.split(";").includes(inner) ? outer : `${outer};${inner}`;
}

/**
 * What a terminal is sent for runs: each stretch of one style is ended before anything else follows.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * const runs = [{ text: "a ", style: "" }, { text: "b", style: "1" }];
 * assert.equal(encodeRuns(runs), "a \x1b[1mb\x1b[0m");
 * ```
 */
export function encodeRuns(runs: Iterable<Run>): string {
  let encoded = "";
  let open = "";
  for (const { text, style } of runs) {
    if (text === "") continue;
    if (style !== open) {
      if (open !== "") encoded += "\x1b[0m";
      if (style !== "") encoded += `\x1b[${style}m`;
      open = style;
    }
    encoded += text;
  }
  return open === "" ? encoded : `${encoded}\x1b[0m`;
}
