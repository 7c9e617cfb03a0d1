import type { TokenizerCallbacks } from "htmlparser2";

/** What holds no text for a reader. */
const SILENT: ReadonlySet<string> = new Set([
  "script",
  "style",
  "template",
  "noscript",
  "svg",
  "iframe",
  "object",
  "select",
]);

/** What begins and ends a line; those of the second kind stand apart by an empty one. */
const LINES: ReadonlySet<string> = new Set([
  "address",
  "article",
  "aside",
  "body",
  "caption",
  "dd",
  "div",
  "dt",
  "fieldset",
  "figcaption",
  "footer",
  "form",
  "header",
  "li",
  "main",
  "nav",
  "option",
  "section",
  "summary",
  "tr",
]);
const APART: ReadonlySet<string> = new Set([
  "blockquote",
  "details",
  "dl",
  "figure",
  "h1",
  "h2",
  "h3",
  "h4",
  "h5",
  "h6",
  "hr",
  "ol",
  "p",
  "pre",
  "table",
  "title",
  "ul",
]);

/**
 * The text of a web page, with its headings, lists and links as in Markdown; what takes its tags apart is loaded here.
 *
 * It goes through the tags once and builds no tree of them, which would take very long for a page that is made to: so
 * neither the depth of a page nor its mistakes matter.
 */
export async function htmlToText(html: string, base: URL): Promise<string> {
  const { Tokenizer } = await import("htmlparser2");
  const text = new PageText(base);
  const tokenizer = new Tokenizer({}, new PageTags(html, text));
  tokenizer.write(html);
  tokenizer.end();
  return text.whole();
}

/** Hands on the tags and texts of a page, which are told as places in it. */
class PageTags implements TokenizerCallbacks {
  readonly #html: string;
  readonly #text: PageText;
  #tag = "";
  #attributes = new Map<string, string>();
  #attribute = "";
  #value = "";

  constructor(html: string, text: PageText) {
    this.#html = html;
    this.#text = text;
  }

  onopentagname(start: number, end: number): void {
    this.#tag = this.#html.slice(start, end).toLowerCase();
    this.#attributes = new Map();
  }

  onattribname(start: number, end: number): void {
    this.#attribute = this.#html.slice(start, end).toLowerCase();
    this.#value = "";
  }

  onattribdata(start: number, end: number): void {
    this.#value += this.#html.slice(start, end);
  }

  onattribentity(code: number): void {
    this.#value += String.fromCodePoint(code);
  }

  onattribend(): void {
    this.#attributes.set(this.#attribute, this.#value);
  }

  onopentagend(): void {
    this.#text.open(this.#tag, this.#attributes);
  }

  onselfclosingtag(): void {
    this.#text.open(this.#tag, this.#attributes);
    if (SILENT.has(this.#tag)) this.#text.close(this.#tag);
  }

  onclosetag(start: number, end: number): void {
    this.#text.close(this.#html.slice(start, end).toLowerCase());
  }

  ontext(start: number, end: number): void {
    this.#text.say(this.#html.slice(start, end));
  }

  ontextentity(code: number): void {
    this.#text.say(String.fromCodePoint(code));
  }

  oncdata(): void {}
  oncomment(): void {}
  ondeclaration(): void {}
  onend(): void {}
  onprocessinginstruction(): void {}
}

/** Gathers a page's text from its tags, which need not fit each other. */
class PageText {
  readonly #base: URL;
  readonly #pieces: string[] = [];
  /** Newlines, or a space, that come before the next text, if any does. */
  #gap = "";
  /** What holds no text, and how often it has been opened in itself. */
  #silent: { readonly name: string; depth: number } | undefined;
  #plain = 0;
  /** The number of the next item for each list that is open; NaN in one without numbers. */
  readonly #lists: number[] = [];
  /** Where the link leads that is open. */
  #link: string | undefined;
  #cells = 0;

  constructor(base: URL) {
    this.#base = base;
  }

  open(name: string, attributes: ReadonlyMap<string, string>): void {
    if (this.#silent !== undefined) {
      if (this.#silent.name === name) this.#silent.depth++;
      return;
    }
    if (SILENT.has(name)) {
      this.#silent = { name, depth: 1 };
      return;
    }
    this.#space(name);
    switch (name) {
      case "br":
        return this.#break("\n");
      case "hr":
        this.#add("---");
        return this.#space(name);
      case "img": {
        const words = attributes.get("alt")?.trim() ?? "";
        if (words !== "") this.#add(`[image: ${words}]`);
        return;
      }
      case "li":
        return this.#add(this.#bullet());
      case "ol":
        this.#lists.push(1);
        return;
      case "ul":
        this.#lists.push(NaN);
        return;
      case "pre":
        this.#plain++;
        return this.#add("```\n");
      case "tr":
        this.#cells = 0;
        return;
      case "td":
      case "th":
        if (this.#cells++ > 0) this.#add(" | ");
        return;
      case "a":
        this.#closeLink();
        this.#link = this.#resolve(attributes.get("href"));
        if (this.#link !== undefined) this.#add("[");
        return;
      default:
        if (/^h[1-6]$/.test(name)) this.#add(`${"#".repeat(Number(name[1]))} `);
    }
  }

  close(name: string): void {
    if (this.#silent !== undefined) {
      if (this.#silent.name !== name || --this.#silent.depth > 0) return;
      this.#silent = undefined;
      return;
    }
    if (name === "pre" && this.#plain > 0) {
      this.#plain--;
      this.#break("\n");
      this.#add("```");
    }
    if (name === "ol" || name === "ul") this.#lists.pop();
    if (name === "a") this.#closeLink();
    this.#space(name);
  }

  say(text: string): void {
    if (this.#silent !== undefined) return;
    if (this.#plain > 0) return this.#add(text);
    const words = text.replace(/\s+/g, " ");
    if (words.startsWith(" ")) this.#break(" ");
    if (words.trim() !== "") this.#add(words.trim());
    if (words.length > 1 && words.endsWith(" ")) this.#break(" ");
  }

  whole(): string {
    this.#closeLink();
    const lines = this.#pieces.join("").split("\n");
    return lines.map((line) => line.trimEnd()).join("\n").trim();
  }

  #space(name: string): void {
    if (APART.has(name)) this.#break(this.#lists.length > 0 ? "\n" : "\n\n");
    else if (LINES.has(name)) this.#break("\n");
  }

  /** The longest gap counts, and a line's end for more than a space. */
  #break(gap: string): void {
    const isMore = gap !== " " && (this.#gap === " " || gap > this.#gap);
    if (this.#gap === "" || isMore) this.#gap = gap;
  }

  #add(text: string): void {
    if (this.#pieces.length > 0) this.#pieces.push(this.#gap);
    this.#gap = "";
    this.#pieces.push(text);
  }

  #bullet(): string {
    const depth = Math.max(0, this.#lists.length - 1);
    const number = this.#lists.at(-1) ?? NaN;
    if (this.#lists.length > 0) this.#lists[depth] = number + 1;
    const indent = "  ".repeat(Math.min(depth, 10));
    return `${indent}${Number.isNaN(number) ? "-" : `${number}.`} `;
  }

  /** One that shows nothing, as around a picture without words, is left out. */
  #closeLink(): void {
    if (this.#link === undefined) return;
    if (this.#pieces.at(-1) === "[") this.#pieces.pop();
    else this.#pieces.push(`](${this.#link})`);
    this.#link = undefined;
  }

  #resolve(href: string | undefined): string | undefined {
    if (href === undefined || href.startsWith("#")) return undefined;
    const url = URL.parse(href, this.#base.href);
    return url !== null && /^https?:$/.test(url.protocol)
      ? url.href
      : undefined;
  }
}
