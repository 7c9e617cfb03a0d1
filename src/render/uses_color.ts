import type { Host } from "../host.ts";

/** Tells whether what goes to a stream may be colored (https://no-color.org). */
export function usesColor(
  host: Pick<Host, "isTerminal" | "env">,
  stream: "stdout" | "stderr" = "stderr",
): boolean {
  return host.isTerminal(stream) && host.env("NO_COLOR") === undefined &&
    host.env("TERM") !== "dumb";
}
