import { Lexer, Marked, type Token, type Tokens } from "marked";
import { resolveReferences } from "./character_references.ts";
import { mathEnd } from "./math_end.ts";
import { both, type Run, type Styles } from "./styled.ts";

/** How a piece of text is shown. */
export interface InlineOptions {
  readonly styles: Styles;
  /** Without color the markers stay: they are what tells such a word from others. */
  readonly color: boolean;
}

/** Markdown as it is on GitHub, where a line's end is one; formulas are left as they are. */
const MARKED = new Marked({
  gfm: true,
  breaks: true,
  extensions: [{
    name: "math",
    level: "inline",
    start: (text) => firstMath(text)?.at,
    tokenizer: (text) => {
      const end = mathEnd(text, 0);
      if (typeof end !== "number") return undefined;
      return { type: "math", raw: text.slice(0, end) };
    },
  }],
  hooks: { emStrongMask: maskMath },
});

/** What has none of these is plain text. */
const MARKUP = /[\\`*_~[<&$@]|:\/\/|www\./;

/**
 * The runs of a piece of Markdown that is no block.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { stylesFor } from "./styled.ts";
 * assert.deepEqual(
 *   inlineRuns("**bold** `x`", { styles: stylesFor(true), color: true }),
 *   [
 *     { text: "bold", style: "1" },
 *     { text: " ", style: "" },
 *     { text: "x", style: "36" },
 *   ],
 * );
 * ```
 */
export function inlineRuns(
  text: string,
  options: InlineOptions,
  style = "",
): readonly Run[] {
  if (!MARKUP.test(text)) return [{ text, style }];
  return runsOf(Lexer.lexInline(text, MARKED.defaults), options, style);
}

/** The table that these lines are, if they are one. */
export function lexTable(lines: readonly string[]): Tokens.Table | undefined {
  const [token, ...more] = MARKED.lexer(lines.join("\n"));
  return more.length === 0 && isTable(token) ? token : undefined;
}

function isTable(token: Token | undefined): token is Tokens.Table {
  return token?.type === "table";
}

/** The runs of what the lexer has found, in a style around them all. */
export function runsOf(
  tokens: readonly Token[],
  options: InlineOptions,
  style = "",
): readonly Run[] {
  return tokens.flatMap((token) => runsOfToken(token, options, style));
}

function runsOfToken(
  token: Token,
  options: InlineOptions,
  style: string,
): readonly Run[] {
  const { styles, color } = options;
  switch (token.type) {
    case "text":
    case "escape":
      return [{ text: resolveReferences(token.text), style }];
    case "br":
      return [{ text: "\n", style: "" }];
    case "codespan": {
      const text: string = token.text;
      const shown = color ? text : `\`${text}\``;
      return [{ text: shown, style: both(style, styles.code) }];
    }
    case "strong":
      return marked(token.tokens, { mark: "**", added: styles.bold });
    case "em":
      return marked(token.tokens, { mark: "*", added: styles.italic });
    case "del":
      return marked(token.tokens, { mark: "~~", added: styles.struck });
    case "link":
      return linkRuns(token, options, style);
    case "image": {
      const text = resolveReferences(token.text) || "image";
      return [{ text, style }, targetRun(token, options, style)];
    }
    default: // HTML and formulas
      return [{ text: token.raw, style }];
  }

  function marked(
    tokens: readonly Token[] = [],
    { mark, added }: { readonly mark: string; readonly added: string },
  ): readonly Run[] {
    const runs = runsOf(tokens, options, both(style, added));
    if (color) return runs;
    return [{ text: mark, style }, ...runs, { text: mark, style }];
  }
}

/** Where a link leads is always seen: its text is the model's to choose. */
function linkRuns(
  token: Tokens.Link | Tokens.Generic,
  options: InlineOptions,
  style: string,
): readonly Run[] {
  const underlined = both(style, options.styles.underline);
  if (token.autolink) return [{ text: token.text, style: underlined }];
  const runs = runsOf(token.tokens ?? [], options, underlined);
  const text = runs.map((run) => run.text).join("");
  return text === resolveReferences(token.href)
    ? runs
    : [...runs, targetRun(token, options, style)];
}

function targetRun(
  { href, title }: Tokens.Link | Tokens.Image | Tokens.Generic,
  { styles }: InlineOptions,
  style: string,
): Run {
  const target = title ? `${href} "${title}"` : href;
  return {
    text: ` (${resolveReferences(target)})`,
    style: both(style, styles.dim),
  };
}

/** The first formula in a text. */
function firstMath(
  text: string,
): { readonly at: number; readonly end: number } | undefined {
  const unclosed = new Set<string>();
  for (const { 0: mark, index } of text.matchAll(/\$\$?|\\[([]/g)) {
    if (unclosed.has(mark)) continue;
    const end = mathEnd(text, index);
    if (typeof end === "number") return { at: index, end };
    // What nothing closes here is closed nowhere behind, and looking for it each time would take too long.
    if (end === "open") unclosed.add(mark);
  }
  return undefined;
}

/** Hides the marks of a formula from the search for emphasis; the length must stay. */
function maskMath(text: string): string {
  const math = firstMath(text);
  if (math === undefined) return text;
  return text.slice(0, math.at) + "x".repeat(math.end - math.at) +
    maskMath(text.slice(math.end));
}
