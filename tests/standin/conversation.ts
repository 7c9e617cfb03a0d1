import type { Tokens } from "../../scripts/standin/tokens.ts";
import type { Standin } from "../../scripts/standin/types.ts";
import { ask, SESSION, user } from "./client.ts";

/** An item of a conversation on the wire. */
export type Item = Readonly<Record<string, unknown>>;

/** What one request brought. */
export interface Answer {
  readonly status: number;
  readonly text: string;
  readonly items: readonly Item[];
  readonly usage: Record<string, number> | undefined;
  readonly endTurn: boolean | undefined;
  /** The whole body. */
  readonly body: string;
}

/** How a conversation is sent. */
export interface TalkOptions {
  readonly session?: string;
  readonly lite?: boolean;
  readonly model?: string;
  /** Further fields of the body. */
  readonly body?: Record<string, unknown>;
  /** The names of the functions offered. */
  readonly tools?: readonly string[];
}

const LITE = { "x-openai-internal-codex-responses-lite": "true" };

/** A conversation by the book: what came goes back as it is, and the turn state within its turn. */
export class Talk {
  readonly items: Item[] = [];
  readonly #standin: Standin;
  readonly #tokens: Tokens;
  readonly #options: TalkOptions;
  #state: string | undefined;

  constructor(standin: Standin, tokens: Tokens, options: TalkOptions = {}) {
    this.#standin = standin;
    this.#tokens = tokens;
    this.#options = options;
  }

  /** One turn: the person's words, and a result for each call until there is none. */
  async say(
    prompt: string,
    result: (call: Item) => unknown = () => "done",
  ): Promise<Answer[]> {
    this.items.push(user(prompt));
    const answers: Answer[] = [];
    for (let round = 0; round < 12; round++) {
      const answer = await this.send();
      answers.push(answer);
      this.items.push(...answer.items);
      const calls = answer.items.filter(isCall);
      this.items.push(...calls.map((call) => ({
        type: `${call["type"]}_output`,
        call_id: call["call_id"],
        output: result(call),
      })));
      if (calls.length === 0 && answer.endTurn !== false) break;
    }
    this.#state = undefined;
    return answers;
  }

  /** One request with these items, the conversation's when absent. */
  async send(items: readonly Item[] = this.items): Promise<Answer> {
    const { lite = false, session = SESSION, model, body = {} } = this.#options;
    const names = this.#options.tools ?? ["read_file"];
    const tools = names.map((name) => ({
      type: "function",
      name,
      strict: false,
      parameters: { type: "object" },
    }));
    const response = await ask(this.#standin, this.#tokens, {
      session,
      without: lite ? ["instructions"] : [],
      headers: {
        ...(lite ? LITE : {}),
        "x-codex-turn-state": this.#state,
      },
      body: {
        model: model ?? (lite ? "gpt-6.1-sol" : "gpt-5"),
        ...(lite
          ? {
            input: [
              {
                type: "additional_tools",
                role: "developer",
                tools: [{
                  type: "namespace",
                  name: "functions",
                  description: "",
                  tools,
                }],
              },
              { ...user("Be brief."), role: "developer" },
              ...items,
            ],
            parallel_tool_calls: false,
            reasoning: {
              effort: "high",
              summary: "auto",
              context: "all_turns",
            },
          }
          : { input: items, ...(tools.length === 0 ? {} : { tools }) }),
        ...body,
      },
    });
    this.#state = response.headers.get("x-codex-turn-state") ?? this.#state;
    return read(response.status, await response.text());
  }

  /** Starts the next request without a turn state. */
  forgetTurn(): void {
    this.#state = undefined;
  }
}

/** Tells whether an item is a call of the client's tools. */
export function isCall({ type }: Item): boolean {
  return type === "function_call" || type === "custom_tool_call";
}

/** Reads what a stream brought to its end. */
export function read(status: number, body: string): Answer {
  const events = [...body.matchAll(/^data: (\{[^\n]*)/gm)]
    .map((match) => JSON.parse(match[1] ?? ""));
  const items: Item[] = events
    .filter(({ type }) => type === "response.output_item.done")
    .map(({ item }) => item);
  const end = events.find(({ type }) => type === "response.completed");
  return {
    status,
    body,
    items,
    text: items.filter(({ type }) => type === "message")
      .map(({ content }) =>
        Array.isArray(content) ? content.map(({ text }) => text).join("") : ""
      ).join(""),
    usage: end?.response.usage ?? undefined,
    endTurn: end?.response.end_turn,
  };
}
