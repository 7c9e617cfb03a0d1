import { MekaError } from "../errors.ts";
import type { Host, Listener } from "../host.ts";
import { oneLine } from "../http/redact.ts";

/** The only ports that the issuer knows for this client. */
export const CALLBACK_PORTS = [1455, 1457] as const;

/** The listeners for one sign-in, and what could not be had. */
export interface Listening {
  /** The one that the redirect names. */
  readonly port: number;
  /** Empty when both ports are in use. */
  readonly listeners: readonly Listener[];
  readonly busy: readonly number[];
}

/** Listens on the first port that is free, on loopback only; without one, nobody listens. */
export function listenOnLoopback(
  host: Pick<Host, "listen">,
  answer: (request: Request) => Promise<Response>,
): Listening {
  const busy: number[] = [];
  for (const port of CALLBACK_PORTS) {
    const first = host.listen({ hostname: "127.0.0.1", port }, answer);
    if (first === undefined) {
      busy.push(port);
      continue;
    }
    // A browser may take localhost for ::1; a machine without IPv6 has none to offer.
    const second = host.listen({ hostname: "::1", port }, answer);
    const listeners = second === undefined ? [first] : [first, second];
    return { port, listeners, busy };
  }
  return { port: CALLBACK_PORTS[0], listeners: [], busy };
}

/** Says of each port that is in use by what, as far as can be told: `1455 by "codex" (process 42)`. */
export async function describeHolders(
  ports: readonly number[],
  host: Pick<Host, "whoListens">,
): Promise<readonly string[]> {
  return await Promise.all(ports.map(async (port) => {
    const holder = await host.whoListens(port);
    return holder === undefined
      ? `${port} by another program`
      : `${port} by "${oneLine(holder.name, 40)}" (process ${holder.pid})`;
  }));
}

/** The error where neither a port nor a terminal is left to get the answer by. */
export function portsInUse(holders: readonly string[]): MekaError {
  return new MekaError(
    "auth",
    `Cannot start the sign-in: the ports ${
      CALLBACK_PORTS.join(" and ")
    } are in use: ${holders.join(", ")}`,
    {
      hint:
        "End one of these programs, or run `meka setup --device`; on a terminal the answer can be pasted",
    },
  );
}
