// deno-lint-ignore-file camelcase -- names are the server's
import type { ImagePart, Item, Made, Origin, Part } from "../../message.ts";
import { type Json, messageParts, readCall, reasoningText } from "./wire.ts";

/** What an id begins with, by the item's type (reference 8.2); an item with another id is refused. */
const ID_PREFIX: Readonly<Record<string, string>> = {
  message: "msg",
  reasoning: "rs",
  function_call: "fc",
  custom_tool_call: "ctc",
  web_search_call: "ws",
};

/** Reads a finished item of an answer (reference 8.2 and 11.2). */
export function readItem(raw: Json): Item {
  const made = { raw, origin: undefined };
  const call = readCall(raw);
  if (call !== undefined) return { type: "call", ...call, ...made };
  if (raw.type === "reasoning") {
    return { type: "reasoning", text: reasoningText(raw), ...made };
  }
  if (raw.type !== "message") return { type: "other", ...made };
  return { type: "answer", text: messageParts(raw).join(""), ...made };
}

/**
 * The items of a request's `input` (reference 8.2). What this account of this provider made goes back as it was received;
 * of what others made, the words and the calls are told anew, and what only they can read is left out.
 */
export function inputItems(items: readonly Item[], to: Origin): Json[] {
  const custom = new Set<string>();
  const ids = new CallIds();
  return items.flatMap((item, at): Json[] => {
    switch (item.type) {
      case "user":
        return [message("user", item.parts.map(contentPart))];
      case "summary":
        return [message("user", [{ type: "input_text", text: item.text }])];
      case "answer":
        if (isOwn(item, to)) return [received(item.raw)];
        // An empty content is refused.
        return item.text === "" ? [] : [
          message("assistant", [{ type: "output_text", text: item.text }]),
        ];
      case "call": {
        const own = isOwn(item, to);
        if (own && item.raw.type === "custom_tool_call") custom.add(item.id);
        const id = ids.begin(item.id);
        return [
          own && id === item.id ? received(item.raw) : {
            type: "function_call",
            call_id: id,
            name: item.name,
            arguments: item.arguments,
          },
        ];
      }
      case "result":
        return [{
          type: custom.has(item.id)
            ? "custom_tool_call_output"
            : "function_call_output",
          call_id: ids.current(item.id),
          output: item.images.length === 0 ? item.output : [
            { type: "input_text", text: item.output },
            ...item.images.map(contentPart),
          ],
        }];
      case "reasoning":
        // Without its ciphertext the service would look for it where nothing is kept.
        return isOwn(item, to) &&
            typeof item.raw.encrypted_content === "string" &&
            leadsOn(items, at, to)
          ? [received(item.raw)]
          : [];
      case "other":
        return isOwn(item, to) && item.raw.type === "web_search_call"
          ? [received(item.raw)]
          : [];
      default:
        return item satisfies never;
    }
  });
}

/** Other servers may give the calls of every answer the same ids; here one that was used before is refused. */
class CallIds {
  readonly #current = new Map<string, string>();

  begin(id: string): string {
    const before = this.#current.get(id);
    const next = before === undefined ? id : `${before}_again`;
    this.#current.set(id, next);
    return next;
  }

  current(id: string): string {
    return this.#current.get(id) ?? id;
  }
}

/** Tells whether something came of reasoning: where the stream broke right after it, it is refused by itself. */
function leadsOn(items: readonly Item[], at: number, to: Origin): boolean {
  let after = at + 1;
  while (items[after]?.type === "reasoning") after++;
  const next = items[after];
  return next !== undefined && "raw" in next && isOwn(next, to);
}

function isOwn<T extends Made>(
  item: T,
  { provider, account }: Origin,
): item is T & { readonly raw: Json } {
  return item.raw !== undefined && item.origin?.provider === provider &&
    item.origin.account === account;
}

/** An id that does not fit is better left out than refused. */
function received(raw: Json): Json {
  const { id, ...rest } = raw;
  const prefix = ID_PREFIX[String(raw.type)];
  const fits = prefix !== undefined && typeof id === "string" &&
    id.startsWith(prefix);
  return id === undefined || fits ? raw : rest;
}

function message(role: string, content: readonly Json[]): Json {
  return { type: "message", role, content };
}

function contentPart(part: Part | ImagePart): Json {
  if (part.type === "text") return { type: "input_text", text: part.text };
  return {
    type: "input_image",
    image_url: `data:${part.mediaType};base64,${part.base64}`,
  };
}
