import assert from "node:assert/strict";
import type { Fetch } from "../../src/http/fetch.ts";

/** Answers one request, or fails as a network does. */
export type Reply = (request: Request) => Response | Promise<Response>;

/** A fetch that plays its replies in order and takes a request nobody expected for a failure. */
export interface ScriptedFetch {
  readonly fetch: Fetch;
  readonly requests: readonly Request[];
  /** Fails when a reply was left over. */
  end(): void;
}

/** Builds a {@linkcode ScriptedFetch}. */
export function scriptedFetch(...replies: readonly Reply[]): ScriptedFetch {
  const requests: Request[] = [];
  return {
    requests,
    fetch: async (request) => {
      const reply = replies[requests.length];
      requests.push(request.clone());
      assert.ok(reply, `unexpected: ${request.method} ${request.url}`);
      request.signal.throwIfAborted();
      return await reply(request);
    },
    end: () => assert.equal(requests.length, replies.length, "unused reply"),
  };
}

/** Stays silent until the request is aborted. */
export function silence(request: Request): Promise<Response> {
  return new Promise((_, reject) => {
    const { signal } = request;
    signal.addEventListener("abort", () => reject(signal.reason));
  });
}
