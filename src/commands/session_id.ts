import { v7 } from "uuid";
import type { Host } from "../host.ts";

/** A new conversation's name: a UUIDv7 (RFC 9562, section 5.7), which sorts by the time it was made. */
export function newSession(host: Pick<Host, "now" | "randomBytes">): string {
  return v7({ msecs: host.now(), random: host.randomBytes(16) });
}
