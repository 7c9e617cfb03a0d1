import { MekaError } from "../../errors.ts";
import type {
  EventBatch,
  FinishReason,
  StreamEvent,
  Usage,
} from "../../event.ts";
import type { SseMessage } from "../../sse/parse.ts";
import type { DecodeContext } from "../provider.ts";
import { explainStreamError } from "./explain.ts";
import { readItem } from "./items.ts";
import { ToldParts } from "./told_parts.ts";
import {
  type Json,
  messageParts,
  type Place,
  readCall,
  readEvent,
  reasoningText,
  searchText,
  type WireEvent,
} from "./wire.ts";

/**
 * Turns the messages of a Responses stream into events (reference 11). What is told is the deltas; an item of which no
 * delta came is told from its `done` event. Only `response.completed` ends it well.
 *
 * @throws {MekaError} for `response.failed`, `response.incomplete` and `error`, for a malformed event, and when the
 * messages end without a last word; events that came before are handed out first.
 */
export async function* decode(
  messages: AsyncIterable<readonly SseMessage[]>,
  context: DecodeContext,
): AsyncGenerator<EventBatch, void, undefined> {
  const answer = new Answer(context);
  for await (const batch of messages) {
    const events: StreamEvent[] = [];
    try {
      for (const message of batch) {
        const event = readEvent(message);
        if (event === undefined) continue;
        answer.read(event, events);
        if (answer.ended) break;
      }
    } catch (error) {
      if (events.length > 0) yield events;
      throw error;
    }
    if (events.length > 0) yield events;
    if (answer.ended) return;
  }
  throw new MekaError("network", "Connection closed before the answer ended", {
    retry: {},
  });
}

/** What must be known of an answer so far to read its next event. */
class Answer {
  readonly #context: DecodeContext;
  readonly #told = new ToldParts();
  #calls = 0;
  ended = false;

  constructor(context: DecodeContext) {
    this.#context = context;
  }

  read(event: WireEvent, events: StreamEvent[]): void {
    switch (event.type) {
      case "text":
        this.#told.add(event.place);
        events.push({ type: "text", delta: event.delta });
        break;
      case "reasoning":
        // A summary is repeated by its item only, as a whole.
        this.#told.add({ ...event.place, contentIndex: undefined });
        events.push({ type: "reasoning", delta: event.delta });
        break;
      case "part":
        this.#part(event.text, event.place, events);
        break;
      case "reasoning_part":
        if (event.index > 0) events.push({ type: "reasoning", delta: "\n\n" });
        break;
      case "item":
        this.#item(event.item, event.place, events);
        break;
      case "limits":
        events.push({ type: "limits", limits: event.limits });
        break;
      case "rerouted": {
        const message = reroutedMessage(this.#context.model, event.model);
        if (message !== undefined) events.push({ type: "warning", message });
        break;
      }
      case "completed":
        this.#finish(
          this.#calls > 0 ? "tool_calls" : event.paused ? "pause" : "stop",
          "completed",
          event.usage,
          events,
        );
        break;
      case "incomplete":
        this.#finish(
          incompleteReason(event.reason),
          event.reason ?? "incomplete",
          event.usage,
          events,
        );
        break;
      case "failed":
        throw explainStreamError(event.error, this.#context);
      default:
        event satisfies never;
    }
  }

  /** Tells a part, unless its deltas or an earlier repetition did. */
  #part(text: string, place: Place, events: StreamEvent[]): void {
    if (text === "" || this.#told.has(place)) return;
    this.#told.add(place);
    events.push({ type: "text", delta: text });
  }

  #item(item: Json, place: Place, events: StreamEvent[]): void {
    for (const [contentIndex, text] of messageParts(item).entries()) {
      this.#part(text, { ...place, contentIndex }, events);
    }
    const reasoning = reasoningText(item);
    if (reasoning !== "" && !this.#told.has(place)) {
      events.push({ type: "reasoning", delta: reasoning });
    }
    this.#told.endItem();
    const call = readCall(item);
    if (call !== undefined) {
      this.#calls++;
      events.push({ type: "tool_call", ...call });
    }
    const search = searchText(item);
    if (search !== undefined) {
      events.push({ type: "note", message: `Searched the web: ${search}` });
    }
    events.push({ type: "replay", item: readItem(item) });
  }

  #finish(
    reason: FinishReason,
    raw: string,
    usage: Usage | undefined,
    events: StreamEvent[],
  ): void {
    events.push({ type: "finish", reason, raw, usage });
    this.ended = true;
  }
}

/** The warning that another model answers than the one asked for; a dated snapshot of that one is the same. */
export function reroutedMessage(
  asked: string,
  answering: string,
): string | undefined {
  if (answering === asked || answering.startsWith(`${asked}-20`)) {
    return undefined;
  }
  return `The service answers with the model "${answering}" instead of "${asked}"`;
}

function incompleteReason(reason: string | undefined): FinishReason {
  if (reason === "max_output_tokens") return "length";
  return reason === "content_filter" ? "content_filter" : "other";
}
