import { editOf, letterBefore } from "./edit.ts";
import type { Key } from "./key_sequences.ts";
import {
  type History,
  type LineState,
  recall,
  type Search,
} from "./line_state.ts";

/** Begins to search the history for what is typed next. */
export function beginSearch(state: LineState): LineState {
  return { ...state, search: { query: "", isFound: true, before: state } };
}

/** What stands before a line that is searched for. */
export function searchPrompt({ search }: LineState): string | undefined {
  if (search === undefined) return undefined;
  return `${search.isFound ? "search" : "not found"} "${search.query}": `;
}

/** What a key does to a search; undefined for one that ends it, and is for the line that was found. */
export function pressInSearch(
  state: LineState,
  key: Key,
  history: History,
): LineState | undefined {
  const { search } = state;
  if (search === undefined) return undefined;
  const { query, before } = search;
  const from = state.place;
  if (key.type !== "key") {
    const longer = { ...search, query: query + key.text };
    return find(state, longer, { from, history });
  }
  switch (key.name) {
    case "ctrl-r":
      return find(state, search, { from: from - 1, history });
    case "backspace": {
      const shorter = query.slice(0, letterBefore(editOf(query)));
      const from = before.place;
      return find(before, { ...search, query: shorter }, { from, history });
    }
    case "ctrl-c":
    case "ctrl-g":
      return before;
    case "escape":
      return { ...state, search: undefined };
    default:
      return undefined;
  }
}

/** Looks from a place on into the past; where nothing is found, the line stays. */
function find(
  state: LineState,
  search: Search,
  { from, history }: { readonly from: number; readonly history: History },
): LineState {
  const { query, before } = search;
  if (query === "") return beginSearch(before);
  const sought = query.toLowerCase();
  const place = history.slice(0, Math.max(0, from + 1))
    .findLastIndex((line) => line.toLowerCase().includes(sought));
  if (place === -1) return { ...state, search: { ...search, isFound: false } };
  const found = recall(before, place, history);
  return {
    ...found,
    cursor: Math.max(0, found.text.toLowerCase().indexOf(sought)),
    search: { ...search, isFound: true },
  };
}
