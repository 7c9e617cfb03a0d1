import assert from "node:assert/strict";
import type { ErrorKind } from "../../../src/errors.ts";
import { explain } from "../../../src/providers/openai_api/explain.ts";
import type { Failure } from "../../../src/providers/provider.ts";

const NOW = Date.UTC(2026, 10, 22, 12);

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
    model: "llama9",
    models: [],
  };
}

const said = (more: Readonly<Record<string, unknown>>): unknown => ({
  error: { message: "Told so.", type: null, param: null, code: null, ...more },
});
const extra = (field: string): unknown => [{
  type: "extra_forbidden",
  loc: ["body", field],
  msg: "Extra inputs are not permitted",
}];

/** Name, failure, kind, how it may be tried again, what the message holds, what the hint holds. */
const ROWS: readonly (readonly [
  string,
  Failure,
  ErrorKind,
  "no" | "again" | "reduced",
  RegExp,
  RegExp?,
])[] = [
  [
    "OpenAI's 400",
    failure(400, said({ type: "invalid_request_error" })),
    "refused",
    "no",
    /\(status 400\): Told so$/,
  ],
  [
    "OpenAI's 401",
    failure(401, said({ code: "invalid_api_key" })),
    "auth",
    "no",
    /did not accept the key/,
    /OPENAI_API_KEY/,
  ],
  [
    "402",
    failure(402, { error: { code: 402, message: "Insufficient credits" } }),
    "limit",
    "no",
    /used up.*Insufficient credits/,
  ],
  ["403", failure(403, said({})), "refused", "no", /does not allow/],
  [
    "OpenAI's unknown model",
    failure(
      404,
      said({ code: "model_not_found", message: "The model does not exist" }),
    ),
    "refused",
    "no",
    /does not exist/,
    /--model.*meka models/,
  ],
  [
    "Ollama's unknown model",
    failure(404, {
      error: {
        message: 'model "llama9" not found, try pulling it first',
        type: "api_error",
      },
    }),
    "refused",
    "no",
    /try pulling it first/,
    /--model/,
  ],
  [
    "Ollama's unknown model in a word",
    failure(404, { error: "model 'llama9' not found" }),
    "refused",
    "no",
    /model 'llama9' not found/,
    /--model/,
  ],
  [
    "LM Studio's or llama.cpp's own path",
    failure(404, "404 page not found", { "content-type": "text/plain" }),
    "refused",
    "no",
    /404 page not found/,
    /\/v1/,
  ],
  [
    "a web page for 404",
    failure(404, "<html>nginx</html>", { "content-type": "text/html" }),
    "refused",
    "no",
    /\(status 404\)$/,
    /\/v1/,
  ],
  ["405", failure(405, ""), "refused", "no", /status 405/, /base URL/],
  ["408", failure(408), "network", "again", /gave up waiting/],
  ["413", failure(413, "too large"), "refused", "no", /too large/],
  [
    "FastAPI's 422",
    failure(422, { detail: extra("temprature") }),
    "refused",
    "no",
    /body\.temprature: Extra inputs/,
  ],
  [
    "a detail in words",
    failure(422, { detail: "No." }),
    "refused",
    "no",
    /: No$/,
  ],
  [
    "429",
    failure(429, said({ type: "requests", code: "rate_limit_exceeded" })),
    "limit",
    "again",
    /rate of requests/,
  ],
  [
    "insufficient_quota",
    failure(
      429,
      said({ type: "insufficient_quota", code: "insufficient_quota" }),
    ),
    "limit",
    "no",
    /used up/,
  ],
  [
    "insufficient_quota as a type only",
    failure(429, said({ type: "insufficient_quota" })),
    "limit",
    "no",
    /used up/,
  ],
  [
    "insufficient_quota with 403",
    failure(403, said({ code: "insufficient_quota" })),
    "limit",
    "no",
    /used up/,
  ],
  [
    "a context that is too long",
    failure(400, said({ code: "context_length_exceeded" })),
    "refused",
    "no",
    /context window/,
    /larger window/,
  ],
  [
    "llama.cpp's context",
    failure(400, said({ type: "exceed_context_size_error", code: 400 })),
    "refused",
    "no",
    /context window/,
  ],
  [
    "a content policy",
    failure(400, said({ code: "content_policy_violation" })),
    "refused",
    "no",
    /content policy/,
  ],
  [
    "Azure's content filter",
    failure(400, said({ code: "content_filter" })),
    "refused",
    "no",
    /content policy/,
  ],
  [
    "500",
    failure(500, said({ type: "server_error" })),
    "network",
    "again",
    /The server failed \(status 500\): Told so/,
  ],
  [
    "500 with a code that would decide",
    failure(500, said({ code: "insufficient_quota" })),
    "network",
    "again",
    /The server failed/,
  ],
  [
    "502 of nginx",
    failure(502, "<html>Bad Gateway</html>"),
    "network",
    "again",
    /\(status 502\)$/,
  ],
  [
    "503 in plain words",
    failure(503, "upstream connect error"),
    "network",
    "again",
    /upstream connect error/,
  ],
  [
    "529",
    failure(529, said({ type: "overloaded_error" })),
    "network",
    "again",
    /status 529/,
  ],
  ["a list of errors", failure(400, [said({})]), "refused", "no", /Told so/],
  [
    "a redirect",
    failure(307, "", { location: "https://other.example/x?key=1" }),
    "network",
    "no",
    /redirect to https:\/\/other\.example, /,
    /base URL/,
  ],
  [
    "a web page",
    failure(200, "<html>", { "content-type": "text/html" }),
    "network",
    "no",
    /web page/,
    /base URL/,
  ],
  [
    "a Cloudflare challenge",
    failure(403, "<html>", {
      "cf-mitigated": "challenge",
      "cf-ray": "abc-FRA",
    }),
    "blocked",
    "no",
    /ray ID abc-FRA/,
  ],
  [
    "OpenAI's refusal of stream_options",
    failure(
      400,
      said({ param: "stream_options", type: "invalid_request_error" }),
    ),
    "refused",
    "reduced",
    /Told so/,
  ],
  [
    "a refusal of include_usage in words",
    failure(400, { error: "unknown field stream_options.include_usage" }),
    "refused",
    "reduced",
    /unknown field/,
  ],
  [
    "FastAPI's refusal of stream_options",
    failure(422, { detail: extra("stream_options") }),
    "refused",
    "reduced",
    /body\.stream_options/,
  ],
  [
    "an old vLLM's refusal",
    failure(400, {
      object: "error",
      message: "[{'loc': ('body', 'stream_options')}]",
      type: "BadRequestError",
      code: 400,
    }),
    "refused",
    "reduced",
    /stream_options/,
  ],
  [
    "a server that fails over stream_options",
    failure(500, { error: "stream_options" }),
    "network",
    "again",
    /stream_options/,
  ],
];

for (const [name, given, kind, again, message, hint] of ROWS) {
  Deno.test(`explain() calls ${name} "${kind}"`, () => {
    const error = explain(given);
    assert.equal(error.kind, kind);
    const retry = error.retry?.reduced
      ? "reduced"
      : error.retry === undefined
      ? "no"
      : "again";
    assert.equal(retry, again);
    assert.match(error.message, message);
    if (hint !== undefined) assert.match(error.hint ?? "", hint);
  });
}

/** Headers of a 429, and the wait in milliseconds. */
const WAITS: readonly (readonly [HeadersInit, number | undefined])[] = [
  [{}, undefined],
  [{ "retry-after": "7" }, 7000],
  [{ "retry-after": "Sun, 22 Nov 2026 12:00:09 GMT" }, 9000],
  [{ "retry-after-ms": "1500", "retry-after": "2" }, 1500],
  [{ "x-ratelimit-reset-requests": "1s" }, 1000],
  [{ "x-ratelimit-reset-tokens": "6m0s" }, 360_000],
  [{ "x-ratelimit-reset-tokens": "20ms" }, 20],
  [{ "x-ratelimit-reset-tokens": "1h2m3.5s" }, 3_723_500],
  [{ "x-ratelimit-reset-tokens": "2.5" }, 2500],
  [{ "x-ratelimit-reset-tokens": "soon" }, undefined],
  [{ "x-ratelimit-reset-tokens": "" }, undefined],
  [
    { "x-ratelimit-reset-requests": "8.64s", "x-ratelimit-reset-tokens": "6s" },
    8640,
  ],
  [{
    "x-ratelimit-reset-requests": "1m",
    "x-ratelimit-remaining-requests": "58",
    "x-ratelimit-reset-tokens": "6s",
    "x-ratelimit-remaining-tokens": "0",
  }, 6000],
  [{ "retry-after": "1", "x-ratelimit-reset-tokens": "6m0s" }, 1000],
  [{ "x-ratelimit-reset": `${NOW + 5000}` }, 5000],
  [{ "x-ratelimit-reset": `${NOW / 1000 + 5}` }, 5000],
  [{ "x-ratelimit-reset": "5" }, 5000],
];

for (const [headers, wait] of WAITS) {
  Deno.test(`explain() waits ${wait} ms for ${JSON.stringify(headers)}`, () => {
    const error = explain(failure(429, "", headers));
    assert.equal(error.retry?.afterMs, wait);
    assert.equal(error.retryAt, wait === undefined ? undefined : NOW + wait);
  });
}

Deno.test("explain() names the server's models where they are kept", () => {
  const given = failure(404, { error: "model 'llama9' not found" });
  const { hint } = explain({ ...given, models: ["llama3", "qwen3"] });
  assert.match(hint ?? "", /llama3, qwen3/);
});
