// deno-lint-ignore-file camelcase -- names are the server's
import { CHALLENGE_HEADERS, cloudflarePage } from "./pages.ts";

/** An error the way the issuer words it for a refresh: with a code of its own. */
export function codedError(
  code: string,
  message: string,
  status = 401,
): Response {
  return Response.json({
    error: { message, type: "invalid_request_error", param: null, code },
  }, { status });
}

/** An error the way OAuth words it. */
export function oauthError(
  error: string,
  error_description: string,
  status = 400,
): Response {
  return Response.json({ error, error_description }, { status });
}

/** The page of a Cloudflare challenge. */
export function challenge(): Response {
  return new Response(cloudflarePage("challenge"), {
    status: 403,
    headers: CHALLENGE_HEADERS,
  });
}

/** An answer that breaks before its body: the nearest thing to a dropped connection that an HTTP server can do. */
export function dropped(): Response {
  const body = new ReadableStream({
    // Deno.serve reports a stream that fails, but not one that is shorter than its head says.
    pull: (controller): void => controller.close(),
  }, { highWaterMark: 0 });
  const headers = {
    "content-type": "application/json",
    "content-length": "1000",
  };
  return new Response(body, { headers });
}

/** The refreshes that fail without looking at the token (reference, section 5). */
export const REFRESH_FAILURES: Readonly<Record<string, () => Response>> = {
  expired: () =>
    codedError(
      "refresh_token_expired",
      "Your refresh token has expired. Please sign in again.",
    ),
  reused: () =>
    codedError(
      "refresh_token_reused",
      "Your refresh token has already been used.",
      400,
    ),
  invalidated: () =>
    codedError("refresh_token_invalidated", "Your refresh token was revoked."),
  invalid_grant: () =>
    Response.json({ error: "invalid_grant" }, { status: 400 }),
  other_400: () =>
    codedError(
      "invalid_request",
      "Something about this request is wrong.",
      400,
    ),
  unauthorized: () =>
    Response.json({ detail: "Unauthorized" }, { status: 401 }),
  server_error: () =>
    codedError("server_error", "The server had an error.", 500),
  rate_limited: () =>
    codedError("rate_limit_exceeded", "Too many requests.", 429),
  cloudflare: () => challenge(),
};
