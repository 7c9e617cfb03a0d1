import { type Expectation, json, type Reply } from "../../scenario.ts";
import { failed } from "../errors.ts";
import type { ChatPlay, ChatScenario } from "../scenario.ts";
import { once } from "./http.ts";

const LIMITED = { stdout: "", exit: 4, requests: 5 } as const;
const SPENT = { stdout: "", exit: 4, requests: 1 } as const;

type Headers = Readonly<Record<string, string>>;

/** Scenarios with status 429. */
export const CHAT_LIMITS = {
  http_429_plain: always("Too many requests, without a time", LIMITED),
  http_429_html: {
    what: "Too many requests, a proxy's page",
    expect: LIMITED,
    answer: () => ({
      status: 429,
      headers: { "content-type": "text/html", "server": "nginx" },
      body: "<html><body><h1>429 Too Many Requests</h1></body></html>",
    }),
  },
  http_429_retry_after: first("with Retry-After: 1", { "retry-after": "1" }),
  http_429_retry_after_0: first("with Retry-After: 0", { "retry-after": "0" }),
  http_429_retry_after_date: once(
    "Too many requests once, with a date about a second ahead",
    (play) =>
      tooMany(play, {
        "retry-after": new Date(play.now + 1500).toUTCString(),
      }),
  ),
  http_429_retry_after_odd: first("with a Retry-After that is no time", {
    "retry-after": "soon",
  }),
  http_429_retry_after_long: always(
    "Too many requests, with Retry-After: 3600",
    { ...SPENT, stderr: ["1 h"] },
    { "retry-after": "3600" },
  ),
  http_429_reset_1s: first("until the requests are there again in 1s", {
    ...exhausted("requests", "1s"),
    "x-ratelimit-reset-tokens": "9ms",
  }),
  http_429_reset_20ms: first("until the requests are there again in 20ms", {
    ...exhausted("requests", "20ms"),
  }),
  http_429_reset_tokens: first("until the tokens are there again in 1.5s", {
    ...exhausted("tokens", "1.5s"),
  }),
  http_429_reset_6m0s: always(
    "Too many requests, until they are there again in 6m0s",
    { ...SPENT, stderr: ["6 min"] },
    exhausted("requests", "6m0s"),
  ),
  http_429_reset_1h2m3s: always(
    "Too many tokens, until they are there again in 1h2m3s",
    { ...SPENT, stderr: ["1 h 3 min"] },
    exhausted("tokens", "1h2m3s"),
  ),
  http_429_reset_mixed: {
    ...first("when no requests are left, and all tokens", {
      ...exhausted("requests", "1s"),
      "x-ratelimit-remaining-tokens": "160000",
      "x-ratelimit-reset-tokens": "6m0s",
    }),
    open: "The reset that counts is that of what is used up",
  },
  http_429_reset_and_retry_after: {
    ...first("with Retry-After: 1 beside a reset in 6m0s", {
      ...exhausted("requests", "6m0s"),
      "retry-after": "1",
    }),
    open: "Retry-After is the answer's own word and comes first",
  },
  http_429_reset_odd: first("with a reset that is no time", {
    ...exhausted("requests", "later"),
  }),
  insufficient_quota: {
    what: "No quota left, which no waiting brings back",
    expect: { ...SPENT, stderr: ["exceeded your current quota"] },
    profiles: ["openai", "litellm"],
    answer: () => json(429, quota("insufficient_quota")),
  },
  // The type has the word where a gateway drops the code.
  insufficient_quota_type: {
    what: "No quota left, told by the type alone",
    expect: { ...SPENT, stderr: ["exceeded your current quota"] },
    profiles: ["openai", "litellm"],
    answer: () => json(429, quota(null)),
  },
  insufficient_quota_reset: {
    what: "No quota left, with a reset of the rate limit beside it",
    expect: SPENT,
    profiles: ["openai"],
    answer: () =>
      json(429, quota("insufficient_quota"), exhausted("requests", "20ms")),
  },
  // OpenRouter tells what the provider said, and a time in milliseconds since 1970.
  http_429_openrouter: {
    what: "A provider's limit, its own words in the metadata",
    profiles: ["openrouter"],
    open: "Whether `X-RateLimit-Reset`, a date in milliseconds, is read",
    answer: (play) =>
      json(429, {
        error: {
          message: "Provider returned error",
          code: 429,
          metadata: {
            raw: "The model is temporarily rate-limited upstream.",
            provider_name: "Somebody",
          },
        },
      }, {
        "x-ratelimit-limit": "20",
        "x-ratelimit-remaining": "0",
        "x-ratelimit-reset": String(play.now + 3_600_000),
      }),
  },
} satisfies Record<string, ChatScenario>;

function always(
  what: string,
  expect: Expectation,
  headers: Headers = {},
): ChatScenario {
  return { what, expect, answer: (play) => tooMany(play, headers) };
}

function first(what: string, headers: Headers): ChatScenario {
  return once(
    `Too many requests once, ${what}`,
    (play) => tooMany(play, headers),
  );
}

function tooMany({ profile }: ChatPlay, headers: Headers): Reply {
  return failed(profile, {
    status: 429,
    message: "Rate limit reached.",
    code: "rate_limit_exceeded",
  }, headers);
}

function exhausted(what: "requests" | "tokens", reset: string): Headers {
  return {
    [`x-ratelimit-limit-${what}`]: "60",
    [`x-ratelimit-remaining-${what}`]: "0",
    [`x-ratelimit-reset-${what}`]: reset,
  };
}

function quota(code: string | null): unknown {
  const message =
    "You exceeded your current quota, please check your plan and billing details.";
  return { error: { message, type: "insufficient_quota", param: null, code } };
}
