import type { ChatStandin } from "../../../scripts/standin/chat/types.ts";
import { askChat, WHOLE } from "./client.ts";
import { readChat } from "./read.ts";

/** A message on the wire. */
export type Message = Readonly<Record<string, unknown>>;

/** What one request brought. */
export interface ChatAnswer {
  readonly status: number;
  readonly text: string;
  /** The calls, each `NAME ARGUMENTS`. */
  readonly calls: readonly string[];
  readonly usage: Readonly<Record<string, number>> | undefined;
  readonly body: string;
}

/** How a conversation is sent. */
export interface ChatTalkOptions {
  readonly whole?: boolean;
  /** Further fields of the body. */
  readonly body?: Readonly<Record<string, unknown>>;
}

interface Call {
  readonly id: string;
  readonly type: "function";
  readonly function: { readonly name: string; readonly arguments: string };
}

/** A conversation by the book: what was said comes back as it was. */
export class ChatTalk {
  readonly messages: Message[] = [];
  readonly #standin: ChatStandin;
  readonly #options: ChatTalkOptions;

  constructor(standin: ChatStandin, options: ChatTalkOptions = {}) {
    this.#standin = standin;
    this.#options = options;
  }

  /** One turn: the person's words, and a result for each call until there is none. */
  async say(
    prompt: string,
    result: (call: Call) => string = () => "done",
  ): Promise<ChatAnswer[]> {
    this.messages.push({ role: "user", content: prompt });
    const answers: ChatAnswer[] = [];
    for (let round = 0; round < 12; round++) {
      const { answer, calls } = await this.#ask();
      answers.push(answer);
      const content = answer.text === "" && calls.length > 0
        ? null
        : answer.text;
      this.messages.push({
        role: "assistant",
        content,
        ...(calls.length === 0 ? {} : { ["tool_calls"]: calls.map(repaired) }),
      });
      if (calls.length === 0) break;
      this.messages.push(...calls.map((call) => ({
        role: "tool",
        ["tool_call_id"]: call.id,
        content: result(call),
      })));
    }
    return answers;
  }

  /** One request with these messages, the conversation's when absent. */
  async send(
    messages: readonly Message[] = this.messages,
  ): Promise<ChatAnswer> {
    return (await this.#ask(messages)).answer;
  }

  async #ask(
    messages: readonly Message[] = this.messages,
  ): Promise<{ answer: ChatAnswer; calls: Call[] }> {
    const { whole = false, body = {} } = this.#options;
    const response = await askChat(this.#standin, {
      body: { ...(whole ? WHOLE : {}), messages, ...body },
    });
    const text = await response.text();
    const read = whole || response.status !== 200
      ? readWhole(text)
      : readStream(text);
    const { calls } = read;
    const told = calls.map(({ function: { name, arguments: given } }) =>
      `${name} ${given}`
    );
    const { status } = response;
    return {
      answer: { ...read, status, calls: told, body: text },
      calls: [...calls],
    };
  }
}

/** What is read of an answer, whichever way it came. */
interface Said {
  readonly text: string;
  readonly calls: readonly Call[];
  readonly usage: Readonly<Record<string, number>> | undefined;
}

function readStream(stream: string): Said {
  const { text, calls, usage } = readChat(stream);
  return {
    text,
    calls: calls.map(({ id = "", ...named }) => ({
      id,
      type: "function",
      function: named,
    })),
    usage: usage as Said["usage"],
  };
}

function readWhole(text: string): Said {
  const { choices, usage } = JSON.parse(text);
  const { content, ["tool_calls"]: calls = [] } = choices?.[0].message ?? {};
  const bare = calls.map(({ index: _, ...call }: Record<string, unknown>) =>
    call
  );
  return { text: content ?? "", calls: bare, usage };
}

/** Arguments that are no JSON object must not be sent back as they are. */
function repaired(call: Call): Call {
  try {
    const given = JSON.parse(call.function.arguments);
    if (given?.constructor === Object) return call;
  } catch {
    // Not JSON.
  }
  return { ...call, function: { ...call.function, arguments: "{}" } };
}
