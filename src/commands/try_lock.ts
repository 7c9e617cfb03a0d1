import { lockPath } from "../config/paths.ts";
import type { Host } from "../host.ts";

/** How long a run that has just ended may still hold a conversation, in milliseconds. */
const LOCK_MS = 200;

/** A lock, if nobody else has it; disposing of it gives it back. */
export interface TriedLock extends AsyncDisposable {
  readonly taken: boolean;
}

/** Asks for a conversation alone: a run that goes on with it may hold it for hours, and is not waited for. */
export async function tryLock(
  id: string,
  host: Host,
): Promise<TriedLock> {
  const stop = new AbortController();
  const signal = AbortSignal.any([host.interrupt, stop.signal]);
  // Where nothing can be locked, nobody else has.
  const locking = host.lock(lockPath(host, id)).catch(() => undefined);
  const free = async (): Promise<void> =>
    await (await locking)?.[Symbol.asyncDispose]();
  try {
    const taken = await Promise.race([
      locking.then(() => true),
      host.sleep(LOCK_MS, signal).then(() => false),
    ]);
    // Whenever it comes, it is not needed any more.
    if (!taken) free();
    return {
      taken,
      [Symbol.asyncDispose]: () => taken ? free() : Promise.resolve(),
    };
  } catch (error) {
    free();
    throw error;
  } finally {
    stop.abort();
  }
}
