/** How far work may run ahead of the oldest that is unfinished. */
const WINDOW = 1_000;
/** How much may wait for its turn, in characters. */
const MOST_HELD = 32 * 1024 * 1024;

/** How {@linkcode inParallel} works. */
export interface ParallelOptions<Result> {
  /** How many may be under way at once; may change at any time, and is 1 at least. */
  readonly room: () => number;
  /** Nothing more is to be taken; what is under way goes on to its end. */
  readonly stopped: () => boolean;
  /** Results come in the order of the items, else as they are finished. */
  readonly ordered: boolean;
  /** About how much memory a result takes, in characters. */
  readonly sizeOf: (result: Result) => number;
  /** Called when no result is taken any more: what is under way then has to come to its end soon. */
  readonly left: () => void;
  readonly window?: number;
  readonly mostHeld?: number;
}

/**
 * Works on items side by side. An item is taken when there is room for it, so that neither the items nor the results
 * pile up, however many there are and however slowly the results are taken. One without a result is passed over.
 *
 * @throws What the items or the work threw, once all that was under way is finished and handed on.
 */
export async function* inParallel<Item, Result>(
  items: AsyncIterator<Item, unknown, undefined>,
  work: (item: Item) => Promise<Result | undefined>,
  options: ParallelOptions<Result>,
): AsyncGenerator<readonly Result[], void, undefined> {
  const { window = WINDOW, mostHeld = MOST_HELD } = options;
  const bell = new Bell();
  const results = new Results(options);
  let started = 0;
  let running = 0;
  let reading = false;
  let ended = false;
  let failure: { readonly error: unknown } | undefined;

  const fail = (error: unknown): void => {
    failure ??= { error };
    ended = true;
  };
  const isOver = (): boolean => ended || options.stopped();
  const start = async (item: Item): Promise<void> => {
    const place = started++;
    running++;
    try {
      results.add(place, await work(item));
    } catch (error) {
      results.add(place, undefined);
      fail(error);
    }
    running--;
    goOn();
    bell.ring();
  };
  const read = async (): Promise<void> => {
    reading = true;
    try {
      const item = await items.next();
      if (item.done) ended = true;
      else if (!isOver()) start(item.value);
    } catch (error) {
      fail(error);
    }
    reading = false;
    goOn();
    bell.ring();
  };
  const goOn = (): void => {
    const room = running < options.room() &&
      started - results.taken < window && results.held < mostHeld;
    if (room && !reading && !isOver()) read();
  };

  try {
    for (;;) {
      const ready = results.take();
      goOn();
      if (ready.length > 0) yield ready;
      else if (isOver() && running === 0) break;
      else await bell.rung();
    }
  } finally {
    ended = true;
    options.left();
    while (running > 0 || reading) await bell.rung();
  }
  if (failure !== undefined) throw failure.error;
}

/** Results that nobody has taken yet. */
class Results<Result> {
  readonly #finished = new Map<number, Result | undefined>();
  readonly #options: ParallelOptions<Result>;
  /** How many were taken, or passed over. */
  taken = 0;
  /** The size of those that wait. */
  held = 0;

  constructor(options: ParallelOptions<Result>) {
    this.#options = options;
  }

  add(place: number, result: Result | undefined): void {
    this.#finished.set(place, result);
    if (result !== undefined) this.held += this.#options.sizeOf(result);
  }

  take(): readonly Result[] {
    const ready: Result[] = [];
    const places = this.#options.ordered
      ? this.#inOrder()
      : this.#finished.keys();
    for (const place of places) {
      const result = this.#finished.get(place);
      this.#finished.delete(place);
      this.taken++;
      if (result === undefined) continue;
      this.held -= this.#options.sizeOf(result);
      ready.push(result);
    }
    return ready;
  }

  *#inOrder(): Generator<number, void, undefined> {
    while (this.#finished.has(this.taken)) yield this.taken;
  }
}

/** Rung by whoever changes something, however often, while one other waits for that. */
class Bell {
  #next = Promise.withResolvers<void>();

  ring(): void {
    this.#next.resolve();
  }

  async rung(): Promise<void> {
    await this.#next.promise;
    this.#next = Promise.withResolvers();
  }
}
