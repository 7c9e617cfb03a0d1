import { type Body, object } from "../json_object.ts";
import { randomText } from "../tokens.ts";
import type { ChatPlay } from "./scenario.ts";

/** What the server knows about a request besides its body. */
export type ChatFacts = Pick<
  ChatPlay,
  "profile" | "key" | "attempt" | "now" | "elsewhere" | "complain"
>;

/** Reads what a scenario may want to know from a body that has passed the checks. */
export function readChatPlay(body: Body, facts: ChatFacts): ChatPlay {
  const messages = objects(body["messages"]);
  const asked = messages.findLast(({ role }) => role === "user") ?? {};
  const options = object(body["stream_options"]);
  const format = object(object(body["response_format"])?.["json_schema"]);
  const tool = object(objects(body["tools"])[0]?.["function"])?.["name"];
  return {
    ...facts,
    id: `${facts.profile.dialect.idPrefix}${randomText(21)}`,
    model: String(body["model"]),
    createdAt: Math.floor(facts.now / 1000),
    prompt: textOf(asked["content"]),
    images: objects(asked["content"]).filter(({ type }) => type === "image_url")
      .length,
    stream: body["stream"] === true,
    streamOptions: options !== undefined,
    wantsUsage: options?.["include_usage"] === true,
    tool: typeof tool === "string" ? tool : "read_file",
    toolOutputs: outputs(messages),
    schema: typeof format?.["name"] === "string" ? format["name"] : undefined,
  };
}

/** The text of a message's content, images left out. */
export function textOf(content: unknown): string {
  if (typeof content === "string") return content;
  return objects(content).map(({ text }) =>
    typeof text === "string" ? text : ""
  ).join("");
}

function outputs(messages: readonly Body[]): string[] {
  const last = messages.findLastIndex(({ role }) => role !== "tool");
  return messages.slice(last + 1).map(({ content }) => textOf(content));
}

function objects(list: unknown): Body[] {
  return (Array.isArray(list) ? list : []).map((entry) => object(entry) ?? {});
}
