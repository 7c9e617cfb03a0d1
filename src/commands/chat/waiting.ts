import type { Host, Output } from "../../host.ts";

/** How long nothing must come before that is shown, in milliseconds. */
const PATIENCE_MS = 300;
/** How often the time is shown, in milliseconds. */
const TICK_MS = 1000;

/** Takes back what stands on the screen's current line. */
const ERASE = "\r\x1b[K";

/**
 * Hands on what is to be written, and shows how long nothing has come while nothing does: on an empty line, which is
 * empty again before anything else is written.
 */
export async function* withWaiting(
  outputs: AsyncIterable<Output>,
  host: Pick<Host, "write" | "sleep" | "elapsed">,
): AsyncGenerator<Output, void, undefined> {
  const iterator = outputs[Symbol.asyncIterator]();
  let atLineStart = true;
  try {
    for (;;) {
      const coming = iterator.next();
      const next: IteratorResult<Output, unknown> = atLineStart
        ? await waitFor(coming, host)
        : await coming;
      if (next.done) return;
      yield next.value;
      atLineStart = next.value.text.endsWith("\n");
    }
  } finally {
    await iterator.return?.();
  }
}

async function waitFor<T>(
  work: Promise<T>,
  host: Pick<Host, "write" | "sleep" | "elapsed">,
): Promise<T> {
  const stop = new AbortController();
  const shown = showTime(stop.signal, host);
  try {
    return await work;
  } finally {
    stop.abort();
    await shown;
  }
}

async function showTime(
  end: AbortSignal,
  host: Pick<Host, "write" | "sleep" | "elapsed">,
): Promise<void> {
  const began = host.elapsed();
  const show = (text: string): Promise<void> =>
    host.write({ to: "stderr", text });
  let isShown = false;
  try {
    await host.sleep(PATIENCE_MS, end);
    for (;;) {
      const seconds = Math.floor((host.elapsed() - began) / 1000);
      isShown = true;
      await show(`${ERASE}\x1b[2m… ${seconds} s\x1b[22m`);
      await host.sleep(TICK_MS, end);
    }
  } catch (error) {
    if (!end.aborted) throw error;
  } finally {
    if (isShown) await show(ERASE);
  }
}
