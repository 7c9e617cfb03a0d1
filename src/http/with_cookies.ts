import type { CookieJar } from "./cookie_jar.ts";
import type { Fetch } from "./fetch.ts";

/** Whose cookies are kept, and when it is. */
export interface CookieOptions {
  readonly jar: CookieJar;
  /** The provider's base URL; requests to another origin neither carry nor bring cookies. */
  readonly baseUrl: URL;
  /** Epoch milliseconds. */
  readonly now: () => number;
}

/**
 * Sends the jar's cookies with each request and stores those of every response, refusals and redirects included,
 * before the response is handed on. What is to be saved then is the caller's to ask of the jar.
 */
export function withCookies(fetch: Fetch, options: CookieOptions): Fetch {
  const { jar, baseUrl, now } = options;
  return async (request) => {
    const url = new URL(request.url);
    if (url.origin !== baseUrl.origin) return await fetch(request);
    const cookies = jar.header(url, now());
    if (cookies !== undefined) request.headers.set("cookie", cookies);
    const response = await fetch(request);
    jar.store(url, response.headers.getSetCookie(), now());
    return response;
  };
}
