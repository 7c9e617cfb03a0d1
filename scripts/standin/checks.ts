import { type InputFacts, inputRefusal } from "./input_checks.ts";
import { type Body, object } from "./json_object.ts";
import { liteProblems, shapeRefusal } from "./lite_checks.ts";
import type { Shape } from "./catalogue.ts";
import { REFUSED_MODELS } from "./models.ts";
import {
  reasoningRefusal,
  reasons,
  textRefusal,
  toolsRefusal,
} from "./option_checks.ts";
import { detail, missing } from "./refusals.ts";
import type { Reply } from "./scenario.ts";

/** What a check knows besides the body. */
export interface CheckFacts extends InputFacts {
  /** The request says it is for a lite model (reference, section 8.4). */
  readonly lite: boolean;
  /** What the catalogue says about the model; either when absent. */
  readonly shape?: Shape;
}

const ALLOWED = new Set([
  "model",
  "instructions",
  "input",
  "tools",
  "tool_choice",
  "parallel_tool_calls",
  "reasoning",
  "store",
  "stream",
  "include",
  "prompt_cache_key",
  "text",
  "service_tier",
  "stream_options",
  "client_metadata",
]);

/** One rule of the backend: the reported refusal, or nothing. */
type Check = (body: Body, facts: CheckFacts) => Reply | undefined;

/** What the live backend is reported to refuse, in the order it is looked at. */
const CHECKS: readonly Check[] = [
  function unsupportedParameter(body): Reply | undefined {
    const key = Object.keys(body).find((name) => !ALLOWED.has(name));
    return key === undefined
      ? undefined
      : detail(`Unsupported parameter: ${key}`);
  },
  (body) =>
    body["store"] === false ? undefined : detail("Store must be set to false"),
  (body) =>
    body["stream"] === true ? undefined : detail("Stream must be set to true"),
  function instructions(body, { lite }): Reply | undefined {
    const given = body["instructions"];
    if (lite) {
      return given === undefined
        ? undefined
        : detail("Unsupported parameter: instructions");
    }
    return typeof given === "string" && given.trim() !== ""
      ? undefined
      : detail("Instructions are required");
  },
  (body) =>
    Array.isArray(body["input"]) ? undefined : detail("Input must be a list"),
  (body) =>
    typeof body["model"] === "string" && body["model"] !== ""
      ? undefined
      : missing("model"),
  function refusedModel(body): Reply | undefined {
    const model = String(body["model"]);
    return Object.hasOwn(REFUSED_MODELS, model)
      ? REFUSED_MODELS[model]?.(model)
      : undefined;
  },
  shapeRefusal,
  (body, facts) =>
    inputRefusal(Array.isArray(body["input"]) ? body["input"] : [], facts),
  reasoningRefusal,
  textRefusal,
  toolsRefusal,
];

/** Answers the way the backend refuses a body, or nothing for one it takes. */
export function bodyRefusal(body: Body, facts: CheckFacts): Reply | undefined {
  for (const check of CHECKS) {
    const refusal = check(body, facts);
    if (refusal !== undefined) return refusal;
  }
  return undefined;
}

/** Lists what the backend would take but the contract does not. */
export function bodyProblems(body: Body, lite: boolean): string[] {
  const problems: string[] = [];
  if (JSON.stringify(body["include"]) !== '["reasoning.encrypted_content"]') {
    problems.push('include is not ["reasoning.encrypted_content"]');
  }
  const reasoning = object(body["reasoning"]);
  if (reasoning === undefined && reasons(body)) {
    problems.push("no reasoning for a reasoning model");
  }
  if (reasoning !== undefined && reasoning["effort"] === undefined) {
    problems.push("no reasoning.effort");
  }
  if (reasoning !== undefined && reasoning["summary"] !== "auto") {
    problems.push('reasoning.summary is not "auto"');
  }
  if (typeof body["prompt_cache_key"] !== "string") {
    problems.push("no prompt_cache_key");
  }
  if ("client_metadata" in body) {
    problems.push("client_metadata is first-party bookkeeping");
  }
  problems.push(...liteProblems(body, lite));
  return problems;
}
