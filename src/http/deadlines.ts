import { MekaError } from "../errors.ts";
import type { Host } from "../host.ts";

const HEAD_MS = 120_000;
const IDLE_MS = 300_000;

/** How long a turn may wait, and for whom. */
export interface DeadlineOptions {
  /** The server's name, for the message. */
  readonly server: string;
  /** Milliseconds from a request to its response's head. */
  readonly headMs?: number | undefined;
  /** Milliseconds without a byte once the head has come. */
  readonly idleMs?: number | undefined;
  /** Milliseconds for all tries together, waits included; undefined for no limit. */
  readonly totalMs?: number | undefined;
  /** When that time began, on `elapsed()`; now by default. */
  readonly since?: number | undefined;
}

/**
 * The time limits of one turn and the person's Ctrl-C as abort signals, with one timer for all of them.
 *
 * @example
 * ```ts ignore
 * using deadlines = new Deadlines(host, { server: "chatgpt.com" });
 * await host.sleep(200, deadlines.signal); // ended by Ctrl-C and the total limit
 * const signal = deadlines.begin(); // from here also by the head limit
 * const response = await host.fetch(new Request(url, { signal }));
 * deadlines.headArrived(); // from here by the idle limit instead
 * for await (const chunk of response.body ?? []) {
 *   deadlines.pause(); // a slow reader of our own output is no silence
 *   yield chunk;
 *   deadlines.touch();
 * }
 * ```
 */
export class Deadlines {
  readonly #host: Pick<Host, "interrupt" | "elapsed" | "sleep">;
  readonly #server: string;
  readonly #headMs: number;
  readonly #idleMs: number;
  readonly #totalMs: number;
  readonly #startedAt: number;
  readonly #turn = new AbortController();
  readonly #stop = new AbortController();
  #attempt: AbortController | undefined;
  #awaitingHead = false;
  /** When the present wait began, on `elapsed()`; Infinity while nothing is awaited. */
  #waitingSince = Infinity;

  constructor(
    host: Pick<Host, "interrupt" | "elapsed" | "sleep">,
    options: DeadlineOptions,
  ) {
    this.#host = host;
    this.#server = options.server;
    this.#headMs = options.headMs ?? HEAD_MS;
    this.#idleMs = options.idleMs ?? IDLE_MS;
    this.#totalMs = options.totalMs ?? Infinity;
    this.#startedAt = options.since ?? host.elapsed();
    if (host.interrupt.aborted) {
      this.#onInterrupt();
    } else {
      host.interrupt.addEventListener("abort", this.#onInterrupt);
      this.#watch();
    }
  }

  /** Aborted by an interrupt and by the total limit only: for waits between the tries and for refreshes. */
  get signal(): AbortSignal {
    return this.#turn.signal;
  }

  /** Starts a try, whose head is due from now; its signal is aborted by whichever limit comes first. */
  begin(): AbortSignal {
    this.#attempt = new AbortController();
    if (this.signal.aborted) this.#attempt.abort(this.signal.reason);
    this.#awaitingHead = true;
    this.touch();
    return this.#attempt.signal;
  }

  /** Ends the head limit of this try and starts its idle limit. */
  headArrived(): void {
    this.#awaitingHead = false;
    this.touch();
  }

  /** Starts the wait anew; cheap enough to call for every chunk, since it leaves the timer alone. */
  touch(): void {
    this.#waitingSince = this.#host.elapsed();
  }

  /** Stops the clock of this try until the next `touch()`. */
  pause(): void {
    this.#waitingSince = Infinity;
  }

  /** Lets go of the timer and of the interrupt, without aborting anything. */
  end(): void {
    this.#host.interrupt.removeEventListener("abort", this.#onInterrupt);
    // Without a reason an error is made for one, which costs as much as the rest of a turn's clock.
    this.#stop.abort(null);
  }

  [Symbol.dispose](): void {
    this.end();
  }

  readonly #onInterrupt = (): void => this.#abort(this.#host.interrupt.reason);

  #abort(reason: unknown): void {
    this.#turn.abort(reason);
    this.#attempt?.abort(reason);
    this.end();
  }

  async #watch(): Promise<void> {
    const { signal } = this.#stop;
    // Nothing moves a limit closer than the shorter of these two, so a timer that sleeps no longer is never too late.
    const longest = Math.min(this.#headMs, this.#idleMs);
    while (!signal.aborted) {
      const left = this.#check();
      if (signal.aborted) return;
      try {
        await this.#host.sleep(Math.ceil(Math.min(left, longest)), signal);
      } catch {
        return; // ended
      }
    }
  }

  /** Aborts what is overdue and tells how long the nearest limit is away. */
  #check(): number {
    const now = this.#host.elapsed();
    const totalLeft = this.#startedAt + this.#totalMs - now;
    if (totalLeft <= 0) {
      const limit = `The time limit of ${this.#totalMs / 1000} s ran out`;
      this.#abort(new MekaError("network", limit));
      return 0;
    }
    const waitMs = this.#awaitingHead ? this.#headMs : this.#idleMs;
    const waitLeft = this.#waitingSince + waitMs - now;
    if (waitLeft > 0) return Math.min(waitLeft, totalLeft);
    const silence = this.#awaitingHead
      ? `No answer within ${waitMs / 1000} s from ${this.#server}`
      : `Nothing came for ${waitMs / 1000} s from ${this.#server}`;
    this.#attempt?.abort(new MekaError("network", silence, { retry: {} }));
    this.pause();
    return totalLeft;
  }
}
