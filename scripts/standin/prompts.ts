/** How often one prompt was asked. */
export interface PromptCount {
  /** Requests with it that arrived, whatever became of them. */
  readonly sent: number;
  /** Answers to it that were handed over to their good end. */
  readonly answered: number;
  /** The arrival numbers of its requests (see `RecordedRequest.n`). */
  readonly arrivals: readonly number[];
}

/** Counts requests for an answer by what the person said last. */
export class Prompts {
  readonly #counts = new Map<
    string,
    { sent: number; answered: number; arrivals: number[] }
  >();

  /** Notes that a request has arrived. */
  arrived(prompt: string, n: number): PromptCount {
    const count = this.#counts.get(prompt) ??
      { sent: 0, answered: 0, arrivals: [] };
    count.sent++;
    count.arrivals.push(n);
    this.#counts.set(prompt, count);
    return count;
  }

  /** Notes that its answer came to its good end. */
  answered(prompt: string): void {
    const count = this.#counts.get(prompt);
    if (count !== undefined) count.answered++;
  }

  /** All of them, in the order of their first arrival. */
  get all(): ReadonlyMap<string, PromptCount> {
    return this.#counts;
  }

  /** Forgets them. */
  clear(): void {
    this.#counts.clear();
  }
}
