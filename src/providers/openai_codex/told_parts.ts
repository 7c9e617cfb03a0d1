import type { Place } from "./wire.ts";

/** Stands for all parts of an item, where the server does not say which. */
const WHOLE = -1;

/**
 * Which parts of an answer have been told, since the service repeats each of them up to three times. A part is known by
 * its item's id or index, whichever the server names, and by its own index.
 */
export class ToldParts {
  readonly #parts = new Map<string | number, Set<number>>();
  /** A part of no named item was told; it counts for the next item that ends. */
  #unnamed = false;
  /** Most deltas belong to the part of the one before, and need no look-up. */
  #last: Place | undefined;

  add(place: Place): void {
    const last = this.#last;
    if (
      last !== undefined && place.itemId === last.itemId &&
      place.outputIndex === last.outputIndex &&
      place.contentIndex === last.contentIndex
    ) return;
    this.#last = place;
    const keys = keysOf(place);
    if (keys.length === 0) this.#unnamed = true;
    for (const key of keys) {
      const parts = this.#parts.get(key) ?? new Set();
      parts.add(place.contentIndex ?? WHOLE);
      this.#parts.set(key, parts);
    }
  }

  has(place: Place): boolean {
    if (this.#unnamed) return true;
    return keysOf(place).some((key) => {
      const parts = this.#parts.get(key);
      if (parts === undefined) return false;
      return parts.has(WHOLE) || parts.has(place.contentIndex ?? WHOLE);
    });
  }

  /** What comes without a name from here on belongs to another item. */
  endItem(): void {
    this.#unnamed = false;
    this.#last = undefined;
  }
}

function keysOf({ itemId, outputIndex }: Place): readonly (string | number)[] {
  return [itemId, outputIndex].filter((key) => key !== undefined);
}
