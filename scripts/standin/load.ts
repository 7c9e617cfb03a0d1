import type { RecordedRequest } from "./types.ts";

/** How many requests for an answer are being answered. */
export class Load {
  #most = 0;
  readonly #open = new Set<RecordedRequest>();

  /** Right now. */
  get now(): number {
    return this.#open.size;
  }

  /** At most at once. */
  get most(): number {
    return this.#most;
  }

  /** Looks at a request that has arrived, was answered, or was given up. */
  changed(request: RecordedRequest): void {
    if (request.answered || request.aborted) this.#open.delete(request);
    else this.#open.add(request);
    this.#most = Math.max(this.#most, this.#open.size);
  }

  /** Starts anew; what is open stays so. */
  reset(): void {
    this.#most = this.#open.size;
  }
}
