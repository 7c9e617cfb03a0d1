import assert from "node:assert/strict";
import type { ErrorKind, MekaError } from "../../../src/errors.ts";
import { MekaError as Failed } from "../../../src/errors.ts";
import { openaiCodex } from "../../../src/providers/openai_codex/mod.ts";
import type { Failure } from "../../../src/providers/provider.ts";
import { parse } from "../../../src/sse/parse.ts";

const NOW = Date.UTC(2026, 10, 22, 12);
const RESET = NOW / 1000 + 3 * 3600 + 12 * 60;

function failure(
  status: number,
  body: unknown = "",
  headers: HeadersInit = {},
): Failure {
  return {
    status,
    headers: new Headers(headers),
    body: typeof body === "string" ? body : JSON.stringify(body),
    receivedAt: NOW,
    model: "gpt-5",
    models: [],
  };
}

const code = (code: string, message = "Told so"): unknown => ({
  error: { code, message, type: "some_type", param: null },
});
const limit = (more: Readonly<Record<string, unknown>> = {}): unknown => ({
  error: { type: "usage_limit_reached", message: "The limit", ...more },
});
const CHALLENGE = "<!DOCTYPE html><title>Just a moment...</title>";

/** Name, failure, kind, whether it may be tried again, what the message holds, what the hint holds. */
const HTTP: readonly (readonly [
  string,
  Failure,
  ErrorKind,
  boolean,
  RegExp,
  RegExp?,
])[] = [
  [
    "400 with a detail",
    failure(400, { detail: "Store must be set to false" }),
    "refused",
    false,
    /\(status 400\): Store must be set to false$/,
  ],
  [
    "400 with an error",
    failure(400, code("invalid_value")),
    "refused",
    false,
    /Told so/,
  ],
  ["400 with text", failure(400, "No."), "refused", false, /: No$/],
  [
    "400 with nothing",
    failure(400),
    "refused",
    false,
    /^The service refused the request \(status 400\)$/,
  ],
  [
    "400 context_length_exceeded",
    failure(400, code("context_length_exceeded")),
    "refused",
    false,
    /context window/,
    /larger window/,
  ],
  [
    "400 cyber_policy",
    failure(400, code("cyber_policy")),
    "refused",
    false,
    /content policy.*Told so/,
  ],
  [
    "400 about the model",
    failure(400, {
      detail:
        "The 'gpt-5' model is not supported when using Codex with a ChatGPT account.",
    }),
    "refused",
    false,
    /not supported/,
    /--model/,
  ],
  [
    "404 about the model",
    failure(404, "Model not found gpt-5"),
    "refused",
    false,
    /Model not found/,
    /--model/,
  ],
  [
    "401",
    failure(401, code("token_expired")),
    "auth",
    false,
    /did not accept the sign-in/,
    /meka setup/,
  ],
  ["402", failure(402), "limit", false, /used up/],
  ["403", failure(403, { detail: "Nope" }), "refused", false, /does not allow/],
  [
    "403 from Cloudflare",
    failure(403, CHALLENGE, {
      "content-type": "text/html",
      "cf-ray": "abc-FRA",
    }),
    "blocked",
    false,
    /ray ID abc-FRA/,
    /chatgpt\.com once in a browser/,
  ],
  [
    "403 HTML without a content type",
    failure(403, CHALLENGE),
    "blocked",
    false,
    /Cloudflare/,
  ],
  [
    "503 with cf-mitigated",
    failure(503, CHALLENGE, { "cf-mitigated": "challenge" }),
    "blocked",
    false,
    /Cloudflare/,
  ],
  ["408", failure(408), "network", true, /gave up waiting/],
  ["413", failure(413), "refused", false, /status 413/],
  ["429", failure(429, code("whatever")), "limit", true, /rate of requests/],
  [
    "429 usage limit",
    failure(429, limit({ plan_type: "plus", resets_at: RESET })),
    "limit",
    false,
    /limit of your ChatGPT Plus plan is reached: it resets at 2026-11-2\d \d\d:\d\d, in 3 h 12 min$/,
  ],
  [
    "429 usage limit in seconds",
    failure(429, limit({ resets_in_seconds: 60 })),
    "limit",
    false,
    /in 1 min$/,
  ],
  [
    "429 usage limit with windows",
    failure(429, limit({ resets_at: RESET }), {
      "x-codex-primary-used-percent": "40",
      "x-codex-primary-window-minutes": "300",
      "x-codex-primary-reset-at": String(RESET - 5),
      "x-codex-secondary-used-percent": "100",
      "x-codex-secondary-window-minutes": "10080",
      "x-codex-secondary-reset-at": String(RESET),
    }),
    "limit",
    false,
    /for the weekly window/,
  ],
  [
    "429 usage limit, no times",
    failure(429, limit()),
    "limit",
    false,
    /did not say when/,
  ],
  [
    "429 usage_not_included",
    failure(429, { error: { type: "usage_not_included", message: "No" } }),
    "refused",
    false,
    /does not include Codex/,
    /meka setup/,
  ],
  [
    "429 insufficient_quota",
    failure(429, code("insufficient_quota")),
    "limit",
    false,
    /used up/,
  ],
  [
    "429 code in a header only",
    failure(429, "", {
      "x-error-json": btoa(JSON.stringify(code("credit_balance_exhausted"))),
    }),
    "limit",
    false,
    /used up/,
  ],
  [
    "500",
    failure(500, code("server_error")),
    "network",
    true,
    /The service failed \(status 500\): Told so/,
  ],
  [
    "502 with a page",
    failure(502, "<html>bad gateway"),
    "network",
    true,
    /^The service failed \(status 502\)$/,
  ],
  [
    "503 overloaded",
    failure(503, code("server_is_overloaded")),
    "network",
    true,
    /status 503/,
  ],
  [
    "503 slow_down",
    failure(503, code("slow_down")),
    "network",
    true,
    /status 503/,
  ],
  [
    "307",
    failure(307, "", { location: "https://evil.example/x?token=1" }),
    "network",
    false,
    /redirect to https:\/\/evil\.example, which meka does not follow/,
    /base URL/,
  ],
  ["304 without a location", failure(304), "network", false, /redirect, which/],
  [
    "200 with a page",
    failure(200, "<html>", { "content-type": "text/html" }),
    "network",
    false,
    /web page/,
    /proxy/,
  ],
];

for (const [name, given, kind, again, says, hint] of HTTP) {
  Deno.test(`explain() tells ${name}`, () => {
    expect(openaiCodex.explain(given), { kind, again, says, hint });
  });
}

Deno.test("explain() passes a Retry-After on", () => {
  const error = openaiCodex.explain(failure(503, "", { "retry-after": "7" }));
  assert.deepEqual(error.retry, { afterMs: 7000 });
  assert.equal(error.retryAt, NOW + 7000);
});

Deno.test("explain() makes one clean line of what a server says", () => {
  const { message } = openaiCodex.explain(
    failure(400, { detail: "a\x1b[31m\r\nb\u0007 \u202e c" }),
  );
  assert.match(message, /: a\[31m b  ?c$/);
});

/** Event, kind, whether it may be tried again, the wait in milliseconds, what the message holds. */
const STREAM: readonly (readonly [
  string,
  unknown,
  ErrorKind,
  boolean,
  number | undefined,
  RegExp,
])[] = [
  [
    "rate_limit_exceeded with a text",
    failed("rate_limit_exceeded", "Please try again in 1.898s."),
    "limit",
    true,
    1898,
    /rate of requests/,
  ],
  [
    "rate_limit_exceeded in milliseconds",
    failed("rate_limit_exceeded", "try again in 500ms"),
    "limit",
    true,
    500,
    /500ms/,
  ],
  [
    "slow_down with a header",
    failed("slow_down", "", { headers: { "Retry-After": "3" } }),
    "limit",
    true,
    3000,
    /rate of requests$/,
  ],
  [
    "server_is_overloaded",
    failed("server_is_overloaded", "try again in 9s"),
    "network",
    true,
    undefined,
    /overloaded/,
  ],
  [
    "context_length_exceeded",
    failed("context_length_exceeded"),
    "refused",
    false,
    undefined,
    /context window/,
  ],
  [
    "insufficient_quota",
    failed("insufficient_quota"),
    "limit",
    false,
    undefined,
    /used up/,
  ],
  [
    "organization_spend_limit_exceeded",
    failed("organization_spend_limit_exceeded"),
    "limit",
    false,
    undefined,
    /used up/,
  ],
  [
    "project_spend_limit_exceeded",
    failed("project_spend_limit_exceeded"),
    "limit",
    false,
    undefined,
    /used up/,
  ],
  [
    "usage_not_included",
    failed("usage_not_included"),
    "refused",
    false,
    undefined,
    /Codex/,
  ],
  [
    "invalid_prompt",
    failed("invalid_prompt"),
    "refused",
    false,
    undefined,
    /content policy/,
  ],
  [
    "bio_policy",
    failed("bio_policy"),
    "refused",
    false,
    undefined,
    /content policy/,
  ],
  [
    "misalignment_policy_violation",
    failed("misalignment_policy_violation"),
    "refused",
    false,
    undefined,
    /content policy/,
  ],
  [
    "flex_unavailable",
    failed("flex_unavailable"),
    "network",
    false,
    undefined,
    /flex/,
  ],
  [
    "usage_limit_reached",
    failed("usage_limit_reached", "x", { resets_at: RESET }),
    "limit",
    false,
    undefined,
    /resets at/,
  ],
  [
    "a code nobody knows",
    failed("brand_new"),
    "network",
    true,
    undefined,
    /The service failed/,
  ],
  [
    "no error at all",
    { type: "response.failed", response: { error: null } },
    "network",
    true,
    undefined,
    /^The service failed$/,
  ],
  [
    "an error event",
    { type: "error", message: "boom", code: "odd" },
    "network",
    true,
    undefined,
    /: boom$/,
  ],
  [
    "an error event with a status",
    { type: "error", status: 400, error: { message: "bad", code: "x" } },
    "refused",
    false,
    undefined,
    /: bad$/,
  ],
  [
    "an error event of a known code",
    { type: "error", error: { code: "context_length_exceeded" } },
    "refused",
    false,
    undefined,
    /context window/,
  ],
];

function failed(
  code: string,
  message = "Told so",
  more: Readonly<Record<string, unknown>> = {},
): unknown {
  return {
    type: "response.failed",
    response: { error: { code, message, ...more } },
  };
}

for (const [name, event, kind, again, wait, says] of STREAM) {
  Deno.test(`decode() throws for ${name}`, async () => {
    const error = await failureOf(`data: ${JSON.stringify(event)}\n\n`);
    expect(error, { kind, again, says });
    assert.equal(error.retry?.afterMs, wait);
  });
}

/** What a message holds and the event that its error names. */
const MALFORMED: readonly (readonly [string, string])[] = [
  ["data: {not json\n\n", "message"],
  ["event: response.completed\ndata: {not json\n\n", "response.completed"],
  ["data: null\n\n", "message"],
  ["data: []\n\n", "message"],
  ["event: x\ndata: {}\n\n", "x"],
  ['data: {"type":5}\n\n', "message"],
  [
    'data: {"type":"response.output_text.delta"}\n\n',
    "response.output_text.delta",
  ],
  [
    'data: {"type":"response.output_text.delta","delta":5}\n\n',
    "response.output_text.delta",
  ],
  [
    'data: {"type":"response.reasoning_text.delta"}\n\n',
    "response.reasoning_text.delta",
  ],
  [
    'data: {"type":"response.output_item.done"}\n\n',
    "response.output_item.done",
  ],
  ['data: {"type":"response.completed"}\n\n', "response.completed"],
  ['data: {"type":"response.failed","response":[]}\n\n', "response.failed"],
  ['data: {"type":"response.incomplete"}\n\n', "response.incomplete"],
];
for (const [stream, event] of MALFORMED) {
  Deno.test(`decode() names the malformed event of ${JSON.stringify(stream)}`, async () => {
    const error = await failureOf(stream);
    assert.equal(
      error.message,
      `The service sent a malformed "${event}" event`,
    );
    assert.equal(error.kind, "network");
    assert.deepEqual(error.retry, {});
  });
}

interface Expected {
  readonly kind: ErrorKind;
  readonly again: boolean;
  readonly says: RegExp;
  readonly hint?: RegExp | undefined;
}

function expect(error: MekaError, { kind, again, says, hint }: Expected): void {
  assert.equal(error.kind, kind);
  assert.equal(error.retry !== undefined, again);
  assert.match(error.message, says);
  if (hint !== undefined) assert.match(error.hint ?? "", hint);
}

async function failureOf(stream: string): Promise<MekaError> {
  const messages = parse(new Blob([stream]).stream());
  const decoding = openaiCodex.decode(messages, {
    model: "gpt-5",
    now: () => NOW,
    idPrefix: "call_",
  });
  try {
    await Array.fromAsync(decoding);
  } catch (error) {
    assert.ok(error instanceof Failed);
    return error;
  }
  throw new Error("nothing was thrown");
}
