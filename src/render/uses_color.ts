import type { Host } from "../host.ts";

/** Tells whether what goes to stderr may be colored (https://no-color.org). */
export function usesColor(host: Pick<Host, "isTerminal" | "env">): boolean {
  return host.isTerminal("stderr") && host.env("NO_COLOR") === undefined &&
    host.env("TERM") !== "dumb";
}
