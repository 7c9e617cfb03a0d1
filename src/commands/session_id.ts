import type { Host } from "../host.ts";

/**
 * A new conversation's name: a UUIDv7 (RFC 9562, section 5.7), which sorts by the time it was made. The npm package
 * `uuid` reaches for `node:crypto`, which costs every start 20 ms.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * const host = { now: () => 0x017f22e279b0, randomBytes: (n: number) => new Uint8Array(n).fill(0xff) };
 * assert.equal(newSession(host), "017f22e2-79b0-7fff-bfff-ffffffffffff");
 * ```
 */
export function newSession(host: Pick<Host, "now" | "randomBytes">): string {
  const bytes = host.randomBytes(16);
  const time = host.now();
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  view.setUint32(0, Math.floor(time / 0x10000));
  view.setUint16(4, time % 0x10000);
  view.setUint8(6, (view.getUint8(6) & 0x0f) | 0x70);
  view.setUint8(8, (view.getUint8(8) & 0x3f) | 0x80);
  return bytes.toHex().replace(
    /^(.{8})(.{4})(.{4})(.{4})(.{12})$/,
    "$1-$2-$3-$4-$5",
  );
}
