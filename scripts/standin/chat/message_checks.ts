// deno-lint-ignore-file camelcase -- names are the server's
import { type Body, object } from "../json_object.ts";
import { type Problem, unknownField, wrongKind } from "./problem.ts";

/** The fields of a message besides `role` and `content`. */
const FIELDS: Readonly<Record<string, readonly string[]>> = {
  system: [],
  user: [],
  assistant: ["tool_calls", "refusal"],
  tool: ["tool_call_id"],
};
const DATA_URL =
  /^data:image\/(?:png|jpeg|gif|webp);base64,([A-Za-z0-9+/]+={0,2})$/;

/** The first thing that is wrong with the messages, or nothing. */
export function messagesProblem({ messages }: Body): Problem | undefined {
  if (!Array.isArray(messages) || messages.length === 0) {
    return wrongKind("messages", "an array with at least one message");
  }
  const list = messages.map((entry) => object(entry) ?? {});
  for (const [n, message] of list.entries()) {
    const problem = messageProblem(message, `messages[${n}]`);
    if (problem !== undefined) return problem;
  }
  return orderProblem(list) ?? pairProblem(list);
}

function messageProblem(message: Body, at: string): Problem | undefined {
  const role = String(message["role"]);
  const fields = Object.hasOwn(FIELDS, role) ? FIELDS[role] : undefined;
  if (fields === undefined) {
    return wrongKind(`${at}.role`, `one of ${Object.keys(FIELDS).join(", ")}`);
  }
  const known = ["role", "content", ...fields];
  const extra = Object.keys(message).find((name) => !known.includes(name));
  if (extra !== undefined) return unknownField(`${at}.${extra}`);
  const content = contentProblem(message, role, at);
  if (content !== undefined) return content;
  if (role === "assistant") return callsProblem(message, `${at}.tool_calls`);
  const { tool_call_id } = message;
  return role !== "tool" || isText(tool_call_id)
    ? undefined
    : wrongKind(`${at}.tool_call_id`, "the id of a call");
}

function contentProblem(
  { content, tool_calls }: Body,
  role: string,
  at: string,
): Problem | undefined {
  if (typeof content === "string") {
    // A person's empty message is refused by most chat templates.
    return content !== "" || role !== "user"
      ? undefined
      : wrongKind(`${at}.content`, "some text");
  }
  if (content === null || content === undefined) {
    return role === "assistant" && Array.isArray(tool_calls)
      ? undefined
      : wrongKind(`${at}.content`, "a string or an array of parts");
  }
  if (!Array.isArray(content) || content.length === 0) {
    return wrongKind(`${at}.content`, "a string or an array of parts");
  }
  for (const [n, entry] of content.entries()) {
    const path = `${at}.content[${n}]`;
    const problem = partProblem(object(entry) ?? {}, role, path);
    if (problem !== undefined) return problem;
  }
  return undefined;
}

function partProblem(
  part: Body,
  role: string,
  at: string,
): Problem | undefined {
  const { type } = part;
  // Only a person shows pictures.
  const types = role === "user" ? ["text", "image_url"] : ["text"];
  if (typeof type !== "string" || !types.includes(type)) {
    return wrongKind(`${at}.type`, `one of ${types.join(", ")}`);
  }
  const extra = Object.keys(part).find((name) =>
    ![type, "type"].includes(name)
  );
  if (extra !== undefined) return unknownField(`${at}.${extra}`);
  if (type === "text") {
    return typeof part["text"] === "string"
      ? undefined
      : wrongKind(`${at}.text`, "a string");
  }
  return imageProblem(object(part["image_url"]), `${at}.image_url`);
}

function imageProblem(
  image: Body | undefined,
  at: string,
): Problem | undefined {
  // A bare text instead of an object is Ollama's own leniency.
  if (image === undefined) return wrongKind(at, "an object");
  const extra = Object.keys(image).find((name) =>
    !["url", "detail"].includes(name)
  );
  if (extra !== undefined) return unknownField(`${at}.${extra}`);
  const data = DATA_URL.exec(String(image["url"]))?.[1];
  if (data === undefined || data.length % 4 !== 0) {
    return wrongKind(`${at}.url`, "a base64-encoded data URL of an image");
  }
  const detail = image["detail"] ?? "auto";
  return ["auto", "low", "high"].includes(String(detail))
    ? undefined
    : wrongKind(`${at}.detail`, "one of auto, low, high");
}

function callsProblem({ tool_calls }: Body, at: string): Problem | undefined {
  if (tool_calls === undefined) return undefined;
  if (!Array.isArray(tool_calls) || tool_calls.length === 0) {
    return wrongKind(at, "an array with at least one call");
  }
  for (const [n, entry] of tool_calls.entries()) {
    const call = object(entry) ?? {};
    const named = object(call["function"]) ?? {};
    const fine = Object.keys(call).sort().join() === "function,id,type" &&
      isText(call["id"]) && call["type"] === "function" &&
      Object.keys(named).sort().join() === "arguments,name" &&
      isText(named["name"]) && isJson(named["arguments"]);
    if (!fine) {
      return wrongKind(
        `${at}[${n}]`,
        "an id, the type function, a name, and arguments that are JSON",
      );
    }
  }
  return undefined;
}

/** System messages come first, as many chat templates demand, and somebody has the last word. */
function orderProblem(list: readonly Body[]): Problem | undefined {
  const roles = list.map(({ role }) => role);
  const first = roles.findIndex((role) => role !== "system");
  if (first < 0 || roles.lastIndexOf("system") > first) {
    return wrongKind("messages", "system messages before all others");
  }
  return roles.at(-1) !== "assistant"
    ? undefined
    : wrongKind("messages", "a user's or a tool's message at the end");
}

/** Results follow their calls at once, each call has one, and each result has a call. */
function pairProblem(list: readonly Body[]): Problem | undefined {
  let open = new Set<unknown>();
  for (const [n, message] of list.entries()) {
    if (message["role"] === "tool") {
      if (open.delete(message["tool_call_id"])) continue;
      return {
        param: `messages[${n}].role`,
        message:
          "Invalid parameter: messages with role 'tool' must be a response to a preceeding message with 'tool_calls'.",
      };
    }
    if (open.size > 0) return unanswered(open, n);
    const calls = message["tool_calls"];
    const ids = (Array.isArray(calls) ? calls : []).map((call) =>
      object(call)?.["id"]
    );
    open = new Set(ids);
    if (open.size < ids.length) {
      return wrongKind(`messages[${n}].tool_calls`, "ids that differ");
    }
  }
  return open.size > 0 ? unanswered(open, list.length) : undefined;
}

function unanswered(open: ReadonlySet<unknown>, n: number): Problem {
  return {
    param: `messages[${n}]`,
    message:
      `An assistant message with 'tool_calls' must be followed by tool messages responding to each 'tool_call_id'. Missing: ${
        [...open].join(", ")
      }`,
  };
}

function isText(value: unknown): boolean {
  return typeof value === "string" && value !== "";
}

function isJson(value: unknown): boolean {
  if (typeof value !== "string") return false;
  try {
    return object(JSON.parse(value)) !== undefined;
  } catch {
    return false;
  }
}
