import type { Body } from "../json_object.ts";

/** What the server learns about the conversation a request belongs to. */
export interface OpenConversation {
  /** How often it has been sent since its last whole answer, from 1. */
  readonly attempt: number;
  /** Says that the answer came to its good end. */
  end(): void;
}

/** How often each conversation was sent: the wire has no name for one, so its messages tell it apart. */
export class Conversations {
  readonly #attempts = new Map<string, number>();

  /** Counts one more try. */
  open({ model, messages }: Body): OpenConversation {
    const name = JSON.stringify([model, messages]);
    const attempt = (this.#attempts.get(name) ?? 0) + 1;
    this.#attempts.set(name, attempt);
    return { attempt, end: () => this.#attempts.delete(name) };
  }
}
