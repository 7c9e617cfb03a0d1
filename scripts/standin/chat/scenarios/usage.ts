// deno-lint-ignore-file camelcase -- names are the server's
import { pieces } from "../../events.ts";
import type { Expectation } from "../../scenario.ts";
import { HELLO } from "../../scenarios/plain.ts";
import type { Json, Message } from "../chunks.ts";
import { type Said, say, type SayOptions } from "../say.ts";
import type { ChatPlay, ChatScenario } from "../scenario.ts";
import { OK } from "./plain.ts";

const COUNTED: Expectation = { ...OK, stderr: ["640", "37"] };
const BARE = { prompt_tokens: 640, completion_tokens: 37, total_tokens: 677 };

/** Scenarios about token counts. */
export const CHAT_USAGE = {
  usage: usage("Usage the way the family tells it", COUNTED),
  usage_bare: usage("Usage without details", COUNTED, { usage: BARE }),
  usage_details_null: usage("Usage whose details are null", COUNTED, {
    usage: {
      ...BARE,
      prompt_tokens_details: null,
      completion_tokens_details: null,
    },
  }),
  usage_null: usage("`usage` is null to the end", OK, { usage: null }),
  // Ollama before 2025, and every server that does not know the option.
  usage_absent: usage("No usage, though it was asked for", OK, {
    usage: "none",
  }),
  // vLLM with continuous usage statistics: the counts grow, the last ones are right.
  usage_every_chunk: {
    ...usage(
      "Growing usage in every chunk",
      COUNTED,
      {},
      (_, messages) =>
        messages.map((message, n) =>
          n < messages.length - 2
            ? withField(message, {
              usage: { ...BARE, completion_tokens: n, total_tokens: 640 + n },
            })
            : message
        ),
    ),
    profiles: ["vllm"],
  },
  // Groq and Mistral put it beside the reason for the end.
  usage_with_finish: usage(
    "Usage in the chunk with the `finish_reason`, none after it",
    COUNTED,
    { usage: "none" },
    (_, messages) =>
      messages.map((message, n) =>
        n === messages.length - 2
          ? withField(message, { usage: BARE })
          : message
      ),
  ),
  // llama.cpp has its timings beside it.
  usage_timings: {
    ...usage(
      "Timings beside the usage",
      COUNTED,
      {},
      (_, messages) =>
        messages.map((message, n) =>
          n === messages.length - 2
            ? withField(message, {
              timings: { prompt_n: 640, predicted_n: 37, predicted_ms: 12.5 },
            })
            : message
        ),
    ),
    profiles: ["llamacpp"],
  },
  usage_zero: usage("All counts are zero", OK, {
    usage: { prompt_tokens: 0, completion_tokens: 0, total_tokens: 0 },
  }),
} satisfies Record<string, ChatScenario>;

/** A message with a further field at its top, unless it is no chunk. */
function withField(message: Message, field: Json): Message {
  return "raw" in message || typeof message.data === "string"
    ? message
    : { ...message, data: { ...message.data, ...field } };
}

function usage(
  what: string,
  expect: Expectation,
  said: Said = {},
  change?: (play: ChatPlay, messages: Message[]) => Message[],
): ChatScenario {
  return {
    what,
    expect,
    args: ["--usage"],
    answer: (play) => {
      const options: SayOptions = change === undefined
        ? {}
        : { change: (messages) => change(play, messages) };
      return say(play, { text: pieces(HELLO), ...said }, options);
    },
  };
}
