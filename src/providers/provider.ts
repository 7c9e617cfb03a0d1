import type { MekaError } from "../errors.ts";
import type { AccountUsage, EventBatch } from "../event.ts";
import type { Access, Catalogue, Credential, Turn } from "../message.ts";
import type { SseMessage } from "../sse/parse.ts";

/** An answer that is no stream: what the server said, read as text. */
export interface Failure {
  readonly status: number;
  readonly headers: Headers;
  /** At most the first 64 Ki characters of the body. */
  readonly body: string;
  /** Epoch milliseconds at which it came, against which its times are told. */
  readonly receivedAt: number;
  /** The model that was asked for; undefined where none was. */
  readonly model: string | undefined;
  /** The names of the account's models, where they are kept. */
  readonly models: readonly string[];
}

/** What a decoder knows beside the stream itself. */
export interface DecodeContext {
  /** The model that was asked for. */
  readonly model: string;
  /** Epoch milliseconds; asked only when a failure tells a time. */
  readonly now: () => number;
  /** Begins the ids of calls that the server gave none: no other answer's are the same. */
  readonly idPrefix: string;
}

/** Options of a turn that not every service can honor. */
export type TurnOption = "no-stream" | "max-tokens" | "temperature" | "search";

/** A service that answers turns. Every method is pure; `stream_turn` does the input and output. */
export interface Provider {
  /** Options it cannot honor, each with the reason as the rest of a sentence about it. */
  readonly refuses: Readonly<Partial<Record<TurnOption, string>>>;
  /** Milliseconds within which a response's head is due, where that is not the usual. */
  readonly headMs?: number;
  encode(turn: Turn, access: Access): Request;
  /** What a response's head tells before its stream: limits, the model that really answers, the routing value. */
  readHead(headers: Headers, model: string): ResponseHead;
  /** True for long message data that the decoder need not see, judged by its first characters. */
  redundant(head: string): boolean;
  /** Returns after the wire's last word and throws at any other end; what was said before a failure is handed out first. */
  decode(
    messages: AsyncIterable<readonly SseMessage[]>,
    context: DecodeContext,
  ): AsyncIterable<EventBatch>;
  /** Reads an answer that is one JSON text; absent: the service only streams. */
  decodeWhole?(body: string, context: DecodeContext): EventBatch;
  explain(failure: Failure): MekaError;
  /** What may help when nothing listens at the base URL. */
  refusedHint?(baseUrl: URL): string | undefined;
  /** Asks for the account's models; absent: the service has no such list. */
  readonly catalogue?: Question<Catalogue>;
  /** Asks what is left of the plan; absent: the service does not say. */
  readonly usage?: Question<AccountUsage>;
}

/** What is known of a provider before it is loaded. */
export interface ProviderEntry {
  readonly credential: Credential["type"];
  /** Where requests go unless the person says otherwise. */
  readonly baseUrl: string;
  /** Environment variables that only this provider heeds. */
  readonly variables?: {
    readonly baseUrl: "OPENAI_BASE_URL";
    readonly apiKey: "OPENAI_API_KEY";
  };
  readonly load: () => Promise<Provider>;
}

/** A request without a turn, and how its answer is read. */
export interface Question<T> {
  /** What is asked for, for messages: "the list of models". */
  readonly name: string;
  encode(access: Access): Request;
  /** Throws a MekaError when the answer is not what was asked for. */
  read(body: string, headers: Headers): T;
}

/** What {@linkcode Provider.readHead} found. */
export interface ResponseHead {
  /** Limits, and a warning where another model answers than the one asked for. */
  readonly events: EventBatch;
  readonly turnState: string | undefined;
}
