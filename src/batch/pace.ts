import type { MekaError } from "../errors.ts";
import type { Host } from "../host.ts";

/** A limit that ends so soon is waited out, as in a single turn; in milliseconds. */
const SOON_MS = 60_000;
/** The first wait for a limit that does not tell its end; each further one is twice as long. */
const FIRST_WAIT_MS = 1_000;
/** How often a limit is waited out without an answer in between. */
const MOST_WAITS = 8;
/** Refusals of the same moment count as one. */
const MOMENT_MS = 1_000;

/** What {@linkcode Pace} is made with. */
export interface PaceOptions {
  readonly host: Pick<Host, "now" | "elapsed" | "sleep">;
  /** The most that may be under way at once. */
  readonly jobs: number;
  /** Limits are waited out however long that takes. */
  readonly waits: boolean;
}

/**
 * How many turns go side by side, and when. A service that is asked too often gets half as many at once, and then, answer
 * by answer, one more again.
 */
export class Pace {
  readonly #options: PaceOptions;
  #allowed: number;
  /** When it was last slowed, on `elapsed()`. */
  #slowedAt = -Infinity;
  #until = 0;
  /** Waits without an answer in between. */
  #waits = 0;

  constructor(options: PaceOptions) {
    this.#options = options;
    this.#allowed = options.jobs;
  }

  /** How many may be under way now. */
  get room(): number {
    return Math.floor(this.#allowed);
  }

  /** How long nothing is to be sent from now, in milliseconds. */
  get waitMs(): number {
    return Math.max(0, this.#until - this.#options.host.now());
  }

  /** Notes an answer. */
  answered(): void {
    this.#waits = 0;
    this.#allowed = Math.min(
      this.#options.jobs,
      this.#allowed + 1 / this.#allowed,
    );
  }

  /** Notes that the service was asked too often, and how long it wants to be left alone. */
  slowed(waitMs = 0): void {
    const { host } = this.#options;
    const elapsed = host.elapsed();
    if (elapsed - this.#slowedAt >= MOMENT_MS) {
      this.#slowedAt = elapsed;
      this.#allowed = Math.max(1, this.#allowed / 2);
    }
    this.#waitUntil(host.now() + Math.min(waitMs, SOON_MS));
  }

  /** Notes that a turn met a limit, and tells whether it is to be sent again once {@linkcode ready} says so. */
  limited({ retryAt, retry }: MekaError): boolean {
    const { host, waits } = this.#options;
    // Credits that are used up come back by no wait.
    if (retryAt === undefined && retry === undefined) return false;
    const now = host.now();
    const tooLong = retryAt !== undefined && retryAt - now > SOON_MS;
    if (!waits && (tooLong || this.#waits >= MOST_WAITS)) return false;
    if (this.waitMs === 0) this.#waits++;
    const least = Math.min(SOON_MS, FIRST_WAIT_MS * 2 ** (this.#waits - 1));
    this.#waitUntil(Math.max(retryAt ?? 0, now + least));
    return true;
  }

  /** Resolves when a turn may be sent; rejects with the signal's reason when that comes first. */
  async ready(signal: AbortSignal): Promise<void> {
    const { host } = this.#options;
    signal.throwIfAborted();
    while (this.waitMs > 0) {
      // In parts: a machine that slept meanwhile has a clock that jumped, and timers that did not.
      await host.sleep(Math.min(this.waitMs, SOON_MS), signal);
    }
  }

  #waitUntil(time: number): void {
    this.#until = Math.max(this.#until, time);
  }
}
