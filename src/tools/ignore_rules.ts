import type { Ignore } from "ignore";

/** The rules of one .gitignore. */
export interface IgnoreRules {
  /** The folder that it lies in, from where the rules are looked up: "" or a path that ends in "/". */
  readonly base: string;
  readonly rules: Ignore;
}

/** What is passed over in any case: what git keeps for itself. */
const GIT = ".git";

/**
 * A pattern with more of these can take time that grows with their number, and its author may be anybody; nobody needs
 * so many.
 */
const MOST_DEEP_STARS = 3;
const LONGEST_PATTERN = 1_000;

/** Reads a .gitignore; the library that knows its rules is loaded here. */
export async function readIgnoreRules(
  text: string,
  base: string,
): Promise<IgnoreRules> {
  const { default: ignore } = await import("ignore");
  const lines = text.split(/\r?\n/).filter((line) =>
    line.length <= LONGEST_PATTERN &&
    line.split("**").length - 1 <= MOST_DEEP_STARS
  );
  return { base, rules: ignore({ ignorecase: false }).add(lines) };
}

/**
 * Tells whether git would ignore a path, as far as these rules go: the last word is that of the innermost .gitignore
 * that has one. Folders end in "/", and whoever asks has not come into an ignored one.
 */
export function isIgnored(
  path: string,
  innermostFirst: readonly IgnoreRules[],
): boolean {
  if (path.replace(/\/$/, "").split("/").at(-1) === GIT) return true;
  for (const { base, rules } of innermostFirst) {
    if (!path.startsWith(base) || path === base) continue;
    const { ignored, unignored } = rules.test(path.slice(base.length));
    if (ignored || unignored) return ignored;
  }
  return false;
}
