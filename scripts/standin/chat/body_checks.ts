// deno-lint-ignore-file camelcase -- names are the server's
import { type Body, object } from "../json_object.ts";
import { messagesProblem } from "./message_checks.ts";
import { formatProblem, toolsProblem } from "./option_checks.ts";
import type { Problem } from "./problem.ts";

/** The fields that meka has a use for. */
const KNOWN = new Set([
  "model",
  "messages",
  "stream",
  "stream_options",
  "max_completion_tokens",
  "max_tokens",
  "temperature",
  "reasoning_effort",
  "response_format",
  "tools",
  "tool_choice",
  "parallel_tool_calls",
]);

type Check = (body: Body) => Problem | undefined;

const CHECKS: readonly Check[] = [
  function model({ model }): Problem | undefined {
    return typeof model === "string" && model.trim() !== ""
      ? undefined
      : { param: "model", message: "you must provide a model parameter" };
  },
  messagesProblem,
  function stream({ stream }): Problem | undefined {
    return stream === undefined || typeof stream === "boolean" ? undefined : {
      param: "stream",
      message: "Invalid type for 'stream': expected a boolean.",
    };
  },
  streamOptionsProblem,
  lengthProblem,
  function temperature({ temperature }): Problem | undefined {
    const fine = temperature === undefined ||
      typeof temperature === "number" && temperature >= 0 && temperature <= 2;
    return fine ? undefined : {
      param: "temperature",
      message: "Invalid 'temperature': expected a number from 0 to 2.",
    };
  },
  function effort({ reasoning_effort }): Problem | undefined {
    const fine = reasoning_effort === undefined ||
      typeof reasoning_effort === "string" && reasoning_effort !== "";
    return fine ? undefined : {
      param: "reasoning_effort",
      message: "Invalid type for 'reasoning_effort': expected a string.",
    };
  },
  formatProblem,
  toolsProblem,
];

/** The first thing that is wrong with a body, or nothing. */
export function bodyProblem(body: Body): Problem | undefined {
  for (const check of CHECKS) {
    const problem = check(body);
    if (problem !== undefined) return problem;
  }
  return undefined;
}

/** The fields at the top that nobody has a use for. */
export function unknownFields(body: Body): string[] {
  return Object.keys(body).filter((name) => !KNOWN.has(name));
}

/** Options of a stream are for streams only: vLLM refuses them elsewhere. */
function streamOptionsProblem(
  { stream, stream_options }: Body,
): Problem | undefined {
  if (stream_options === undefined) return undefined;
  const param = "stream_options";
  if (stream !== true) {
    const message = "Stream options can only be defined when `stream=True`.";
    return { param, message };
  }
  const options = object(stream_options);
  const known = options !== undefined &&
    Object.keys(options).join() === "include_usage" &&
    typeof options["include_usage"] === "boolean";
  return known ? undefined : {
    param,
    message: "Invalid 'stream_options': expected include_usage alone.",
  };
}

function lengthProblem(body: Body): Problem | undefined {
  const names = ["max_completion_tokens", "max_tokens"].filter((name) =>
    body[name] !== undefined
  );
  if (names.length > 1) {
    const message =
      "Setting 'max_tokens' and 'max_completion_tokens' at the same time is not supported.";
    return { param: "max_tokens", message };
  }
  const [name] = names;
  if (name === undefined) return undefined;
  const count = body[name];
  return Number.isSafeInteger(count) && Number(count) > 0 ? undefined : {
    param: name,
    message: `Invalid '${name}': expected an integer above 0.`,
  };
}
