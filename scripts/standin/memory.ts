import { allViolations, type OpenRecord } from "./record.ts";
import type { RecordedRequest, Remember } from "./types.ts";

/** The most violations that are kept of requests that are not. */
const VIOLATIONS = 1000;

/** The requests a stand-in has seen, and what is left of those it forgets. */
export class Memory<Counts> {
  readonly requests: OpenRecord[] = [];
  readonly #remember: Remember;
  readonly #count: (requests: readonly RecordedRequest[]) => Counts;
  readonly #add: (a: Counts, b: Counts) => Counts;
  #arrived = 0;
  #forgotten: Counts;
  #violations: string[] = [];

  constructor(
    options: {
      readonly remember: Remember | undefined;
      readonly count: (requests: readonly RecordedRequest[]) => Counts;
      readonly add: (a: Counts, b: Counts) => Counts;
    },
  ) {
    this.#remember = options.remember ?? "all";
    this.#count = options.count;
    this.#add = options.add;
    this.#forgotten = options.count([]);
  }

  /** The number of the next arrival, from 1. */
  arrival(): number {
    return ++this.#arrived;
  }

  /** Forgets a request that is over, if it is to. */
  over(request: RecordedRequest): void {
    if (this.#remember === "all") return;
    const at = this.requests.findIndex((open) => open === request);
    if (at < 0) return;
    this.requests.splice(at, 1);
    this.#forgotten = this.#add(this.#forgotten, this.#count([request]));
    const left = VIOLATIONS - this.#violations.length;
    this.#violations.push(...allViolations([request]).slice(0, left));
  }

  /** How often each thing was asked. */
  counts(): Counts {
    return this.#add(this.#forgotten, this.#count(this.requests));
  }

  /** The violations of all requests, the first thousand of those that are forgotten. */
  get violations(): readonly string[] {
    return [...this.#violations, ...allViolations(this.requests)];
  }

  /** Forgets everything, but goes on counting arrivals. */
  clear(): void {
    this.requests.length = 0;
    this.#violations = [];
    this.#forgotten = this.#count([]);
  }
}
