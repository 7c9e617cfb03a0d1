import type { Host } from "../host.ts";
import { formatDuration, formatLocalTime } from "../http/backoff.ts";
import { oneLine } from "../http/redact.ts";
import { graphemesOf, widthOf } from "../cells.ts";
import type { ListedConversation } from "../store/listed.ts";

/** The shortest that an id is cut to, in characters. */
const SHORTEST_ID = 8;
/** The longest title, in characters. */
const LONGEST_TITLE = 80;

/** The first words of a conversation, which stand for a name. */
export function titleOf({ opening }: ListedConversation): string {
  return oneLine(opening, LONGEST_TITLE);
}

/** By what a person knows a conversation on a screen. */
export function labelOf(listed: ListedConversation): string {
  return listed.name ?? (titleOf(listed) || "(a picture)");
}

/**
 * The shortest start of each id that no other id has, at least 8 characters long.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * const ids = ["019a0000-aaaa", "019a0000-abbb", "019a1111-aaaa"];
 * assert.deepEqual([...shortIds(ids).values()], ["019a0000-aa", "019a0000-ab", "019a1111"]);
 * ```
 */
export function shortIds(ids: readonly string[]): ReadonlyMap<string, string> {
  const sorted = ids.toSorted();
  return new Map(sorted.map((id, at) => {
    const shared = Math.max(
      sharedLength(id, sorted[at - 1] ?? ""),
      sharedLength(id, sorted[at + 1] ?? ""),
    );
    return [id, id.slice(0, Math.max(SHORTEST_ID, shared + 1))];
  }));
}

/**
 * How long ago something was, in its largest unit.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * assert.equal(ageOf(187_200_000), "2 days");
 * assert.equal(ageOf(61_000), "1 min");
 * assert.equal(ageOf(-5), "now");
 * ```
 */
export function ageOf(ms: number): string {
  if (ms < 1000) return "now";
  return formatDuration(ms).split(" ").slice(0, 2).join(" ");
}

/** A minute of the past, on the clock of this machine. */
export function minuteOf(ms: number): string {
  return formatLocalTime(Math.floor(ms / 60_000) * 60_000);
}

/** A folder as a person at home writes it. */
export function shortFolder(
  folder: string,
  host: Pick<Host, "env">,
): string {
  const home = host.env("HOME") ?? host.env("USERPROFILE");
  if (home === undefined || home === "/" || !folder.startsWith(home)) {
    return folder;
  }
  const rest = folder.slice(home.length);
  return /^(?:[\\/]|$)/.test(rest) ? `~${rest}` : folder;
}

/** As much of a path's end as so many cells of the screen hold. */
export function fittedPath(path: string, cells: number): string {
  if (widthOf(path) <= cells) return path;
  let fitting = "";
  for (const letter of graphemesOf(path).toReversed()) {
    if (widthOf(letter) + widthOf(fitting) > cells - 1) break;
    fitting = `${letter}${fitting}`;
  }
  return `…${fitting}`;
}

/** As much of a text as so many cells of the screen hold. */
export async function fitted(text: string, cells: number): Promise<string> {
  const { default: widthOf } = await import("fast-string-width");
  if (widthOf(text) <= cells) return text;
  let fitting = "";
  let width = 1;
  for (const { segment } of new Intl.Segmenter("en").segment(text)) {
    width += widthOf(segment);
    if (width > cells) break;
    fitting += segment;
  }
  return `${fitting.trimEnd()}…`;
}

/** Epoch milliseconds as whole seconds, as all of meka's JSON has them. */
export function seconds(ms: number): number {
  return Math.floor(ms / 1000);
}

function sharedLength(one: string, other: string): number {
  let at = 0;
  while (at < one.length && one[at] === other[at]) at++;
  return at;
}
