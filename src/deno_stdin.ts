import { fstatSync } from "node:fs";

/** `Host.stdinSize` on Deno. */
export function stdinSize(): number | undefined {
  try {
    const stat = fstatSync(0);
    return stat.isFile() ? stat.size : undefined;
  } catch {
    return undefined; // closed
  }
}
