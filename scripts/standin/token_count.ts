// deno-lint-ignore-file camelcase -- names are the server's
import type { Usage, WireEvent } from "./events.ts";
import { finishedItems } from "./named_items.ts";

/** How many characters of a picture count, whatever its size. */
const PICTURE = 3000;

/** The size of a request in tokens of four characters. */
export function tokensOf(...parts: readonly unknown[]): number {
  const text = JSON.stringify(
    parts.filter((part) => part !== undefined),
    (_, value) =>
      typeof value === "string" && value.startsWith("data:image/")
        ? value.slice(0, PICTURE)
        : value,
  );
  return Math.ceil(text.length / 4);
}

/** The usage of an answer, counted where the request was; for `completed()`. */
export function countedUsage(
  { tokens }: { readonly tokens: number | undefined },
  events: readonly WireEvent[],
): { usage?: Usage } {
  if (tokens === undefined) return {};
  const output_tokens = tokensOf(...finishedItems(events));
  return {
    usage: {
      input_tokens: tokens,
      input_tokens_details: { cached_tokens: 0, cache_write_tokens: 0 },
      output_tokens,
      output_tokens_details: { reasoning_tokens: 0 },
      total_tokens: tokens + output_tokens,
    },
  };
}
