import type { RecordedRequest } from "./types.ts";

type Condition = (requests: readonly RecordedRequest[]) => boolean;

/** Those who wait until the requests look a certain way. */
export class Waiting {
  readonly #requests: readonly RecordedRequest[];
  readonly #checks = new Set<() => void>();

  constructor(requests: readonly RecordedRequest[]) {
    this.#requests = requests;
  }

  /** Looks again, because a request has arrived or changed. */
  check(): void {
    for (const check of this.#checks) check();
  }

  /** Waits until the condition holds. */
  until(condition: Condition): Promise<void> {
    return new Promise((resolve) => {
      const check = (): void => {
        if (!condition(this.#requests)) return;
        this.#checks.delete(check);
        resolve();
      };
      this.#checks.add(check);
      check();
    });
  }
}
