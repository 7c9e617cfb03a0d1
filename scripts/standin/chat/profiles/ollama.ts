import { json } from "../../scenario.ts";
import { modelList, reasons } from "../errors.ts";
import type { ChatFailure, Profile } from "../profile.ts";

/** Ollama's `/v1`, a translation of its own protocol. */
export const ollama: Profile = {
  what: "Ollama, http://localhost:11434/v1",
  base: "/v1",
  alsoAt: [],
  models: [
    { id: "llama3.2:latest", reasons: false },
    { id: "gpt-oss:20b", reasons: true },
  ],
  dialect: {
    idPrefix: "chatcmpl-",
    chunk: () => ({ system_fingerprint: "fp_ollama" }),
    choice: {},
    // No delta for the role alone: each of them has the role, and a content even when that is empty.
    delta: { role: "assistant", content: "" },
    reasoning: "reasoning",
    finish: { role: "assistant", content: "" },
    usage: "asked",
    // Its own protocol has calls as objects, so they arrive whole.
    wholeCalls: true,
  },
  headers: {},
  errorBody,
  // Its own protocol tells errors as bare texts, and that shows through once the status is out.
  streamError: ({ message }) => ({ data: { error: message }, done: false }),
  // It asks for no key; one that a person puts before it does, in plain words.
  unauthorized: () => ({ status: 401, body: "Unauthorized" }),
  // The router's page, as for a base URL without `/v1`.
  noSuchPath: () => ({
    status: 404,
    headers: { "content-type": "text/plain" },
    body: "404 page not found",
  }),
  fullName,
  unknownModel: (model) =>
    json(
      404,
      errorBody({
        status: 404,
        message: `model "${model}" not found, try pulling it first`,
      }),
    ),
  refuses: (body): ChatFailure | undefined => {
    const { model, reasoning_effort } = body;
    if (reasoning_effort === undefined) return undefined;
    // No "minimal" and no "xhigh": any other word is refused.
    if (!EFFORTS.includes(String(reasoning_effort))) {
      return {
        status: 400,
        message:
          `invalid reasoning value: '${reasoning_effort}' (must be "high", "medium", "low", or "none")`,
      };
    }
    // A model that cannot think must not be asked to.
    const fine = reasoning_effort === "none" ||
      reasons(ollama, fullName(model));
    return fine ? undefined : {
      status: 400,
      message: `"${model}" does not support thinking`,
    };
  },
  // By default it cuts the oldest messages off without a word; this is what it says where it is told not to.
  tooLong: () =>
    json(
      400,
      errorBody({
        status: 400,
        message: "the input length exceeds the context length",
      }),
    ),
  list: (created) => modelList(ollama.models, { created, owner: "library" }),
};

const EFFORTS = ["none", "low", "medium", "high"];

/** A name without a tag is the one with `latest`. */
function fullName(model: unknown): string {
  const name = String(model);
  return name.includes(":") ? name : `${name}:latest`;
}

/** The class depends on the status alone, and there is never a code. */
function errorBody({ status, message }: ChatFailure): unknown {
  const types: Readonly<Record<number, string>> = {
    400: "invalid_request_error",
    404: "not_found_error",
  };
  const type = types[status] ?? "api_error";
  return { error: { message, type, param: null, code: null } };
}
