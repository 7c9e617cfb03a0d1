import { type ErrorKind, MekaError } from "../errors.ts";

/** Failures that every record would meet. */
const EVERYBODYS: ReadonlySet<ErrorKind> = new Set<ErrorKind>([
  "auth",
  "blocked",
  "config",
]);

/** So many failures of one kind, and nothing else so far, are no chance. */
const ALIKE = 10;

/** Tells from the failures of single records when the others are not worth a try. */
export class Trouble {
  readonly #patience: number;
  #answered = false;
  /** The first failure, and how often it has come; undefined once another one has. */
  #first: { readonly kind: ErrorKind; readonly message: string } | undefined;
  #alike = 0;
  #unreached = 0;

  /** @param jobs How many records are under way at once: one outage meets all of them. */
  constructor(jobs: number) {
    this.#patience = Math.max(ALIKE, 2 * jobs);
  }

  /** Notes an answer, whole or cut. */
  answered(): void {
    this.#answered = true;
    this.#unreached = 0;
  }

  /** Notes a failure, and returns the reason to stop if there now is one. */
  failed(error: MekaError): MekaError | undefined {
    if (EVERYBODYS.has(error.kind)) return error;
    const { kind, message, hint } = error;
    this.#unreached = kind === "network" ? this.#unreached + 1 : 0;
    if (this.#unreached >= this.#patience) {
      return new MekaError(
        kind,
        `${this.#unreached} records in a row failed alike: ${message}`,
        { hint },
      );
    }
    if (this.#answered) return undefined;
    this.#first ??= { kind, message };
    const same = kind === this.#first.kind && message === this.#first.message;
    if (!same) this.#answered = true; // not all fail for the same reason: that is the records' matter
    this.#alike++;
    if (this.#answered || this.#alike < ALIKE) return undefined;
    return new MekaError(
      kind,
      `None was answered, and the first ${this.#alike} records failed alike: ${message}`,
      { hint },
    );
  }
}
