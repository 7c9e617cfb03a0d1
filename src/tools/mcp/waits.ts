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
