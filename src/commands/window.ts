import type { Item, Turn } from "../message.ts";
import type { History } from "../store/history.ts";

/** The share of a model's window that a conversation may fill before a turn: the answer needs room, too. */
const FULL = 0.9;

/** What one token is, about, in characters of English; other scripts have fewer. */
const CHARACTERS_PER_TOKEN = 4;
/** What a picture is, about, in tokens. */
const TOKENS_PER_IMAGE = 1000;

/** Tells whether a conversation with what is said now is about to outgrow its model's window, as far as that is known. */
export function outgrows(
  { contextTokens, summary, turns }: History,
  { known, items }: Pick<Turn, "known" | "items">,
): boolean {
  const window = known?.contextWindow;
  if (window === undefined) return false;
  const past = contextTokens ??
    tokensOf(turns.flatMap((turn) => turn.items)) +
      (summary?.length ?? 0) / CHARACTERS_PER_TOKEN;
  return past + tokensOf(items) > window * FULL;
}

/** About how many tokens some items are. */
export function tokensOf(items: readonly Item[]): number {
  return items.reduce((sum, item) => sum + tokensOfItem(item), 0);
}

function tokensOfItem(item: Item): number {
  const inTokens = (text: string): number => text.length / CHARACTERS_PER_TOKEN;
  switch (item.type) {
    case "user":
      return item.parts.reduce(
        (sum, part) =>
          sum + (part.type === "text" ? inTokens(part.text) : TOKENS_PER_IMAGE),
        0,
      );
    case "result":
      return inTokens(item.output) + item.images.length * TOKENS_PER_IMAGE;
    case "call":
      return inTokens(item.arguments);
    case "other":
      return inTokens(JSON.stringify(item.raw ?? {}));
    default:
      return inTokens(item.text);
  }
}
