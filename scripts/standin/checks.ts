import { type InputFacts, inputRefusal } from "./input_checks.ts";
import { REFUSED_MODELS } from "./models.ts";
import { json, type Reply } from "./scenario.ts";
import { apiError } from "./scenarios/http.ts";

/** A JSON object whose fields have not been looked at. */
export type Body = Readonly<Record<string, unknown>>;

/** What a check knows besides the body. */
export interface CheckFacts extends InputFacts {
  /** The request says it is for a lite model (reference, section 8.4). */
  readonly lite: boolean;
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

const EFFORTS = ["none", "minimal", "low", "medium", "high", "xhigh", "max"];

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
      : apiError(
        400,
        "missing_required_parameter",
        "Missing required parameter: 'model'.",
        "model",
      ),
  function refusedModel(body): Reply | undefined {
    const model = String(body["model"]);
    return Object.hasOwn(REFUSED_MODELS, model)
      ? REFUSED_MODELS[model]?.(model)
      : undefined;
  },
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
  if (lite) {
    if ("tools" in body) problems.push("tools in lite mode");
    if (body["parallel_tool_calls"] !== false) {
      problems.push("parallel_tool_calls in lite mode");
    }
    if (reasoning?.["context"] !== "all_turns") {
      problems.push('reasoning.context is not "all_turns" in lite mode');
    }
  }
  return problems;
}

/** Says what a value is when it is a JSON object. */
export function object(value: unknown): Body | undefined {
  return typeof value === "object" && value !== null && !Array.isArray(value)
    ? { ...value }
    : undefined;
}

function reasons(body: Body): boolean {
  return !/^(?:gpt-3|gpt-4|chatgpt-4o)/.test(String(body["model"]));
}

function reasoningRefusal(body: Body): Reply | undefined {
  if (body["reasoning"] === undefined) return undefined;
  const reasoning = object(body["reasoning"]);
  if (reasoning === undefined) {
    return invalid(
      "reasoning",
      "Invalid type for 'reasoning': expected an object.",
    );
  }
  if (!reasons(body)) {
    const param = "reasoning.effort";
    return apiError(
      400,
      "unsupported_parameter",
      `Unsupported parameter: '${param}' is not supported with this model.`,
      param,
    );
  }
  for (const [key, value] of Object.entries(reasoning)) {
    const allowed = key === "effort"
      ? EFFORTS
      : key === "summary"
      ? ["auto", "concise", "detailed"]
      : ["all_turns"];
    if (!["effort", "summary", "context"].includes(key)) {
      return unknownParameter(`reasoning.${key}`);
    }
    if (!allowed.includes(String(value))) {
      return unsupportedValue(`reasoning.${key}`, value, allowed);
    }
  }
  return undefined;
}

function textRefusal(body: Body): Reply | undefined {
  if (body["text"] === undefined) return undefined;
  const text = object(body["text"]);
  if (text === undefined) {
    return invalid("text", "Invalid type for 'text': expected an object.");
  }
  const { format, verbosity, ...others } = text;
  const other = Object.keys(others)[0];
  if (other !== undefined) return unknownParameter(`text.${other}`);
  const levels = ["low", "medium", "high"];
  if (verbosity !== undefined && !levels.includes(String(verbosity))) {
    return unsupportedValue("text.verbosity", verbosity, levels);
  }
  if (format === undefined) return undefined;
  const shape = object(format);
  if (shape?.["type"] === "text") return undefined;
  if (shape?.["type"] !== "json_schema") {
    return unsupportedValue("text.format.type", shape?.["type"], [
      "text",
      "json_schema",
    ]);
  }
  if (
    typeof shape["name"] !== "string" ||
    !/^[a-zA-Z0-9_-]{1,64}$/.test(shape["name"])
  ) {
    return invalid(
      "text.format.name",
      "Invalid 'text.format.name': expected a name of letters, digits, _ and -.",
    );
  }
  if (object(shape["schema"]) === undefined) {
    return apiError(
      400,
      "missing_required_parameter",
      "Missing required parameter: 'text.format.schema'.",
      "text.format.schema",
    );
  }
  if (typeof shape["strict"] !== "boolean") {
    return invalid(
      "text.format.strict",
      "Invalid type for 'text.format.strict': expected a boolean.",
    );
  }
  return undefined;
}

function toolsRefusal(body: Body): Reply | undefined {
  const tools = body["tools"];
  if (tools === undefined) return undefined;
  if (!Array.isArray(tools)) {
    return invalid("tools", "Invalid type for 'tools': expected an array.");
  }
  for (const [n, entry] of tools.entries()) {
    const tool = object(entry);
    const types = [
      "function",
      "custom",
      "web_search",
      "namespace",
      "tool_search",
    ];
    if (!types.includes(String(tool?.["type"]))) {
      return unsupportedValue(`tools[${n}].type`, tool?.["type"], types);
    }
    if (tool?.["type"] !== "function") continue;
    if (
      typeof tool["name"] !== "string" ||
      !/^[a-zA-Z0-9_-]{1,64}$/.test(tool["name"])
    ) {
      return invalid(
        `tools[${n}].name`,
        `Invalid 'tools[${n}].name': expected a name of letters, digits, _ and -.`,
      );
    }
    if (object(tool["parameters"])?.["type"] !== "object") {
      return apiError(
        400,
        "invalid_function_parameters",
        `Invalid schema for function '${tool["name"]}'.`,
        `tools[${n}].parameters`,
      );
    }
    if (typeof tool["strict"] !== "boolean") {
      return invalid(
        `tools[${n}].strict`,
        `Missing required parameter: 'tools[${n}].strict'.`,
      );
    }
  }
  return undefined;
}

function detail(text: string): Reply {
  return json(400, { detail: text });
}

function invalid(param: string, message: string): Reply {
  return apiError(400, "invalid_value", message, param);
}

function unknownParameter(param: string): Reply {
  return apiError(
    400,
    "unknown_parameter",
    `Unknown parameter: '${param}'.`,
    param,
  );
}

function unsupportedValue(
  param: string,
  value: unknown,
  allowed: readonly string[],
): Reply {
  const list = allowed.map((name) => `'${name}'`).join(", ");
  return apiError(
    400,
    "invalid_value",
    `Invalid value: '${value}'. Supported values are: ${list}.`,
    param,
  );
}
