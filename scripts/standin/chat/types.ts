import type { Load } from "../load.ts";
import type { PromptCount } from "../prompts.ts";
import type { AskedRequest, RecordedRequest, Remember } from "../types.ts";
import type { ProfileName } from "./profiles.ts";

/** How a stand-in of a Chat Completions server is set up. */
export interface ChatStandinOptions {
  /** The family of servers to imitate. */
  readonly profile: ProfileName;
  /** The key to demand; without one a hosted service makes one up and a local server takes none. */
  readonly key?: string;
  /** Port to listen on; 0 or absent takes a free one. */
  readonly port?: number;
  /** The scenario played until `play()` says otherwise; `text` by default. */
  readonly scenario?: string;
  /** The tokens that every model has room for; requests are then counted, and refused when they are too big. */
  readonly contextWindow?: number;
  /** `counts` forgets a request once it is answered, all but its violations and counts, so that memory stays flat; `all` by default. */
  readonly remember?: Remember;
  /** The clock, in milliseconds; the machine's by default. */
  readonly now?: () => number;
  /** Called once a request has been answered or given up. */
  readonly onRequest?: (request: RecordedRequest) => void;
}

/** How often each thing was asked of the server. */
export interface ChatCounts {
  readonly completions: number;
  readonly models: number;
  /** Requests on paths that do not exist. */
  readonly unknown: number;
  /** Requests at the origin that redirects point to. */
  readonly elsewhere: number;
}

/** A running stand-in of a Chat Completions server. */
export interface ChatStandin extends AsyncDisposable {
  readonly profile: ProfileName;
  /** The base URL as the family's manual has it, without a slash at its end. */
  readonly baseUrl: URL;
  /** Origin that redirects point to; nothing may arrive there. */
  readonly elsewhere: URL;
  /** The key it demands, undefined when it takes none. */
  readonly key: string | undefined;
  /** The first model of its list. */
  readonly model: string;
  /** Every request seen since the start or the last `reset()`. */
  readonly requests: readonly RecordedRequest[];
  /** Every violation so far, each with the request's method and path before it. */
  readonly violations: readonly string[];
  /** Queues scenarios for `/chat/completions`, one per request; the last one repeats. */
  play(...scenarios: string[]): void;
  /** Queues outcomes of `/models` (see `CHAT_MODELS_OUTCOMES`); the last one repeats. */
  modelsPlan(...outcomes: string[]): void;
  /** Waits until the requests look like this; checked whenever one arrives, is answered or is given up. */
  until(
    condition: (requests: readonly RecordedRequest[]) => boolean,
  ): Promise<void>;
  /** How often each endpoint was asked. */
  counts(): ChatCounts;
  /** The requests for an answer as they arrived; those that were not remembered are missing. */
  asked(): readonly AskedRequest[];
  /** How often each prompt was sent and answered, refused requests aside. */
  readonly prompts: ReadonlyMap<string, PromptCount>;
  /** How many requests for an answer there are at once. */
  readonly load: Load;
  /** Until then every request for an answer finds the rate limit reached, in milliseconds. */
  limitUntil(time: number): void;
  /** Forgets requests and plans. */
  reset(): void;
  /** Closes every connection and waits until nothing is left running. */
  close(): Promise<void>;
}
