import type { ToolContext } from "./tool.ts";

/**
 * A path as the model and a person see it: from the working folder where it is in there, whole otherwise. It can be
 * given to a tool again.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * const folders = ["/srv/app", "/more"];
 * assert.equal(shownPath("/srv/app/src/a.ts", folders), "src/a.ts");
 * assert.equal(shownPath("/srv/app", folders), ".");
 * assert.equal(shownPath("/more/b.ts", folders), "/more/b.ts");
 * ```
 */
export function shownPath(
  path: string,
  [first = ""]: ToolContext["folders"],
): string {
  if (path === first) return ".";
  const at = /[\\/]$/.test(first) ? first.length : first.length + 1;
  const isInside = path.startsWith(first) && /[\\/]/.test(path.charAt(at - 1));
  return isInside ? path.slice(at) : path;
}

/**
 * A name as one line, whatever characters it is made of: as it is, or in quotes with what is unusual written out.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * assert.equal(shownName("a b.ts"), "a b.ts");
 * assert.equal(shownName("a\nb"), '"a\\nb"');
 * assert.equal(shownName("\u202etxt.exe"), '"\\u202etxt.exe"');
 * ```
 */
export function shownName(name: string): string {
  if (!UNUSUAL.test(name)) return name;
  return JSON.stringify(name).replace(new RegExp(UNUSUAL, "gu"), escape);
}

/** What cannot be seen, or changes how the rest is seen. */
const UNUSUAL = /[\p{C}\p{Zl}\p{Zp}]|[^\P{Zs} ]/u;

function escape(text: string): string {
  return text.split("").map((unit) =>
    `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`
  ).join("");
}

/**
 * A command line from which the words can be told, as a POSIX shell would read them.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * assert.equal(
 *   shownCommand(["git", "commit", "-m", "it's done"]),
 *   String.raw`git commit -m 'it'\''s done'`,
 * );
 * assert.equal(shownCommand(["printf", "\x1b[8m"]), String.raw`printf $'\x1b[8m'`);
 * assert.equal(shownCommand(["a", ""]), "a ''");
 * ```
 */
export function shownCommand(words: readonly string[]): string {
  return words.map(shownWord).join(" ");
}

function shownWord(word: string): string {
  if (/^[\w@%+=:,./-]+$/.test(word)) return word;
  if (!UNUSUAL.test(word)) return `'${word.replaceAll("'", String.raw`'\''`)}'`;
  const escaped = word.replace(/[\\']/g, String.raw`\$&`)
    .replaceAll("\n", String.raw`\n`)
    .replaceAll("\t", String.raw`\t`)
    .replace(new RegExp(UNUSUAL, "gu"), (character) => {
      const code = character.codePointAt(0) ?? 0;
      const hex = code.toString(16);
      if (code < 0x80) return `\\x${hex.padStart(2, "0")}`;
      return code < 0x10000
        ? `\\u${hex.padStart(4, "0")}`
        : `\\U${hex.padStart(8, "0")}`;
    });
  return `$'${escaped}'`;
}
