import type { Handler } from "htmlparser2";

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
 * The text of a web page, with its headings, lists and links as in Markdown; the parser is loaded here.
 *
 * It is one pass over the page's tags, so that neither its depth nor its mistakes matter.
 */
export async function htmlToText(html: string, base: URL): Promise<string> {
  const { Parser } = await import("htmlparser2");
  const page = new PageText(base);
  const parser = new Parser(page, { lowerCaseTags: true });
  parser.write(html);
  parser.end();
  return page.text();
}

/** Gathers a page's text from its tags. */
class PageText implements Partial<Handler> {
  readonly #base: URL;
  readonly #pieces: string[] = [];
  /** Newlines, or a space, that come before the next text, if any does. */
  #gap = "";
  #silent = 0;
  #plain = 0;
  /** The number of the next item for each list that is open; NaN in one without numbers. */
  readonly #lists: number[] = [];
  /** Where the links lead that are open. */
  readonly #links: (string | undefined)[] = [];
  #cells = 0;

  constructor(base: URL) {
    this.#base = base;
  }

  onopentag(name: string, attributes: Readonly<Record<string, string>>): void {
    if (SILENT.has(name)) this.#silent++;
    if (this.#silent > 0) return;
    this.#space(name);
    switch (name) {
      case "br":
        return this.#break("\n");
      case "hr":
        return this.#add("---");
      case "img":
        if (attributes["alt"]) this.#add(`[image: ${attributes["alt"]}]`);
        return;
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
      case "a": {
        const url = this.#resolve(attributes["href"]);
        this.#links.push(url);
        if (url !== undefined) this.#add("[");
        return;
      }
      default:
        if (/^h[1-6]$/.test(name)) this.#add(`${"#".repeat(Number(name[1]))} `);
    }
  }

  ontext(text: string): void {
    if (this.#silent > 0) return;
    if (this.#plain > 0) return this.#add(text);
    const words = text.replace(/\s+/g, " ");
    if (words.startsWith(" ")) this.#break(" ");
    if (words.trim() !== "") this.#add(words.trim());
    if (words.length > 1 && words.endsWith(" ")) this.#break(" ");
  }

  onclosetag(name: string): void {
    if (this.#silent === 0) {
      if (name === "pre" && this.#plain > 0) {
        this.#plain--;
        this.#break("\n");
        this.#add("```");
      }
      if (name === "ol" || name === "ul") this.#lists.pop();
      if (name === "a") {
        const url = this.#links.pop();
        if (url !== undefined) this.#closeLink(url);
      }
      this.#space(name);
    }
    if (SILENT.has(name)) this.#silent--;
  }

  /** One that shows nothing, as around a picture without words, is left out. */
  #closeLink(url: string): void {
    if (this.#pieces.at(-1) === "[") this.#pieces.pop();
    else this.#pieces.push(`](${url})`);
  }

  text(): string {
    return this.#pieces.join("").replace(/[ \t]+\n/g, "\n").trim();
  }

  #space(name: string): void {
    if (APART.has(name)) this.#break(this.#lists.length > 1 ? "\n" : "\n\n");
    else if (LINES.has(name)) this.#break("\n");
  }

  /** The longest gap counts, and a line's end for more than a space. */
  #break(gap: string): void {
    const isMore = this.#gap === " " || gap.length > this.#gap.length;
    if (isMore && !(gap === " " && this.#gap !== "")) this.#gap = gap;
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

  #resolve(href: string | undefined): string | undefined {
    if (href === undefined || href.startsWith("#")) return undefined;
    const url = URL.parse(href, this.#base.href);
    return url !== null && /^https?:$/.test(url.protocol)
      ? url.href
      : undefined;
  }
}
