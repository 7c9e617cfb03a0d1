import { objects } from "../../history.ts";
import { json } from "../../scenario.ts";
import { modelList } from "../errors.ts";
import type { ChatFailure, Profile } from "../profile.ts";

/** vLLM's server. */
export const vllm: Profile = {
  what: "vLLM, http://localhost:8000/v1",
  base: "/v1",
  alsoAt: [],
  models: [{ id: "Qwen/Qwen3-8B", reasons: true }],
  dialect: {
    idPrefix: "chatcmpl-",
    chunk: () => ({}),
    choice: { logprobs: null },
    opening: { role: "assistant", content: "" },
    delta: {},
    reasoning: "reasoning_content",
    finish: { content: "" },
    // Beside the reason it tells the stop string or token that was met.
    finishChoice: () => ({ stop_reason: null }),
    usage: "asked",
  },
  headers: { "server": "uvicorn" },
  errorBody,
  streamError: (failure) => ({ data: errorBody(failure), done: true }),
  // The check of the key comes before everything else and has no object for its error.
  unauthorized: () => json(401, { error: "Unauthorized" }),
  noSuchPath: () => json(404, { detail: "Not Found" }),
  unknownModel: (model) =>
    json(
      404,
      errorBody({
        status: 404,
        message: `The model \`${model}\` does not exist.`,
        param: "model",
      }),
    ),
  // Releases before the end of 2024 refuse what they do not know, in the words of their validator.
  unknownField: (field) => json(400, legacyError(extraField(field))),
  tooLong: ({ given, window }) =>
    json(
      400,
      errorBody({
        status: 400,
        message:
          `You passed ${given} input tokens and requested 0 output tokens. However, the model's context length is only ${window} tokens. Please reduce the length of the input prompt.`,
        param: "input_tokens",
      }),
    ),
  list: (created, window = 40_960) => {
    const { data, ...list } = modelList(vllm.models, {
      created,
      owner: "vllm",
    });
    return {
      ...list,
      data: objects(data).map((entry) => ({
        ...entry,
        max_model_len: window,
      })),
    };
  },
};

/** The class is a Python class, and the code is the status, a number. */
function errorBody({ status, message, param = null }: ChatFailure): unknown {
  return { error: { message, type: className(status), param, code: status } };
}

/** An error of releases until 2025: the fields stand at the top. */
export function legacyError(message: string): unknown {
  return {
    object: "error",
    message,
    type: "BadRequestError",
    param: null,
    code: 400,
  };
}

/** What the validator says of a field it does not know. */
export function extraField(field: string): string {
  return `[{'type': 'extra_forbidden', 'loc': ('body', '${field}'), 'msg': 'Extra inputs are not permitted', 'input': {}}]`;
}

function className(status: number): string {
  const names: Readonly<Record<number, string>> = {
    400: "BadRequestError",
    404: "NotFoundError",
  };
  return names[status] ?? "InternalServerError";
}
