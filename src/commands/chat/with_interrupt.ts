import type { Host } from "../../host.ts";

/** The same host for a part of the run, which another signal ends. */
export function withInterrupt(host: Host, interrupt: AbortSignal): Host {
  // Not a copy: to read stdin's stream is to open it.
  return Object.create(host, {
    interrupt: { value: interrupt, enumerable: true },
  });
}
