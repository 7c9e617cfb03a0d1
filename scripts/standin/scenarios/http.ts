import { messageEvents, pieces } from "../events.ts";
import { limitHeaders, usageLimitBody } from "../limits.ts";
import { CF_RAY, CHALLENGE_HEADERS, cloudflarePage } from "../pages.ts";
import {
  type Expectation,
  json,
  type Play,
  type Reply,
  type Scenario,
  shown,
  whole,
} from "../scenario.ts";
import { apiError, notSupported, requiresNewer } from "../refusals.ts";
import { HELLO } from "./plain.ts";

/** Fatal at once. */
const REFUSED = { stdout: "", exit: 6, requests: 1 } as const;
/** Retried to the end, then the service's fault. */
const DOWN = { stdout: "", exit: 5, requests: 5 } as const;
const SECOND_TRY = { stdout: shown(HELLO), exit: 0, requests: 2 } as const;

/** Scenarios that fail with a status instead of a stream. */
export const HTTP = {
  http_400_detail: always("The backend refuses with a `detail`", {
    ...REFUSED,
    stderr: ["Something was off"],
  }, () => json(400, { detail: "Something was off" })),
  http_400_text: always(
    "Status 400 and plain text",
    REFUSED,
    () => ({ status: 400, body: "Something was off" }),
  ),
  http_400_empty: always(
    "Status 400 and no body",
    REFUSED,
    () => ({ status: 400, body: "" }),
  ),
  http_400_cyber_policy: always(
    "Refused by a policy",
    { ...REFUSED, stderr: ["flagged for possible cyber risk"] },
    () =>
      apiError(
        400,
        "cyber_policy",
        "This content was flagged for possible cyber risk.",
      ),
  ),
  http_400_context_length_exceeded: always(
    "The prompt is too long",
    REFUSED,
    () =>
      apiError(
        400,
        "context_length_exceeded",
        "Your input exceeds the context window of this model.",
      ),
  ),
  http_401: always(
    "Not authorized, however fresh the token is",
    { stdout: "", exit: 3, requests: 2, refreshes: 1 },
    () =>
      json(401, { detail: "Unauthorized" }, {
        "x-openai-authorization-error": "token_revoked",
      }),
  ),
  http_402: always(
    "Payment required",
    { stdout: "", exit: 4, requests: 1 },
    () => json(402, { detail: "Payment Required" }),
  ),
  http_403: always(
    "Forbidden, by the service itself",
    REFUSED,
    () => json(403, { detail: "Forbidden" }),
  ),
  http_403_cf_blocked: {
    ...always("Cloudflare's page for a blocked region", {
      stdout: "",
      exit: 8,
      requests: 1,
      stderr: [CF_RAY],
    }, () => ({
      status: 403,
      headers: {
        "content-type": "text/html; charset=UTF-8",
        "server": "cloudflare",
        "cf-ray": CF_RAY,
      },
      body: cloudflarePage("blocked"),
    })),
    open:
      "Not a challenge, but HTML with status 403 from Cloudflare before the service: exit 8",
  },
  http_403_challenge: always("A Cloudflare challenge", {
    stdout: "",
    exit: 8,
    requests: 1,
    stderr: [CF_RAY],
  }, () => ({
    status: 403,
    headers: CHALLENGE_HEADERS,
    body: cloudflarePage("challenge"),
  })),
  http_404_model: always("The model is not routed for this client", {
    ...REFUSED,
    stderr: ["Model not found"],
  }, (play) => ({
    status: 404,
    headers: { "content-type": "text/plain" },
    body: `Model not found ${play.model}`,
  })),
  http_413_html: always(
    "A proxy refuses the size with a page",
    {
      stdout: "",
      exit: 6,
      requests: 1,
    },
    () => ({
      status: 413,
      headers: { "content-type": "text/html" },
      body: "<html><body><h1>413 Request Entity Too Large</h1></body></html>",
    }),
    "No exit code names 413; a request that is too large is refused, as a prompt that is too long",
  ),
  http_429_usage_limit: always("The five-hour window is used up", {
    stdout: "",
    exit: 4,
    requests: 1,
  }, (play) => json(429, usageLimitBody(play), limitHeaders(play, [100, 34]))),
  http_429_usage_not_included: always(
    "The plan does not include Codex",
    REFUSED,
    (play) => {
      const message = "To use Codex with your ChatGPT plan, upgrade to Plus.";
      return json(429, {
        error: { type: "usage_not_included", message, plan_type: play.plan },
      });
    },
    "429 is in exit 4, a plan without Codex in exit 6: the cause decides",
  ),
  http_429_plain: always("Too many requests, without a time", {
    stdout: "",
    exit: 4,
    requests: 5,
  }, tooMany),
  http_429_retry_after: once(
    "Too many requests, once, with Retry-After: 1",
    () => tooMany("1"),
  ),
  http_429_retry_after_0: once(
    "Too many requests, once, with Retry-After: 0",
    () => tooMany("0"),
  ),
  http_429_retry_after_date: once(
    "Too many requests, once, with a date about a second ahead",
    (play) => tooMany(new Date(play.now + 1500).toUTCString()),
  ),
  http_429_retry_after_odd: once(
    "Too many requests, once, with a Retry-After that is no time",
    () => tooMany("soon"),
  ),
  http_429_retry_after_long: always(
    "Too many requests, with Retry-After: 3600",
    { stdout: "", exit: 4, requests: 1 },
    () => tooMany("3600"),
  ),
  http_500: always(
    "Internal server error",
    DOWN,
    () => apiError(500, "server_error", "The server had an error."),
  ),
  http_502_html: always("A bad gateway's page", DOWN, () => ({
    status: 502,
    headers: {
      "content-type": "text/html",
      "server": "cloudflare",
      "cf-ray": CF_RAY,
    },
    body:
      "<html><head><title>502 Bad Gateway</title></head><body><center><h1>502 Bad Gateway</h1></center></body></html>",
  })),
  http_503_overloaded: always(
    "The model is at capacity",
    DOWN,
    () =>
      apiError(
        503,
        "server_is_overloaded",
        "Our servers are currently overloaded.",
      ),
  ),
  http_503_slow_down: always(
    "The service asks to slow down",
    DOWN,
    () => apiError(503, "slow_down", "Slow down."),
    "A rate limit to codex, but a 5xx in the contract: exit 5",
  ),
  http_503_retry_after_long: always("Down for an hour", {
    stdout: "",
    exit: 5,
    requests: 1,
  }, () => json(503, { detail: "Maintenance" }, { "retry-after": "3600" })),
  redirect_307: always(
    "A redirect to another origin, which must not be followed",
    { stdout: "", exit: 5, requests: 1 },
    (play) => ({
      status: 307,
      headers: {
        location: new URL("/backend-api/codex/responses", play.elsewhere).href,
      },
      body: "",
    }),
  ),
  model_not_supported: always("The model is not for this plan", {
    ...REFUSED,
    stderr: ["is not supported when using Codex"],
  }, (play) => json(400, notSupported(play.model))),
  requires_newer: always("The model wants a newer client", {
    ...REFUSED,
    stderr: ["requires a newer version"],
  }, (play) => json(400, requiresNewer(play.model))),
  flaky_503_then_text: once(
    "Unavailable once, then an answer",
    () => json(503, { detail: "Service Unavailable" }),
  ),
} satisfies Record<string, Scenario>;

function always(
  what: string,
  expect: Expectation,
  answer: (play: Play) => Reply,
  open?: string,
): Scenario {
  return { what, expect, answer, ...(open === undefined ? {} : { open }) };
}

function once(what: string, answer: (play: Play) => Reply): Scenario {
  return {
    what,
    expect: SECOND_TRY,
    answer: (play) =>
      play.attempt === 1
        ? answer(play)
        : whole(play, messageEvents(pieces(HELLO))),
  };
}

function tooMany(retryAfter?: unknown): Reply {
  const headers = typeof retryAfter === "string"
    ? { "retry-after": retryAfter }
    : {};
  const error = {
    message: "Too many requests.",
    type: "rate_limit_error",
    param: null,
    code: "rate_limit_exceeded",
  };
  return json(429, { error }, { ...headers });
}
