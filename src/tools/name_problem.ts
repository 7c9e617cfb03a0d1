/** Longer paths are refused before the system is asked; most systems take no longer ones. */
const LONGEST_PATH = 4096;

/** What Windows takes for a device in any folder and with any ending. */
const DEVICE =
  /^(?:con|prn|aux|nul|com[\d¹²³]|lpt[\d¹²³]|conin\$|conout\$)\s*(?:[.:]|$)/i;

/**
 * Why a path is refused as it is written, before anything is looked up; undefined when it is not. On Windows a name can
 * mean a device, a stream beside a file's content, or the same file as a shorter name.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * assert.equal(nameProblem("src/a.ts", "linux"), undefined);
 * assert.equal(nameProblem("a\0b", "linux"), "the path holds a NUL character");
 * assert.equal(
 *   nameProblem("a.txt:more", "windows"),
 *   'a name may not hold ":" here',
 * );
 * assert.equal(nameProblem("C:\\a\\nul.txt", "windows"), '"nul.txt" is a device here');
 * ```
 */
export function nameProblem(path: string, os: string): string | undefined {
  if (path === "") return "the path is empty";
  if (path.includes("\0")) return "the path holds a NUL character";
  if (path.length > LONGEST_PATH) return "the path is too long";
  return os === "windows" ? windowsProblem(path) : undefined;
}

function windowsProblem(path: string): string | undefined {
  if (/^[\\/]{2}/.test(path)) return "it is on no drive of this machine";
  for (const name of path.replace(/^[a-z]:/i, "").split(/[\\/]/)) {
    if (/^\.{0,2}$/.test(name)) continue;
    if (DEVICE.test(name)) return `"${name}" is a device here`;
    if (name.includes(":")) return 'a name may not hold ":" here';
    if (/[. ]$/.test(name)) return "a name may not end in a dot or space here";
  }
  return undefined;
}
