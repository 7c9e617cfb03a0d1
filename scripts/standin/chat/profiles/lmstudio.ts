import { json, type Reply } from "../../scenario.ts";
import { modelList, openaiError } from "../errors.ts";
import type { Profile } from "../profile.ts";

/** The server in LM Studio. */
export const lmstudio: Profile = {
  what: "LM Studio, http://localhost:1234/v1",
  base: "/v1",
  alsoAt: [],
  models: [
    { id: "google/gemma-3-4b", reasons: false },
    { id: "openai/gpt-oss-20b", reasons: true },
  ],
  dialect: {
    idPrefix: "chatcmpl-",
    // The model's name stands in for a fingerprint.
    chunk: (model) => ({ system_fingerprint: model }),
    choice: { logprobs: null },
    // No delta for the role alone: the role comes with each piece of text.
    delta: { role: "assistant" },
    reasoning: "reasoning_content",
    finish: {},
    usage: "asked",
  },
  headers: { "x-powered-by": "Express" },
  errorBody: openaiError,
  // A named event, the message once inside the error and once beside it.
  streamError: ({ message }) => ({
    event: "error",
    data: { error: { message }, message },
    done: false,
  }),
  unauthorized: () =>
    json(
      401,
      openaiError({
        status: 401,
        message: "An LM Studio API token is required to make requests.",
        code: "invalid_api_key",
      }),
    ),
  // Any path at all is answered with status 200, and the error is a bare text.
  noSuchPath: (method, path) =>
    json(200, { error: `Unexpected endpoint or method. (${method} ${path})` }),
  unknownModel: (model) =>
    json(
      404,
      openaiError({
        status: 404,
        message:
          `Model "${model}" not found. Download it, or load it with \`lms load\`.`,
        param: "model",
        code: "model_not_found",
      }),
    ),
  // The status is out before it looks, so that it is 200 whatever comes.
  tooLong: ({ given, window, stream }): Reply => {
    const message =
      `Trying to keep the first ${given} tokens when context the overflows. However, the model is loaded with context length of only ${window} tokens, which is not enough. Try to load the model with a larger context length, or provide a shorter input`;
    return stream
      ? {
        body: `event: error\ndata: ${
          JSON.stringify({ error: { message }, message })
        }\n\n`,
        headers: { "content-type": "text/event-stream" },
      }
      : json(200, { error: message });
  },
  list: (created) =>
    modelList(lmstudio.models, { created, owner: "organization_owner" }),
};
