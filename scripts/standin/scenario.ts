import {
  completed,
  type Frame,
  numbered,
  opening,
  type WireEvent,
} from "./events.ts";
import { finishedItems, named } from "./named_items.ts";
import { chunks, type FramingOptions } from "./framing.ts";
import type { Entry, MadeCall } from "./history.ts";
import type { Body } from "./json_object.ts";
import { countedUsage } from "./token_count.ts";

/** The prompt that the expectations of scenarios are written for. */
export const PROMPT = "say hi";

/**
 * What happens next on the wire: bytes, a pause in milliseconds, `apart` so that the bytes before and after are not sent
 * together, silence until the client leaves, or a broken connection.
 */
export type Step = Uint8Array | number | "apart" | "hang" | "reset";

/** How one request is answered. */
export interface Reply {
  /** 200 when absent. */
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** A body at once, or steps of a stream. */
  readonly body: string | Iterable<Step>;
  /** True to leave out the headers that the edge of the ChatGPT service puts on every answer. */
  readonly bare?: boolean;
  /** True when the head never comes. */
  readonly silent?: boolean;
  /**
   * How the answer ends the turn: `completed`, `calls` when a tool's result has to follow, or `more` when the model is to
   * be asked again.
   */
  readonly ends?: "completed" | "calls" | "more";
  /** The items in the answer, which have to come back as they are. */
  readonly items?: readonly Body[];
  /** True to leave out `x-codex-turn-state`. */
  readonly noTurnState?: boolean;
}

/** What a scenario is told about the request. */
export interface Play extends Frame {
  /** The text of the last user message, as sent. */
  readonly prompt: string;
  readonly bearer: string;
  readonly plan: string;
  /** How often this very request has been sent in this turn, from 1. */
  readonly attempt: number;
  /** The request's place in its turn, from 1: each answer to the last one's calls is another round. */
  readonly round: number;
  /** How often a request with this prompt has arrived, from 1. */
  readonly sent: number;
  /** The stand-in's clock, in milliseconds. */
  readonly now: number;
  /** The first function the request offers, or a made-up one. */
  readonly tool: string;
  /** The namespace that function is in, in lite mode. */
  readonly namespace: string | undefined;
  /** The result of the last call, when the request brings one. */
  readonly toolOutput: string | undefined;
  /** The name of the JSON schema the request asks for. */
  readonly schema: string | undefined;
  /** That schema. */
  readonly shape: Body | undefined;
  /** Whether more than one call at a time is allowed. */
  readonly parallel: boolean;
  /** Whether the request offers the service's own search. */
  readonly search: boolean;
  /** The size of the request in tokens, where usage is counted; undefined where it is made up. */
  readonly tokens: number | undefined;
  readonly elsewhere: URL;
  /** The conversation as the request has it. */
  history(): readonly Entry[];
  /** The calls of this turn with what they brought, in their order. */
  made(): readonly MadeCall[];
  /** The namespace that a function is offered in, in lite mode. */
  namespaceOf(name: string): string | undefined;
  /** Makes reasoning ciphertext, as long as asked for, that is accepted back from this account only. */
  seal(length?: number): string;
  /** Notes that a call was made in a namespace, which has to be echoed with it. */
  called(callId: string, namespace: string): void;
  /** Uses the account's limit up until then, in milliseconds; without a time says when it resets, if it is used up. */
  limit(until?: number): number | undefined;
}

/** What a person or a test sees of `meka` when a scenario answers all its requests. */
export interface Expectation {
  /** The exact text on stdout when it is not a terminal. */
  readonly stdout: string;
  readonly exit: number;
  /** How many requests for an answer arrive. */
  readonly requests: number;
  /** How many refreshes arrive at the issuer; 0 when absent. */
  readonly refreshes?: number;
  /** Texts that stderr must hold. */
  readonly stderr?: readonly string[];
}

/** One named behavior of `/responses`. */
export interface Scenario {
  readonly what: string;
  /** What to expect for `PROMPT` and `args`; absent where no run of one process can be told exactly. */
  readonly expect?: Expectation;
  /** Arguments the run needs besides the prompt. */
  readonly args?: readonly string[];
  /** What the contract leaves open and how it was read; a test may skip on it. */
  readonly open?: string;
  answer(play: Play): Reply;
}

/** What goes with every stream. */
export interface StreamOptions extends FramingOptions {
  readonly headers?: Readonly<Record<string, string>>;
  /** Changes the chunks before they are sent. */
  readonly cut?: (parts: Uint8Array[]) => Iterable<Step>;
}

/** A stream of an answer that ends well. */
export function whole(
  play: Play,
  items: readonly WireEvent[],
  options: StreamOptions & { end?: WireEvent } = {},
): Reply {
  const end = options.end ?? completed(play, countedUsage(play, items));
  const events = [...opening(play), ...items, end];
  return { ...partial(events, options), ends: "completed" };
}

/** A stream of just these events. */
export function partial(
  events: readonly WireEvent[],
  options: StreamOptions = {},
): Reply {
  const own = named(events);
  const parts = chunks(numbered(own), options);
  return {
    headers: options.headers ?? {},
    body: options.cut?.(parts) ?? parts,
    items: finishedItems(own),
  };
}

/** An answer that is JSON, with a status of its own. */
export function json(
  status: number,
  value: unknown,
  headers: Readonly<Record<string, string>> = {},
): Reply {
  return {
    status,
    headers: { "content-type": "application/json", ...headers },
    body: JSON.stringify(value),
  };
}

/** What stdout shows of a whole answer: the text, and one newline if it did not end in one. */
export function shown(text: string): string {
  return text.endsWith("\n") ? text : `${text}\n`;
}
