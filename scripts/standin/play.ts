import { type Body, object } from "./json_object.ts";
import type { Play } from "./scenario.ts";

/** What the backend knows about a request besides its body. */
export type PlayFacts = Pick<
  Play,
  "bearer" | "plan" | "attempt" | "now" | "elsewhere" | "seal"
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
    tool: String(
      objects(body["tools"]).find((tool) => tool["type"] === "function")
        ?.["name"] ?? "read_file",
    ),
    toolOutput: last?.["type"] === "function_call_output"
      ? String(last["output"])
      : undefined,
    schema: typeof format?.["name"] === "string" ? format["name"] : undefined,
  };
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
