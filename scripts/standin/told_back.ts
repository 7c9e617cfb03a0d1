import type { Entry } from "./history.ts";

/** The messages of a person that a request brings, one a line. */
export function recallText(history: readonly Entry[]): string {
  return history.filter(({ kind }) => kind === "user")
    .map(({ text, images }, n) => `${n + 1}. ${text}${pictures(images)}`)
    .join("\n");
}

/** All that a request brings, one entry a line, each with its kind. */
export function historyText(history: readonly Entry[]): string {
  return history.map(({ kind, text, images }, n) =>
    `${n + 1} ${kind} ${text}${pictures(images)}`
  ).join("\n");
}

/** What a summary says: how much there was. */
export function digestText(history: readonly Entry[]): string {
  const said = history.filter(({ kind }) =>
    kind === "user" || kind === "assistant"
  );
  const length = said.reduce((sum, { text }) => sum + text.length, 0);
  return `summary of ${said.length} messages, ${length} characters`;
}

function pictures(images: number): string {
  return images === 0 ? "" : ` (${images} images)`;
}
