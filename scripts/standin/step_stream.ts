import { setImmediate } from "node:timers";
import type { Step } from "./scenario.ts";

/** What the owner of a stream wants to know. */
export interface StepHooks {
  /** The last bytes have been handed over; silence may follow. */
  ended(): void;
  /** The stream is over, well or not, and the client was there to the end. */
  closed(): void;
  /** The client left before the end. */
  left(): void;
}

/** Turns steps into a body that is written only as fast as the client reads. */
export function stepStream(
  steps: Iterable<Step>,
  gone: AbortSignal,
  hooks: StepHooks,
): ReadableStream<Uint8Array> {
  const iterator = steps[Symbol.iterator]();
  // One step is looked ahead, so that the end is known together with the last bytes.
  let next = iterator.next();
  return new ReadableStream<Uint8Array>({
    pull: async (controller): Promise<void> => {
      while (!next.done) {
        const step = next.value;
        if (gone.aborted) return;
        if (step === "hang") {
          hooks.ended();
          await waitFor(Infinity, gone);
          return;
        }
        if (step === "reset") {
          hooks.closed();
          // The head promised more (see `promisesMore`), so closing here breaks the connection.
          controller.close();
          return;
        }
        next = iterator.next();
        if (step === "apart") {
          // Deno.serve joins small chunks unless the event loop turns between them.
          await new Promise<void>((resolve) => setImmediate(resolve));
          continue;
        }
        if (typeof step === "number") {
          await waitFor(step, gone);
          continue;
        }
        if (next.done) hooks.ended();
        controller.enqueue(step);
        if (!next.done) return;
      }
      hooks.closed();
      if (!gone.aborted) controller.close();
    },
    cancel: () => hooks.left(),
  }, { highWaterMark: 0 });
}

/** Tells whether the steps break the connection: then the head needs a length that never comes. */
export function promisesMore(steps: Iterable<Step>): boolean {
  return Array.isArray(steps) && steps.includes("reset");
}

function waitFor(ms: number, gone: AbortSignal): Promise<void> {
  if (gone.aborted) return Promise.resolve();
  return new Promise((resolve) => {
    const timer = ms === Infinity ? undefined : setTimeout(done, ms);
    function done(): void {
      clearTimeout(timer);
      gone.removeEventListener("abort", done);
      resolve();
    }
    gone.addEventListener("abort", done, { once: true });
  });
}
