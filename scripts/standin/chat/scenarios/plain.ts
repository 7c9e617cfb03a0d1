import { pieces } from "../../events.ts";
import { PROMPT, shown } from "../../scenario.ts";
import { HELLO, pleasant } from "../../scenarios/plain.ts";
import { chunk, type Message, reasonings } from "../chunks.ts";
import type { ChatPlay, ChatScenario } from "../scenario.ts";
import { say } from "../say.ts";

/** What scenarios with an ordinary answer expect. */
export const OK = { stdout: shown(HELLO), exit: 0, requests: 1 } as const;

const THOUGHTS = ["two plus", " two"];
const THINKING = { ...OK, stderr: ["two plus two"] } as const;

/** Scenarios whose answers are whole and ordinary. */
export const CHAT_PLAIN = {
  text: {
    what: "A pleasant answer that mentions the prompt, in small deltas",
    expect: { stdout: shown(pleasant(PROMPT)), exit: 0, requests: 1 },
    answer: (play) => say(play, { text: pieces(pleasant(play.prompt)) }),
  },
  echo: {
    what: "The prompt itself, byte for byte",
    expect: { stdout: shown(PROMPT), exit: 0, requests: 1 },
    answer: (play) => say(play, { text: pieces(play.prompt) }),
  },
  schema: {
    what: "JSON text when a schema is asked for, ordinary text otherwise",
    expect: OK,
    answer: (play) =>
      say(play, {
        text: pieces(
          play.schema === undefined ? HELLO : `{"schema":"${play.schema}"}`,
        ),
      }),
  },
  images: {
    what: "How many images the last message has",
    expect: { stdout: shown("I see 0 images."), exit: 0, requests: 1 },
    answer: (play) => say(play, { text: [`I see ${play.images} images.`] }),
  },
  reasoning: {
    what: "Reasoning under the name the family has for it, then the text",
    expect: THINKING,
    args: ["--reasoning"],
    answer: (play) => say(play, { reasoning: THOUGHTS, text: pieces(HELLO) }),
  },
  reasoning_content: thinking("Reasoning as `reasoning_content`", {
    profiles: ["vllm", "lmstudio", "llamacpp", "litellm"],
    deltas: (play) => reasonings(play, THOUGHTS, "reasoning_content"),
  }),
  reasoning_only_name: thinking("Reasoning as `reasoning`", {
    profiles: ["ollama", "vllm", "openrouter"],
    deltas: (play) => reasonings(play, THOUGHTS, "reasoning"),
  }),
  // vLLM sent the old name and the new one for some releases, LiteLLM when it passes those on.
  reasoning_twice: thinking("The same reasoning under both names at once", {
    profiles: ["vllm", "litellm"],
    deltas: (play) =>
      THOUGHTS.map((text) =>
        chunk(play, { reasoning: text, reasoning_content: text })
      ),
  }),
  // OpenRouter has the same words again as a list of details.
  reasoning_details: thinking("Reasoning with its details beside it", {
    profiles: ["openrouter"],
    deltas: (play) =>
      THOUGHTS.map((text) =>
        chunk(play, {
          role: "assistant",
          content: "",
          reasoning: text,
          reasoning_details: [{ type: "reasoning.text", text, index: 0 }],
        })
      ),
  }),
  // vLLM's deltas of reasoning have a null content, its deltas of text a null reasoning.
  reasoning_null: thinking("Null content beside reasoning", {
    profiles: ["vllm", "llamacpp"],
    deltas: (play) =>
      THOUGHTS.map((text) =>
        chunk(play, { content: null, reasoning_content: text, reasoning: null })
      ),
  }),
  // llama.cpp and vLLM without a reasoning parser leave the model's marks where they are.
  think_text: {
    what: "Reasoning that stands in the text between `<think>` marks",
    expect: {
      stdout: shown(`<think>\ntwo plus two\n</think>\n\n${HELLO}`),
      exit: 0,
      requests: 1,
    },
    args: ["--reasoning"],
    answer: (play) =>
      say(play, {
        text: [
          "<think>",
          "\ntwo plus",
          " two\n",
          "</think>\n\n",
          ...pieces(HELLO),
        ],
      }),
  },
  role_only_first: changed(
    "A first delta with the role and nothing else",
    (play, rest) => [chunk(play, { role: "assistant" }), ...rest],
  ),
  content_null: changed(
    "Deltas whose content is null before, between and after the text",
    (play, rest) =>
      rest.flatMap((message) => [
        chunk(play, { role: "assistant", content: null, tool_calls: null }),
        message,
      ]),
  ),
  empty_deltas: changed(
    "Deltas that are empty, and contents of length zero",
    (play, rest) =>
      rest.flatMap((message) => [
        chunk(play, {}),
        chunk(play, { content: "" }),
        message,
      ]),
  ),
  // Azure starts with a chunk about filters, others send one for usage alone.
  empty_choices: changed(
    "Chunks without any choice at the start and between the others",
    (play, rest) => {
      const empty: Message = {
        data: {
          id: "",
          object: "",
          created: 0,
          model: play.model,
          choices: [],
          prompt_filter_results: [{ prompt_index: 0 }],
        },
      };
      return [empty, ...rest.flatMap((message) => [message, empty])];
    },
  ),
  unknown_fields: changed(
    "Fields nobody has heard of, at every level, and `error: null`",
    (play, rest) => [
      chunk(play, { mood: "good", content: "" }, {
        choice: { token_ids: [1, 2] },
        top: { error: null, x_groq: { id: "req" }, warning: "" },
      }),
      ...rest,
    ],
  ),
  refusal: {
    what: "The model declines, in `refusal` deltas",
    expect: { stdout: shown("I cannot help with that."), exit: 0, requests: 1 },
    profiles: ["openai", "openrouter", "litellm"],
    open:
      "The contract does not name refusals: they are the model's words, so they are the answer",
    answer: (play) =>
      say(play, { refusal: ["I cannot", " help with", " that."] }),
  },
  empty_answer: {
    what: "A whole answer without any text",
    answer: (play) => say(play, { text: [] }),
  },
} satisfies Record<string, ChatScenario>;

/** A scenario with the short answer, its messages changed. */
export function changed(
  what: string,
  change: (play: ChatPlay, messages: Message[]) => readonly Message[],
): ChatScenario {
  return {
    what,
    expect: OK,
    answer: (play) =>
      say(play, { text: pieces(HELLO) }, {
        // [DONE] stays the last one.
        change: (messages) => [
          ...change(play, messages.slice(0, -1)),
          ...messages.slice(-1),
        ],
      }),
  };
}

function thinking(
  what: string,
  { profiles, deltas }: {
    readonly profiles: NonNullable<ChatScenario["profiles"]>;
    readonly deltas: (play: ChatPlay) => readonly Message[];
  },
): ChatScenario {
  return {
    what,
    expect: THINKING,
    args: ["--reasoning"],
    profiles,
    answer: (play) =>
      say(
        play,
        { text: pieces(HELLO), reasoning: play.stream ? [] : THOUGHTS },
        {
          change: (messages) => [...deltas(play), ...messages],
        },
      ),
  };
}
