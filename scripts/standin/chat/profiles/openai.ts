import { json, type Reply } from "../../scenario.ts";
import { modelList, openaiError, reasons } from "../errors.ts";
import type { ChatFailure, Profile } from "../profile.ts";

/** api.openai.com: the original, which all others are measured against. */
export const openai: Profile = {
  what: "api.openai.com",
  base: "/v1",
  alsoAt: [],
  defaultKey: "sk-proj-standin-0123456789abcdefghijklmnop",
  models: [
    { id: "gpt-5", reasons: true },
    { id: "gpt-4o-mini", reasons: false },
  ],
  dialect: {
    idPrefix: "chatcmpl-",
    // It pads every chunk, so that its length does not tell the words in it.
    chunk: () => ({
      service_tier: "default",
      system_fingerprint: null,
      obfuscation: "x8Kq2",
    }),
    choice: { logprobs: null },
    opening: { role: "assistant", content: "", refusal: null },
    delta: {},
    // The service tells no reasoning here; other servers behind its wire say `reasoning_content`.
    reasoning: "reasoning_content",
    finish: {},
    usage: "asked",
    nullUsage: true,
  },
  headers: {
    "x-request-id": "req_0123456789abcdef",
    "openai-version": "2020-10-01",
    "openai-processing-ms": "412",
    "x-ratelimit-limit-requests": "5000",
    "x-ratelimit-remaining-requests": "4999",
    "x-ratelimit-reset-requests": "12ms",
    "x-ratelimit-limit-tokens": "160000",
    "x-ratelimit-remaining-tokens": "159976",
    "x-ratelimit-reset-tokens": "9ms",
    // Cloudflare in front of it sets a cookie, which is nobody's here.
    "set-cookie": "__cf_bm=standin; path=/; HttpOnly; Secure",
    "cf-ray": "8f3a1b2c4d5e0000-FRA",
  },
  errorBody: openaiError,
  streamError: (failure) => ({ data: openaiError(failure), done: false }),
  unauthorized: (key): Reply => {
    // A key it does not know is repeated with its middle hidden.
    const message = key === undefined
      ? "You didn't provide an API key. You need to provide your API key in an Authorization header using Bearer auth."
      : `Incorrect API key provided: ${key.slice(0, 6)}****${
        key.slice(-4)
      }. You can find your API key on the platform's page.`;
    const code = key === undefined ? null : "invalid_api_key";
    return json(401, openaiError({ status: 401, message, code }));
  },
  noSuchPath: (method, path) =>
    json(
      404,
      openaiError({ status: 404, message: `Invalid URL (${method} ${path})` }),
    ),
  unknownModel: (model) =>
    json(
      404,
      openaiError({
        status: 404,
        message:
          `The model \`${model}\` does not exist or you do not have access to it.`,
        code: "model_not_found",
      }),
    ),
  unknownField: (field) =>
    json(
      400,
      openaiError({
        status: 400,
        message: `Unrecognized request argument supplied: ${field}`,
      }),
    ),
  refuses: (body): ChatFailure | undefined => {
    const { reasoning_effort, temperature, max_tokens } = body;
    if (!reasons(openai, body["model"])) {
      // To a model without reasoning the field is as unknown as any.
      return reasoning_effort === undefined ? undefined : {
        status: 400,
        message: "Unrecognized request argument supplied: reasoning_effort",
      };
    }
    // Reasoning models take neither another temperature nor the old name of the limit.
    if (temperature !== undefined && temperature !== 1) {
      return {
        status: 400,
        message:
          `Unsupported value: 'temperature' does not support ${temperature} with this model. Only the default (1) value is supported.`,
        code: "unsupported_value",
        param: "temperature",
      };
    }
    return max_tokens === undefined ? undefined : {
      status: 400,
      message:
        "Unsupported parameter: 'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead.",
      code: "unsupported_parameter",
      param: "max_tokens",
    };
  },
  tooLong: ({ given, window }) =>
    json(
      400,
      openaiError({
        status: 400,
        message:
          `This model's maximum context length is ${window} tokens. However, your messages resulted in ${given} tokens. Please reduce the length of the messages.`,
        param: "messages",
        code: "context_length_exceeded",
      }),
    ),
  list: (created) => modelList(openai.models, { created, owner: "system" }),
};
