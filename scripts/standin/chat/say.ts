// deno-lint-ignore-file camelcase -- names are the server's
import { bytes, frameText, type FramingOptions } from "../framing.ts";
import { json, type Reply, type Step } from "../scenario.ts";
import { tokensOf } from "../token_count.ts";
import { type Call, callChunks, wholeCall } from "./calls.ts";
import {
  chunk,
  DONE,
  finishing,
  type Json,
  type Message,
  opening,
  reasonings,
  texts,
  USAGE,
  type Usage,
  usageChunks,
} from "./chunks.ts";
import type { ChatPlay } from "./scenario.ts";

/** What a model says, whether it is streamed or not. */
export interface Said {
  readonly reasoning?: readonly string[];
  readonly text?: readonly string[];
  readonly refusal?: readonly string[];
  readonly calls?: readonly Call[];
  /** Pieces of calls, for streams that do not bring `calls` the family's way. */
  readonly callDeltas?: readonly Json[];
  /** `tool_calls` or `stop` when absent. */
  readonly finish?: string | null;
  /** "none" for no usage at all. */
  readonly usage?: Usage | "none";
}

/** How it is put on the wire. */
export interface SayOptions extends FramingOptions {
  /** Changes the messages before they are framed. */
  readonly change?: (messages: Message[]) => readonly Message[];
  /** Changes the chunks before they are sent. */
  readonly cut?: (parts: Uint8Array[]) => Iterable<Step>;
  readonly headers?: Readonly<Record<string, string>>;
}

/** An answer that ends well: a stream, or one JSON object for a request that wants no stream. */
export function say(
  play: ChatPlay,
  said: Said,
  options: SayOptions = {},
): Reply {
  const ends = said.calls === undefined ? "completed" : "calls";
  const counted = { ...countedUsage(play, said), ...said };
  // What is changed or pieced together on the wire may be read in more than one way.
  const items = options.change === undefined && said.callDeltas === undefined
    ? [messageOf(said)]
    : [];
  if (!play.stream) {
    const whole = json(200, wholeAnswer(play, counted), options.headers);
    return { ...whole, ends, items };
  }
  const messages = messagesOf(play, counted);
  return {
    ...partial(play, options.change?.(messages) ?? messages, options),
    ends,
    items,
  };
}

/** What was said, as the message that comes back. */
function messageOf({ text = [], refusal = [], calls = [] }: Said): Json {
  return {
    role: "assistant",
    content: [...text, ...refusal].join(""),
    tool_calls: calls.map(wholeCall),
  };
}

/** The usage of an answer, where requests are counted. */
function countedUsage({ tokens }: ChatPlay, said: Said): { usage?: Usage } {
  if (tokens === undefined) return {};
  const completion_tokens = tokensOf(messageOf(said));
  return {
    usage: {
      prompt_tokens: tokens,
      completion_tokens,
      total_tokens: tokens + completion_tokens,
    },
  };
}

/** A stream of just these messages; without a stream, a JSON object that breaks off. */
export function partial(
  play: ChatPlay,
  messages: readonly Message[],
  options: SayOptions = {},
): Reply {
  const { headers = {} } = options;
  if (!play.stream) {
    const whole = JSON.stringify(wholeAnswer(play, { text: ["Once upon a"] }));
    return {
      headers: { "content-type": "application/json", ...headers },
      body: [bytes(whole.slice(0, whole.length / 2)), 20, "reset"],
    };
  }
  const parts = messages.map((message, n) =>
    bytes(frameMessage(message, options, n))
  );
  return { headers, body: options.cut?.(parts) ?? parts };
}

/** The messages of a whole answer. */
export function messagesOf(play: ChatPlay, said: Said): Message[] {
  const { reasoning, text, refusal, calls, callDeltas } = said;
  return [
    ...opening(play),
    ...reasonings(play, reasoning ?? []),
    ...texts(play, text ?? []),
    ...(refusal ?? []).map((piece) => chunk(play, { refusal: piece })),
    ...(callDeltas === undefined
      ? callChunks(play, calls ?? [])
      : callDeltas.map((entry) => chunk(play, { tool_calls: [entry] }))),
    finishing(play, finishOf(said)),
    ...(said.usage === "none" ? [] : usageChunks(play, said.usage)),
    DONE,
  ];
}

/** The one JSON object of an answer without a stream. */
export function wholeAnswer(play: ChatPlay, said: Said): Json {
  const { dialect } = play.profile;
  const { reasoning, text, refusal, calls, usage = USAGE } = said;
  const message = {
    role: "assistant",
    content: text?.join("") ?? null,
    ...(reasoning && { [dialect.reasoning]: reasoning.join("") }),
    ...(refusal && { refusal: refusal.join("") }),
    ...(calls && { tool_calls: calls.map(wholeCall) }),
  };
  const finish_reason = finishOf(said);
  return {
    id: play.id,
    object: "chat.completion",
    created: play.createdAt,
    model: play.model,
    choices: [{ index: 0, message, ...dialect.choice, finish_reason }],
    ...(usage === "none" ? {} : { usage }),
    ...dialect.chunk(play.model),
  };
}

function finishOf({ finish, calls }: Said): string | null {
  if (finish !== undefined) return finish;
  return calls === undefined ? "stop" : "tool_calls";
}

function frameMessage(
  message: Message,
  options: FramingOptions,
  n: number,
): string {
  const { newline = "\n" } = options;
  if ("raw" in message) return message.raw.replaceAll("\n", newline);
  const { data, event } = message;
  const text = typeof data === "string"
    ? data
    : JSON.stringify(data, null, options.multiLine ? 2 : 0);
  return frameText(text, { ...options, name: event }, n);
}
