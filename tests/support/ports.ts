import { delay } from "./delay.ts";

/** The ports that a sign-in may listen on; the issuer knows no others. */
export const SIGN_IN_PORTS = [1455, 1457] as const;

/** Whoever listens here has the turn: a lock that no crash leaves behind. */
const TURN_PORT = 14_551;

/** How long to wait for the sign-ins of other test runs to end. */
const PATIENCE_MS = 120_000;

/**
 * Takes the sign-in's ports for one test at a time: other test runs on this machine wait for their turn. A sign-in that
 * somebody makes by hand meanwhile knows nothing of it, so a test must not mind which of the ports it gets.
 *
 * @throws when a program keeps one of them.
 */
export async function reserveSignInPorts(): Promise<Disposable> {
  const turn = await holdPort(TURN_PORT);
  try {
    await untilFree();
    return turn;
  } catch (error) {
    turn[Symbol.dispose]();
    throw error;
  }
}

/** Waits until nobody listens on the sign-in's ports. */
export async function untilFree(): Promise<void> {
  for (const port of SIGN_IN_PORTS) {
    using _ = await holdPort(port);
  }
}

/**
 * Holds a port the way another program would, as soon as it is free.
 *
 * @throws when a program keeps it.
 */
export async function holdPort(port: number): Promise<Disposable> {
  const start = performance.now();
  for (;;) {
    const held = tryHold(port);
    if (held !== undefined) return held;
    if (performance.now() - start > PATIENCE_MS) throw inUse(port);
    await delay(20);
  }
}

/** Tells whether nobody listens on a port. */
export function isFree(port: number): boolean {
  using held = tryHold(port);
  return held !== undefined;
}

function tryHold(port: number): Disposable | undefined {
  using listeners = new DisposableStack();
  for (const hostname of ["127.0.0.1", "::1"]) {
    try {
      const listener = Deno.listen({ hostname, port });
      listeners.defer(() => listener.close());
    } catch (error) {
      if (error instanceof Deno.errors.AddrInUse) return undefined;
      if (hostname === "127.0.0.1") throw error;
      // No IPv6 on this machine.
    }
  }
  return listeners.move();
}

function inUse(port: number): Error {
  return new Error(
    `Port ${port} is held by another program, and the tests of the sign-in ` +
      "can use no other: end that program, then run them again",
  );
}
