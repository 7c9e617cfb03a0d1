import type { PastTurn } from "../../store/history.ts";
import { stripControl } from "../../http/redact.ts";
import { answerOf, wordsOf } from "./exchange.ts";

/** How much of the last exchange reminds a person of it, in lines. */
const MESSAGE_LINES = 4;
const ANSWER_LINES = 12;

/** The last exchange, as far as it is shown when a conversation is taken up again. */
export interface Reminder {
  /** The beginning of what was said. */
  readonly message: string;
  /** The end of the answer, Markdown. */
  readonly answer: string;
}

/** What reminds of the last exchange; undefined where there is none. */
export function remind(last: PastTurn | undefined): Reminder | undefined {
  if (last === undefined) return undefined;
  return {
    message: beginning(stripControl(wordsOf(last.items[0])).trim()),
    answer: ending(answerOf(last.items)),
  };
}

function beginning(text: string): string {
  const lines = text.split("\n");
  const left = lines.length - MESSAGE_LINES;
  if (left <= 0) return text;
  return `${lines.slice(0, MESSAGE_LINES).join("\n")}\n${more(left)}`;
}

/**
 * The last lines of an answer; code that began before them keeps its fence.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * const code = Array.from({ length: 20 }, (_, at) => `line ${at}`);
 * const shown = ending(["~~~js", ...code, "~~~"].join("\n")).split("\n");
 * assert.deepEqual(shown.slice(0, 4), ["(10 lines more)", "", "~~~js", "line 9"]);
 * ```
 */
export function ending(text: string): string {
  const lines = text.split("\n");
  const left = lines.length - ANSWER_LINES;
  if (left <= 0) return text;
  const fences = lines.slice(0, left).filter((line) =>
    /^ {0,3}(`{3}|~{3})/.test(line)
  );
  const open = fences.length % 2 === 1 ? [fences.at(-1)] : [];
  return [more(left), "", ...open, ...lines.slice(left)].join("\n");
}

function more(count: number): string {
  return count === 1 ? "(1 line more)" : `(${count} lines more)`;
}
