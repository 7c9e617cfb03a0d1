import type { Item } from "../message.ts";

/** What one token is, about, in characters of English; other scripts have fewer. */
const CHARACTERS_PER_TOKEN = 4;
/** What a picture is, about, in tokens. */
const TOKENS_PER_IMAGE = 1000;

/** About how many tokens some items are. */
export function tokensOf(items: readonly Item[]): number {
  return Math.ceil(
    items.reduce((sum, item) => sum + tokensOfItem(item), 0),
  );
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
