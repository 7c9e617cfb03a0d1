// deno-lint-ignore-file camelcase -- names are the server's
import { type Body, object } from "./json_object.ts";
import { toolListRefusal } from "./option_checks.ts";
import {
  apiError,
  detail,
  invalid,
  missing,
  unknownParameter,
  unsupportedValue,
} from "./refusals.ts";
import type { Reply } from "./scenario.ts";

/** What the check of the input needs to know. */
export interface InputFacts {
  /** Whether this ciphertext was made for the account that sends it. */
  readonly sealed: (ciphertext: string) => boolean;
}

/** Item types with their id prefix and the fields they may have besides `type` and `id`. */
const ITEMS: Readonly<
  Record<string, { prefix: string; fields: readonly string[] }>
> = {
  message: { prefix: "msg", fields: ["role", "content", "status", "phase"] },
  reasoning: {
    prefix: "rs",
    fields: ["summary", "content", "encrypted_content", "status"],
  },
  function_call: {
    prefix: "fc",
    fields: ["call_id", "name", "arguments", "status", "namespace"],
  },
  function_call_output: {
    prefix: "fc",
    fields: ["call_id", "output", "status"],
  },
  custom_tool_call: {
    prefix: "ctc",
    fields: ["call_id", "name", "input", "status"],
  },
  custom_tool_call_output: {
    prefix: "ctc",
    fields: ["call_id", "output", "status"],
  },
  web_search_call: { prefix: "ws", fields: ["status", "action"] },
  additional_tools: { prefix: "at", fields: ["role", "tools"] },
};

/** Content part types by role, with their fields. */
const PARTS: Readonly<
  Record<string, Readonly<Record<string, readonly string[]>>>
> = {
  user: { input_text: ["text"], input_image: ["image_url", "detail"] },
  developer: { input_text: ["text"] },
  assistant: {
    output_text: ["text", "annotations", "logprobs"],
    refusal: ["refusal"],
  },
};

/** Answers the way the backend refuses a list of input items, or nothing for one it takes. */
export function inputRefusal(
  input: readonly unknown[],
  facts: InputFacts,
): Reply | undefined {
  if (input.length === 0) {
    return invalid(
      "input",
      "Invalid 'input': empty array. Expected at least one item.",
    );
  }
  for (const [n, entry] of input.entries()) {
    const item = object(entry);
    const refusal = item === undefined
      ? invalid(
        `input[${n}]`,
        `Invalid type for 'input[${n}]': expected an object.`,
      )
      : itemRefusal(item, `input[${n}]`, facts);
    if (refusal !== undefined) return refusal;
  }
  const items = input.map((entry) => object(entry) ?? {});
  return duplicateRefusal(items) ?? pairRefusal(items);
}

function itemRefusal(
  item: Body,
  path: string,
  facts: InputFacts,
): Reply | undefined {
  const { type, id } = item;
  if (item["role"] === "system") {
    return detail("System messages are not allowed");
  }
  if (type === undefined) {
    const field = Object.keys(item).find((name) => name === "content") ??
      Object.keys(item)[0] ?? "type";
    return unknownParameter(`${path}.${field}`);
  }
  if (typeof type !== "string" || !Object.hasOwn(ITEMS, type)) {
    return unsupportedValue(`${path}.type`, type, Object.keys(ITEMS));
  }
  const shape = ITEMS[type];
  if (shape === undefined) {
    return unsupportedValue(`${path}.type`, type, Object.keys(ITEMS));
  }
  if (
    id !== undefined && (typeof id !== "string" || !id.startsWith(shape.prefix))
  ) {
    return invalid(
      `${path}.id`,
      `Invalid '${path}.id': '${id}'. Expected an ID that begins with '${shape.prefix}'.`,
    );
  }
  const extra = Object.keys(item).find((name) =>
    !["type", "id", ...shape.fields].includes(name)
  );
  if (extra !== undefined) return unknownParameter(`${path}.${extra}`);
  switch (type) {
    case "message":
      return messageRefusal(item, path);
    case "reasoning":
      return reasoningRefusal(item, path, facts);
    case "function_call":
      return stringsRefusal(item, path, ["call_id", "name", "arguments"]);
    case "function_call_output":
    case "custom_tool_call_output":
      return stringsRefusal(item, path, ["call_id"]) ??
        outputRefusal(item["output"], `${path}.output`);
    case "custom_tool_call":
      return stringsRefusal(item, path, ["call_id", "name", "input"]);
    case "additional_tools":
      return stringsRefusal(item, path, ["role"]) ??
        toolListRefusal(item["tools"], `${path}.tools`);
    default:
      return undefined;
  }
}

function messageRefusal(item: Body, path: string): Reply | undefined {
  const role = String(item["role"]);
  const parts = Object.hasOwn(PARTS, role) ? PARTS[role] : undefined;
  if (parts === undefined) {
    return unsupportedValue(`${path}.role`, role, Object.keys(PARTS));
  }
  const content = item["content"];
  if (!Array.isArray(content)) {
    return invalid(
      `${path}.content`,
      `Invalid type for '${path}.content': expected an array of objects.`,
    );
  }
  if (content.length === 0) {
    return invalid(
      `${path}.content`,
      `Invalid '${path}.content': empty array.`,
    );
  }
  for (const [n, entry] of content.entries()) {
    const part = object(entry) ?? {};
    const at = `${path}.content[${n}]`;
    const type = String(part["type"]);
    if (!Object.hasOwn(parts, type)) {
      return unsupportedValue(`${at}.type`, part["type"], Object.keys(parts));
    }
    const extra = Object.keys(part).find((name) =>
      name !== "type" && !parts[type]?.includes(name)
    );
    if (extra !== undefined) return unknownParameter(`${at}.${extra}`);
    if (type === "input_image") {
      const refusal = imageRefusal(part, at);
      if (refusal !== undefined) return refusal;
    } else {
      const refusal = stringsRefusal(part, at, [
        type === "refusal" ? "refusal" : "text",
      ]);
      if (refusal !== undefined) return refusal;
    }
  }
  return undefined;
}

function imageRefusal(part: Body, at: string): Reply | undefined {
  const url = typeof part["image_url"] === "string" ? part["image_url"] : "";
  const data =
    /^data:image\/(?:png|jpeg|gif|webp);base64,([A-Za-z0-9+/]+={0,2})$/.exec(
      url,
    )?.[1];
  if (data === undefined || data.length % 4 !== 0) {
    const message =
      `Invalid '${at}.image_url'. Expected a base64-encoded data URL with an image MIME type ` +
      `(e.g. 'data:image/png;base64,aW1nIGJ5dGVzIGhlcmU='), but got something else.`;
    return invalid(`${at}.image_url`, message);
  }
  const details = ["auto", "low", "high", "original"];
  if (
    part["detail"] !== undefined && !details.includes(String(part["detail"]))
  ) {
    return unsupportedValue(`${at}.detail`, part["detail"], details);
  }
  return undefined;
}

function reasoningRefusal(
  item: Body,
  path: string,
  facts: InputFacts,
): Reply | undefined {
  if (!Array.isArray(item["summary"])) {
    return missing(`${path}.summary`);
  }
  const ciphertext = item["encrypted_content"];
  if (typeof ciphertext !== "string") {
    const message =
      `Item with id '${
        item["id"]
      }' not found. Items are not persisted when \`store\` is set to false. ` +
      "Try again with `store` set to true, or remove this item from your input.";
    return apiError(404, null, message, "input");
  }
  if (facts.sealed(ciphertext)) return undefined;
  return apiError(
    400,
    "invalid_encrypted_content",
    `The encrypted content for item ${item["id"]} could not be verified.`,
  );
}

function outputRefusal(output: unknown, at: string): Reply | undefined {
  if (typeof output === "string" || Array.isArray(output)) return undefined;
  return invalid(
    at,
    `Invalid type for '${at}': expected one of an array of objects or string.`,
  );
}

/** No id comes twice, but for those of the stand-in's biggest answers, which are all the same. */
function duplicateRefusal(items: readonly Body[]): Reply | undefined {
  const ids = new Set<unknown>();
  for (const { id } of items) {
    if (id === undefined || String(id).includes("_standin")) continue;
    if (ids.has(id)) {
      return apiError(
        400,
        null,
        `Duplicate item found with id ${id}. Remove duplicate items from your input and try again.`,
        "input",
      );
    }
    ids.add(id);
  }
  return undefined;
}

/** Every output needs an earlier call, and every call an output. */
function pairRefusal(items: readonly Body[]): Reply | undefined {
  const open = new Map<string, string>();
  const closed = new Set<string>();
  for (const { type, call_id } of items) {
    const id = String(call_id);
    if (type === "function_call" || type === "custom_tool_call") {
      if (open.has(id) || closed.has(id)) {
        return invalid("input", `Duplicate tool call with call_id ${id}.`);
      }
      open.set(id, type);
    } else if (
      type === "function_call_output" || type === "custom_tool_call_output"
    ) {
      const kind = type === "function_call_output"
        ? "function call"
        : "custom tool call";
      if (open.get(id) !== type.replace("_output", "")) {
        return apiError(
          400,
          null,
          `No tool call found for ${kind} output with call_id ${id}.`,
          "input",
        );
      }
      open.delete(id);
      closed.add(id);
    }
  }
  const unanswered = open.keys().next().value;
  return unanswered === undefined ? undefined : apiError(
    400,
    null,
    `No tool output found for function call ${unanswered}.`,
    "input",
  );
}

function stringsRefusal(
  item: Body,
  path: string,
  names: readonly string[],
): Reply | undefined {
  const name = names.find((field) => typeof item[field] !== "string");
  if (name === undefined) return undefined;
  return missing(`${path}.${name}`);
}
