import type { RE2JS } from "re2js";
import { Refusal } from "../host.ts";

/** Only so much of a line is looked at, so that none can take long, and only so much of it is shown, in characters. */
const LONGEST_LINE = 20_000;
const LONGEST_SHOWN = 400;
/** After so many lines others have their turn. */
const LINES_A_TURN = 256;

/** Makes a regular expression whose time grows with the text and no faster; the library that does it is loaded here. */
export async function compileRegex(
  pattern: string,
  { ignoreCase }: { readonly ignoreCase: boolean },
): Promise<RE2JS> {
  const { RE2JS, RE2JSException } = await import("re2js");
  try {
    return RE2JS.compile(pattern, ignoreCase ? RE2JS.CASE_INSENSITIVE : 0);
  } catch (error) {
    if (!(error instanceof RE2JSException)) throw error;
    const what = error.message.replace(/^error parsing regexp: /, "");
    throw new Refusal(
      `the pattern is not one of RE2, which has no look-around and no backreferences: ${what}`,
    );
  }
}

/** Finds lines in one text after another, and holds what is to be shown of them. */
export class LineSearch {
  readonly lines: string[] = [];
  readonly #regex: RE2JS;
  readonly #around: number;
  readonly #most: { readonly matches: number; readonly chars: number };
  #matches = 0;
  #chars = 0;

  constructor(
    regex: RE2JS,
    options: {
      /** How many lines are shown before and after one that matches. */
      readonly around: number;
      /** Ends the search. */
      readonly most: { readonly matches: number; readonly chars: number };
    },
  ) {
    this.#regex = regex;
    this.#around = options.around;
    this.#most = options.most;
  }

  /** There may be more than what is held. */
  get isFull(): boolean {
    return this.#matches >= this.#most.matches ||
      this.#chars >= this.#most.chars;
  }

  /** Searches a text; `turn` is awaited now and then, and false ends it. */
  async search(
    text: string,
    { name, turn }: {
      readonly name: string;
      readonly turn: () => Promise<boolean>;
    },
  ): Promise<void> {
    const lines = text.split(/\r?\n/);
    if (lines.at(-1) === "") lines.pop();
    let shown = -1;
    let until = -1;
    for (const [at, line] of lines.entries()) {
      if (at % LINES_A_TURN === 0 && !await turn()) return;
      if (this.#regex.test(line.slice(0, LONGEST_LINE))) {
        if (this.isFull) return;
        const from = Math.max(shown + 1, at - this.#around);
        const isApart = this.#around > 0 && from > shown + 1;
        if (isApart && this.lines.length > 0) this.#show("--");
        for (const [before, other] of lines.slice(from, at).entries()) {
          this.#show(`${name}-${from + before + 1}-${cut(other)}`);
        }
        this.#show(`${name}:${at + 1}:${this.#cutAround(line)}`);
        this.#matches++;
        shown = at;
        until = at + this.#around;
      } else if (at <= until) {
        this.#show(`${name}-${at + 1}-${cut(line)}`);
        shown = at;
      }
    }
  }

  #show(line: string): void {
    this.lines.push(line);
    this.#chars += line.length + 1;
  }

  /** A long line from a little before its match. */
  #cutAround(line: string): string {
    if (line.length <= LONGEST_SHOWN) return line;
    const matcher = this.#regex.matcher(line.slice(0, LONGEST_LINE));
    const start = matcher.find() ? Math.max(0, matcher.start() - 50) : 0;
    return `${start > 0 ? "…" : ""}${cut(line.slice(start))}`;
  }
}

function cut(line: string): string {
  if (line.length <= LONGEST_SHOWN) return line;
  return `${line.slice(0, LONGEST_SHOWN).replace(/[\ud800-\udbff]$/, "")}…`;
}
