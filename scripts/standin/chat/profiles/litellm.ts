import { json } from "../../scenario.ts";
import { modelList, reasons, typeOf } from "../errors.ts";
import type { ChatFailure, Profile } from "../profile.ts";

/** The LiteLLM proxy. */
export const litellm: Profile = {
  what: "the LiteLLM proxy, http://localhost:4000",
  base: "/v1",
  // The manual's examples have no `/v1`.
  alsoAt: [""],
  models: [
    { id: "gpt-4o", reasons: false },
    { id: "gemini-pro", reasons: true },
  ],
  dialect: {
    idPrefix: "chatcmpl-",
    chunk: () => ({}),
    choice: {},
    opening: { content: "", role: "assistant" },
    delta: {},
    reasoning: "reasoning_content",
    finish: {},
    usage: "asked",
    // The usage comes with a choice whose delta is empty.
    usageWithChoice: true,
  },
  headers: {
    "server": "uvicorn",
    "x-litellm-version": "1.80.0",
    "x-litellm-response-cost": "0.0001",
  },
  errorBody,
  streamError: (failure) => ({ data: errorBody(failure), done: false }),
  unauthorized: (key) =>
    json(401, {
      error: {
        message: key === undefined
          ? "Authentication Error, No api key passed in."
          : "Authentication Error, Invalid proxy server token passed.",
        type: key === undefined ? "auth_error" : "token_not_found_in_db",
        param: "None",
        code: "401",
      },
    }),
  noSuchPath: () => json(404, { detail: "Not Found" }),
  unknownModel: (model) =>
    json(
      400,
      errorBody({
        status: 400,
        message:
          `/chat/completions: Invalid model name passed in model=${model}. Call \`/v1/models\` to view available models for your key.`,
      }),
    ),
  // A parameter the provider behind it does not have is refused, unless the proxy is told to drop it.
  refuses: ({ model, reasoning_effort }) =>
    reasoning_effort === undefined || reasons(litellm, model) ? undefined : {
      status: 400,
      message:
        `litellm.UnsupportedParamsError: openai does not support parameters: ['reasoning_effort'], for model=${model}.`,
    },
  tooLong: ({ given, window }) =>
    json(
      400,
      errorBody({
        status: 400,
        message:
          `litellm.ContextWindowExceededError: litellm.BadRequestError: ContextWindowExceededError: OpenAIException - This model's maximum context length is ${window} tokens. However, your messages resulted in ${given} tokens.`,
      }),
    ),
  list: (created) => modelList(litellm.models, { created, owner: "openai" }),
};

/** All fields are texts: the code is the status in digits, and nothing is the word None. */
function errorBody(failure: ChatFailure): unknown {
  const { status, message, param } = failure;
  return {
    error: {
      message,
      type: typeOf(failure),
      param: param ?? "None",
      code: String(status),
    },
  };
}
