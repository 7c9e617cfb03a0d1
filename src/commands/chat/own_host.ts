import type { Host } from "../../host.ts";
import type { Waiting } from "./waiting.ts";

/** The same host for a part of the run, which a signal of its own ends, too. */
export function withInterrupt(host: Host, signal: AbortSignal): Host {
  const interrupt = AbortSignal.any([host.interrupt, signal]);
  return changed(host, { interrupt });
}

/** The same host, whose questions have the screen for themselves. */
export function withQuestions(
  host: Host,
  waiting: Waiting | undefined,
): Host {
  if (waiting === undefined) return host;
  return changed(host, {
    prompt: (question, options) =>
      waiting.aside(() => host.prompt(question, options)),
  });
}

/** Not a copy, for which stdin would have to be opened. */
function changed(host: Host, changes: Partial<Host>): Host {
  const own = Object.entries(changes).map(([name, value]) =>
    [name, { value, enumerable: true }] as const
  );
  return Object.create(host, Object.fromEntries(own));
}
