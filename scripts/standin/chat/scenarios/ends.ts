// deno-lint-ignore-file camelcase -- names are the server's
import { pieces } from "../../events.ts";
import type { Expectation } from "../../scenario.ts";
import { START } from "../../scenarios/ends.ts";
import { HELLO } from "../../scenarios/plain.ts";
import {
  chunk,
  DONE,
  finishing,
  type Message,
  opening,
  texts,
} from "../chunks.ts";
import { partial, say } from "../say.ts";
import type { ChatPlay, ChatScenario } from "../scenario.ts";
import { OK } from "./plain.ts";

/** After text: nothing is retried, and no newline is added to a partial answer. */
export const CUT = { stdout: START, exit: 7, requests: 1 } as const;
/** Before any text: retried to the end, then the service's fault. */
export const DOWN = { stdout: "", exit: 5, requests: 5 } as const;
/** Fatal at once. */
export const REFUSED = { stdout: "", exit: 6, requests: 1 } as const;

/** Words for a good end, and who has them. */
const GOOD: Readonly<Record<string, NonNullable<ChatScenario["profiles"]>>> = {
  stop: ["openai", "ollama", "vllm", "lmstudio", "llamacpp", "openrouter"],
  // Together and older servers of Hugging Face.
  eos: ["openrouter", "litellm"],
  eos_token: ["openrouter", "litellm"],
  // Anthropic's word, where a gateway does not translate it.
  end_turn: ["openrouter", "litellm"],
};

/** Scenarios about the reason for the end. */
export const CHAT_ENDS: Readonly<Record<string, ChatScenario>> = {
  ...Object.fromEntries(
    Object.entries(GOOD).map(([word, profiles]) => [`finish_${word}`, {
      what: `The reason for the end is "${word}"`,
      expect: OK,
      profiles,
      answer: (play: ChatPlay) =>
        say(play, { text: pieces(HELLO), finish: word }),
    }]),
  ),
  finish_length: ended(
    "The answer is cut at the limit of its length",
    CUT,
    "length",
  ),
  finish_length_no_text: {
    ...ended(
      "The limit is reached before any text",
      {
        ...CUT,
        stdout: "",
      },
      "length",
      [],
    ),
    open:
      "Exit 7 speaks of text that had been written; an answer that stopped before any is still incomplete",
  },
  finish_content_filter: ended(
    "A filter stops the answer",
    CUT,
    "content_filter",
  ),
  finish_content_filter_no_text: ended(
    "A filter stops the answer before any text",
    REFUSED,
    "content_filter",
    [],
  ),
  // The name of the first kind of calls, deprecated since 2023.
  finish_function_call: {
    what: "A `function_call` of the old kind",
    expect: CUT,
    answer: (play) =>
      say(play, { text: started(), finish: "function_call" }, {
        change: (messages) => [
          ...messages.slice(0, -2),
          chunk(play, {
            function_call: { name: "read_file", arguments: "{}" },
          }),
          ...messages.slice(-2),
        ],
      }),
  },
  finish_null: {
    what: "The reason is null to the end; [DONE] ends the answer",
    expect: OK,
    answer: (play) => say(play, { text: pieces(HELLO), finish: null }),
  },
  finish_absent: {
    what: "No chunk has a `finish_reason` at all; [DONE] ends the answer",
    expect: OK,
    answer: (play) =>
      say(play, { text: pieces(HELLO), finish: null }, {
        change: (messages) => messages.map(withoutReason),
      }),
  },
  // Some gateways write the empty text where others write null.
  finish_empty_text: {
    what: 'The reason is "" in every chunk but the last',
    expect: OK,
    answer: (play) =>
      say(play, { text: [] }, {
        change: (messages) => [
          ...pieces(HELLO).map((content) =>
            chunk(play, { content }, { finish: "" })
          ),
          ...messages.slice(-2),
        ],
      }),
  },
  // Mistral and Gemini end with words in their hand.
  finish_with_text: {
    what: "The last piece of text comes with the reason",
    expect: OK,
    answer: (play) => {
      const all = pieces(HELLO);
      return partial(play, [
        ...opening(play),
        ...texts(play, all.slice(0, -1)),
        chunk(play, { content: all.at(-1) }, { finish: "stop" }),
        DONE,
      ]);
    },
  },
  // OpenRouter's chunk with the usage may have the reason again.
  finish_twice: {
    what: "The reason comes again in a chunk after it",
    expect: OK,
    answer: (play) =>
      say(play, { text: pieces(HELLO) }, {
        change: (messages) => [
          ...messages.slice(0, -1),
          finishing(play, "stop"),
          ...messages.slice(-1),
        ],
      }),
  },
  // OpenRouter's reason for a provider that failed midway.
  finish_error: {
    ...ended('The reason is "error", after text', CUT, "error"),
    profiles: ["openrouter"],
  },
  finish_error_no_text: {
    ...ended('The reason is "error", before any text', DOWN, "error", []),
    profiles: ["openrouter"],
    open: "A failure without a word about its kind: taken for a passing one",
  },
  finish_unheard: {
    what: "A reason nobody has heard of",
    open:
      "Either a good end, as any reason ends the answer, or an early stop with an unknown cause",
    answer: (play) => say(play, { text: pieces(HELLO), finish: "flummoxed" }),
  },
};

/** The pieces of `START`. */
export function started(): string[] {
  return ["Once", " upon", " a"];
}

function ended(
  what: string,
  expect: Expectation,
  finish: string,
  text: readonly string[] = started(),
): ChatScenario {
  return { what, expect, answer: (play) => say(play, { text, finish }) };
}

function withoutReason(message: Message): Message {
  if ("raw" in message || typeof message.data === "string") return message;
  const { choices } = message.data;
  if (!Array.isArray(choices)) return message;
  const bare = choices.map(({ finish_reason: _, ...choice }) => choice);
  return { ...message, data: { ...message.data, choices: bare } };
}
