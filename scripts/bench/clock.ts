import type { Libc } from "./libc.ts";

/** Milliseconds that two processes of one machine agree on. */
export type Clock = () => number;

/** The machine's monotonic clock, or the nearest to it that the web platform has. */
export function openClock(libc: Libc | undefined): Clock {
  return libc?.monotonicMs ??
    (() => performance.timeOrigin + performance.now());
}
