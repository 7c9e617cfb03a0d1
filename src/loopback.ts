/**
 * Tells whether a URL's host is this machine itself (RFC 8252, section 8.3).
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * assert.equal(isLoopback(new URL("http://127.1:8080").hostname), true);
 * assert.equal(isLoopback("127.0.0.1.example.com"), false);
 * ```
 */
export function isLoopback(hostname: string): boolean {
  return hostname === "localhost" || hostname === "[::1]" ||
    /^127(\.\d{1,3}){3}$/.test(hostname);
}
