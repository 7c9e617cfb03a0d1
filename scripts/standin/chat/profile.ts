import type { Body } from "../json_object.ts";
import type { Reply } from "../scenario.ts";

/** A model of a family's list. */
export interface ChatModel {
  readonly id: string;
  /** Whether `reasoning_effort` means something to it. */
  readonly reasons: boolean;
}

/** How a family writes the chunks of its streams. */
export interface Dialect {
  /** Before the random part of an answer's id. */
  readonly idPrefix: string;
  /** Further fields of every chunk. */
  readonly chunk: (model: string) => Readonly<Record<string, unknown>>;
  /** Further fields of every choice. */
  readonly choice: Readonly<Record<string, unknown>>;
  /** The first delta, which brings the role alone; absent where none does. */
  readonly opening?: Readonly<Record<string, unknown>>;
  /** What every delta holds besides its own field. */
  readonly delta: Readonly<Record<string, unknown>>;
  /** The name of the field for reasoning. */
  readonly reasoning: "reasoning" | "reasoning_content";
  /** The delta of the chunk with the `finish_reason`. */
  readonly finish: Readonly<Record<string, unknown>>;
  /** Further fields of the choice that brings the `finish_reason`. */
  readonly finishChoice?: (
    reason: string | null,
  ) => Readonly<Record<string, unknown>>;
  /** Usage only when asked for, or always. */
  readonly usage: "asked" | "always";
  /** True where the chunk with the usage still has a choice. */
  readonly usageWithChoice?: boolean;
  /** True where every other chunk has `usage: null` when usage is asked for. */
  readonly nullUsage?: boolean;
  /** Further fields of the usage. */
  readonly usageExtras?: Readonly<Record<string, unknown>>;
  /** A comment line before the first chunk. */
  readonly keepAlive?: string;
  /** True where the arguments of a call come in one piece. */
  readonly wholeCalls?: boolean;
}

/** What went wrong, for a family to put into its own words. */
export interface ChatFailure {
  readonly status: number;
  readonly message: string;
  /** A machine's word for it, as OpenAI has them. */
  readonly code?: string | null;
  /** The field of the request that is at fault. */
  readonly param?: string | null;
}

/** A family of servers that speak Chat Completions. */
export interface Profile {
  readonly what: string;
  /** The path of its base URL. */
  readonly base: string;
  /** Other paths under which it answers the same. */
  readonly alsoAt: readonly string[];
  /** A key to demand when the test names none; absent where none is needed. */
  readonly defaultKey?: string;
  readonly models: readonly ChatModel[];
  readonly dialect: Dialect;
  /** Headers on every answer. */
  readonly headers: Readonly<Record<string, string>>;
  /** The body of an error. */
  errorBody(failure: ChatFailure): unknown;
  /** The text of the messages that tell of an error inside a stream. */
  streamError(failure: ChatFailure, model: string): StreamError;
  /** The answer to a request without a key, or with another one. */
  unauthorized(key: string | undefined): Reply;
  /** The answer on a path that does not exist. */
  noSuchPath(method: string, path: string): Reply;
  /** The name of the list for a name as it is asked for; the same when absent. */
  fullName?(model: unknown): string;
  /** The answer to a model that is not on the list; absent where any name is taken. */
  unknownModel?(model: string): Reply;
  /** The answer to a field it does not know; absent where it ignores those. */
  unknownField?(field: string): Reply;
  /** What it refuses of a body in which every field is right by itself; absent where it refuses nothing. */
  refuses?(body: Body): ChatFailure | undefined;
  /** The answer to a request that is too big for its model. */
  tooLong(tokens: TooLong): Reply;
  /** The body of the list of models; where the family tells their room, it is the one given. */
  list(created: number, window?: number): unknown;
}

/** A request that is too big, in tokens. */
export interface TooLong {
  readonly given: number;
  readonly window: number;
  readonly stream: boolean;
}

/** How an error inside a stream is written. */
export interface StreamError {
  /** The `event:` line, where there is one. */
  readonly event?: string;
  readonly data: unknown;
  /** True where `[DONE]` follows. */
  readonly done: boolean;
}
