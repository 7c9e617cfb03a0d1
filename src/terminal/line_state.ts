import { type Edit, editOf } from "./edit.ts";

/** The lines that were typed before, the newest one last. */
export type History = readonly string[];

/** A line while it is typed, and what the next key must know of those before. */
export interface LineState extends Edit {
  /** What was removed last, for Ctrl-Y. */
  readonly killed: string;
  /** What the last key did, where another one of its kind goes on with it. */
  readonly last: "kill" | "complete" | undefined;
  /** The column that the keys up and down keep to. */
  readonly goal: number | undefined;
  /** Which line of the history it is; the new one comes behind the last. */
  readonly place: number;
  /** Lines that were changed and left, by their places. */
  readonly drafts: ReadonlyMap<number, string>;
  readonly search: Search | undefined;
}

/** A search in the history. */
export interface Search {
  readonly query: string;
  readonly isFound: boolean;
  /** What it may lead back to. */
  readonly before: LineState;
}

/** The state in which a line is begun. */
export function newLine(
  history: History,
  { initial = "", killed = "" }: {
    readonly initial?: string | undefined;
    readonly killed?: string;
  } = {},
): LineState {
  return {
    ...editOf(initial),
    killed,
    last: undefined,
    goal: undefined,
    place: history.length,
    drafts: new Map(),
    search: undefined,
  };
}

/** The state behind a change, which ends what the key before may have begun. */
export function changed(state: LineState, { text, cursor }: Edit): LineState {
  return { ...state, text, cursor, last: undefined, goal: undefined };
}

/** Another line of the history, as it was left if it was changed; the same one where there is no other. */
export function recall(
  state: LineState,
  place: number,
  history: History,
): LineState {
  if (place < 0 || place > history.length) return state;
  const drafts = new Map(state.drafts).set(state.place, state.text);
  const text = drafts.get(place) ?? history[place] ?? "";
  return { ...changed(state, editOf(text)), drafts, place };
}
