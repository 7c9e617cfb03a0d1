import type { Limits, LimitWindow, Usage } from "../../event.ts";
import { MekaError } from "../../errors.ts";
import type { SseMessage } from "../../sse/parse.ts";

/** A JSON object of which nothing is known yet. */
export type Json = Readonly<Record<string, unknown>>;

/** Where a delta or a finished part belongs; a server may leave out any of it. */
export interface Place {
  readonly itemId: string | undefined;
  readonly outputIndex: number | undefined;
  /** The part of a message. */
  readonly contentIndex: number | undefined;
}

/** A failure in the service's own words (reference 12.1). */
export interface WireError {
  readonly code: string | undefined;
  readonly message: string | undefined;
  readonly status: number | undefined;
  readonly plan: string | undefined;
  /** Epoch seconds. */
  readonly resetsAt: number | undefined;
  readonly resetsInSeconds: number | undefined;
  /** The value of a `retry-after` header told inside the stream. */
  readonly retryAfter: string | undefined;
}

/** The stream's events that meka acts on (reference 11.2), read into checked types. */
export type WireEvent = Readonly<
  | { type: "text"; delta: string } & { place: Place }
  | { type: "reasoning"; delta: string } & { place: Place }
  | { type: "reasoning_part"; index: number }
  | { type: "part"; text: string; place: Place }
  | { type: "item"; item: Json; place: Place }
  | { type: "limits"; limits: Limits }
  | { type: "rerouted"; model: string }
  | { type: "completed"; usage: Usage | undefined; paused: boolean }
  | { type: "incomplete"; reason: string | undefined; usage: Usage | undefined }
  | { type: "failed"; error: WireError }
>;

/**
 * Reads one message of the stream; undefined for events that change nothing. The `type` inside `data` decides, whatever
 * the `event:` line says (reference 11.1).
 *
 * @throws {MekaError} "network", naming the event, when it is not JSON or a needed field is missing or wrong.
 */
export function readEvent(message: SseMessage): WireEvent | undefined {
  if (message.data === "[DONE]") return undefined;
  const event = parseObject(message.data);
  const type = event?.type;
  if (event === undefined || typeof type !== "string") {
    throw malformed(message.event);
  }
  switch (type) {
    case "response.output_text.delta":
    case "response.refusal.delta": // the model's words to the person, like any other text
      return {
        type: "text",
        delta: needText(event.delta, type),
        place: place(event),
      };
    case "response.reasoning_summary_text.delta":
    case "response.reasoning_text.delta":
      return {
        type: "reasoning",
        delta: needText(event.delta, type),
        place: place(event),
      };
    case "response.reasoning_summary_part.added":
      return {
        type: "reasoning_part",
        index: number(event.summary_index) ?? 0,
      };
    case "response.output_text.done":
      return {
        type: "part",
        text: text(event.text) ?? "",
        place: place(event),
      };
    case "response.refusal.done":
      return {
        type: "part",
        text: text(event.refusal) ?? "",
        place: place(event),
      };
    case "response.content_part.done":
      return { type: "part", text: partText(event.part), place: place(event) };
    case "response.output_item.done": {
      const item = needObject(event.item, type);
      return {
        type: "item",
        item,
        place: { ...place(event), itemId: text(item.id) },
      };
    }
    case "codex.rate_limits": {
      const limits = readRateLimits(event.rate_limits);
      return limits && { type: "limits", limits };
    }
    case "response.metadata": {
      const model = headerValue(event.headers, "openai-model");
      return model === undefined ? undefined : { type: "rerouted", model };
    }
    case "response.completed": {
      const response = needObject(event.response, type);
      return {
        type: "completed",
        usage: readUsage(response.usage),
        paused: response.end_turn === false,
      };
    }
    case "response.incomplete": {
      const response = needObject(event.response, type);
      return {
        type: "incomplete",
        reason: text(object(response.incomplete_details)?.reason),
        usage: readUsage(response.usage),
      };
    }
    case "response.failed":
      return {
        type: "failed",
        error: readError(needObject(event.response, type)),
      };
    case "error":
      return { type: "failed", error: readError(event) };
    default:
      return undefined;
  }
}

/** True for the two events that only repeat text already sent as deltas; the finished item repeats it a third time. */
export function isRepeated(head: string): boolean {
  return /^\s*\{\s*"type"\s*:\s*"response\.(?:output_text|content_part)\.done"/
    .test(head);
}

/** The error in a body or an event, wherever its parts are (reference 12.1). */
export function readError(body: Json): WireError {
  const error = object(body.error) ?? {};
  const detail = object(body.detail) ?? {};
  return {
    code: text(error.code) ?? text(error.type) ?? text(detail.code) ??
      text(body.code) ?? text(body.error),
    message: text(error.message) ?? text(body.detail) ?? text(detail.message) ??
      text(body.message),
    status: number(body.status),
    plan: text(error.plan_type),
    resetsAt: number(error.resets_at),
    resetsInSeconds: number(error.resets_in_seconds),
    retryAfter: headerValue(error.headers ?? body.headers, "retry-after"),
  };
}

/** The JSON object in a text, or undefined when it holds anything else. */
export function parseObject(json: string): Json | undefined {
  try {
    return object(JSON.parse(json));
  } catch {
    return undefined;
  }
}

/** What a person reads of each part of a finished message, in order. */
export function messageParts(item: Json): readonly string[] {
  if (item.type !== "message" || !Array.isArray(item.content)) return [];
  return item.content.map(partText);
}

/** The summary, or else the raw text, of a finished reasoning item, its parts as paragraphs. */
export function reasoningText(item: Json): string {
  if (item.type !== "reasoning") return "";
  const summary = Array.isArray(item.summary) ? item.summary : [];
  const content = Array.isArray(item.content) ? item.content : [];
  const parts = summary.length > 0 ? summary : content;
  return parts.map((part) => text(object(part)?.text) ?? "").filter((part) =>
    part !== ""
  ).join("\n\n");
}

/** What the service looked for on the web by itself, or the page it opened; undefined for other items. */
export function searchText(item: Json): string | undefined {
  if (item.type !== "web_search_call") return undefined;
  const action = object(item.action);
  const many = Array.isArray(action?.queries) ? action.queries : [];
  return text(action?.query) ?? text(many[0]) ?? text(action?.url) ?? "…";
}

/** A call the model made, as `--json` tells it, or undefined for other items and calls without a name. */
export function readCall(
  item: Json,
): { id: string; name: string; arguments: string } | undefined {
  const input = item.type === "function_call"
    ? item.arguments
    : item.type === "custom_tool_call"
    ? item.input
    : undefined;
  const id = text(item.call_id);
  const name = text(item.name);
  if (input === undefined || id === undefined || name === undefined) {
    return undefined;
  }
  return { id, name, arguments: text(input) ?? "" };
}

/** Both windows of the headers' `x-codex-` family (reference 14.1), or undefined when they tell none. */
export function readLimitHeaders(headers: Headers): Limits | undefined {
  const window = (name: string): LimitWindow | undefined => {
    const field = (suffix: string): number | undefined =>
      headerNumber(headers, `x-codex-${name}-${suffix}`);
    return limitWindow(
      field("used-percent"),
      field("window-minutes"),
      field("reset-at"),
    );
  };
  return bothWindows(window("primary"), window("secondary"));
}

/** A text, or undefined for anything else. */
export function text(value: unknown): string | undefined {
  return typeof value === "string" ? value : undefined;
}

function readRateLimits(value: unknown): Limits | undefined {
  const window = (name: string): LimitWindow | undefined => {
    const fields = object(object(value)?.[name]) ?? {};
    return limitWindow(
      number(fields.used_percent),
      number(fields.window_minutes),
      number(fields.reset_at),
    );
  };
  return bothWindows(window("primary"), window("secondary"));
}

function bothWindows(
  primary: LimitWindow | undefined,
  secondary: LimitWindow | undefined,
): Limits | undefined {
  return primary === undefined && secondary === undefined
    ? undefined
    : { primary, secondary };
}

/** A window counts only if its percentage is a number and at least one of the three is not zero (reference 14.1). */
export function limitWindow(
  used: number | undefined,
  minutes: number | undefined,
  reset: number | undefined,
): LimitWindow | undefined {
  if (used === undefined || !(used || minutes || reset)) return undefined;
  return { usedPercent: used, windowMinutes: minutes, resetsAt: reset };
}

function readUsage(value: unknown): Usage | undefined {
  const usage = object(value);
  if (usage === undefined) return undefined;
  return {
    inputTokens: number(usage.input_tokens),
    cachedInputTokens: number(
      object(usage.input_tokens_details)?.cached_tokens,
    ),
    outputTokens: number(usage.output_tokens),
    reasoningTokens: number(
      object(usage.output_tokens_details)?.reasoning_tokens,
    ),
    totalTokens: number(usage.total_tokens),
  };
}

function partText(value: unknown): string {
  const part = object(value);
  if (part?.type === "refusal") return text(part.refusal) ?? "";
  return part?.type === "output_text" ? text(part.text) ?? "" : "";
}

function place(event: Json): Place {
  return {
    itemId: text(event.item_id),
    outputIndex: number(event.output_index),
    contentIndex: number(event.content_index),
  };
}

function headerValue(headers: unknown, name: string): string | undefined {
  for (const [key, value] of Object.entries(object(headers) ?? {})) {
    if (key.toLowerCase() !== name) continue;
    if (typeof value === "string" || typeof value === "number") {
      return String(value);
    }
  }
  return undefined;
}

function headerNumber(headers: Headers, name: string): number | undefined {
  const value = headers.get(name)?.trim();
  return value ? number(Number(value)) : undefined;
}

/** A JSON object, or undefined for anything else. */
export function object(value: unknown): Json | undefined {
  return isObject(value) ? value : undefined;
}

function isObject(value: unknown): value is Json {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** A finite number, or undefined for anything else. */
export function number(value: unknown): number | undefined {
  return typeof value === "number" && Number.isFinite(value)
    ? value
    : undefined;
}

function needText(value: unknown, event: string): string {
  if (typeof value !== "string") throw malformed(event);
  return value;
}

function needObject(value: unknown, event: string): Json {
  return object(value) ?? fail(event);
}

function fail(event: string): never {
  throw malformed(event);
}

function malformed(event: string): MekaError {
  return new MekaError(
    "network",
    `The service sent a malformed "${event}" event`,
    { retry: {} },
  );
}
