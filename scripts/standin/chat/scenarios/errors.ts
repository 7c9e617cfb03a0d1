import { type Expectation, json } from "../../scenario.ts";
import { DONE, errorMessages, type Json, opening } from "../chunks.ts";
import { failed, openaiError } from "../errors.ts";
import type { ChatFailure } from "../profile.ts";
import { legacyError } from "../profiles/vllm.ts";
import { partial } from "../say.ts";
import type { ChatScenario } from "../scenario.ts";
import { begun } from "./cuts.ts";
import { CUT, DOWN, REFUSED } from "./ends.ts";

const FIRE = "The engine caught fire";
const BROKE: ChatFailure = { status: 500, message: FIRE };
const SPENT = { stdout: "", exit: 4, requests: 1 } as const;
const LIMITED = { stdout: "", exit: 4, requests: 5 } as const;
const NO_KIND =
  "A failure without a word about its kind: taken for a passing one, as an unknown code is";

type Families = ChatScenario["profiles"];

/** Scenarios that tell of an error inside the stream or with status 200. */
export const CHAT_ERRORS = {
  error_in_stream: inStream("An error of the family before any text", BROKE, {
    ...DOWN,
    stderr: [FIRE],
  }),
  error_in_stream_after_text: {
    what: "An error of the family after text",
    expect: { ...CUT, stderr: [FIRE] },
    answer: (play) =>
      play.stream
        ? partial(play, [...begun(play), ...errorMessages(play, BROKE)])
        : failed(play.profile, BROKE),
  },
  error_in_stream_limit: inStream(
    "A rate limit, told inside the stream",
    { status: 429, message: "Slow down", code: "rate_limit_exceeded" },
    LIMITED,
    ["openai", "vllm", "openrouter", "litellm"],
  ),
  error_in_stream_quota: inStream(
    "No quota left, told inside the stream",
    { status: 429, message: "No quota left", code: "insufficient_quota" },
    SPENT,
    ["openai", "litellm"],
  ),
  error_in_stream_context: inStream(
    "The prompt is too long, told inside the stream",
    {
      status: 400,
      message: "The request exceeds the available context size",
      code: "context_length_exceeded",
    },
    REFUSED,
    ["openai", "vllm", "llamacpp", "openrouter", "litellm"],
  ),
  // Ollama's own protocol shows through, LM Studio does so for some failures.
  error_text_in_stream: data(
    "An error that is a bare text",
    {
      error: FIRE,
    },
    { ...DOWN, stderr: [FIRE] },
    ["ollama", "lmstudio"],
    NO_KIND,
  ),
  // LM Studio's named event.
  error_event: {
    what: "An event named `error`, with the message twice",
    expect: { ...DOWN, stderr: [FIRE] },
    profiles: ["lmstudio"],
    open: NO_KIND,
    answer: (play) =>
      partial(play, [
        ...opening(play),
        {
          event: "error",
          data: { error: { message: FIRE }, message: FIRE },
        },
      ]),
  },
  // vLLM before 2025: the fields stand at the top, and [DONE] comes all the same.
  error_top_level: {
    what: "An error whose fields stand at the top, then [DONE]",
    expect: { ...REFUSED, stderr: [FIRE] },
    profiles: ["vllm"],
    answer: (play) =>
      partial(play, [
        ...opening(play),
        { data: JSON.stringify(legacyError(FIRE)) },
        DONE,
      ]),
  },
  error_top_level_after_text: {
    what: "The same after text: [DONE] does not make the answer whole",
    expect: { ...CUT, stderr: [FIRE] },
    profiles: ["vllm"],
    answer: (play) =>
      partial(play, [
        ...begun(play),
        { data: JSON.stringify(legacyError(FIRE)) },
        DONE,
      ]),
  },
  // llama.cpp until the autumn of 2025 has a field `error:` where `data:` belongs.
  error_field: {
    what: "An error in a line that starts with `error:`, then [DONE]",
    profiles: ["llamacpp"],
    open:
      "By the standard the line is nothing, and what is left is [DONE] without a word",
    answer: (play) =>
      partial(play, [
        { raw: `error: {"code":400,"message":"${FIRE}"}\n\n` },
        DONE,
      ]),
  },
  error_field_after_text: {
    what: "The same after text",
    profiles: ["llamacpp"],
    open: "By the standard the line is nothing, and [DONE] ends the answer",
    answer: (play) =>
      partial(play, [
        ...begun(play),
        { raw: `error: {"code":500,"message":"${FIRE}"}\n\n` },
        DONE,
      ]),
  },
  // OpenRouter's answer when a provider fails after the head is out.
  error_200: with200(
    "Status 200 and an error with a code of 502",
    {
      error: {
        message: "Provider returned error",
        code: 502,
        metadata: { "provider_name": "Somebody", raw: FIRE },
      },
    },
    { ...DOWN, stderr: ["Provider returned error"] },
    ["openrouter"],
  ),
  error_200_limit: with200(
    "Status 200 and an error with a code of 429",
    {
      error: { message: "Provider returned error", code: 429 },
    },
    LIMITED,
    ["openrouter"],
  ),
  error_200_credits: with200(
    "Status 200 and an error with a code of 402",
    {
      error: { message: "Insufficient credits", code: 402 },
    },
    { ...SPENT, stderr: ["Insufficient credits"] },
    ["openrouter"],
  ),
  error_200_openai: with200(
    "Status 200 and an error in OpenAI's words",
    openaiError({
      status: 400,
      message: "This model's maximum context length is 8192 tokens.",
      code: "context_length_exceeded",
    }),
    { ...REFUSED, stderr: ["maximum context length"] },
    ["litellm", "openrouter"],
  ),
  // A hosted vLLM that loses the status on its way.
  error_200_top_level: with200(
    "Status 200, the fields at the top",
    {
      object: "error",
      message: "The model `x` does not exist.",
      type: "NotFoundError",
      param: null,
      code: 404,
    },
    { ...REFUSED, stderr: ["does not exist"] },
    ["vllm"],
  ),
  // LM Studio on a path it does not know, as for a base URL without `/v1`.
  error_200_text: {
    what: "Status 200 and an error that is a bare text",
    profiles: ["lmstudio"],
    open: "No code tells whether to try again or to give up",
    answer: () =>
      json(200, {
        error: "Unexpected endpoint or method. (POST /chat/completions)",
      }),
  },
} satisfies Record<string, ChatScenario>;

function inStream(
  what: string,
  failure: ChatFailure,
  expect: Expectation,
  profiles?: Families,
): ChatScenario {
  return {
    what,
    expect,
    ...(profiles === undefined ? {} : { profiles }),
    answer: (play) =>
      play.stream
        ? partial(play, [...opening(play), ...errorMessages(play, failure)])
        : failed(play.profile, failure),
  };
}

function data(
  what: string,
  value: Json,
  expect: Expectation,
  profiles: NonNullable<Families>,
  open: string,
): ChatScenario {
  return {
    what,
    expect,
    profiles,
    open,
    answer: (play) => partial(play, [...opening(play), { data: value }]),
  };
}

function with200(
  what: string,
  body: unknown,
  expect: Expectation,
  profiles: NonNullable<Families>,
): ChatScenario {
  return { what, expect, profiles, answer: () => json(200, body) };
}
