import {
  contentText,
  type Entry,
  imagesIn,
  lastAsked,
  type MadeCall,
  objects,
} from "../history.ts";
import { type Body, object } from "../json_object.ts";
import { randomText } from "../tokens.ts";
import type { ChatPlay } from "./scenario.ts";

/** What the server knows about a request besides its body. */
export type ChatFacts = Pick<
  ChatPlay,
  | "profile"
  | "key"
  | "attempt"
  | "sent"
  | "tokens"
  | "window"
  | "now"
  | "elsewhere"
  | "complain"
  | "limit"
>;

/** Reads what a scenario may want to know from a body that has passed the checks. */
export function readChatPlay(body: Body, facts: ChatFacts): ChatPlay {
  const messages = objects(body["messages"]);
  // Pictures that a tool found come as a message of a person, too, but without a word.
  const asked = messages[lastAsked(messages)] ??
    messages.findLast(({ role }) => role === "user") ?? {};
  const options = object(body["stream_options"]);
  const format = object(object(body["response_format"])?.["json_schema"]);
  const tool = object(objects(body["tools"])[0]?.["function"])?.["name"];
  return {
    ...facts,
    id: `${facts.profile.dialect.idPrefix}${randomText(21)}`,
    model: String(body["model"]),
    createdAt: Math.floor(facts.now / 1000),
    prompt: contentText(asked["content"]),
    images: imagesIn(asked["content"]),
    stream: body["stream"] === true,
    streamOptions: options !== undefined,
    wantsUsage: options?.["include_usage"] === true,
    tool: typeof tool === "string" ? tool : "read_file",
    toolOutputs: outputs(messages),
    schema: typeof format?.["name"] === "string" ? format["name"] : undefined,
    shape: object(format?.["schema"]),
    parallel: body["parallel_tool_calls"] !== false,
    history: () => messages.flatMap(entriesOf),
    made: () => madeCalls(messages.slice(lastAsked(messages) + 1)),
  };
}

/** What the person said last; older messages are history. */
export function chatPrompt(body: Body): string {
  const messages = objects(body["messages"]);
  return contentText(messages[lastAsked(messages)]?.["content"]);
}

function outputs(messages: readonly Body[]): string[] {
  const last = messages.findLastIndex(({ role }) => role !== "tool");
  return messages.slice(last + 1).map(({ content }) => contentText(content));
}

function entriesOf(message: Body): Entry[] {
  const { role, content, tool_calls: calls } = message;
  const kind = role === "tool"
    ? "output"
    : role === "user" || role === "assistant"
    ? role
    : "system";
  const said: Entry = {
    kind,
    text: contentText(content),
    images: imagesIn(content),
  };
  return [
    ...kind === "assistant" && said.text === "" ? [] : [said],
    ...objects(calls).map((call): Entry => {
      const named = object(call["function"]);
      const text = `${named?.["name"]} ${named?.["arguments"]}`;
      return { kind: "call", text, images: 0 };
    }),
  ];
}

/** The calls with their results; pictures come in a message of their own behind the results, and count for the last. */
function madeCalls(turn: readonly Body[]): MadeCall[] {
  const results = new Map(
    turn.filter(({ role }) => role === "tool")
      .map((message) => [message["tool_call_id"], message["content"]]),
  );
  const made: { name: string; arguments: string; output: string }[] = [];
  for (const message of turn) {
    if (message["role"] === "user") {
      const last = made.at(-1);
      const pictures = "[image]".repeat(imagesIn(message["content"]));
      if (last !== undefined) last.output += pictures;
    }
    for (const call of objects(message["tool_calls"])) {
      const named = object(call["function"]);
      if (!results.has(call["id"])) continue;
      made.push({
        name: String(named?.["name"]),
        arguments: String(named?.["arguments"]),
        output: contentText(results.get(call["id"])),
      });
    }
  }
  return made;
}
