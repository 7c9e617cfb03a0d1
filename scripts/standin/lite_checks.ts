import type { Shape } from "./catalogue.ts";
import { type Body, object } from "./json_object.ts";
import { apiError, detail, unsupportedValue } from "./refusals.ts";
import type { Reply } from "./scenario.ts";

/** The header that says that a request is for a lite model (reference, section 8.4). */
export const LITE_HEADER = "x-openai-internal-codex-responses-lite";

/** Refuses a request whose shape is not the one of its model, or is neither. */
export function shapeRefusal(
  body: Body,
  { lite, shape = "either" }: { lite: boolean; shape?: Shape },
): Reply | undefined {
  if (shape === "classic" && lite) {
    return detail(`The '${body["model"]}' model is not a lite model.`);
  }
  if (shape === "lite" && !lite) return allTurns();
  const tools = items(body).findIndex(isTools);
  if (!lite && tools >= 0) {
    return unsupportedValue(`input[${tools}].type`, "additional_tools", [
      "message",
      "reasoning",
      "function_call",
      "function_call_output",
    ]);
  }
  if (!lite) return undefined;
  if ("tools" in body) return detail("Unsupported parameter: tools");
  return object(body["reasoning"])?.["context"] === "all_turns"
    ? undefined
    : allTurns();
}

/** Lists what the backend might take, but no request of its kind has. */
export function liteProblems(body: Body, lite: boolean): string[] {
  const input = items(body);
  const reasoning = object(body["reasoning"]);
  if (!lite) {
    return reasoning !== undefined && "context" in reasoning
      ? ["reasoning.context in classic mode"]
      : [];
  }
  const problems: string[] = [];
  if ("tools" in body) problems.push("tools in lite mode");
  if (body["parallel_tool_calls"] !== false) {
    problems.push("parallel_tool_calls is not false in lite mode");
  }
  if (reasoning?.["context"] !== "all_turns") {
    problems.push('reasoning.context is not "all_turns" in lite mode');
  }
  for (const [n, item] of input.entries()) {
    if (isTools(item)) problems.push(...toolsItemProblems(item, n));
  }
  const base = input.find((item) => !isTools(item));
  if (base?.["role"] !== "developer" || base["type"] !== "message") {
    problems.push("the base prompt is not the first message, of the developer");
  }
  if (input.some(hasDetail)) problems.push("image detail in lite mode");
  return problems;
}

/** Lists the calls that came in a namespace and go back without it. */
export function namespaceProblems(
  body: Body,
  namespaces: ReadonlyMap<string, string>,
): string[] {
  return items(body).flatMap((item) => {
    const id = String(item["call_id"]);
    const namespace = namespaces.get(id);
    return item["type"] === "function_call" && namespace !== undefined &&
        item["namespace"] !== namespace
      ? [`call ${id} without its namespace`]
      : [];
  });
}

/** The reported refusal of a classic request for a lite model; its exact words are not known. */
function allTurns(): Reply {
  const param = "reasoning.context";
  return apiError(
    400,
    "unsupported_value",
    `Unsupported value: '${param}' must be 'all_turns' with this model.`,
    param,
  );
}

function toolsItemProblems(item: Body, n: number): string[] {
  const problems: string[] = [];
  if (n > 0) problems.push(`additional_tools is item ${n}, not the first`);
  if (item["role"] !== "developer") {
    problems.push("additional_tools is not the developer's");
  }
  const tools = Array.isArray(item["tools"]) ? item["tools"] : [];
  if (tools.length === 0) problems.push("additional_tools without tools");
  const groups = tools.map((tool) => object(tool) ?? {});
  if (groups.some((tool) => tool["type"] !== "namespace")) {
    problems.push("a tool outside a namespace in lite mode");
  }
  const empty = (tool: Body): boolean =>
    tool["type"] === "namespace" && Array.isArray(tool["tools"]) &&
    tool["tools"].length === 0;
  if (groups.some(empty)) problems.push("a namespace without tools");
  return problems;
}

function hasDetail(item: Body): boolean {
  return [item["content"], item["output"]].some((parts) =>
    Array.isArray(parts) && parts.some((part) => {
      const image = object(part);
      return image?.["type"] === "input_image" && "detail" in image;
    })
  );
}

function isTools(item: Body): boolean {
  return item["type"] === "additional_tools";
}

function items(body: Body): Body[] {
  const input = body["input"];
  return (Array.isArray(input) ? input : []).map((entry) =>
    object(entry) ?? {}
  );
}
