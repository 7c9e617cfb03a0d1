// deno-lint-ignore-file camelcase -- names are the server's
import { MekaError } from "../../errors.ts";
import type { Usage } from "../../event.ts";
import type { ToolSpec } from "../../message.ts";
import type { SseMessage } from "../../sse/parse.ts";

/** A JSON object of which nothing is known yet. */
export type Json = Readonly<Record<string, unknown>>;

/** What goes to `/chat/completions`, field by field as meka sends it. */
export interface ChatRequest {
  readonly model: string;
  readonly messages: readonly ChatMessage[];
  readonly stream: boolean;
  readonly stream_options?: { readonly include_usage: true };
  readonly reasoning_effort?: string;
  readonly response_format?: {
    readonly type: "json_schema";
    readonly json_schema: {
      readonly name: string;
      readonly strict: true;
      readonly schema: Readonly<Record<string, unknown>>;
    };
  };
  readonly tools?: readonly {
    readonly type: "function";
    readonly function: ToolSpec;
  }[];
  readonly max_completion_tokens?: number;
  readonly temperature?: number;
}

/** One message of a conversation. */
export type ChatMessage =
  | { readonly role: "system"; readonly content: string }
  | { readonly role: "user"; readonly content: string | readonly ChatPart[] }
  | AssistantMessage
  | {
    readonly role: "tool";
    readonly tool_call_id: string;
    readonly content: string;
  };

/** What the model said, as it is sent back. */
export interface AssistantMessage {
  readonly role: "assistant";
  readonly content: string | null;
  readonly tool_calls?: readonly ChatCall[];
}

/** A part of what a person says. */
export type ChatPart =
  | { readonly type: "text"; readonly text: string }
  | {
    readonly type: "image_url";
    readonly image_url: { readonly url: string };
  };

/** A call the model made. */
export interface ChatCall {
  readonly id: string;
  readonly type: "function";
  readonly function: { readonly name: string; readonly arguments: string };
}

/** A failure in the server's own words, wherever it put them. */
export interface WireError {
  /** A word, as in OpenAI's `code`. */
  readonly code: string | undefined;
  readonly type: string | undefined;
  /** The request's field that it is about. */
  readonly param: string | undefined;
  readonly message: string | undefined;
  /** An HTTP status, which some servers call the code. */
  readonly status: number | undefined;
}

/** A piece of a call; what a server leaves out is undefined. */
export interface CallPiece {
  readonly index: number | undefined;
  readonly id: string | undefined;
  readonly name: string | undefined;
  readonly arguments: string;
}

/** What meka reads of a chunk, or of a whole answer. */
export interface WireChunk {
  readonly text: string;
  readonly reasoning: string;
  readonly calls: readonly CallPiece[];
  /** The server's word for why it stopped. */
  readonly finish: string | undefined;
  readonly usage: Usage | undefined;
}

/** One message of the stream. */
export type WireEvent =
  | { readonly type: "done" }
  | { readonly type: "failed"; readonly error: WireError }
  | { readonly type: "chunk"; readonly chunk: WireChunk };

/**
 * Reads one message of the stream; undefined for one that says nothing.
 *
 * @throws {MekaError} "network", naming the event, when it is not JSON, or when a field that is needed is wrong.
 */
export function readEvent({ event, data }: SseMessage): WireEvent | undefined {
  const json = data.trim();
  if (json === "") return undefined;
  if (json === "[DONE]") return { type: "done" };
  const fields = parseObject(json);
  if (fields !== undefined) {
    return event === "error" || isFailure(fields)
      ? { type: "failed", error: readError(fields) }
      : { type: "chunk", chunk: readChunk(fields) };
  }
  // A failure in plain words, as some gateways send it.
  if (event === "error") {
    return { type: "failed", error: readError({ error: json }) };
  }
  throw malformed(event);
}

/** Reads a chunk; a whole answer has the same shape, with `message` in the place of `delta`. */
export function readChunk(fields: Json): WireChunk {
  const choice = firstChoice(fields.choices);
  const delta = object(choice?.delta) ?? object(choice?.message) ?? {};
  const content = readContent(delta.content);
  // Some servers say it twice, under both names.
  const thought = readContent(delta.reasoning_content).text ||
    readContent(delta.reasoning).text;
  return {
    text: content.text + (text(delta.refusal) ?? ""),
    reasoning: thought + content.thinking,
    calls: readCalls(delta),
    finish: text(choice?.finish_reason) || undefined,
    usage: readUsage(fields.usage),
  };
}

/** Tells whether an object is a failure; it may be one beside its choices. */
export function isFailure(fields: Json): boolean {
  if (fields.error !== undefined && fields.error !== null) return true;
  return fields.object === "error" ||
    (fields.choices === undefined && fields.type === "error");
}

/** The error in a body or an event, in any of the shapes that servers have for it. */
export function readError(body: Json): WireError {
  const inner = object(body.error);
  const error = inner ?? body;
  return {
    code: text(error.code),
    type: text(error.type),
    param: text(error.param),
    message: text(inner?.message) ?? text(body.error) ?? text(body.message) ??
      text(body.detail) ?? text(object(body.detail)?.message) ??
      readDetails(body.detail),
    status: httpStatus(error.code) ?? httpStatus(error.status),
  };
}

/** The JSON object in a text, or the first of a list of them; undefined when it holds anything else. */
export function parseObject(json: string): Json | undefined {
  try {
    const value: unknown = JSON.parse(json);
    return object(Array.isArray(value) ? value[0] : value);
  } catch {
    return undefined;
  }
}

/** A text, or undefined for anything else. */
export function text(value: unknown): string | undefined {
  return typeof value === "string" ? value : undefined;
}

/** A JSON object, or undefined for anything else. */
export function object(value: unknown): Json | undefined {
  return isObject(value) ? value : undefined;
}

/** A finite number, or undefined for anything else. */
export function number(value: unknown): number | undefined {
  return typeof value === "number" && Number.isFinite(value)
    ? value
    : undefined;
}

/** One answer was asked for; what stands under another index is not it. */
function firstChoice(choices: unknown): Json | undefined {
  if (choices === undefined || choices === null) return undefined;
  if (!Array.isArray(choices)) throw malformed("message");
  return choices.map(object).find((choice) =>
    choice !== undefined && (number(choice.index) ?? 0) === 0
  );
}

/** A text, or a list of parts, some of which may be thinking. */
function readContent(
  content: unknown,
): { readonly text: string; readonly thinking: string } {
  if (typeof content === "string") return { text: content, thinking: "" };
  if (content === undefined || content === null) {
    return { text: "", thinking: "" };
  }
  if (!Array.isArray(content)) throw malformed("message");
  let said = "";
  let thinking = "";
  for (const part of content.map(object)) {
    if (part?.type === "thinking") {
      thinking += readContent(part.thinking).text;
    } else said += text(part?.text) ?? "";
  }
  return { text: said, thinking };
}

function readCalls(delta: Json): readonly CallPiece[] {
  // The form before `tool_calls`: one call, without an id.
  const old = object(delta.function_call);
  if (old !== undefined) return [readCall({ index: 0, function: old })];
  if (!Array.isArray(delta.tool_calls)) return [];
  return delta.tool_calls.map((call) => readCall(object(call) ?? {}));
}

function readCall(call: Json): CallPiece {
  const { name, arguments: given } = object(call.function) ?? {};
  return {
    index: number(call.index),
    id: text(call.id) || undefined,
    name: text(name) || undefined,
    // Some servers send the object itself.
    arguments: text(given) ?? (given ? JSON.stringify(given) : ""),
  };
}

function readUsage(value: unknown): Usage | undefined {
  const usage = object(value);
  if (usage === undefined) return undefined;
  const prompt = object(usage.prompt_tokens_details);
  const completion = object(usage.completion_tokens_details);
  return {
    inputTokens: number(usage.prompt_tokens),
    cachedInputTokens: number(prompt?.cached_tokens),
    outputTokens: number(usage.completion_tokens),
    reasoningTokens: number(completion?.reasoning_tokens),
    totalTokens: number(usage.total_tokens),
  };
}

/** What a validation told, item by item: `[{"loc": ["body", "x"], "msg": "…"}]`. */
function readDetails(value: unknown): string | undefined {
  if (!Array.isArray(value)) return undefined;
  return value.map(object).map((item) => {
    const where = Array.isArray(item?.loc) ? `${item.loc.join(".")}: ` : "";
    return `${where}${text(item?.msg) ?? "not valid"}`;
  }).join("; ");
}

function httpStatus(value: unknown): number | undefined {
  const status = Number(value);
  return Number.isInteger(status) && status >= 400 && status < 600
    ? status
    : undefined;
}

function malformed(event: string): MekaError {
  return new MekaError(
    "network",
    `The server sent a malformed "${event}" event`,
    { retry: {} },
  );
}

function isObject(value: unknown): value is Json {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
