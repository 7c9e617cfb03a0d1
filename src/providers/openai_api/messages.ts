import type { ImagePart, Item, Part, Turn } from "../../message.ts";
import type { ChatCall, ChatMessage, ChatPart } from "./wire.ts";

/** A conversation as Chat Completions has it: a message of the model holds its text and its calls. */
export function messagesOf(
  { instructions, items }: Pick<Turn, "instructions" | "items">,
): readonly ChatMessage[] {
  const messages: ChatMessage[] = [{ role: "system", content: instructions }];
  // What tools brought must follow the calls at once, so their pictures wait for the last of them.
  let pictures: ImagePart[] = [];
  const showPictures = (): void => {
    if (pictures.length === 0) return;
    messages.push({ role: "user", content: pictures.map(chatPart) });
    pictures = [];
  };
  for (const item of items) {
    if (item.type === "result") {
      messages.push({
        role: "tool",
        tool_call_id: item.id,
        content: item.output,
      });
      pictures.push(...item.images);
      continue;
    }
    if (item.type === "call") {
      addCall(messages, item);
      continue;
    }
    showPictures();
    if (item.type === "user") {
      messages.push({ role: "user", content: userContent(item.parts) });
    } else if (item.type === "summary") {
      messages.push({ role: "user", content: item.text });
    } else if (item.type === "answer" && item.text !== "") {
      messages.push({ role: "assistant", content: item.text });
    }
  }
  showPictures();
  return messages;
}

function addCall(
  messages: ChatMessage[],
  { id, name, arguments: given }: Item & { readonly type: "call" },
): void {
  const call: ChatCall = {
    id,
    type: "function",
    function: { name, arguments: isObject(given) ? given : "{}" },
  };
  const last = messages.at(-1);
  const own = last?.role === "assistant"
    ? last
    : { role: "assistant" as const, content: null };
  if (own === last) messages.pop();
  messages.push({ ...own, tool_calls: [...own.tool_calls ?? [], call] });
}

/** Servers read the arguments of calls that come back to them, and refuse what they cannot read. */
function isObject(json: string): boolean {
  try {
    return /^\s*\{/.test(json) && JSON.parse(json) !== undefined;
  } catch {
    return false;
  }
}

/** Text alone goes as a string: not every server reads a list. */
function userContent(parts: readonly Part[]): string | readonly ChatPart[] {
  const [first, ...others] = parts;
  if (first?.type === "text" && others.length === 0) return first.text;
  return parts.map(chatPart);
}

function chatPart(part: Part): ChatPart {
  if (part.type === "text") return { type: "text", text: part.text };
  const url = `data:${part.mediaType};base64,${part.base64}`;
  return { type: "image_url", image_url: { url } };
}
