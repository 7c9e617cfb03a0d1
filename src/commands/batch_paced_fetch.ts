import type { Pace } from "../batch/pace.ts";
import type { Host } from "../host.ts";
import { retryAfterMs } from "../http/backoff.ts";
import type { Fetch } from "../http/fetch.ts";

/** The statuses of a service that is asked too often. */
const SLOW_DOWN: ReadonlySet<number> = new Set([429, 503, 529]);

/** Has the pace follow what the service says to being asked so often. */
export function pacedFetch(
  fetch: Fetch,
  { pace, host }: {
    readonly pace: Pick<Pace, "slowed">;
    readonly host: Pick<Host, "now">;
  },
): Fetch {
  return async (request) => {
    const response = await fetch(request);
    if (SLOW_DOWN.has(response.status)) {
      pace.slowed(retryAfterMs(response.headers, host.now()));
    }
    return response;
  };
}
