import { type Access, type Turn, ULTRA } from "../../message.ts";
import { endpoint, identify } from "./address.ts";
import { messagesOf } from "./messages.ts";
import type { ChatRequest } from "./wire.ts";

/** OpenAI's models that do not reason refuse an effort, whoever serves them. */
const WITHOUT_REASONING =
  /^(?:openai\/)?(?:gpt-3|gpt-4|chatgpt-4o|gpt-[\d.]+-chat)/;

/** Models that are known to reason by their name. Of all others nothing is known but what a person says. */
const REASONING = /^(?:openai\/)?(?:o\d|gpt-\d|gpt-oss|codex)/;

/** Builds the request of one turn: `POST {base_url}/chat/completions`. */
export function encode(turn: Turn, access: Access): Request {
  const headers = identify(access);
  headers.set("accept", turn.whole ? "application/json" : "text/event-stream");
  headers.set("content-type", "application/json");
  return new Request(endpoint(access.baseUrl, "chat/completions"), {
    method: "POST",
    headers,
    body: JSON.stringify(chatRequest(turn, access)),
    // A redirect must not carry the key to another origin.
    redirect: "manual",
    signal: access.signal,
  });
}

/** The body of a turn. What nobody asked for is left out, since some server refuses it. */
export function chatRequest(
  turn: Turn,
  { reduced }: Pick<Access, "reduced">,
): ChatRequest {
  const { model, schema, maxTokens, temperature, tools } = turn;
  const effort = effortOf(turn);
  return {
    model,
    messages: messagesOf(turn),
    stream: !turn.whole,
    ...turn.whole || reduced ? {} : { stream_options: { include_usage: true } },
    ...effort === undefined ? {} : { reasoning_effort: effort },
    ...tools.length === 0 ? {} : {
      tools: tools.map(({ name, description, parameters }) => ({
        type: "function",
        function: { name, description, parameters },
      })),
    },
    ...schema === undefined ? {} : {
      response_format: {
        type: "json_schema",
        json_schema: { name: "answer", strict: true, schema },
      },
    },
    ...maxTokens === undefined ? {} : { max_completion_tokens: maxTokens },
    ...temperature === undefined ? {} : { temperature },
  };
}

/** An effort that a person named goes to every model but those that refuse it; the default one, to models known to reason. */
function effortOf({ model, effort, effortChosen }: Turn): string | undefined {
  if (WITHOUT_REASONING.test(model)) return undefined;
  if (!effortChosen && !REASONING.test(model)) return undefined;
  return effort === "ultra" ? ULTRA : effort;
}
