import type { Turn } from "../message.ts";
import type { History } from "../store/history.ts";
import { tokensOf } from "../store/tokens_of.ts";

/** The share of a model's window that a conversation may fill before a turn: the answer needs room, too. */
const FULL = 0.9;

/** Tells whether a conversation with what is said now is about to outgrow its model's window, as far as that is known. */
export function outgrows(
  { contextTokens, summary, turns }: History,
  { known, items }: Pick<Turn, "known" | "items">,
): boolean {
  const window = known?.contextWindow;
  if (window === undefined) return false;
  const past = contextTokens ??
    tokensOf([
      { type: "summary", text: summary ?? "" },
      ...turns.flatMap((turn) => turn.items),
    ]);
  return past + tokensOf(items) > window * FULL;
}
