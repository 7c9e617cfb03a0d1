import { MekaError } from "../errors.ts";
import {
  addUsage,
  type EventBatch,
  type StreamEvent,
  type Usage,
} from "../event.ts";
import type { Item, Turn } from "../message.ts";
import { type Misfit, validate } from "../tools/json_schema.ts";

/** Answers a turn. */
type Answer = (turn: Turn) => AsyncIterable<EventBatch>;

/**
 * Answers a turn that asks for JSON of a schema. An answer that does not fit is sent back once, with the reason, and
 * does not count: `retry` says so.
 *
 * @throws {MekaError} "incomplete", naming the place, when the second answer does not fit, either; else as `answer` does.
 */
export async function* fitting(
  turn: Turn,
  schema: NonNullable<Turn["schema"]>,
  answer: Answer,
): AsyncGenerator<EventBatch, void, undefined> {
  const first = new Attempt();
  yield* first.run(answer(turn));
  const misfit = first.misfit(schema);
  if (misfit === undefined) {
    yield first.end();
    return;
  }
  yield [{
    type: "retry",
    message:
      `The answer does not fit the schema: ${misfit.message}; asking once more`,
  }];
  const correction: Item = {
    type: "user",
    parts: [{
      type: "text",
      text:
        `Your answer does not fit the JSON Schema: ${misfit.message}. Answer again, with nothing but JSON that fits it.`,
    }],
  };
  yield [{ type: "replay", item: correction }];
  const second = new Attempt(first);
  const items = [...turn.items, ...first.made, correction];
  yield* second.run(answer({ ...turn, items }));
  yield second.end();
  const again = second.misfit(schema);
  if (again !== undefined) {
    throw new MekaError(
      "incomplete",
      `The answer does not fit the schema: ${again.message}`,
    );
  }
}

/**
 * Holds the text of an answer back until it counts, so that stdout has one answer: not what was said before a call, or
 * before the answer was asked for once more. A failure lets go what came.
 */
export async function* held(
  events: AsyncIterable<EventBatch>,
): AsyncGenerator<EventBatch, void, undefined> {
  let text = "";
  let again = false;
  const take = (): EventBatch => {
    // The newline that sets it off from what came before the call has nothing before it now.
    const delta = again ? text.replace(/^\n/, "") : text;
    text = "";
    return delta === "" ? [] : [{ type: "text", delta }];
  };
  try {
    for await (const batch of events) {
      const shown: StreamEvent[] = [];
      for (const event of batch) {
        if (event.type === "text") {
          text += event.delta;
          continue;
        }
        if (isRestart(event)) [text, again] = ["", true];
        if (event.type === "finish") shown.push(...take());
        shown.push(event);
      }
      yield shown;
    }
  } catch (error) {
    yield take();
    throw error;
  }
  yield take();
}

/** What the model says after it is another answer than what it said before. */
function isRestart({ type }: StreamEvent): boolean {
  return type === "retry" || type === "tool_result";
}

/** One answer, and what is to be known of it once it has ended. */
class Attempt {
  readonly made: Item[] = [];
  #text = "";
  #finish: (StreamEvent & { type: "finish" }) | undefined;
  readonly #before: Attempt | undefined;

  constructor(before?: Attempt) {
    this.#before = before;
  }

  /** Of this answer and the one before. */
  get usage(): Usage | undefined {
    return addUsage(this.#before?.usage, this.#finish?.usage);
  }

  /** Hands on all but the end. */
  async *run(
    events: AsyncIterable<EventBatch>,
  ): AsyncGenerator<EventBatch, void, undefined> {
    try {
      for await (const batch of events) {
        yield batch.filter((event) => this.#take(event));
      }
    } catch (error) {
      yield this.end();
      throw error;
    }
  }

  /** Notes an event, and tells whether it is handed on. */
  #take(event: StreamEvent): boolean {
    if (event.type === "text") this.#text += event.delta;
    if (isRestart(event)) this.#text = "";
    if (event.type === "replay") this.made.push(event.item);
    if (event.type === "tool_result") this.made.push(event.result);
    if (event.type === "finish") this.#finish = event;
    const again = event.type === "start" && this.#before !== undefined;
    return event.type !== "finish" && !again;
  }

  misfit(schema: NonNullable<Turn["schema"]>): Misfit | undefined {
    let value: unknown;
    try {
      value = JSON.parse(this.#text);
    } catch {
      return { path: "", message: "it is not JSON" };
    }
    return validate(schema, value);
  }

  end(): EventBatch {
    const { usage } = this;
    return this.#finish === undefined ? [] : [{ ...this.#finish, usage }];
  }
}
