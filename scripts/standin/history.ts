import { type Body, object } from "./json_object.ts";

/** One thing of a conversation, as the request brings it. */
export interface Entry {
  readonly kind:
    | "system"
    | "user"
    | "assistant"
    | "reasoning"
    | "call"
    | "output"
    | "other";
  /** What was said; of a call its name and arguments, of reasoning its summary. */
  readonly text: string;
  /** How many pictures it has. */
  readonly images: number;
}

/** A call with what it brought. */
export interface MadeCall {
  readonly name: string;
  readonly arguments: string;
  /** The text of its result; `[image]` stands where a picture was. */
  readonly output: string;
}

/** The fields of a JSON array's objects. */
export function objects(list: unknown): Body[] {
  return (Array.isArray(list) ? list : []).map((entry) => object(entry) ?? {});
}

/** The text of a content, be it a text or a list of parts. */
export function contentText(content: unknown, image = ""): string {
  if (typeof content === "string") return content;
  return objects(content).map((part) => {
    const text = part["text"] ?? part["refusal"];
    if (typeof text === "string") return text;
    return isImage(part) ? image : "";
  }).join("");
}

/** How many pictures a content has. */
export function imagesIn(content: unknown): number {
  return objects(content).filter(isImage).length;
}

/** Where the last message of a person stands: the last one of the role that has any text. */
export function lastAsked(messages: readonly Body[]): number {
  return messages.findLastIndex(({ role, content }) =>
    role === "user" && contentText(content) !== ""
  );
}

/** Reads a conversation from the input of a Codex request. */
export function codexHistory(input: readonly Body[]): Entry[] {
  return input.flatMap((item): Entry[] => {
    const { type, role, content } = item;
    switch (type) {
      case "message":
        return [{
          kind: role === "user" || role === "assistant" ? role : "system",
          text: contentText(content),
          images: imagesIn(content),
        }];
      case "reasoning":
        return [entry("reasoning", contentText(item["summary"]))];
      case "function_call":
      case "custom_tool_call":
        return [
          entry(
            "call",
            `${item["name"]} ${item["arguments"] ?? item["input"]}`,
          ),
        ];
      case "function_call_output":
      case "custom_tool_call_output":
        return [{
          kind: "output",
          text: contentText(item["output"]),
          images: imagesIn(item["output"]),
        }];
      case "additional_tools":
        return [];
      default:
        return [entry("other", String(type))];
    }
  });
}

/** The calls since the last message of a person that have a result. */
export function codexMade(input: readonly Body[]): MadeCall[] {
  const turn = input.slice(lastAsked(input) + 1);
  const outputs = new Map(
    turn.filter(({ output }) => output !== undefined)
      .map((item) => [item["call_id"], item["output"]]),
  );
  return turn.flatMap((item): MadeCall[] => {
    const { call_id: id, name } = item;
    if (typeof name !== "string" || !outputs.has(id)) return [];
    return [{
      name,
      arguments: String(item["arguments"] ?? item["input"]),
      output: contentText(outputs.get(id), "[image]"),
    }];
  });
}

function entry(kind: Entry["kind"], text: string): Entry {
  return { kind, text, images: 0 };
}

function isImage({ type }: Body): boolean {
  return type === "input_image" || type === "image_url";
}
