import type { Round } from "./tool_script.ts";

/** A failure that a prompt asks for with `[[fail:KIND]]` or `[[fail:KIND N]]`. */
export interface AskedFailure {
  readonly kind: string;
  /** How often, or for how many seconds; undefined where the prompt has no number. */
  readonly number: number | undefined;
}

/** The scenario that a prompt asks for with `[[scenario:NAME]]`, or with one of the other markers. */
export function askedScenario(prompt: string, sent = 1): string | undefined {
  const named = /\[\[scenario:([^\]]+)\]\]/.exec(prompt)?.[1]?.trim();
  if (named !== undefined) return named;
  const failure = failMarker(prompt);
  if (failure !== undefined && failsNow(failure, sent)) return "fail";
  return prompt.includes("[[call:") ? "calls" : undefined;
}

/** The failure that a prompt asks for. */
export function failMarker(prompt: string): AskedFailure | undefined {
  const match = /\[\[fail:([\w-]+)(?: +(\d+(?:\.\d+)?))?\]\]/.exec(prompt);
  if (match === null) return undefined;
  const [, kind = "", number] = match;
  return { kind, number: number === undefined ? undefined : Number(number) };
}

/** A limit resets by itself; other failures come each time, or as often as the prompt says. */
function failsNow({ kind, number }: AskedFailure, sent: number): boolean {
  return sent <= (kind === "429-limit" ? 1 : number ?? Infinity);
}

/** The milliseconds that a prompt asks for with `[[slow:MS]]`. */
export function slowMarker(prompt: string): number {
  return Number(/\[\[slow:(\d{1,6})\]\]/.exec(prompt)?.[1] ?? 0);
}

/**
 * The rounds of calls that a prompt asks for with `[[call:NAME ARGUMENTS]]`, `[[say:TEXT]]` and `[[then]]`.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * const [first, second] = callMarkers('[[call:a {"x":[[1]]}]] [[call:b]] [[then]] [[call:c not json]]');
 * assert.deepEqual(first?.calls, [
 *   { name: "a", arguments: '{"x":[[1]]}' },
 *   { name: "b", arguments: "{}" },
 * ]);
 * assert.deepEqual(second?.calls, [{ name: "c", arguments: "not json" }]);
 * ```
 */
export function callMarkers(prompt: string): Round[] {
  const rounds: {
    text: string;
    calls: { name: string; arguments: string }[];
  }[] = [{ text: "", calls: [] }];
  const start = /\[\[(?:(then)\]\]|say:([^\]]*)\]\]|call:([^\s\]]+)\s*)/g;
  for (
    let match = start.exec(prompt);
    match !== null;
    match = start.exec(prompt)
  ) {
    const [, then, text, name] = match;
    const round = rounds.at(-1);
    if (then !== undefined || round === undefined) {
      rounds.push({ text: "", calls: [] });
    } else if (name === undefined) round.text += text;
    else {
      const end = argumentsEnd(prompt, start.lastIndex);
      const given = prompt.slice(start.lastIndex, end).trimEnd();
      round.calls.push({ name, arguments: given === "" ? "{}" : given });
      start.lastIndex = end + 2;
    }
  }
  return rounds.filter(({ calls }) => calls.length > 0);
}

/** Where `]]` closes a call: behind its JSON value, or the first one where there is none. */
function argumentsEnd(prompt: string, from: number): number {
  for (
    let end = prompt.indexOf("]]", from);
    end >= 0;
    end = prompt.indexOf("]]", end + 1)
  ) {
    if (isJson(prompt.slice(from, end))) return end;
  }
  const first = prompt.indexOf("]]", from);
  return first < 0 ? prompt.length : first;
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
