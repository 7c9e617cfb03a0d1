/**
 * Sends one request. Wrappers are stacked innermost first: the host's own fetch, trace, cookies, so that a trace shows
 * what really goes out. Every request is made with `redirect: "manual"`: a credential must not follow a redirect.
 */
export type Fetch = (request: Request) => Promise<Response>;
