import {
  breaksBetween,
  graphemesOf,
  widthOf,
  widthOfLetter,
} from "../cells.ts";
import { encodeRuns, type Run, widthOfRuns } from "./styled.ts";

/** What stands before a line. */
export interface Prefix {
  readonly runs: readonly Run[];
  /** What there is no room to indent the text under: it is set like words of the text. */
  readonly words: readonly string[];
}

/** What a line filler must know of its page. */
export interface LineFillerOptions {
  readonly columns: () => number;
  /** Called for each line that is begun. */
  readonly prefix: (columns: number) => Prefix;
}

/** Fills lines with words. Nothing is taken back: a line ends when the next word has no room in it. */
export class LineFiller {
  readonly #options: LineFillerOptions;
  #output = "";
  #runs: Run[] = [];
  /** Written once a word follows on the same line. */
  #spaces: Run[] = [];
  #isOpen = false;
  /** How many cells of the open line are taken. */
  #column = 0;
  /** No word stands on the open line. */
  #isFresh = true;

  constructor(options: LineFillerOptions) {
    this.#options = options;
  }

  /** What was written since the last call. */
  take(): string {
    const output = this.#output;
    this.#output = "";
    return output;
  }

  /** Adds words; a line's end among them is kept. */
  fill(runs: readonly Run[]): void {
    let word: Run[] = [];
    const end = (): void => {
      if (word.length > 0) this.#place(word);
      word = [];
    };
    for (const { text, style } of runs) {
      for (const part of text.match(/\n|[ \t]+|[^\n \t]+/g) ?? []) {
        if ("\n\t ".includes(part.charAt(0))) {
          end();
          if (part === "\n") this.#end();
          else this.#spaces.push({ text: " ".repeat(part.length), style });
          continue;
        }
        for (const piece of unbreakable(part)) {
          if (breaksBetween(word.at(-1)?.text ?? "", piece)) end();
          word.push({ text: piece, style });
        }
      }
    }
    end();
    this.#encode();
  }

  /** Begins a line with so many spaces, or half of what there is room for. */
  indent(cells: number): void {
    if (!this.#isOpen) this.#begin();
    const room = Math.floor((this.#columns() - this.#column) / 2);
    const text = " ".repeat(Math.max(0, Math.min(cells, room)));
    this.#runs.push({ text, style: "" });
    this.#column += text.length;
    this.#encode();
  }

  /** Writes a line as it is, however long. */
  line(runs: readonly Run[]): void {
    const isEmpty = runs.every(({ text }) => text === "");
    this.#end();
    this.#begin(isEmpty);
    if (!this.#isFresh) {
      this.#end();
      this.#begin(isEmpty);
    }
    this.#runs.push(...runs);
    this.#end();
    this.#encode();
  }

  /** Ends the line, if one is open. */
  end(): void {
    this.#end();
    this.#encode();
  }

  /** Each call's runs by themselves, so that the styles do not depend on how much text comes at a time. */
  #encode(): void {
    this.#output += encodeRuns(this.#runs);
    this.#runs = [];
  }

  #begin(isEmpty = false): void {
    const { runs, words } = this.#options.prefix(this.#columns());
    this.#runs.push(...isEmpty ? trimmed(runs) : runs);
    this.#isOpen = true;
    this.#isFresh = true;
    this.#column = widthOfRuns(runs);
    for (const text of words) {
      this.#place([{ text, style: "" }]);
      this.#spaces.push({ text: " ", style: "" });
    }
  }

  #end(): void {
    this.#spaces = [];
    if (this.#isOpen) this.#runs.push({ text: "\n", style: "" });
    this.#isOpen = false;
  }

  #place(word: readonly Run[]): void {
    if (!this.#isOpen) this.#begin();
    const columns = this.#columns();
    const room = columns - this.#column - widthOfRuns(this.#spaces);
    const width = widthOfRuns(word);
    if (!this.#isFresh && width > room) {
      this.#end();
      this.#begin();
    }
    for (const run of this.#isFresh ? [] : this.#spaces) this.#put(run);
    this.#spaces = [];
    if (this.#column + width <= columns) word.forEach((run) => this.#put(run));
    else this.#placeLetters(word);
  }

  /** For a word that is longer than a line. */
  #placeLetters(word: readonly Run[]): void {
    for (const { text, style } of word) {
      for (const letter of graphemesOf(text)) {
        const room = this.#columns() - this.#column;
        if (!this.#isFresh && widthOfLetter(letter) > room) {
          this.#end();
          this.#begin();
        }
        this.#put({ text: letter, style });
      }
    }
  }

  #put(run: Run): void {
    this.#runs.push(run);
    this.#column += widthOf(run.text);
    this.#isFresh = false;
  }

  #columns(): number {
    return Math.max(1, this.#options.columns());
  }
}

/** Without spaces at the end. */
function trimmed(runs: readonly Run[]): readonly Run[] {
  const last = runs.findLastIndex(({ text }) => text.trimEnd() !== "");
  return runs.slice(0, last + 1).map((run, at) =>
    at === last ? { ...run, text: run.text.trimEnd() } : run
  );
}

/** The parts of a word between which a line may be broken. */
function unbreakable(word: string): readonly string[] {
  // Most have none.
  if (/^[^\u2e80-\uffff]*$/.test(word)) return [word];
  const parts: string[] = [];
  let before = "";
  for (const letter of word) {
    if (before === "" || breaksBetween(before, letter)) parts.push(letter);
    else parts.push((parts.pop() ?? "") + letter);
    before = letter;
  }
  return parts;
}
