import { withPlainEnds } from "./text_file.ts";

/** Texts that differ more, or longer, are shown whole. */
const MOST_EDITS = 4_000;
const LIMIT_MS = 1_000;

/**
 * What a change takes away and puts in, line by line with three lines around, all of it; the library that finds it is
 * loaded here.
 */
export async function difference(
  before: string,
  after: string,
): Promise<string> {
  const { structuredPatch } = await import("diff");
  const [old, now] = withPlainEnds(before) === withPlainEnds(after)
    ? [before, after]
    : [withPlainEnds(before), withPlainEnds(after)];
  const patch = structuredPatch("", "", old, now, "", "", {
    context: 3,
    maxEditLength: MOST_EDITS,
    timeout: LIMIT_MS,
  });
  if (patch === undefined) {
    return `${marked("-", old)}\n${marked("+", now)}`;
  }
  return patch.hunks.map(({ oldStart, lines }) =>
    [`@@ line ${oldStart} @@`, ...lines].join("\n")
  ).join("\n");
}

/** Every line of a text, with a sign before it, so that none can pass for something else. */
export function marked(sign: string, text: string): string {
  const lines = withPlainEnds(text).split("\n");
  const isWhole = lines.at(-1) === "";
  if (isWhole) lines.pop();
  const shown = lines.map((line) => `${sign}${line}`);
  return (isWhole ? shown : [...shown, "\\ No newline at the end"]).join("\n");
}
