import { type ErrorKind, MekaError } from "../errors.ts";
import { isLoopback } from "../loopback.ts";

/**
 * Reads a URL that credentials are sent to: https, or plain http to this machine only.
 *
 * @param name How a person knows the setting: a flag, a variable, a key.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * assert.equal(secureUrl("http://127.0.0.1:8080", "`--base-url`").port, "8080");
 * assert.throws(() => secureUrl("http://example.com", "`--base-url`"));
 * ```
 */
export function secureUrl(
  text: string,
  name: string,
  kind: Extract<ErrorKind, "usage" | "config"> = "config",
): URL {
  const problem = urlProblem(text);
  if (problem === undefined) return new URL(text);
  const { says, hint } = problem;
  throw new MekaError(kind, `${name} ${says}`, { hint });
}

/** What keeps a URL from being one that credentials are sent to, as the rest of a sentence about it. */
export function urlProblem(
  text: string,
): { readonly says: string; readonly hint?: string } | undefined {
  const url = URL.parse(text);
  if (url === null || !/^https?:$/.test(url.protocol)) {
    return { says: `is not an http or https URL: "${text}"` };
  }
  if (url.username || url.password || url.search || url.hash) {
    return {
      says: "must not hold a user, a password, a query or a fragment",
    };
  }
  if (url.protocol === "http:" && !isLoopback(url.hostname)) {
    return {
      says: `would send your credentials unencrypted: "${text}"`,
      hint: "Use https, or a loopback address",
    };
  }
  return undefined;
}
