import type { Access } from "../../message.ts";

/**
 * An endpoint of a server. A base URL is what stands before `/chat/completions`; one that names no path at all means
 * the `/v1` that every such server has.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * const href = (base: string) => endpoint(new URL(base), "models").href;
 * assert.equal(href("http://localhost:11434"), "http://localhost:11434/v1/models");
 * assert.equal(href("https://openrouter.ai/api/v1/"), "https://openrouter.ai/api/v1/models");
 * ```
 */
export function endpoint(baseUrl: URL, path: string): URL {
  const url = new URL(baseUrl);
  const base = url.pathname.replace(/\/+$/, "") || "/v1";
  url.pathname = `${base}/${path}`;
  url.search = "";
  url.hash = "";
  return url;
}

/** What every request says of us: the key where there is one, and the program. */
export function identify(
  { credential, userAgent }: Pick<Access, "credential" | "userAgent">,
): Headers {
  if (credential.type !== "api_key") throw new Error("a key is due here");
  const headers = new Headers({ "user-agent": userAgent });
  if (credential.key !== undefined) {
    headers.set("authorization", `Bearer ${credential.key}`);
  }
  return headers;
}
