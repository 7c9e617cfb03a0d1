import {
  codexHistory,
  codexMade,
  contentText,
  lastAsked,
  objects,
} from "./history.ts";
import { type Body, object } from "./json_object.ts";
import type { Play } from "./scenario.ts";

/** What the backend knows about a request besides its body. */
export type PlayFacts = Pick<
  Play,
  | "bearer"
  | "plan"
  | "attempt"
  | "round"
  | "sent"
  | "tokens"
  | "now"
  | "elsewhere"
  | "seal"
  | "called"
  | "limit"
>;

/** Reads what a scenario may want to know from a body that has passed the checks. */
export function readPlay(body: Body, facts: PlayFacts): Play {
  const input = objects(body["input"]);
  const last = input.at(-1);
  const format = object(object(body["text"])?.["format"]);
  const tools = [...objects(body["tools"]), ...additionalTools(input)];
  const offered = functionsIn(tools);
  const [first] = offered;
  return {
    ...facts,
    responseId: `resp_${crypto.randomUUID().replaceAll("-", "")}`,
    model: String(body["model"]),
    createdAt: Math.floor(facts.now / 1000),
    prompt: promptOf(input),
    tool: first?.name ?? "read_file",
    namespace: first?.namespace,
    toolOutput: last?.["type"] === "function_call_output"
      ? contentText(last["output"])
      : undefined,
    schema: typeof format?.["name"] === "string" ? format["name"] : undefined,
    shape: object(format?.["schema"]),
    parallel: body["parallel_tool_calls"] !== false,
    search: tools.some(({ type }) => type === "web_search"),
    history: () => codexHistory(input),
    made: () => codexMade(input),
    // A tool that is not offered is called where the others are.
    namespaceOf: (name) =>
      (offered.find((tool) => tool.name === name) ?? first)?.namespace,
  };
}

/** What the person said last; older messages are history. */
export function promptOf(input: readonly Body[]): string {
  return contentText(input[lastAsked(input)]?.["content"]);
}

interface Offered {
  readonly name: string;
  readonly namespace: string | undefined;
}

/** The functions offered, those in a namespace among them. */
function functionsIn(tools: readonly Body[]): Offered[] {
  return tools.flatMap((tool) => {
    const namespace = tool["type"] === "namespace"
      ? String(tool["name"])
      : undefined;
    return [tool, ...objects(tool["tools"])]
      .filter(({ type }) => type === "function")
      .map(({ name }) => ({ name: String(name), namespace }));
  });
}

function additionalTools(input: readonly Body[]): Body[] {
  return input.filter((item) => item["type"] === "additional_tools")
    .flatMap((item) => objects(item["tools"]));
}
