import { MekaError } from "../../errors.ts";

/** What a person typed. */
export type Typed = Readonly<
  | { type: "nothing" }
  | { type: "message"; text: string }
  | { type: "command"; name: string; argument: string }
>;

/**
 * Tells a command from a message: a command begins with a slash. What is to begin with one itself is typed with two,
 * but for comments, in which two slashes stand before a space or a third one.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * assert.deepEqual(parseLine("/model gpt-5 "), { type: "command", name: "model", argument: "gpt-5" });
 * assert.deepEqual(parseLine("//etc/passwd"), { type: "message", text: "/etc/passwd" });
 * assert.deepEqual(parseLine("// a comment"), { type: "message", text: "// a comment" });
 * assert.deepEqual(parseLine(" "), { type: "nothing" });
 * ```
 */
export function parseLine(line: string): Typed {
  if (line.trim() === "") return { type: "nothing" };
  if (!line.startsWith("/")) return { type: "message", text: line };
  if (line.startsWith("//")) {
    const isComment = /^\/\/(?:[\s/]|$)/.test(line);
    return { type: "message", text: isComment ? line : line.slice(1) };
  }
  const [, name = "", argument = ""] = /^\/(\S*)\s*([^]*)$/.exec(line) ?? [];
  return { type: "command", name, argument: argument.trim() };
}

/** The error for a word that is no command, with the nearest one. */
export async function unknownCommand(
  name: string,
  names: readonly string[],
): Promise<MekaError> {
  const { closest } = await import("fastest-levenshtein");
  return new MekaError("usage", `There is no command \`/${name}\``, {
    hint: `The nearest is \`/${
      closest(name, names)
    }\`; a message that begins with a slash is typed with two`,
  });
}
