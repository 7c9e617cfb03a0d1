import { json } from "../../scenario.ts";
import type { ChatFailure, Profile } from "../profile.ts";

/** openrouter.ai, which passes requests on to many providers. */
export const openrouter: Profile = {
  what: "openrouter.ai/api/v1",
  base: "/api/v1",
  alsoAt: [],
  defaultKey: "sk-or-v1-standin-0123456789abcdefghijklmnop",
  models: [
    { id: "openai/gpt-5", reasons: true },
    { id: "meta-llama/llama-3.3-70b-instruct", reasons: false },
  ],
  dialect: {
    idPrefix: "gen-",
    // The provider that answers is named in every chunk.
    chunk: () => ({ provider: "OpenAI" }),
    choice: { logprobs: null, native_finish_reason: null },
    delta: { role: "assistant", content: "" },
    reasoning: "reasoning",
    finish: { role: "assistant", content: "" },
    // The provider's own word for the reason stands beside the common one.
    finishChoice: (reason) => ({
      native_finish_reason: reason === "stop" ? "completed" : reason,
    }),
    usage: "always",
    // The chunk with the usage still has a choice, with an empty content.
    usageWithChoice: true,
    usageExtras: { cost: 0.00012, is_byok: false },
    // Comments while the provider is being waited for.
    keepAlive: ": OPENROUTER PROCESSING",
  },
  headers: {
    "x-generation-id": "gen-standin",
    "cf-ray": "8f3a1b2c4d5e0000-FRA",
    // Cloudflare in front of it sets a cookie, which is nobody's here.
    "set-cookie": "__cf_bm=standin; path=/; HttpOnly; Secure",
  },
  errorBody,
  // A chunk like any other, with the error at its top and `error` for the reason.
  streamError: (failure, model) => ({
    data: {
      id: "gen-standin",
      object: "chat.completion.chunk",
      created: 1_790_000_000,
      model,
      provider: "OpenAI",
      ...errorBody(failure),
      choices: [{ index: 0, delta: { content: "" }, finish_reason: "error" }],
    },
    done: false,
  }),
  unauthorized: (key) =>
    json(
      401,
      errorBody({
        status: 401,
        message: key === undefined
          ? "No auth credentials found"
          : "User not found.",
      }),
    ),
  // Outside of the API there is the website.
  noSuchPath: () => ({
    status: 404,
    headers: { "content-type": "text/html; charset=utf-8" },
    body:
      "<!DOCTYPE html><html><head><title>Not Found</title></head><body><h1>404</h1></body></html>",
  }),
  unknownModel: (model) =>
    json(
      400,
      errorBody({ status: 400, message: `${model} is not a valid model ID` }),
    ),
  tooLong: ({ given, window }) =>
    json(
      400,
      errorBody({
        status: 400,
        message:
          `This endpoint's maximum context length is ${window} tokens. However, you requested about ${given} tokens (${given} of text input). Please reduce the length of either one.`,
      }),
    ),
  // Its list has prices and sizes, and no `object`.
  list: (created, window = 131_072) => ({
    data: openrouter.models.map(({ id }) => ({
      id,
      name: id.split("/").at(-1),
      created,
      context_length: window,
      pricing: { prompt: "0.00000125", completion: "0.00001" },
      supported_parameters: ["max_tokens", "temperature", "tools"],
    })),
  }),
};

/** Two fields, the code being the status, and metadata for what a provider said. */
function errorBody({ status, message }: ChatFailure): { error: unknown } {
  return { error: { message, code: status } };
}
