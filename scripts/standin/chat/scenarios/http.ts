import { pieces } from "../../events.ts";
import { CF_RAY, CHALLENGE_HEADERS, cloudflarePage } from "../../pages.ts";
import { type Expectation, json, type Reply } from "../../scenario.ts";
import { HELLO } from "../../scenarios/plain.ts";
import { HOSTILE } from "../../scenarios/timing.ts";
import { chunk, opening } from "../chunks.ts";
import { failed } from "../errors.ts";
import { partial, say } from "../say.ts";
import type { ChatPlay, ChatScenario } from "../scenario.ts";
import { DOWN, REFUSED } from "./ends.ts";
import { OK } from "./plain.ts";

const OFF = "Something was off";
const UNKNOWN_KEY = { stdout: "", exit: 3, requests: 1 } as const;
const STRAY = { stdout: "", exit: 5, requests: 1 } as const;
const PAGE = { "content-type": "text/html" };

/** Scenarios that fail with a status instead of an answer; those about limits are elsewhere. */
export const CHAT_HTTP = {
  http_400: always("Refused, in the family's words", {
    ...REFUSED,
    stderr: [OFF],
  }, ({ profile }) => failed(profile, { status: 400, message: OFF })),
  http_400_text: always("Refused in plain text", REFUSED, () => ({
    status: 400,
    headers: { "content-type": "text/plain" },
    body: OFF,
  })),
  http_400_empty: always(
    "Refused without a body",
    REFUSED,
    () => ({ status: 400, body: "" }),
  ),
  // LM Studio's and vLLM's errors that are bare texts.
  http_400_string: always("Refused, the error a bare text", {
    ...REFUSED,
    stderr: [OFF],
  }, () => json(400, { error: OFF })),
  http_400_context: always(
    "The prompt is too long",
    REFUSED,
    ({ profile }) =>
      failed(profile, {
        status: 400,
        message:
          "This model's maximum context length is 8192 tokens. However, your messages resulted in 9000 tokens.",
        code: "context_length_exceeded",
        param: "messages",
      }),
  ),
  http_400_policy: always(
    "Refused by a policy",
    REFUSED,
    ({ profile }) =>
      failed(profile, {
        status: 400,
        message: "The request was flagged by the content policy.",
        code: "content_policy_violation",
      }),
  ),
  http_401: always(
    "The key is not known",
    UNKNOWN_KEY,
    ({ profile, key }) => profile.unauthorized(key),
  ),
  // A proxy with a password before a local server.
  http_401_text: always("Not authorized, by a proxy", UNKNOWN_KEY, () => ({
    status: 401,
    headers: { ...PAGE, "www-authenticate": "Basic" },
    body:
      "<html><head><title>401 Authorization Required</title></head><body><h1>401</h1></body></html>",
  })),
  http_402: always(
    "No credits left",
    {
      stdout: "",
      exit: 4,
      requests: 1,
      stderr: ["Insufficient credits"],
    },
    ({ profile }) =>
      failed(profile, { status: 402, message: "Insufficient credits" }),
  ),
  http_403: always(
    "Forbidden: the key may not use this model",
    REFUSED,
    ({ profile }) =>
      failed(profile, {
        status: 403,
        message: "You are not allowed to sample from this model",
      }),
  ),
  http_403_region: always("Forbidden in this country", {
    ...REFUSED,
    stderr: ["not supported"],
  }, ({ profile }) =>
    failed(profile, {
      status: 403,
      message: "Country, region, or territory not supported",
      code: "unsupported_country_region_territory",
    })),
  http_403_challenge: {
    ...always("A Cloudflare challenge before a hosted service", {
      stdout: "",
      exit: 8,
      requests: 1,
      stderr: [CF_RAY],
    }, () => ({
      status: 403,
      headers: CHALLENGE_HEADERS,
      body: cloudflarePage("challenge"),
    })),
    profiles: ["openai", "openrouter"],
    open: "The exit code's line names no provider: a challenge is one anywhere",
  },
  http_404_model: always(
    "The model is not known, in the family's words",
    REFUSED,
    ({ profile, model }) =>
      profile.unknownModel?.(model) ??
        failed(profile, { status: 404, message: `no model ${model}` }),
  ),
  // Ollama's wording, whatever the family.
  http_404_pull: always("The model has to be pulled first", {
    ...REFUSED,
    stderr: ["try pulling it first"],
  }, ({ model }) =>
    json(404, {
      error: {
        message: `model "${model}" not found, try pulling it first`,
        type: "api_error",
        param: null,
        code: null,
      },
    })),
  // What a base URL without `/v1` meets at Ollama.
  http_404_text: always("No such path, in plain text", REFUSED, () => ({
    status: 404,
    headers: { "content-type": "text/plain" },
    body: "404 page not found",
  })),
  http_404_html: always("No such path, a proxy's page", REFUSED, () => ({
    status: 404,
    headers: { ...PAGE, "server": "nginx" },
    body:
      "<html><head><title>404 Not Found</title></head><body><center><h1>404 Not Found</h1></center></body></html>",
  })),
  http_405: {
    ...always(
      "The method is not allowed on this path",
      REFUSED,
      () => json(405, { detail: "Method Not Allowed" }),
    ),
    open: "No exit code names 405; a request that is refused",
  },
  http_413_html: {
    ...always("A proxy refuses the size with a page", REFUSED, () => ({
      status: 413,
      headers: { ...PAGE, "server": "nginx" },
      body: "<html><body><h1>413 Request Entity Too Large</h1></body></html>",
    })),
    open:
      "No exit code names 413; a request that is too large is refused, as a prompt that is too long",
  },
  // FastAPI's answer to a body that is wrong.
  http_422: {
    ...always("Refused with a list of what is wrong", REFUSED, () =>
      json(422, {
        detail: [{
          type: "missing",
          loc: ["body", "messages"],
          msg: "Field required",
        }],
      })),
    open: "No exit code names 422; a request that is refused",
  },
  http_500: always(
    "Internal server error",
    {
      ...DOWN,
      stderr: ["The engine caught fire"],
    },
    ({ profile }) =>
      failed(profile, { status: 500, message: "The engine caught fire" }),
  ),
  http_500_text: always(
    "Internal server error, in plain text",
    DOWN,
    () => ({ status: 500, body: "Internal Server Error" }),
  ),
  http_502_html: always("nginx's page for a bad gateway", DOWN, () => ({
    status: 502,
    headers: { ...PAGE, "server": "nginx" },
    body:
      "<html>\r\n<head><title>502 Bad Gateway</title></head>\r\n<body>\r\n<center><h1>502 Bad Gateway</h1></center>\r\n<hr><center>nginx</center>\r\n</body>\r\n</html>\r\n",
  })),
  http_503: always(
    "Overloaded",
    DOWN,
    ({ profile }) =>
      failed(profile, {
        status: 503,
        message: "Our servers are currently overloaded.",
      }),
  ),
  // llama.cpp and Ollama while the model comes from the disk.
  http_503_loading: once(
    "The model is being loaded, then an answer",
    (play) => failed(play.profile, { status: 503, message: "Loading model" }),
  ),
  http_503_retry_after_long: always(
    "Down for an hour",
    STRAY,
    ({ profile }) =>
      failed(profile, { status: 503, message: "Maintenance" }, {
        "retry-after": "3600",
      }),
  ),
  http_504_text: always("A gateway gave up waiting", DOWN, () => ({
    status: 504,
    headers: { "content-type": "text/plain" },
    body: "upstream request timeout",
  })),
  // Anthropic's status for too much load, passed on by gateways.
  http_529: always(
    "Overloaded, with a status of its own",
    DOWN,
    ({ profile }) => failed(profile, { status: 529, message: "Overloaded" }),
  ),
  flaky_500_then_text: once(
    "A failure once, then an answer",
    (play) =>
      failed(play.profile, { status: 500, message: "The engine caught fire" }),
  ),
  redirect_307: always(
    "A redirect to another origin, which must not be followed",
    STRAY,
    redirect(307),
  ),
  // A proxy that sends http to https, or a path to one with a slash.
  redirect_301: always(
    "A permanent redirect, which must not be followed",
    STRAY,
    redirect(301),
  ),
  html_200: {
    ...always("Status 200 and a web page", STRAY, () => ({
      headers: { "content-type": "text/html; charset=utf-8" },
      body:
        "<!DOCTYPE html><html><head><title>Welcome</title></head><body>data: hello\n\n</body></html>",
    })),
    open:
      "Listed beside redirects in the exit codes, so not taken for a broken stream and not retried",
  },
  empty_200: always("Status 200 and nothing at all", DOWN, () => ({
    body: [],
  })),
  // Servers without streams, and gateways that answer from a cache.
  json_200: {
    what: "A whole JSON answer although a stream was asked for",
    open: "The text is all there, and `stream` was not honored",
    answer: (play) => say({ ...play, stream: false }, { text: pieces(HELLO) }),
  },
  long_error: always(
    "A 400 whose message is a megabyte long",
    REFUSED,
    ({ profile }) =>
      failed(profile, { status: 400, message: "No! ".repeat(250_000) }),
  ),
  control_characters_http: always(
    "Control characters in a 400",
    {
      ...REFUSED,
      stderr: ["No: "],
    },
    ({ profile }) =>
      failed(profile, { status: 400, message: `No: ${HOSTILE}` }),
  ),
  secret_echo: always(
    "A 400 that repeats the key",
    REFUSED,
    ({ profile, key }) =>
      failed(profile, {
        status: 400,
        message: `Bad request with Authorization: Bearer ${key} (key ${key})`,
      }),
  ),
  secret_echo_401: always(
    "A 401 that repeats the key",
    UNKNOWN_KEY,
    ({ profile, key }) =>
      failed(profile, {
        status: 401,
        message: `Incorrect API key provided: ${key}.`,
        code: "invalid_api_key",
      }),
  ),
  secret_echo_stream: {
    what: "An error in the stream that repeats the key",
    expect: REFUSED,
    answer: (play) =>
      partial(play, [
        ...opening(play),
        {
          data: {
            error: {
              message: `Not with ${play.key}`,
              type: "invalid_request_error",
              code: 400,
            },
          },
        },
      ]),
  },
  control_characters: {
    what:
      "Control characters in the text; only a terminal is protected from them",
    expect: { stdout: `${HOSTILE}\n`, exit: 0, requests: 1 },
    answer: (play) =>
      say(play, { text: [HOSTILE.slice(0, 9), HOSTILE.slice(9)] }),
  },
  control_characters_reasoning: {
    what: "Control characters in the reasoning",
    expect: OK,
    args: ["--reasoning"],
    answer: (play) =>
      say(play, { reasoning: [HOSTILE], text: pieces(HELLO) }, {
        change: (messages) => [chunk(play, { role: HOSTILE }), ...messages],
      }),
  },
} satisfies Record<string, ChatScenario>;

function always(
  what: string,
  expect: Expectation,
  answer: (play: ChatPlay) => Reply,
): ChatScenario {
  return { what, expect, answer };
}

/** A failure once, then the short answer. */
export function once(
  what: string,
  answer: (play: ChatPlay) => Reply,
): ChatScenario {
  return {
    what,
    expect: { ...OK, requests: 2 },
    answer: (play) =>
      play.attempt === 1 ? answer(play) : say(play, { text: pieces(HELLO) }),
  };
}

function redirect(status: number): (play: ChatPlay) => Reply {
  return (play) => ({
    status,
    headers: {
      location: new URL(
        `${play.profile.base}/chat/completions`,
        play.elsewhere,
      ).href,
    },
    body: "",
  });
}
