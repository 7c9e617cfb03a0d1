import type { Host, Output } from "../../host.ts";

/** How long nothing must come before that is shown, in milliseconds. */
const PATIENCE_MS = 300;
/** How often the time is shown, in milliseconds. */
const TICK_MS = 1000;

/** Takes back what stands on the screen's current line. */
const ERASE = "\r\x1b[K";

/** Shows how long nothing comes: on an empty line, which is empty again before anything else is written. */
export class Waiting {
  readonly #host: Pick<Host, "write" | "sleep" | "elapsed">;
  #stop: AbortController | undefined;
  #shown: Promise<void> = Promise.resolve();

  constructor(host: Pick<Host, "write" | "sleep" | "elapsed">) {
    this.#host = host;
  }

  /** Hands on what is to be written. */
  async *fill(
    outputs: AsyncIterable<Output>,
  ): AsyncGenerator<Output, void, undefined> {
    const iterator = outputs[Symbol.asyncIterator]();
    let atLineStart = true;
    try {
      for (;;) {
        if (atLineStart) this.#begin();
        const next: IteratorResult<Output, unknown> = await iterator.next()
          .finally(() => this.#end());
        if (next.done) return;
        yield next.value;
        atLineStart = next.value.text.endsWith("\n");
      }
    } finally {
      await iterator.return?.();
    }
  }

  /** Does something that needs the screen for itself, like a question. */
  async aside<T>(work: () => Promise<T>): Promise<T> {
    const wasShown = this.#stop !== undefined;
    await this.#end();
    try {
      return await work();
    } finally {
      if (wasShown) this.#begin();
    }
  }

  #begin(): void {
    this.#stop = new AbortController();
    this.#shown = this.#show(this.#stop.signal);
    // Told by whoever waits for it, which may be much later.
    this.#shown.catch(() => {});
  }

  async #end(): Promise<void> {
    this.#stop?.abort();
    this.#stop = undefined;
    await this.#shown;
  }

  async #show(end: AbortSignal): Promise<void> {
    const { elapsed, sleep, write } = this.#host;
    const began = elapsed();
    let isShown = false;
    try {
      await sleep(PATIENCE_MS, end);
      for (;;) {
        const seconds = Math.floor((elapsed() - began) / 1000);
        isShown = true;
        const text = `${ERASE}\x1b[2m… ${seconds} s\x1b[22m`;
        await write({ to: "stderr", text });
        await sleep(TICK_MS, end);
      }
    } catch (error) {
      if (!end.aborted) throw error;
    } finally {
      if (isShown) await write({ to: "stderr", text: ERASE });
    }
  }
}
