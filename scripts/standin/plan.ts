/** A queue of outcomes of which the last one repeats. */
export class Plan<Name extends string> {
  readonly #names: readonly Name[];
  readonly #first: Name;
  #queue: Name[];

  constructor(names: readonly Name[], first: Name) {
    this.#names = names;
    this.#first = first;
    this.#queue = [first];
  }

  /** Replaces what is queued; an unknown name is a mistake of the test. */
  set(names: readonly string[]): void {
    const known = names.map((name) => {
      const found = this.#names.find((candidate) => candidate === name);
      if (found === undefined) {
        throw new RangeError(
          `Unknown outcome "${name}": one of ${this.#names.join(", ")}`,
        );
      }
      return found;
    });
    this.#queue = known.length === 0 ? [this.#first] : known;
  }

  /** The next outcome. */
  next(): Name {
    const next = this.#queue[0] ?? this.#first;
    if (this.#queue.length > 1) this.#queue.shift();
    return next;
  }
}
