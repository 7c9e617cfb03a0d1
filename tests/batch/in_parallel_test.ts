import assert from "node:assert/strict";
import fc from "fast-check";
import {
  inParallel,
  type ParallelOptions,
} from "../../src/batch/in_parallel.ts";

/** Work that ends when the test says so. */
class Bench {
  /** Items whose work is under way, in the order in which it began. */
  readonly open = new Map<
    number,
    { resolve(result?: string): void; reject(error: unknown): void }
  >();
  most = 0;
  taken = 0;
  ended = false;
  left = 0;

  async *items(count: number): AsyncGenerator<number, void, undefined> {
    try {
      for (let n = 0; n < count; n++) {
        this.taken++;
        yield n;
      }
    } finally {
      this.ended = true;
    }
  }

  readonly work = (item: number): Promise<string | undefined> => {
    const { promise, resolve, reject } = Promise.withResolvers<
      string | undefined
    >();
    this.open.set(item, { resolve, reject });
    this.most = Math.max(this.most, this.open.size);
    return promise.finally(() => this.open.delete(item));
  };

  end(item: number, result = `r${item}`): void {
    const work = this.open.get(item);
    assert.ok(work, `${item} is not under way`);
    work.resolve(result);
  }

  /** Ends the work without a result. */
  leave(item: number): void {
    this.open.get(item)?.resolve(undefined);
  }

  run(
    count: number,
    options: Partial<ParallelOptions<string>> = {},
  ): AsyncGenerator<readonly string[], void, undefined> {
    return inParallel(this.items(count), this.work, {
      room: () => 3,
      stopped: () => false,
      ordered: true,
      sizeOf: (result) => result.length,
      left: () => {
        this.left++;
        for (const [item] of this.open) this.leave(item);
      },
      ...options,
    });
  }
}

/** Lets everything happen that can. */
function settled(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve));
}

Deno.test("inParallel() takes as many items as there is room for, and the next when one is finished", async () => {
  const bench = new Bench();
  const results = bench.run(5);
  const first = results.next();
  await settled();
  assert.deepEqual([...bench.open.keys()], [0, 1, 2]);
  assert.equal(bench.taken, 3);
  bench.end(0);
  assert.deepEqual((await first).value, ["r0"]);
  await settled();
  assert.deepEqual([...bench.open.keys()], [1, 2, 3]);
  await results.return();
});

Deno.test("inParallel() gives results in the order of the items", async () => {
  const bench = new Bench();
  const results = bench.run(3);
  const first = results.next();
  await settled();
  bench.end(2);
  bench.end(1);
  await settled();
  bench.end(0);
  assert.deepEqual((await first).value, ["r0", "r1", "r2"]);
  assert.equal((await results.next()).done, true);
  assert.equal(bench.left, 1);
});

Deno.test("inParallel() gives results as they come where no order is asked for", async () => {
  const bench = new Bench();
  const results = bench.run(3, { ordered: false });
  const first = results.next();
  await settled();
  bench.end(2);
  assert.deepEqual((await first).value, ["r2"]);
  bench.end(0);
  assert.deepEqual((await results.next()).value, ["r0"]);
  bench.end(1);
  assert.deepEqual((await results.next()).value, ["r1"]);
  assert.equal((await results.next()).done, true);
});

Deno.test("inParallel() passes over items without a result", async () => {
  const bench = new Bench();
  const results = bench.run(3);
  const first = results.next();
  await settled();
  bench.leave(0);
  bench.leave(1);
  bench.end(2);
  assert.deepEqual((await first).value, ["r2"]);
});

const BOUNDS: readonly (readonly [
  string,
  Partial<ParallelOptions<string>>,
  number,
])[] = [
  ["further ahead of the oldest than its window", { window: 4 }, 4],
  ["more than may wait for its turn", { mostHeld: 8 }, 4],
];

for (const [what, options, most] of BOUNDS) {
  Deno.test(`inParallel() takes no ${what}`, async () => {
    const bench = new Bench();
    const results = bench.run(100, options);
    const first = results.next();
    await settled();
    for (let n = 1; bench.open.has(n); n++) {
      bench.end(n, "r___");
      await settled();
    }
    assert.equal(bench.taken, most);
    bench.end(0);
    assert.equal((await first).value?.length, most);
    await settled();
    assert.ok(bench.taken > most);
    await results.return();
  });
}

Deno.test("inParallel() takes nothing more when nobody takes its results", async () => {
  const bench = new Bench();
  const results = bench.run(100, { window: 10 });
  const first = results.next();
  await settled();
  for (let n = 0; bench.open.has(n); n++) {
    bench.end(n);
    await settled();
  }
  await first;
  assert.ok(bench.taken <= 11, `${bench.taken} were taken`);
  await results.return();
});

Deno.test("inParallel() follows the room that there is", async () => {
  const bench = new Bench();
  let room = 1;
  const results = bench.run(10, { room: () => room });
  const first = results.next();
  await settled();
  assert.equal(bench.open.size, 1);
  room = 4;
  bench.end(0);
  await first;
  await settled();
  assert.equal(bench.open.size, 4);
  room = 2;
  const second = results.next();
  for (const n of [1, 2, 3]) bench.end(n);
  await second;
  await settled();
  assert.equal(bench.open.size, 2);
  await results.return();
});

Deno.test("inParallel() hands on what is under way when it is stopped, and takes nothing more", async () => {
  const bench = new Bench();
  let stopped = false;
  const results = bench.run(100, { stopped: () => stopped });
  const first = results.next();
  await settled();
  stopped = true;
  bench.end(0);
  assert.deepEqual((await first).value, ["r0"]);
  const rest = results.next();
  bench.leave(1);
  bench.end(2);
  assert.deepEqual((await rest).value, ["r2"]);
  assert.equal((await results.next()).done, true);
  assert.equal(bench.taken, 3);
});

Deno.test("inParallel() does not wait for an item that does not come when it is stopped", async () => {
  let stopped = false;
  const quit = new AbortController();
  const items: AsyncIterator<number, undefined, undefined> = {
    next: () =>
      new Promise((resolve) => {
        quit.signal.addEventListener("abort", () =>
          resolve({ done: true, value: undefined }));
      }),
  };
  const results = inParallel(items, () => Promise.resolve("r"), {
    room: () => 1,
    stopped: () => stopped,
    ordered: true,
    sizeOf: () => 0,
    left: () => quit.abort(),
  });
  const first = results.next();
  await settled();
  stopped = true;
  quit.abort();
  assert.equal((await first).done, true);
});

Deno.test("inParallel() ends what is under way when nobody wants its results any more", async () => {
  const bench = new Bench();
  const results = bench.run(100);
  const first = results.next();
  await settled();
  bench.end(0);
  await first;
  await results.return();
  assert.equal(bench.left, 1);
  assert.equal(bench.open.size, 0);
});

Deno.test("inParallel() throws what the work threw, once the others are handed on", async () => {
  const bench = new Bench();
  const results = bench.run(100);
  const first = results.next();
  await settled();
  bench.open.get(1)?.reject(new Error("broken"));
  await settled();
  bench.end(0);
  bench.end(2);
  assert.deepEqual((await first).value, ["r0", "r2"]);
  await assert.rejects(results.next(), /broken/);
  assert.equal(bench.taken, 3);
});

Deno.test("inParallel() throws what the items threw, once the others are handed on", async () => {
  const items = (async function* (): AsyncGenerator<number> {
    yield 0;
    await Promise.resolve();
    throw new Error("broken");
  })();
  const results = inParallel(items, (n) => Promise.resolve(`r${n}`), {
    room: () => 2,
    stopped: () => false,
    ordered: true,
    sizeOf: () => 0,
    left: () => {},
  });
  assert.deepEqual((await results.next()).value, ["r0"]);
  await assert.rejects(results.next(), /broken/);
});

Deno.test("inParallel() gives each result once and in order, whatever ends first", async () => {
  await fc.assert(fc.asyncProperty(
    fc.array(fc.nat({ max: 5 }), { maxLength: 60 }),
    fc.integer({ min: 1, max: 8 }),
    fc.integer({ min: 1, max: 10 }),
    async (delays, room, window) => {
      let running = 0;
      let most = 0;
      const work = async ([n, ticks]: readonly [number, number]): Promise<
        string
      > => {
        most = Math.max(most, ++running);
        for (let tick = 0; tick < ticks; tick++) await Promise.resolve();
        running--;
        return `r${n}`;
      };
      const items = (async function* (): AsyncGenerator<
        readonly [number, number]
      > {
        yield* delays.entries();
      })();
      const results = inParallel(items, work, {
        room: () => room,
        stopped: () => false,
        ordered: true,
        sizeOf: () => 1,
        left: () => {},
        window,
      });
      const all = (await Array.fromAsync(results)).flat();
      assert.deepEqual(all, delays.map((_, n) => `r${n}`));
      assert.ok(most <= Math.min(room, window));
    },
  ));
});
