import { pieces } from "../../events.ts";
import { json, type Reply } from "../../scenario.ts";
import { HELLO } from "../../scenarios/plain.ts";
import { openaiError } from "../errors.ts";
import { extraField, legacyError } from "../profiles/vllm.ts";
import { say } from "../say.ts";
import type { ChatScenario } from "../scenario.ts";
import { REFUSED } from "./ends.ts";
import { OK } from "./plain.ts";

const FIELD = "stream_options";

/** Servers that refuse `stream_options`, each in its own words, and answer without. */
export const CHAT_STREAM_OPTIONS = {
  // vLLM before the middle of 2024.
  stream_options_refused: refused(
    "`stream_options` is refused by vLLM's validator",
    () => json(400, legacyError(extraField(FIELD))),
    ["vllm"],
  ),
  // Mistral, and servers on FastAPI that leave its own answer as it is.
  stream_options_refused_422: refused(
    "`stream_options` is refused with status 422 and a list",
    () =>
      json(422, {
        detail: [{
          type: "extra_forbidden",
          loc: ["body", FIELD],
          msg: "Extra inputs are not permitted",
          input: { include_usage: true },
        }],
      }),
    ["vllm", "litellm"],
  ),
  // OpenAI's wire before May 2024, and Azure's older versions.
  stream_options_refused_argument: refused(
    "`stream_options` is an unrecognized argument",
    () =>
      json(
        400,
        openaiError({
          status: 400,
          message: `Unrecognized request argument supplied: ${FIELD}`,
        }),
      ),
    ["openai", "lmstudio"],
  ),
  // Fireworks, and what newer servers say of any parameter.
  stream_options_refused_param: refused(
    "`stream_options` is named as the parameter at fault",
    () =>
      json(
        400,
        openaiError({
          status: 400,
          message: `Extra inputs are not permitted, field: '${FIELD}'`,
          param: FIELD,
          code: "unsupported_parameter",
        }),
      ),
    ["openrouter", "litellm"],
  ),
  stream_options_refused_text: refused(
    "`stream_options` is refused in plain text",
    () => ({
      status: 400,
      headers: { "content-type": "text/plain" },
      body: `json: unknown field "${FIELD}"`,
    }),
    ["ollama", "llamacpp"],
  ),
  stream_options_refused_unsaid: {
    what: "`stream_options` is refused without being named",
    profiles: ["lmstudio"],
    open:
      "Whether a 400 that names no field is worth a second try without the option",
    answer: (play) =>
      play.streamOptions
        ? json(400, { error: "Bad Request" })
        : say(play, { text: pieces(HELLO) }),
  },
  stream_options_refused_for_good: {
    what: "`stream_options` is refused, and without it something else is",
    expect: { ...REFUSED, requests: 2, stderr: ["Something else"] },
    answer: (play) =>
      play.streamOptions
        ? json(400, legacyError(extraField(FIELD)))
        : json(400, legacyError("Something else was off")),
  },
} satisfies Record<string, ChatScenario>;

function refused(
  what: string,
  refusal: () => Reply,
  profiles: NonNullable<ChatScenario["profiles"]>,
): ChatScenario {
  return {
    what,
    expect: { ...OK, requests: 2 },
    profiles,
    answer: (play) => {
      if (!play.streamOptions) return say(play, { text: pieces(HELLO) });
      if (play.attempt > 1) play.complain(`${FIELD} again after its refusal`);
      return refusal();
    },
  };
}
