import {
  columnOf,
  editOf,
  insert,
  letterAfter,
  letterBefore,
  lineBeside,
  lineEnd,
  lineStart,
  removeTo,
  spaceBefore,
  transpose,
  wordAfter,
  wordBefore,
} from "./edit.ts";
import type { Key } from "./key_sequences.ts";
import { beginSearch, pressInSearch } from "./line_search.ts";
import { changed, type History, type LineState, recall } from "./line_state.ts";

/**
 * What a key asks for beyond a change of the line: to hand it out; to begin anew (Ctrl-C); to be let out without one
 * (Ctrl-C, Ctrl-D); to complete it; to clear the screen; to let the shell have the terminal (Ctrl-Z).
 */
export type Wish =
  | "submit"
  | "drop"
  | "cancel"
  | "end"
  | "complete"
  | "clear"
  | "suspend";

/** What a key leads to. */
export interface Step {
  readonly state: LineState;
  readonly wish?: Wish;
}

/**
 * What a key does to a line; one without a meaning does nothing.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { newLine } from "./line_state.ts";
 * const line = newLine([], { initial: "one two" });
 * const { state } = press(line, { type: "key", name: "ctrl-w" }, []);
 * assert.equal(state.text, "one ");
 * assert.equal(press(state, { type: "key", name: "enter" }, []).wish, "submit");
 * ```
 */
export function press(state: LineState, key: Key, history: History): Step {
  if (state.search !== undefined) {
    const searching = pressInSearch(state, key, history);
    if (searching !== undefined) return { state: searching };
    return press({ ...state, search: undefined }, key, history);
  }
  if (key.type !== "key") {
    return { state: changed(state, insert(state, key.text)) };
  }
  const step = KEYS.get(key.name)?.(state, history);
  if (step === undefined) return { state };
  return "state" in step ? step : { state: step };
}

/** Letters that were typed one after the other are one text, so that many of them do not take long. */
export function joinTexts(keys: readonly Key[]): readonly Key[] {
  const joined: Key[] = [];
  let text = "";
  const end = (): void => {
    if (text !== "") joined.push({ type: "text", text });
    text = "";
  };
  for (const key of keys) {
    if (key.type === "text") text += key.text;
    else {
      end();
      joined.push(key);
    }
  }
  end();
  return joined;
}

type Meaning = (state: LineState, history: History) => LineState | Step;

/** What keys mean, by their names: those of Emacs, and those that say themselves what they do. */
const MEANINGS: Readonly<Record<string, Meaning>> = {
  "left ctrl-b": (state) => moved(state, letterBefore(state)),
  "right ctrl-f": (state) => moved(state, letterAfter(state)),
  "home ctrl-a": (state) => moved(state, lineStart(state)),
  "end ctrl-e": (state) => moved(state, lineEnd(state)),
  "ctrl-left alt-left alt-b": (state) => moved(state, wordBefore(state)),
  "ctrl-right alt-right alt-f": (state) => moved(state, wordAfter(state)),
  "ctrl-home": (state) => moved(state, 0),
  "ctrl-end": (state) => moved(state, state.text.length),
  "up": (state, history) => vertical(state, history, { below: false }),
  "down": (state, history) => vertical(state, history, { below: true }),
  "ctrl-p": (state, history) => recall(state, state.place - 1, history),
  "ctrl-n": (state, history) => recall(state, state.place + 1, history),
  "ctrl-r": beginSearch,
  "backspace shift-backspace ctrl-h": (state) =>
    changed(state, removeTo(state, letterBefore(state))),
  "delete": (state) => changed(state, removeTo(state, letterAfter(state))),
  "ctrl-d": (state) =>
    state.text === ""
      ? { state, wish: "end" }
      : changed(state, removeTo(state, letterAfter(state))),
  "ctrl-k": (state) => killed(state, restOfLine(state)),
  "ctrl-u": (state) => killed(state, startOfLine(state)),
  "ctrl-w": (state) => killed(state, spaceBefore(state)),
  "alt-d ctrl-delete": (state) => killed(state, wordAfter(state)),
  "alt-backspace ctrl-backspace": (state) => killed(state, wordBefore(state)),
  "ctrl-y": (state) => changed(state, insert(state, state.killed)),
  "ctrl-t": (state) => changed(state, transpose(state)),
  "ctrl-j alt-enter shift-enter ctrl-enter ctrl-alt-j": (state) =>
    changed(state, insert(state, "\n")),
  "enter": enter,
  "tab": (state) => ({ state, wish: "complete" }),
  "ctrl-c": (state) => ({ state, wish: state.text === "" ? "cancel" : "drop" }),
  "ctrl-l": (state) => ({ state, wish: "clear" }),
  "ctrl-z": (state) => ({ state, wish: "suspend" }),
};

const KEYS: ReadonlyMap<string, Meaning> = new Map(
  Object.entries(MEANINGS).flatMap(([names, meaning]) =>
    names.split(" ").map((name) => [name, meaning])
  ),
);

function moved(state: LineState, cursor: number): LineState {
  return changed(state, { text: state.text, cursor });
}

/** The end of the line, or behind it where the cursor is there. */
function restOfLine(state: LineState): number {
  const end = lineEnd(state);
  return end > state.cursor ? end : letterAfter(state);
}

/** The start of the line, or before it where the cursor is there. */
function startOfLine(state: LineState): number {
  const start = lineStart(state);
  return start < state.cursor ? start : letterBefore(state);
}

/** Removes up to an index; what neighboring keys remove is one. */
function killed(state: LineState, to: number): LineState {
  const { text, cursor } = state;
  const removed = text.slice(Math.min(cursor, to), Math.max(cursor, to));
  if (removed === "") return state;
  const before = state.last === "kill" ? state.killed : "";
  return {
    ...changed(state, removeTo(state, to)),
    killed: to < cursor ? removed + before : before + removed,
    last: "kill",
  };
}

/** To the line above or below, else to another one of the history. */
function vertical(
  state: LineState,
  history: History,
  { below }: { readonly below: boolean },
): LineState {
  const goal = state.goal ?? columnOf(state);
  const beside = lineBeside(state, { below, column: goal });
  return beside === undefined
    ? recall(state, state.place + (below ? 1 : -1), history)
    : { ...changed(state, beside), goal };
}

/** A backslash at the end asks for another line. */
function enter(state: LineState): LineState | Step {
  const { text, cursor } = state;
  if (cursor < text.length || !text.endsWith("\\")) {
    return { state, wish: "submit" };
  }
  return changed(state, editOf(`${text.slice(0, -1)}\n`));
}
