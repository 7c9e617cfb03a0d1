import { MekaError } from "./errors.ts";
import type { CaughtInterrupt, Host } from "./host.ts";

/** How signals end a run, or a part of it. */
export type Signals = Pick<Host, "interrupt" | "catchInterrupt">;

/** The first signal aborts the run and lets it end in order; the second ends it at once. */
export function listenForSignals(): Signals {
  const run = new AbortController();
  /** Those who want SIGINT for themselves, the latest one last. */
  const catchers = new Set<AbortController>();
  const end = (exit: number, message: string): void => {
    if (run.signal.aborted) Deno.exit(exit);
    run.abort(new MekaError("interrupted", message, { exit }));
  };
  Deno.addSignalListener("SIGINT", () => {
    const catcher = [...catchers].at(-1);
    if (catcher === undefined || catcher.signal.aborted) {
      return end(130, "Interrupted");
    }
    catcher.abort(new MekaError("interrupted", "Interrupted"));
  });
  // Windows knows no SIGTERM.
  if (Deno.build.os !== "windows") {
    Deno.addSignalListener("SIGTERM", () => end(143, "Terminated"));
  }
  return {
    interrupt: run.signal,
    catchInterrupt: () => catchInterrupt(catchers),
  };
}

function catchInterrupt(catchers: Set<AbortController>): CaughtInterrupt {
  const catcher = new AbortController();
  catchers.add(catcher);
  return {
    signal: catcher.signal,
    [Symbol.dispose]: () => {
      catchers.delete(catcher);
    },
  };
}
