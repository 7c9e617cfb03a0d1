/**
 * What a terminal could act on: all of Unicode's Cc (C0, DEL, C1) but newline and tab; the bidi embeddings, overrides
 * and isolates, which can show a text in another order than it has; and the line and paragraph separators, which some
 * programs take for a line's end. The bidi marks that right-to-left writing needs (U+200E, U+200F, U+061C) stay.
 */
const CONTROL = /[^\P{Cc}\n\t]|[\u2028\u2029\u202a-\u202e\u2066-\u2069]/u;
const CONTROLS = new RegExp(CONTROL, "gu");

/**
 * Removes what could drive a terminal instead of being read on it; a text without any of it comes back as it is.
 *
 * @example A colored word, and a title change
 * ```ts
 * import assert from "node:assert/strict";
 * assert.equal(stripControl("\x1b[31mred\x1b[0m"), "[31mred[0m");
 * assert.equal(stripControl("\x1b]0;title\x07a\n\tb\r"), "]0;titlea\n\tb");
 * ```
 */
export function stripControl(text: string): string {
  return CONTROL.test(text) ? text.replace(CONTROLS, "") : text;
}

/**
 * Makes a server's text fit for an error message: one line, no control characters, at most `maxChars` UTF-16 units.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * assert.equal(oneLine(" not\r\n  found ", 80), "not found");
 * assert.equal(oneLine("a long story", 7), "a long…");
 * ```
 */
export function oneLine(text: string, maxChars: number): string {
  const line = stripControl(text.replace(/\s+/g, " ")).trim();
  if (line.length <= maxChars) return line;
  const cut = line.slice(0, Math.max(0, maxChars - 1));
  // Half of a surrogate pair would become a replacement character.
  return `${cut.replace(/[\ud800-\udbff]$/, "").trimEnd()}…`;
}

/** What stands in the place of a secret. */
const REDACTED = "[redacted]";

const SECRET_HEADERS: ReadonlySet<string> = new Set([
  "authorization",
  "cookie",
  "proxy-authorization",
  "set-cookie",
  "x-codex-turn-state",
]);

/**
 * The lines that a trace may show of a request or response: what proves who we are is left out by name, the account id
 * is shortened, and a redirect's query may hold a code.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * const headers = new Headers({ authorization: "Bearer abc", "cf-ray": "1" });
 * assert.deepEqual(redactHeaders(headers), [
 *   ["authorization", "[redacted]"],
 *   ["cf-ray", "1"],
 * ]);
 * ```
 */
export function redactHeaders(headers: Headers): [string, string][] {
  return [...headers].map(([name, value]) => [name, shown(name, value)]);
}

/** Shorter strings are no secrets worth the name, and may be part of any word. */
const SHORTEST_SECRET = 8;

/** Far more than a run has at once. */
const MOST_SECRETS = 300;

/**
 * Takes secrets out of what is about to be shown: those it was told of, in any dress that a URL or JSON gives them, and
 * what has the shape or the name of one. Redact before cutting a text, so that no half of a secret is left over.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * const redactor = new Redactor(["s3cret/key"]);
 * assert.equal(redactor.redact("k=s3cret%2Fkey&x=1"), "k=[redacted]&x=1");
 * assert.equal(
 *   redactor.redact('{"refresh_token":"rt_1"}'),
 *   '{"refresh_token":"[redacted]"}',
 * );
 * ```
 */
export class Redactor {
  /** The one named last at the end. */
  readonly #secrets = new Set<string>();
  /** Their dresses, once they are needed, in the order to replace them: a longer one may contain a shorter one. */
  #known: readonly string[] | undefined;

  constructor(secrets: Iterable<string> = []) {
    this.add(secrets);
  }

  /**
   * Makes more secrets known: refreshed tokens, new cookies. Those of less than 8 characters are ignored, and so are in
   * the end those that were not named again for long: a run of many turns gets new cookies with each.
   */
  add(secrets: Iterable<string>): void {
    for (const secret of secrets) {
      if (secret.length < SHORTEST_SECRET) continue;
      if (!this.#secrets.delete(secret)) this.#known = undefined;
      this.#secrets.add(secret);
    }
    for (const oldest of this.#secrets) {
      if (this.#secrets.size <= MOST_SECRETS) break;
      this.#secrets.delete(oldest);
    }
  }

  /** The text with `[redacted]` in the place of each secret. */
  redact(text: string): string {
    this.#known ??= [...new Set([...this.#secrets].flatMap(dressesOf))]
      .sort((a, b) => b.length - a.length);
    let clean = text;
    for (const secret of this.#known) {
      clean = clean.replaceAll(secret, REDACTED);
    }
    return redactShapes(clean);
  }
}

function shown(name: string, value: string): string {
  if (SECRET_HEADERS.has(name)) return REDACTED;
  if (name === "chatgpt-account-id") {
    return value.length > 12 ? `${value.slice(0, 4)}…` : REDACTED;
  }
  if (name === "location") return value.replace(/[?#].*/, `?${REDACTED}`);
  return value;
}

/** A secret as it is, in JSON (twice: a body quoted in a body), and in a URL or form. */
function dressesOf(secret: string): string[] {
  const json = quoted(secret);
  const uri = encodeURIComponent(secret.toWellFormed());
  const form = new URLSearchParams({ "": secret }).toString().slice(1);
  return [
    secret,
    json,
    json.replaceAll("/", "\\/"),
    // Some encoders keep JSON safe for HTML.
    json.replace(/[&<>=+'/]/g, unicodeEscape),
    json.replace(/[&<>]/g, unicodeEscape),
    quoted(json),
    ...[uri, form].flatMap((text) => [
      text,
      text.replace(/%../g, (code) => code.toLowerCase()),
    ]),
  ];
}

function quoted(text: string): string {
  return JSON.stringify(text).slice(1, -1);
}

function unicodeEscape(char: string): string {
  return `\\u${char.charCodeAt(0).toString(16).padStart(4, "0")}`;
}

// The patterns below run over text from the network, so each of them must be linear: a match starts at a fixed word,
// and no two of its repetitions can take the same character.

/** Not inside a word, where a percent-encoded character is no part of one. */
const START = String.raw`(?:(?<![A-Za-z_])|(?<=%[\dA-Fa-f]{2}))`;

/** A JWT, whole or cut off: base64url of JSON begins with "eyJ". */
const JWT = /eyJ[\w.-]{13,}/g;
const API_KEY = new RegExp(String.raw`${START}sk-[\w-]{8,}`, "g");
const BEARER = /(bearer(?:\s|%20|\+){1,64})([\w.~+/=%-]+)/gi;
const HEADER =
  /((?:cookie|authorization)["']?[ \t]{0,8}:[ \t]{0,8})(?:(["'])[^\r\n"']*|[^\r\n"'][^\r\n]*)/gi;

/** The secret fields of OAuth in JSON, in JSON inside JSON, in what `Deno.inspect` prints, in a form and in a query. */
const FIELD = new RegExp(
  String
    .raw`(?<name>${START}(?:code|code_verifier|authorization_code|device_code|access_token|refresh_token|id_token))` +
    String.raw`(?<to>(?:\\*["'])?\s{0,8}(?<sign>[:=]|%3[AaDd])\s{0,8})` +
    "(?:" + [
    String.raw`(?<open>\\+["'])(?<escaped>[^"'\\]*)`,
    String.raw`"(?<double>[^"\\]*(?:\\[^][^"\\]*)*)`,
    String.raw`'(?<single>[^'\\]*(?:\\[^][^'\\]*)*)`,
    String.raw`(?<bare>(?:(?!%26)[^&\s"'<>#,;\\)}])+)`,
  ].join("|") + ")",
  "g",
);

function redactShapes(text: string): string {
  return text
    .replace(JWT, REDACTED)
    .replace(API_KEY, REDACTED)
    .replace(HEADER, `$1$2${REDACTED}`)
    .replace(
      BEARER,
      (all, before: string, token: string) =>
        isProse(token) ? all : `${before}${REDACTED}`,
    )
    .replace(FIELD, (all, ...rest) => {
      const field: Record<string, string | undefined> = rest.at(-1);
      const { name, to, sign, open, escaped, double, single, bare } = field;
      const value = escaped ?? double ?? single ?? bare ?? "";
      // `code` is also what errors are called by.
      if (name === "code" && isErrorCode(value, sign)) return all;
      const quote = open ??
        (double !== undefined ? '"' : single !== undefined ? "'" : "");
      return `${name}${to}${quote}${REDACTED}`;
    });
}

/** "Missing bearer authentication" holds no secret. */
function isProse(word: string): boolean {
  return word.length < 20 && /^[a-z]+\.?$/i.test(word);
}

/** `=` is how a URL or form hands over an authorization code, unless it is a number like an exit code. */
function isErrorCode(value: string, sign: string | undefined): boolean {
  if (/^\d{1,4}$/.test(value)) return true;
  return sign === ":" &&
    (value.length < SHORTEST_SECRET ||
      /^[a-z]+(?:[_-][a-z]+)*$/i.test(value));
}

/**
 * A text with nothing hidden in it: all that a terminal or an eye would pass over or act on is written out.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * assert.equal(visible("ls\u001b[8m; rm\u202e -rf"), "ls\\u{1b}[8m; rm\\u{202e} -rf");
 * assert.equal(visible("a\n\tb"), "a\n\tb");
 * ```
 */
export function visible(text: string): string {
  return text.replace(
    /[^\P{C}\n\t]|[\p{Zl}\p{Zp}]|[^\P{Zs} ]/gu,
    (character) => `\\u{${character.codePointAt(0)?.toString(16)}}`,
  );
}
