import { oneLine } from "../http/redact.ts";
import { widthOf } from "../cells.ts";
import type { WindowSize } from "./layout.ts";

/** A longer choice is cut. */
const LONGEST_CHOICE = 200;

/**
 * What there is to choose from, in as many columns as have room, on less than a screen.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * const size = { columns: 13, rows: 24 };
 * assert.deepEqual(choiceLines(["one", "two", "three"], size), ["one    three", "two"]);
 * ```
 */
export function choiceLines(
  choices: readonly string[],
  { columns, rows }: WindowSize,
): readonly string[] {
  const names = choices.map((choice) => oneLine(choice, LONGEST_CHOICE));
  const widest = Math.max(0, ...names.map(widthOf));
  const across = Math.max(1, Math.floor((columns + 2) / (widest + 2)));
  const most = Math.max(1, rows - 2);
  const shown = names.slice(0, across * most);
  const down = Math.ceil(shown.length / across);
  const lines = Array.from(
    { length: down },
    (_, row) =>
      shown.filter((_, at) => at % down === row)
        .map((name) => name + " ".repeat(widest - widthOf(name)))
        .join("  ").trimEnd(),
  );
  const left = names.length - shown.length;
  return left > 0 ? [...lines, `… and ${left} more`] : lines;
}
