import { CHALLENGE_HEADERS, cloudflarePage } from "./pages.ts";
import { apiError } from "./refusals.ts";
import { json, type Reply } from "./scenario.ts";

/** Ways to fail that the list of models and the usage report have in common. */
export const ACCOUNT_FAILURES = {
  server_error: (): Reply =>
    apiError(500, "server_error", "The server had an error."),
  not_json: (): Reply => ({
    status: 200,
    headers: { "content-type": "text/html; charset=utf-8" },
    body: "<!DOCTYPE html><html><body><h1>Welcome</h1></body></html>",
  }),
  challenge: (): Reply => ({
    status: 403,
    headers: CHALLENGE_HEADERS,
    body: cloudflarePage("challenge"),
  }),
  unauthorized: (): Reply => unauthorized("token_invalidated"),
  hang: (): Reply => ({ body: "", silent: true }),
  drop: (): Reply => ({
    headers: { "content-type": "application/json" },
    body: ["reset"],
  }),
} as const satisfies Readonly<Record<string, () => Reply>>;

/** The refusal of an access token that was good once. */
export function unauthorized(
  code: "token_expired" | "token_invalidated",
): Reply {
  const message = code === "token_expired"
    ? "Provided authentication token is expired. Please try signing in again."
    : "Your authentication token has been invalidated. Please try signing in again.";
  return json(401, {
    error: { message, type: "invalid_request_error", param: null, code },
  }, { "x-openai-authorization-error": code });
}
