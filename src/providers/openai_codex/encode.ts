import {
  type Access,
  type Origin,
  type ToolSpec,
  type Turn,
  ULTRA,
} from "../../message.ts";
import { endpoint, identify } from "./headers.ts";
import { inputItems } from "./items.ts";
import type { Json } from "./wire.ts";

/** Its name in the config. */
const PROVIDER = "openai-codex";

/** Models that do not reason refuse `reasoning`: these families, and nothing that is not known yet. */
const WITHOUT_REASONING = /^(?:gpt-3|gpt-4|chatgpt-4o)/;

/**
 * Builds the request of one turn (reference 7 and 8): the headers of contract section 6 and a body made from an
 * allow-list, since the endpoint refuses parameters it does not know. A model that the catalogue marks for it gets the
 * lite shape (reference 8.4).
 */
export function encode(turn: Turn, access: Access): Request {
  const lite = turn.known?.lite ?? false;
  const headers = identify(access);
  headers.set("accept", "text/event-stream");
  headers.set("content-type", "application/json");
  headers.set("session-id", turn.session);
  if (lite) headers.set("x-openai-internal-codex-responses-lite", "true");
  if (access.turnState !== undefined) {
    headers.set("x-codex-turn-state", access.turnState);
  }
  return new Request(endpoint(access.baseUrl, "codex/responses"), {
    method: "POST",
    headers,
    body: JSON.stringify({
      ...(lite ? liteBody : classicBody)(turn, originOf(access)),
      ...commonBody(turn),
    }),
    // A redirect must not carry the credential to another origin.
    redirect: "manual",
    signal: access.signal,
  });
}

/** Whose items can be sent back as they were received. */
function originOf({ credential }: Access): Origin {
  const account = credential.type === "oauth"
    ? credential.accountId
    : undefined;
  return { provider: PROVIDER, account };
}

function classicBody(turn: Turn, to: Origin): Json {
  const tools = toolsOf(turn);
  return {
    model: turn.model,
    instructions: turn.instructions,
    input: inputItems(turn.items, to),
    ...tools.length === 0
      ? {}
      : { tools, tool_choice: "auto", parallel_tool_calls: true },
    ...reasoning(turn, {}),
  };
}

/** Tools and the base prompt are items of the input, and calls come one at a time. */
function liteBody(turn: Turn, to: Origin): Json {
  const tools = toolsOf(turn);
  const prompt = { type: "input_text", text: turn.instructions };
  return {
    model: turn.model,
    input: [
      ...tools.length === 0 ? [] : [{
        type: "additional_tools",
        role: "developer",
        tools: grouped(tools),
      }],
      { type: "message", role: "developer", content: [prompt] },
      ...inputItems(turn.items, to),
    ],
    ...tools.length === 0 ? {} : { tool_choice: "auto" },
    parallel_tool_calls: false,
    ...reasoning(turn, { context: "all_turns" }),
  };
}

function toolsOf({ tools, search }: Turn): readonly Json[] {
  return [
    ...tools.map(functionTool),
    ...search ? [{ type: "web_search" }] : [],
  ];
}

function functionTool({ name, description, parameters }: ToolSpec): Json {
  return { type: "function", name, description, strict: false, parameters };
}

/** Functions stand in a namespace of their own, and the service's tools beside it (reference 8.4). */
function grouped(tools: readonly Json[]): readonly Json[] {
  const functions = tools.filter(({ type }) => type === "function");
  return [
    ...functions.length === 0 ? [] : [{
      type: "namespace",
      name: "functions",
      description: "",
      tools: functions,
    }],
    ...tools.filter(({ type }) => type !== "function"),
  ];
}

function commonBody(turn: Turn): Json {
  return {
    store: false,
    stream: true,
    include: ["reasoning.encrypted_content"],
    prompt_cache_key: turn.session,
    ...(turn.schema === undefined
      ? {}
      : { text: { format: schemaFormat(turn.schema) } }),
  };
}

function reasoning(
  { model, effort, known }: Turn,
  more: Readonly<Record<string, unknown>>,
): Json {
  if (WITHOUT_REASONING.test(model)) return {};
  // "ultra" is a name for people.
  const sent = effort === "ultra" ? known?.ultraEffort ?? ULTRA : effort;
  return { reasoning: { effort: sent, summary: "auto", ...more } };
}

function schemaFormat(
  schema: Readonly<Record<string, unknown>>,
): Json {
  return { type: "json_schema", name: "answer", strict: true, schema };
}
