import { bytes } from "./framing.ts";
import type { Reply, Step } from "./scenario.ts";

/** The same answer with a pause before its first byte, and another one in its middle where that is known. */
export function slowed(reply: Reply, ms: number): Reply {
  if (ms === 0 || reply.silent || (reply.status ?? 200) !== 200) return reply;
  const { body } = reply;
  if (typeof body !== "string" && !Array.isArray(body)) {
    return { ...reply, body: later(body, ms) };
  }
  const parts = typeof body === "string" ? halves(bytes(body)) : body;
  const middle = Math.ceil(parts.length / 2);
  return {
    ...reply,
    body: [ms, ...parts.slice(0, middle), ms, ...parts.slice(middle)],
  };
}

function* later(steps: Iterable<Step>, ms: number): Generator<Step> {
  yield ms;
  yield* steps;
}

function halves(body: Uint8Array): Step[] {
  const middle = body.length >> 1;
  return [body.subarray(0, middle), body.subarray(middle)];
}
