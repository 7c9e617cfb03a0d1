/** Works on all items, so many at once, each worker with something of its own; gives the results in the items' order. */
export async function inPool<Item, Own extends AsyncDisposable, Result>(
  items: readonly Item[],
  options: { readonly size: number; readonly own: () => Promise<Own> },
  work: (item: Item, own: Own) => Promise<Result>,
): Promise<Result[]> {
  const results: Result[] = [];
  let next = 0;
  const worker = async (): Promise<void> => {
    await using own = await options.own();
    for (let at = next++; at < items.length; at = next++) {
      results[at] = await work(items[at]!, own);
    }
  };
  await Promise.all(Array.from({ length: options.size }, worker));
  return results;
}

/** Runs slow rows of a table side by side, and then tells of each in a step of its own. */
export async function stepsInPool<Row>(
  t: Deno.TestContext,
  rows: ReadonlyMap<string, Row>,
  work: (row: Row) => Promise<void>,
): Promise<void> {
  const own = (): Promise<AsyncDisposable> =>
    Promise.resolve({ [Symbol.asyncDispose]: () => Promise.resolve() });
  const outcomes = await inPool(
    [...rows.values()],
    { size: 6, own },
    (row) => work(row).then(() => undefined, (error: unknown) => ({ error })),
  );
  for (const [at, name] of [...rows.keys()].entries()) {
    await t.step(name, () => {
      const outcome = outcomes[at];
      if (outcome !== undefined) throw outcome.error;
    });
  }
}
