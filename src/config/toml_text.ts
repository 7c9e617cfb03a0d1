import type { AST } from "toml-eslint-parser";
import { MekaError } from "../errors.ts";

/** A table of a parsed config. */
export type Table = Readonly<Record<string, unknown>>;

/**
 * Parses a config's text.
 *
 * @throws {MekaError} "config" when it is no TOML.
 */
export async function parse(text: string, path: string): Promise<Table> {
  const { parse, TomlError } = await import("smol-toml");
  try {
    return parse(text, { integersAsBigInt: true });
  } catch (error) {
    if (!(error instanceof TomlError)) throw error;
    // The rest of its message quotes the line, which may hold a key.
    const why = error.message.split("\n")[0]?.replace(/^.*?: /, "") ?? "";
    throw new MekaError(
      "config",
      `Cannot read "${path}", line ${error.line}: ${why}`,
      { hint: "Correct that line, then try again" },
    );
  }
}

/** The steps of a key such as `a."b c"`. */
export function names(key: AST.TOMLKey): string[] {
  return key.keys.map((part) =>
    part.type === "TOMLBare" ? part.name : part.value
  );
}

/** The text with another one in the place of a range. */
export function splice(
  text: string,
  [from, to]: readonly [number, number],
  insert: string,
): string {
  return text.slice(0, from) + insert + text.slice(to);
}

/** The whole lines that a range touches, the last one's end included. */
export function linesOf(
  text: string,
  [from, to]: readonly [number, number],
): [number, number] {
  const end = text.indexOf("\n", to);
  return [
    text.lastIndexOf("\n", from - 1) + 1,
    end < 0 ? text.length : end + 1,
  ];
}

/** How the text ends its lines. */
export function newlineOf(text: string): string {
  return text.includes("\r\n") ? "\r\n" : "\n";
}

/** What is missing at the end of a text for a line to begin there. */
export function endOfLine(text: string, newline: string): string {
  return text.endsWith("\n") ? "" : newline;
}

/** A TOML basic string: JSON's escapes are among TOML's, and DEL must be escaped too. */
export function quote(value: string): string {
  return JSON.stringify(value.toWellFormed()).replaceAll("\x7f", "\\u007f");
}

/** Tells whether a value is a table, which a date is not. */
export function isTable(value: unknown): value is Table {
  return typeof value === "object" && value !== null &&
    !Array.isArray(value) && !(value instanceof Date);
}

/** The same text for the same TOML value, whatever the order of its keys. */
export function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join()}]`;
  if (isTable(value)) {
    const pairs = Object.keys(value).sort()
      .map((key) => `${JSON.stringify(key)}:${canonical(value[key])}`);
    return `{${pairs.join()}}`;
  }
  return typeof value === "string"
    ? JSON.stringify(value)
    : `${typeof value} ${value instanceof Date ? value.toISOString() : value}`;
}
