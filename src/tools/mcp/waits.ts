import type { Host } from "../../host.ts";

/** Waits for the end of something, however it ends, but no longer than so many milliseconds. */
export async function waitAtMost(
  ms: number,
  work: Promise<unknown>,
  host: Pick<Host, "sleep">,
): Promise<void> {
  const stop = new AbortController();
  try {
    await Promise.race([
      work.catch(() => {}),
      host.sleep(ms, stop.signal).catch(() => {}),
    ]);
  } finally {
    stop.abort();
  }
}

/**
 * What the work brings, unless the signal is aborted first; the work itself is not ended by that.
 *
 * @throws the signal's reason.
 */
export async function orAborted<T>(
  work: Promise<T>,
  signal: AbortSignal,
): Promise<T> {
  const { promise: aborted, reject } = Promise.withResolvers<never>();
  const onAbort = (): void => reject(signal.reason);
  if (signal.aborted) onAbort();
  signal.addEventListener("abort", onAbort);
  try {
    return await Promise.race([work, aborted]);
  } finally {
    signal.removeEventListener("abort", onAbort);
    // Its failure is nobody's concern any more.
    work.catch(() => {});
  }
}
