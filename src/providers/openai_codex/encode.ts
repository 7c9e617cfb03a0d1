import { type Access, type Part, type Turn, ULTRA } from "../../message.ts";
import { endpoint, identify } from "./headers.ts";

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
      ...(lite ? liteBody(turn) : classicBody(turn)),
      ...commonBody(turn),
    }),
    // A redirect must not carry the credential to another origin.
    redirect: "manual",
    signal: access.signal,
  });
}

function classicBody(turn: Turn): Record<string, unknown> {
  return {
    model: turn.model,
    instructions: turn.instructions,
    input: [userMessage(turn)],
    ...reasoning(turn, {}),
  };
}

/** The base prompt is an item of the input, and calls come one at a time. */
function liteBody(turn: Turn): Record<string, unknown> {
  const prompt = { type: "input_text", text: turn.instructions };
  return {
    model: turn.model,
    input: [
      { type: "message", role: "developer", content: [prompt] },
      userMessage(turn),
    ],
    parallel_tool_calls: false,
    ...reasoning(turn, { context: "all_turns" }),
  };
}

function commonBody(turn: Turn): Record<string, unknown> {
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
): Record<string, unknown> {
  if (WITHOUT_REASONING.test(model)) return {};
  // "ultra" is a name for people.
  const sent = effort === "ultra" ? known?.ultraEffort ?? ULTRA : effort;
  return { reasoning: { effort: sent, summary: "auto", ...more } };
}

function userMessage({ parts }: Turn): Record<string, unknown> {
  return { type: "message", role: "user", content: parts.map(contentPart) };
}

function contentPart(part: Part): Record<string, unknown> {
  if (part.type === "text") return { type: "input_text", text: part.text };
  return {
    type: "input_image",
    image_url: `data:${part.mediaType};base64,${part.base64}`,
  };
}

function schemaFormat(
  schema: Readonly<Record<string, unknown>>,
): Record<string, unknown> {
  return { type: "json_schema", name: "answer", strict: true, schema };
}
