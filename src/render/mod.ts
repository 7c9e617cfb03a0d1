import type { Format, RenderOptions } from "./format.ts";
import { jsonl } from "./jsonl.ts";
import { text } from "./text.ts";

/** Every way to show a turn. */
export const FORMATS = {
  text,
  jsonl,
} satisfies Record<string, (options: RenderOptions) => Format>;
