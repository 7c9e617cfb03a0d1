import type { Entry, MadeCall } from "../history.ts";
import type { Body } from "../json_object.ts";
import type { Expectation, Reply } from "../scenario.ts";
import type { Profile } from "./profile.ts";
import type { ProfileName } from "./profiles.ts";

/** What a scenario is told about the request. */
export interface ChatPlay {
  readonly profile: Profile;
  /** The id of the answer. */
  readonly id: string;
  readonly model: string;
  /** Seconds since 1970. */
  readonly createdAt: number;
  /** The text of the last user message, as sent. */
  readonly prompt: string;
  /** How many images that message has. */
  readonly images: number;
  /** The key that came with the request. */
  readonly key: string | undefined;
  readonly stream: boolean;
  /** Whether there are `stream_options` at all. */
  readonly streamOptions: boolean;
  readonly wantsUsage: boolean;
  /** How often this very conversation has been sent since its last whole answer, from 1. */
  readonly attempt: number;
  /** How often a request with this prompt has arrived, from 1. */
  readonly sent: number;
  /** The size of the request in tokens, where usage is counted; undefined where it is made up. */
  readonly tokens: number | undefined;
  /** The tokens there is room for. */
  readonly window: number;
  /** The stand-in's clock, in milliseconds. */
  readonly now: number;
  /** The first function the request offers, or a made-up one. */
  readonly tool: string;
  /** The results of the calls just made, when the request brings them. */
  readonly toolOutputs: readonly string[];
  /** The name of the JSON schema the request asks for. */
  readonly schema: string | undefined;
  /** That schema. */
  readonly shape: Body | undefined;
  /** Whether more than one call at a time is allowed. */
  readonly parallel: boolean;
  readonly elsewhere: URL;
  /** The conversation as the request has it. */
  history(): readonly Entry[];
  /** The calls of this turn with what they brought, in their order. */
  made(): readonly MadeCall[];
  /** Uses the limit up until then, in milliseconds; without a time says when it resets, if it is used up. */
  limit(until?: number): number | undefined;
  /** Notes what the request should not have done here. */
  complain(violation: string): void;
}

/** A tool call that a client has to make out of an answer. */
export interface ExpectedCall {
  /** Absent where the server sends none and the client makes one up. */
  readonly id?: string;
  readonly name: string;
  readonly arguments: string;
}

/** One named behavior of `/chat/completions`. */
export interface ChatScenario {
  readonly what: string;
  /** What to expect for `PROMPT` and `args`; absent where no run of one process can be told exactly. */
  readonly expect?: Expectation;
  /** Arguments the run needs besides the prompt. */
  readonly args?: readonly string[];
  /** The families known for it; all of them when absent. */
  readonly profiles?: readonly ProfileName[];
  /** The tool calls in it. */
  readonly calls?: readonly ExpectedCall[];
  /** What the contract leaves open and how it was read; a test may skip on it. */
  readonly open?: string;
  answer(play: ChatPlay): Reply;
}
