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
  const url = URL.parse(text);
  if (url === null || !/^https?:$/.test(url.protocol)) {
    throw new MekaError(kind, `${name} is not an http or https URL: "${text}"`);
  }
  if (url.username || url.password || url.search || url.hash) {
    throw new MekaError(
      kind,
      `${name} must not hold a user, a password, a query or a fragment`,
    );
  }
  if (url.protocol === "http:" && !isLoopback(url.hostname)) {
    throw new MekaError(
      kind,
      `${name} would send your credentials unencrypted: "${text}"`,
      { hint: "Use https, or a loopback address" },
    );
  }
  return url;
}
