import type { Minimatch } from "minimatch";

/** The parameter that a glob is given with. */
export const GLOB_PARAMETER = {
  type: "string",
  maxLength: 500,
  description:
    'Files whose paths from the folder match, like "src/**/*.{ts,tsx}"; without a slash, files of such names at any depth.',
} as const;

/**
 * Makes what tells whether a path fits a pattern, in next to no time, whatever the pattern is; the library that does it
 * is loaded here.
 */
export async function makeMatcher(glob: string): Promise<Minimatch> {
  const { Minimatch } = await import("minimatch");
  return new Minimatch(glob.replace(/^(?:\.\/)+/, ""), {
    braceExpandMax: 1_000,
    dot: true,
    matchBase: true,
    nocomment: true,
    noext: true,
    nonegate: true,
    platform: "linux",
  });
}
