import type { Provider, ResponseHead } from "../provider.ts";
import { catalogue } from "./catalogue.ts";
import { decode, reroutedMessage } from "./decode.ts";
import { encode } from "./encode.ts";
import { explain } from "./explain.ts";
import { usage } from "./usage.ts";
import { isRepeated, readLimitHeaders } from "./wire.ts";

/** The Responses API on a ChatGPT subscription. */
export const openaiCodex = {
  refuses: {
    "no-stream": "streams only",
    "max-tokens": "has no limit of output tokens",
    "temperature": "has no temperature",
  },
  encode,
  readHead,
  redundant: isRepeated,
  decode,
  explain,
  catalogue,
  usage,
} satisfies Provider;

function readHead(headers: Headers, model: string): ResponseHead {
  const limits = readLimitHeaders(headers);
  const rerouted = reroutedMessage(model, headers.get("openai-model") ?? model);
  return {
    events: [
      ...(limits === undefined ? [] : [{ type: "limits" as const, limits }]),
      ...(rerouted === undefined
        ? []
        : [{ type: "warning" as const, message: rerouted }]),
    ],
    turnState: headers.get("x-codex-turn-state") ?? undefined,
  };
}
