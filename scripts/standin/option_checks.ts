import { type Body, object } from "./json_object.ts";
import {
  apiError,
  invalid,
  missing,
  unknownParameter,
  unsupportedValue,
} from "./refusals.ts";
import type { Reply } from "./scenario.ts";

const EFFORTS = ["none", "minimal", "low", "medium", "high", "xhigh", "max"];

/** Tells whether a model takes `reasoning` (the contract's rule). */
export function reasons(body: Body): boolean {
  return !/^(?:gpt-3|gpt-4|chatgpt-4o)/.test(String(body["model"]));
}

/** Refuses wrong `reasoning` options. */
export function reasoningRefusal(body: Body): Reply | undefined {
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

/** Refuses wrong `text` options. */
export function textRefusal(body: Body): Reply | undefined {
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
    return missing("text.format.schema");
  }
  if (typeof shape["strict"] !== "boolean") {
    return invalid(
      "text.format.strict",
      "Invalid type for 'text.format.strict': expected a boolean.",
    );
  }
  return undefined;
}

/** Refuses wrong `tools`. */
export function toolsRefusal(body: Body): Reply | undefined {
  return body["tools"] === undefined
    ? undefined
    : toolListRefusal(body["tools"], "tools");
}

/** Refuses a list of tools, also within a namespace or an `additional_tools` item. */
export function toolListRefusal(
  tools: unknown,
  path: string,
): Reply | undefined {
  if (!Array.isArray(tools)) {
    return invalid(path, `Invalid type for '${path}': expected an array.`);
  }
  for (const [n, entry] of tools.entries()) {
    const refusal = toolRefusal(object(entry) ?? {}, `${path}[${n}]`);
    if (refusal !== undefined) return refusal;
  }
  return undefined;
}

function toolRefusal(tool: Body, path: string): Reply | undefined {
  const types = [
    "function",
    "custom",
    "web_search",
    "namespace",
    "tool_search",
  ];
  const type = tool["type"];
  if (!types.includes(String(type))) {
    return unsupportedValue(`${path}.type`, type, types);
  }
  if (type !== "function" && type !== "namespace") return undefined;
  const name = tool["name"];
  if (typeof name !== "string" || !/^[a-zA-Z0-9_-]{1,64}$/.test(name)) {
    return invalid(
      `${path}.name`,
      `Invalid '${path}.name': expected a name of letters, digits, _ and -.`,
    );
  }
  if (type === "namespace") {
    return typeof tool["description"] === "string"
      ? toolListRefusal(tool["tools"], `${path}.tools`)
      : missing(`${path}.description`);
  }
  if (object(tool["parameters"])?.["type"] !== "object") {
    return apiError(
      400,
      "invalid_function_parameters",
      `Invalid schema for function '${name}'.`,
      `${path}.parameters`,
    );
  }
  return typeof tool["strict"] === "boolean" ? undefined : invalid(
    `${path}.strict`,
    `Missing required parameter: '${path}.strict'.`,
  );
}
