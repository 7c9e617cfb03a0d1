import type { Item } from "./message.ts";

/** What a tool brought. */
export type ResultItem = Item & { readonly type: "result" };

/** Token counts of one answer; a count the server did not tell is undefined, never 0. */
export interface Usage {
  readonly inputTokens: number | undefined;
  readonly cachedInputTokens: number | undefined;
  readonly outputTokens: number | undefined;
  readonly reasoningTokens: number | undefined;
  readonly totalTokens: number | undefined;
}

/** One usage window of the plan. */
export interface LimitWindow {
  /** Share of the window that is used, 0 to 100. */
  readonly usedPercent: number;
  /** Length of the window in minutes. */
  readonly windowMinutes: number | undefined;
  /** When the window starts anew, in epoch seconds. */
  readonly resetsAt: number | undefined;
}

/** The plan's short and long window as the server last told them. */
export interface Limits {
  readonly primary: LimitWindow | undefined;
  readonly secondary: LimitWindow | undefined;
}

/** What is left of a plan. */
export interface AccountUsage {
  readonly plan: string | undefined;
  readonly limits: Limits;
  readonly credits: Credits | undefined;
}

/** What can be used beyond the plan's windows. */
export interface Credits {
  readonly hasCredits: boolean;
  readonly unlimited: boolean;
  /** As the server writes it. */
  readonly balance: string | undefined;
}

/** Why the model stopped; the server's own word is kept beside it. */
export type FinishReason =
  | "stop"
  | "pause" // it has more to say, and is to be asked again
  | "length"
  | "tool_calls"
  | "content_filter"
  | "other";

/** What comes back from a turn, in the words of `--json`: exactly one `finish`, last, or a throw. */
export type StreamEvent = Readonly<
  | { type: "start"; provider: string; model: string; session: string }
  | { type: "reasoning"; delta: string }
  | { type: "text"; delta: string }
  | { type: "tool_call"; id: string; name: string; arguments: string }
  | { type: "tool_result"; name: string; result: ResultItem }
  | { type: "replay"; item: Item } // finished; sent back from now on
  | { type: "limits"; limits: Limits }
  | { type: "warning"; message: string }
  | { type: "note"; message: string } // for a person only; `--quiet` hides it
  | { type: "retry"; message: string } // the request goes out again: what it brought so far does not count
  | {
    type: "finish";
    reason: FinishReason;
    raw: string;
    /** Of the whole turn. */
    usage: Usage | undefined;
    /** Tokens of the conversation as it now is, where that is not the usage's total. */
    contextTokens?: number | undefined;
  }
>;

/** What one network chunk brought. Steps hand on batches, because a generator step for each token costs more than its parsing. */
export type EventBatch = readonly StreamEvent[];

/** Says a window's length the way people do. */
export function windowName(minutes: number): string {
  if (minutes === 10_080) return "weekly";
  if (minutes % 1440 === 0) return `${minutes / 1440}-day`;
  if (minutes % 60 === 0) return `${minutes / 60}-hour`;
  return `${minutes}-minute`;
}

/** The counts of two answers together; what one of them did not tell is taken from the other. */
export function addUsage(
  one: Usage | undefined,
  other: Usage | undefined,
): Usage | undefined {
  if (one === undefined || other === undefined) return one ?? other;
  const add = (name: keyof Usage): number | undefined =>
    one[name] === undefined ? other[name] : one[name] + (other[name] ?? 0);
  return {
    inputTokens: add("inputTokens"),
    cachedInputTokens: add("cachedInputTokens"),
    outputTokens: add("outputTokens"),
    reasoningTokens: add("reasoningTokens"),
    totalTokens: add("totalTokens"),
  };
}
