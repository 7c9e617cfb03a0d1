// deno-lint-ignore-file camelcase -- names are the server's
import { MekaError } from "../../errors.ts";
import type {
  EventBatch,
  FinishReason,
  StreamEvent,
  Usage,
} from "../../event.ts";
import type { SseMessage } from "../../sse/parse.ts";
import type { DecodeContext } from "../provider.ts";
import { Calls } from "./calls.ts";
import { explainWireError } from "./explain.ts";
import {
  isFailure,
  parseObject,
  readChunk,
  readError,
  readEvent,
  type WireChunk,
  type WireEvent,
} from "./wire.ts";

/** The words that servers have for each way to stop, in small letters. */
const WORDS: Readonly<
  Record<Exclude<FinishReason, "other" | "pause">, string>
> = {
  stop: "stop stop_sequence end_turn end eos eos_token complete completed",
  length: "length max_tokens max_length model_length max_output_tokens",
  tool_calls: "tool_calls tool_call tool_use function_call",
  content_filter: "content_filter content_filtered safety",
};

/**
 * Turns the messages of a Chat Completions stream into events. A `finish_reason` or `[DONE]` ends the answer well, and
 * one of them must come; usage may follow the former.
 *
 * @throws {MekaError} for an error inside the stream, for a malformed event, and when the messages end without a last
 * word; events that came before are handed out first.
 */
export async function* decode(
  messages: AsyncIterable<readonly SseMessage[]>,
  context: DecodeContext,
): AsyncGenerator<EventBatch, void, undefined> {
  const answer = new Answer(context);
  const batches = messages[Symbol.asyncIterator]();
  try {
    for (;;) {
      const batch = await nextBatch(batches, answer);
      const events: StreamEvent[] = [];
      try {
        for (const message of batch) {
          const event = readEvent(message);
          if (event !== undefined) answer.read(event, events);
          if (answer.ended) break;
        }
      } catch (error) {
        if (events.length > 0) yield events;
        throw error;
      }
      if (events.length > 0) yield events;
      if (answer.ended) return;
    }
  } finally {
    await batches.return?.();
  }
}

const DONE: SseMessage = { event: "message", data: "[DONE]" };

/** The next messages. Where the answer is whole, the end of the stream stands for `[DONE]`, however it came about. */
async function nextBatch(
  batches: AsyncIterator<readonly SseMessage[]>,
  answer: Answer,
): Promise<readonly SseMessage[]> {
  try {
    const { value, done } = await batches.next();
    if (!done) return value;
    if (!answer.finished) throw cut();
  } catch (error) {
    // Only the token counts may be missing.
    if (!answer.finished || !isNetwork(error)) throw error;
  }
  return [DONE];
}

/**
 * Reads an answer that is one JSON text.
 *
 * @throws {MekaError} for an error in its place, and when it is cut or no answer.
 */
export function decodeWhole(body: string, context: DecodeContext): EventBatch {
  const fields = parseObject(body);
  if (fields === undefined) throw cut();
  if (isFailure(fields)) throw explainWireError(readError(fields), context);
  if (!Array.isArray(fields.choices)) {
    throw new MekaError("network", "The server sent JSON that is no answer", {
      hint: "Check the base URL",
    });
  }
  const answer = new Answer(context);
  const events: StreamEvent[] = [];
  answer.read({ type: "chunk", chunk: readChunk(fields) }, events);
  if (!answer.ended) answer.read({ type: "done" }, events);
  return events;
}

/** What must be known of an answer so far to read its next chunk. */
class Answer {
  readonly #context: DecodeContext;
  readonly #calls = new Calls();
  #text = "";
  #finish: string | undefined;
  #usage: Usage | undefined;
  ended = false;

  constructor(context: DecodeContext) {
    this.#context = context;
  }

  /** The server has said why it stopped. */
  get finished(): boolean {
    return this.#finish !== undefined;
  }

  read(event: WireEvent, events: StreamEvent[]): void {
    switch (event.type) {
      case "chunk":
        this.#chunk(event.chunk, events);
        break;
      case "failed":
        throw explainWireError(event.error, this.#context);
      case "done":
        this.#end(events);
        break;
      default:
        event satisfies never;
    }
  }

  #chunk(chunk: WireChunk, events: StreamEvent[]): void {
    const { text, reasoning, calls, finish, usage } = chunk;
    if (reasoning !== "") events.push({ type: "reasoning", delta: reasoning });
    if (text !== "") {
      this.#text += text;
      events.push({ type: "text", delta: text });
    }
    for (const piece of calls) this.#calls.add(piece);
    if (finish?.toLowerCase() === "error") throw failedUnsaid();
    // Counts that came with every chunk are behind until the very last one.
    const running = this.#usage !== undefined && !this.finished;
    this.#usage = usage ?? this.#usage;
    this.#finish ??= finish;
    // Nothing more is due once both have come.
    if (this.finished && usage !== undefined && !running) this.#end(events);
  }

  #end(events: StreamEvent[]): void {
    this.ended = true;
    const calls = this.#calls.finished(this.#context.idPrefix);
    for (const { id, function: { name, arguments: given } } of calls) {
      events.push({ type: "tool_call", id, name, arguments: given });
    }
    // Our own words say all of it.
    const made = { raw: undefined, origin: undefined };
    if (this.#text !== "") {
      const item = { type: "answer", text: this.#text, ...made } as const;
      events.push({ type: "replay", item });
    }
    for (const { id, function: { name, arguments: given } } of calls) {
      const call = { type: "call", id, name, arguments: given } as const;
      events.push({ type: "replay", item: { ...call, ...made } });
    }
    const raw = this.#finish ?? DONE.data;
    const reason = this.#reason();
    events.push({ type: "finish", reason, raw, usage: this.#usage });
  }

  #reason(): FinishReason {
    const reason = this.#finish === undefined
      ? "stop"
      : finishReason(this.#finish);
    // Some servers say "stop" even so.
    return reason === "stop" && this.#calls.size > 0 ? "tool_calls" : reason;
  }
}

function finishReason(raw: string): FinishReason {
  const word = raw.toLowerCase();
  const names = ["stop", "length", "tool_calls", "content_filter"] as const;
  return names.find((name) => WORDS[name].split(" ").includes(word)) ?? "other";
}

function isNetwork(error: unknown): boolean {
  return error instanceof MekaError && error.kind === "network";
}

/** Some gateways have no more to say of a failure than this reason. */
function failedUnsaid(): MekaError {
  return new MekaError(
    "network",
    "The server failed and broke the answer off",
    {
      retry: {},
    },
  );
}

function cut(): MekaError {
  return new MekaError("network", "Connection closed before the answer ended", {
    retry: {},
  });
}
