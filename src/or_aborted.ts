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
