import { objects } from "../../history.ts";
import { json } from "../../scenario.ts";
import { modelList } from "../errors.ts";
import type { ChatFailure, Profile } from "../profile.ts";

/** llama.cpp's `llama-server`. */
export const llamacpp: Profile = {
  what: "llama.cpp's llama-server, http://localhost:8080/v1",
  base: "/v1",
  // The same handlers are there without `/v1`.
  alsoAt: [""],
  // One model is loaded, and whatever name is asked for, it answers.
  models: [{ id: "qwen3-4b-q4_k_m.gguf", reasons: true }],
  dialect: {
    idPrefix: "chatcmpl-",
    chunk: () => ({ system_fingerprint: "b6497-cd08fc3e" }),
    choice: {},
    // The delta with the role has a null content.
    opening: { role: "assistant", content: null },
    delta: {},
    reasoning: "reasoning_content",
    finish: {},
    // Builds of 2025 tell usage, with timings beside it, whether or not it is asked for.
    usage: "always",
  },
  headers: { "server": "llama.cpp" },
  errorBody,
  streamError: (failure) => ({ data: errorBody(failure), done: false }),
  unauthorized: () =>
    json(401, errorBody({ status: 401, message: "Invalid API Key" })),
  noSuchPath: () =>
    json(404, errorBody({ status: 404, message: "File Not Found" })),
  tooLong: ({ given, window }) =>
    json(400, {
      error: {
        code: 400,
        message:
          `the request exceeds the available context size (${window} tokens), try increasing it`,
        type: "exceed_context_size_error",
        n_prompt_tokens: given,
        n_ctx: window,
      },
    }),
  // Its own list stands beside the one that OpenAI has.
  list: (created, window = 40_960) => {
    const { data, ...list } = modelList(llamacpp.models, {
      created,
      owner: "llamacpp",
    });
    return {
      models: llamacpp.models.map(({ id }) => ({ name: id, model: id })),
      ...list,
      data: objects(data).map((entry) => ({
        ...entry,
        meta: { n_ctx_train: window },
      })),
    };
  },
};

/** The code is the status, a number, and comes first. */
function errorBody({ status, message, code }: ChatFailure): unknown {
  const type = code === "context_length_exceeded"
    ? "exceed_context_size_error"
    : TYPES[status] ?? "server_error";
  return { error: { code: status, message, type } };
}

const TYPES: Readonly<Record<number, string>> = {
  400: "invalid_request_error",
  401: "authentication_error",
  403: "permission_error",
  404: "not_found_error",
  503: "unavailable_error",
};
