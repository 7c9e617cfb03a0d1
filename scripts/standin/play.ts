import { type Body, object } from "./json_object.ts";
import type { Play } from "./scenario.ts";

/** What the backend knows about a request besides its body. */
export type PlayFacts = Pick<
  Play,
  "bearer" | "plan" | "attempt" | "now" | "elsewhere" | "seal" | "called"
>;

/** Reads what a scenario may want to know from a body that has passed the checks. */
export function readPlay(body: Body, facts: PlayFacts): Play {
  const input = objects(body["input"]);
  const last = input.at(-1);
  const format = object(object(body["text"])?.["format"]);
  return {
    ...facts,
    responseId: `resp_${crypto.randomUUID().replaceAll("-", "")}`,
    model: String(body["model"]),
    createdAt: Math.floor(facts.now / 1000),
    prompt: promptOf(input),
    ...firstFunction([...objects(body["tools"]), ...additionalTools(input)]),
    toolOutput: last?.["type"] === "function_call_output"
      ? String(last["output"])
      : undefined,
    schema: typeof format?.["name"] === "string" ? format["name"] : undefined,
  };
}

/** The first function offered, be it in a namespace. */
function firstFunction(
  tools: readonly Body[],
): Pick<Play, "tool" | "namespace"> {
  for (const tool of tools) {
    const namespace = tool["type"] === "namespace"
      ? String(tool["name"])
      : undefined;
    const found = [tool, ...objects(tool["tools"])].find((entry) =>
      entry["type"] === "function"
    );
    if (found !== undefined) return { tool: String(found["name"]), namespace };
  }
  return { tool: "read_file", namespace: undefined };
}

function additionalTools(input: readonly Body[]): Body[] {
  return input.filter((item) => item["type"] === "additional_tools")
    .flatMap((item) => objects(item["tools"]));
}

function objects(list: unknown): Body[] {
  return (Array.isArray(list) ? list : []).map((entry) => object(entry) ?? {});
}

function promptOf(input: readonly Body[]): string {
  const message = input.findLast((item) =>
    item["type"] === "message" && item["role"] === "user"
  );
  const content = message?.["content"];
  return (Array.isArray(content) ? content : []).map((part) => {
    const text = object(part)?.["text"];
    return typeof text === "string" ? text : "";
  }).join("");
}
