import type { ToolContext } from "./tool.ts";

/** How long work may go on without letting signals and timers have their turn, in milliseconds. */
const TURN_MS = 25;

/**
 * Makes what long work awaits again and again: it lets others have their turn now and then, throws when the call is
 * interrupted, and tells whether there is time left.
 */
export function makeTurns(
  { host, signal }: Pick<ToolContext, "host" | "signal">,
  limitMs: number,
): () => Promise<boolean> {
  const start = host.elapsed();
  let last = start;
  return async () => {
    const now = host.elapsed();
    if (now - last >= TURN_MS) {
      await host.sleep(0, signal);
      last = host.elapsed();
    }
    signal.throwIfAborted();
    return now - start < limitMs;
  };
}
