import type { Host } from "../host.ts";

interface Sleeper {
  /** On `elapsed()`. */
  readonly until: number;
  readonly wake: () => void;
}

/**
 * A `sleep` for many turns at once. Each turn sets a timer for its time limits and ends long before; a timer of the
 * runtime stays until its time has come, so that those of a long run would pile up. Here one is enough for all of them.
 */
export function sharedSleep(
  host: Pick<Host, "elapsed" | "sleep">,
): Host["sleep"] {
  const sleepers = new Set<Sleeper>();
  const never = new AbortController().signal;
  let next = Infinity;

  const plan = async (until: number): Promise<void> => {
    if (until >= next) return;
    next = until;
    await host.sleep(Math.max(0, until - host.elapsed()), never);
    // An earlier one may have been planned meanwhile, and then plans on by itself.
    if (next !== until) return;
    next = Infinity;
    const now = host.elapsed();
    let soonest = Infinity;
    for (const sleeper of sleepers) {
      if (sleeper.until <= now) sleeper.wake();
      else soonest = Math.min(soonest, sleeper.until);
    }
    if (soonest < Infinity) plan(soonest);
  };

  return (ms, signal) =>
    new Promise((resolve, reject) => {
      if (signal.aborted) return reject(signal.reason);
      const end = (): void => {
        sleepers.delete(sleeper);
        signal.removeEventListener("abort", onAbort);
      };
      const onAbort = (): void => {
        end();
        reject(signal.reason);
      };
      const sleeper = {
        until: host.elapsed() + ms,
        wake: () => {
          end();
          resolve();
        },
      };
      sleepers.add(sleeper);
      signal.addEventListener("abort", onAbort);
      plan(sleeper.until);
    });
}
