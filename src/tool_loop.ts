import { MekaError } from "./errors.ts";
import {
  addUsage,
  type EventBatch,
  type StreamEvent,
  type Usage,
} from "./event.ts";
import type { Item, Turn } from "./message.ts";
import { newTurnState, streamTurn, type TurnContext } from "./stream_turn.ts";
import type { CallRunner } from "./tools/tool.ts";

/** What a turn with tools is made with. */
export interface ToolLoopContext extends TurnContext {
  /** Runs the model's calls; undefined in a run that offers no tools. */
  readonly runner: CallRunner | undefined;
  /** How often the model may ask for tools. */
  readonly maxRounds: number;
}

/**
 * Answers one turn: sends it, runs the calls that the model makes, and sends it again with what they brought, until the
 * model asks for no more. All of it is one turn to whoever looks on: one `start`, and one `finish` with the usage of all
 * requests. Calls and finished items are handed out once their request has come to its end.
 *
 * @throws {MekaError} "incomplete" when the model still asks after `maxRounds`; else as `streamTurn` does.
 */
export async function* toolLoop(
  turn: Turn,
  context: ToolLoopContext,
): AsyncGenerator<EventBatch, void, undefined> {
  const { host, timeoutMs, maxRounds } = context;
  const { state = newTurnState(host) } = context;
  const round = new Round();
  let items = turn.items;
  let usage: Usage | undefined;
  for (let rounds = 0;; rounds++) {
    const request = { ...context, state };
    try {
      for await (const batch of streamTurn({ ...turn, items }, request)) {
        yield round.take(batch);
      }
    } catch (error) {
      // What was finished before a failure is part of the conversation, too.
      yield round.finished();
      if (round.finish !== undefined) yield [inAll(round.finish, usage)];
      throw error;
    }
    const { finish, made } = round;
    if (finish === undefined) throw new Error("an answer without its end");
    const end = inAll(finish, usage);
    const calls = made.filter((item) => item.type === "call");
    if (finish.reason !== "pause" && calls.length === 0) {
      // Together, so that they are written together.
      yield [...round.finished(), end];
      return;
    }
    yield round.finished();
    if (rounds >= maxRounds) {
      yield [end];
      throw new MekaError(
        "incomplete",
        `The model still asks for more after ${maxRounds} rounds of tools`,
        { hint: "Pass `--max-tool-rounds COUNT` to let it go on" },
      );
    }
    usage = end.usage;
    items = [...items, ...made];
    if (context.runner !== undefined && calls.length > 0) {
      const leftMs = timeoutMs &&
        Math.max(1, state.startedAt + timeoutMs - host.elapsed());
      const limits = { signal: host.interrupt, leftMs };
      for await (const event of context.runner(calls, limits)) {
        items = [...items, event.result];
        yield [event];
      }
    }
    round.begin();
  }
}

type Finish = StreamEvent & { readonly type: "finish" };

/** What the latest request of a turn has brought. */
class Round {
  finish: Finish | undefined;
  made: Item[] = [];
  #calls: StreamEvent[] = [];
  #first = true;
  /** Text was handed out, and does not end in a newline. */
  #lineOpen = false;
  /** Text of an earlier request stands on the line. */
  #continued = false;

  begin(): void {
    this.finish = undefined;
    this.made = [];
    this.#calls = [];
    this.#first = false;
    this.#continued = this.#lineOpen;
  }

  /** The part of a batch that is handed on at once. */
  take(batch: EventBatch): EventBatch {
    if (!this.#continued && batch.every(isDelta)) {
      const last = batch.findLast(({ type }) => type === "text");
      if (last?.type === "text") this.#lineOpen = !last.delta.endsWith("\n");
      return batch;
    }
    return batch.flatMap((event) => this.#takeOne(event));
  }

  #takeOne(event: StreamEvent): EventBatch {
    switch (event.type) {
      case "start":
        return this.#first ? [event] : [];
      case "finish":
        this.finish = event;
        return [];
      case "replay":
        this.made.push(event.item);
        return [];
      case "tool_call":
        this.#calls.push(event);
        return [];
      case "retry":
        this.made = [];
        this.#calls = [];
        return [event];
      case "text": {
        // The words before a call and those after it are not one line.
        const gap = this.#continued
          ? [{ type: "text", delta: "\n" }] as const
          : [];
        this.#continued = false;
        this.#lineOpen = !event.delta.endsWith("\n");
        return [...gap, event];
      }
      default:
        return [event];
    }
  }

  /** What counts only once the request has come to its end: before, it might go out again. */
  finished(): EventBatch {
    return [
      ...this.#calls,
      ...this.made.map((item) => ({ type: "replay" as const, item })),
    ];
  }
}

/** The end of a request as that of the turn, with what the requests before it have used. */
function inAll(finish: Finish, before: Usage | undefined): Finish {
  const usage = addUsage(before, finish.usage);
  return { ...finish, usage, contextTokens: finish.usage?.totalTokens };
}

function isDelta({ type }: StreamEvent): boolean {
  return type === "text" || type === "reasoning";
}
