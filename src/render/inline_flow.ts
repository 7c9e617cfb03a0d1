import { inlineCut } from "./inline_cut.ts";
import { type InlineOptions, inlineRuns } from "./inline_runs.ts";
import type { LineFiller } from "./line_filler.ts";

/** Fills lines with the text of one block as it comes: each word once nothing can change it any more. */
export class InlineFlow {
  readonly #filler: LineFiller;
  readonly #options: InlineOptions;
  readonly #style: string;
  #text = "";
  /** Looking at the same text for each new letter would take too long: it must have grown by this much. */
  #enough = 0;

  constructor(filler: LineFiller, options: InlineOptions, style = "") {
    this.#filler = filler;
    this.#options = options;
    this.#style = style;
  }

  add(text: string): void {
    this.#text += text;
    if (this.#text.length >= this.#enough) this.#flow({ whole: false });
  }

  /** The block ends here. */
  end(): void {
    this.#flow({ whole: true });
    this.#filler.end();
  }

  #flow({ whole }: { readonly whole: boolean }): void {
    const text = this.#text;
    let at = 0;
    for (;;) {
      const word = beginOfWord(text, at);
      this.#gap(text.slice(at, word));
      const rest = text.slice(word);
      const cut = inlineCut(rest, { whole });
      at = word + cut;
      if (cut === 0) break;
      const piece = rest.slice(0, cut);
      this.#filler.fill(inlineRuns(piece, this.#options, this.#style));
    }
    this.#text = text.slice(at);
    this.#enough = this.#text.length * 17 / 16;
  }

  #gap(space: string): void {
    if (space === "") return;
    this.#filler.fill([{ text: space, style: this.#style }]);
  }
}

function beginOfWord(text: string, from: number): number {
  let at = from;
  while (at < text.length && " \t\n".includes(text.charAt(at))) at++;
  return at;
}
