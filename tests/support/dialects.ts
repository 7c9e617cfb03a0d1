// deno-lint-ignore-file camelcase -- names are the servers'
import type { Credential } from "../../src/message.ts";
import { type ProviderName, PROVIDERS } from "../../src/providers/mod.ts";
import { KEY, SIGN_IN } from "./turn.ts";

/** How a provider's server says things, for tests that are the same for all of them. */
export interface Dialect {
  readonly credential: Credential;
  /** Its last word is left out. */
  text(delta: string): string;
  reasoning(delta: string): string;
  call(id: string, name: string, json: string): string;
  /** The last word of an answer, with 12 tokens in, 4 of them cached, and 3 out, 2 of them thought. */
  end(reason: "stop" | "tool_calls" | "length" | "content_filter"): string;
  failure(code: string): string;
  /** The body of a failure that has a status. */
  body(code: string, message: string): string;
}

const chunk = (delta: unknown, more = {}): string =>
  message({ choices: [{ index: 0, delta, ...more }] });

/** Every provider's; one that is missing does not compile. */
export const DIALECTS: Readonly<Record<ProviderName, Dialect>> = {
  "openai-codex": {
    credential: SIGN_IN,
    text: (delta) => message({ type: "response.output_text.delta", delta }),
    reasoning: (delta) =>
      message({ type: "response.reasoning_summary_text.delta", delta }),
    call: (id, name, json) => {
      const item = {
        type: "function_call",
        call_id: id,
        name,
        arguments: json,
      };
      return message({ type: "response.output_item.done", item });
    },
    end: (reason) => {
      const usage = {
        input_tokens: 12,
        input_tokens_details: { cached_tokens: 4 },
        output_tokens: 3,
        output_tokens_details: { reasoning_tokens: 2 },
        total_tokens: 15,
      };
      if (reason === "stop" || reason === "tool_calls") {
        return message({ type: "response.completed", response: { usage } });
      }
      const incomplete_details = {
        reason: reason === "length" ? "max_output_tokens" : reason,
      };
      const response = { usage, incomplete_details };
      return message({ type: "response.incomplete", response });
    },
    failure: (code) =>
      message({
        type: "response.failed",
        response: { error: { code, message: "Told so" } },
      }),
    body: (code, message) => JSON.stringify({ error: { code, message } }),
  },
  "openai-api": {
    credential: KEY,
    text: (content) => chunk({ content }),
    reasoning: (reasoning_content) => chunk({ reasoning_content }),
    call: (id, name, json) =>
      chunk({
        tool_calls: [{ index: 0, id, function: { name, arguments: json } }],
      }),
    end: (reason) => {
      const usage = {
        prompt_tokens: 12,
        prompt_tokens_details: { cached_tokens: 4 },
        completion_tokens: 3,
        completion_tokens_details: { reasoning_tokens: 2 },
        total_tokens: 15,
      };
      return chunk({}, { finish_reason: reason }) +
        message({ choices: [], usage }) + "data: [DONE]\n\n";
    },
    failure: (code) => message({ error: { code, message: "Told so" } }),
    body: (code, message) => JSON.stringify({ error: { code, message } }),
  },
};

/** Each provider's name with its dialect. */
export const SPOKEN = Object.keys(PROVIDERS).filter(isProvider)
  .map((name) => [name, DIALECTS[name]] as const);

function isProvider(name: string): name is ProviderName {
  return Object.hasOwn(PROVIDERS, name);
}

function message(data: unknown): string {
  return `data: ${JSON.stringify(data)}\n\n`;
}
