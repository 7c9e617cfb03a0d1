import type { EventBatch, StreamEvent, Usage } from "../../event.ts";
import type { Item } from "../../message.ts";
import type { TurnStatus } from "../../store/conversations.ts";

/** What one turn brings, as it comes: what is said, all that the model makes of it, and what that costs. */
export class Exchange {
  readonly #items: Item[];
  #begun = false;
  /** What has come of an answer that is not whole yet. */
  #partial = "";
  #finish: (StreamEvent & { type: "finish" }) | undefined;

  /** When it was begun, in epoch milliseconds. */
  readonly startedAt: number;

  constructor(said: Item, startedAt: number) {
    this.#items = [said];
    this.startedAt = startedAt;
  }

  /** From its first event on, what was said is part of the conversation, however the turn ends. */
  get begun(): boolean {
    return this.#begun;
  }

  /** What was said, and what came of it; an answer that was cut off is as long as it got. */
  get items(): readonly Item[] {
    if (this.#partial.trim() === "") return this.#items;
    const made = { raw: undefined, origin: undefined };
    return [...this.#items, { type: "answer", text: this.#partial, ...made }];
  }

  /** How it ended, or would if it ended now. */
  get status(): TurnStatus {
    if (this.#finish !== undefined) return "completed";
    return answerOf(this.items) === "" ? "failed" : "incomplete";
  }

  /** Undefined for a turn that was cut off, and where the server does not tell. */
  get usage(): Usage | undefined {
    return this.#finish?.usage;
  }

  /** Tokens of the conversation as it now is, where the server told. */
  get contextTokens(): number | undefined {
    return this.#finish?.contextTokens ?? this.usage?.totalTokens;
  }

  /** Hands on the events of the turn. */
  async *follow(
    events: AsyncIterable<EventBatch>,
  ): AsyncGenerator<EventBatch, void, undefined> {
    for await (const batch of events) {
      this.#begun = true;
      for (const event of batch) this.#take(event);
      yield batch;
    }
  }

  #take(event: StreamEvent): void {
    switch (event.type) {
      case "text":
        this.#partial += event.delta;
        break;
      case "replay":
        if (event.item.type === "answer") this.#settle(event.item.text);
        this.#items.push(event.item);
        break;
      case "tool_result":
        this.#items.push(event.result);
        break;
      case "finish":
        this.#finish = event;
        break;
      default: // nothing that is part of the conversation
    }
  }

  /** A whole answer takes the place of what has come of it; another one may have been cut off behind it. */
  #settle(answer: string): void {
    const at = this.#partial.indexOf(answer);
    this.#partial = at === -1 ? "" : this.#partial.slice(at + answer.length);
  }
}

/** The words of a message, its pictures aside. */
export function wordsOf(said: Item | undefined): string {
  if (said?.type !== "user") return "";
  return said.parts.flatMap((part) => part.type === "text" ? [part.text] : [])
    .join("\n\n");
}

/** All that the model said in a turn, its calls of tools aside. */
export function answerOf(items: readonly Item[]): string {
  return items.flatMap((item) => item.type === "answer" ? [item.text] : [])
    .map((text) => text.trim()).filter((text) => text !== "").join("\n\n");
}
