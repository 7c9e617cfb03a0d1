import assert from "node:assert/strict";
import { type ErrorKind, MekaError } from "../../../src/errors.ts";
import type { StreamEvent } from "../../../src/event.ts";
import {
  decode,
  decodeWhole,
} from "../../../src/providers/openai_api/decode.ts";
import { parse, type SseMessage } from "../../../src/sse/parse.ts";

const CONTEXT = {
  model: "m",
  now: () => Date.UTC(2026, 10, 22),
  idPrefix: "call_",
};

const TEXT = data({ choices: [{ index: 0, delta: { content: "Hi" } }] });
const STOP = data({
  choices: [{ index: 0, delta: {}, finish_reason: "stop" }],
});

function data(value: unknown, event?: string): string {
  const name = event === undefined ? "" : `event: ${event}\n`;
  const text = typeof value === "string" ? value : JSON.stringify(value);
  return `${name}data: ${text}\n\n`;
}

interface Decoded {
  readonly events: readonly StreamEvent[];
  readonly error: unknown;
}

async function decoded(
  messages: AsyncIterable<readonly SseMessage[]>,
): Promise<Decoded> {
  const events: StreamEvent[] = [];
  try {
    for await (const batch of decode(messages, CONTEXT)) events.push(...batch);
  } catch (error) {
    return { events, error };
  }
  return { events, error: undefined };
}

/** What is sent after the text, kind, whether it may be tried again, what the message holds. */
const FAILURES: readonly (readonly [
  string,
  string,
  ErrorKind,
  boolean,
  RegExp,
])[] = [
  ["nothing", "", "network", true, /Connection closed/],
  ["half a message", 'data: {"choices"', "network", true, /Connection closed/],
  ["no JSON", data("{oops"), "network", true, /malformed "message"/],
  [
    "an error of OpenAI's",
    data({ error: { message: "Boom.", type: "server_error", code: null } }),
    "network",
    true,
    /The server failed: Boom$/,
  ],
  [
    "an error of OpenRouter's",
    data({
      choices: [{ index: 0, delta: { content: "" }, finish_reason: "error" }],
      error: { code: 502, message: "Provider disconnected" },
    }),
    "network",
    true,
    /Provider disconnected/,
  ],
  [
    "a rate limit by its number",
    data({ error: { code: 429, message: "Slow down" } }),
    "limit",
    true,
    /rate of requests/,
  ],
  [
    "a rate limit by its type",
    data({
      error: { type: "tokens", message: "x", code: "rate_limit_exceeded" },
    }),
    "limit",
    true,
    /rate of requests/,
  ],
  [
    "a quota",
    data({ error: { code: "insufficient_quota", message: "x" } }),
    "limit",
    false,
    /used up/,
  ],
  [
    "an error of vLLM's",
    data({
      object: "error",
      message: "too long",
      type: "BadRequestError",
      code: 400,
    }),
    "refused",
    false,
    /too long/,
  ],
  [
    "an error in one word",
    data({ error: "no memory" }),
    "network",
    true,
    /no memory/,
  ],
  [
    "an error event",
    data({ message: "gone" }, "error"),
    "network",
    true,
    /gone/,
  ],
  ["an error event of words", data("gone", "error"), "network", true, /gone/],
  [
    "a key that is wrong",
    data({ error: { type: "authentication_error", message: "x" } }),
    "auth",
    false,
    /did not accept the key/,
  ],
  [
    "a context that is too long",
    data({
      error: { type: "exceed_context_size_error", code: 400, message: "x" },
    }),
    "refused",
    false,
    /context window/,
  ],
];

for (const [name, after, kind, again, message] of FAILURES) {
  Deno.test(`decode() hands out the text before ${name}, then fails`, async () => {
    const { events, error } = await decoded(
      parse(new Blob([TEXT + after]).stream()),
    );
    assert.deepEqual(events, [{ type: "text", delta: "Hi" }]);
    assert.ok(error instanceof MekaError);
    assert.equal(error.kind, kind);
    assert.equal(error.retry !== undefined, again);
    assert.match(error.message, message);
  });
}

Deno.test("decode() takes an answer for whole whose connection breaks after its finish_reason", async () => {
  const { events, error } = await decoded(broken("network"));
  assert.equal(error, undefined);
  assert.deepEqual(events.map(({ type }) => type), [
    "text",
    "replay",
    "finish",
  ]);
});

Deno.test("decode() lets an interrupt through, whatever came before", async () => {
  const { error } = await decoded(broken("interrupted"));
  assert.ok(error instanceof MekaError);
  assert.equal(error.kind, "interrupted");
});

async function* broken(
  kind: ErrorKind,
): AsyncGenerator<readonly SseMessage[]> {
  yield* parse(new Blob([TEXT + STOP]).stream());
  throw new MekaError(kind, "Connection broke");
}

Deno.test("decode() lets go of the messages once the answer has ended", async () => {
  let closed = false;
  async function* endless(): AsyncGenerator<readonly SseMessage[]> {
    try {
      yield* parse(new Blob([TEXT + STOP + data("[DONE]")]).stream());
      yield [{ event: "message", data: "{not read" }];
    } finally {
      closed = true;
    }
  }
  const { error } = await decoded(endless());
  assert.equal(error, undefined);
  assert.equal(closed, true);
});

const WHOLE = {
  id: "chatcmpl-1",
  object: "chat.completion",
  choices: [{
    index: 0,
    message: { role: "assistant", content: "Hi", reasoning: "Hm" },
    finish_reason: "stop",
  }],
  usage: { prompt_tokens: 1, completion_tokens: 2, total_tokens: 3 },
};

Deno.test("decodeWhole() reads one plain answer", () => {
  const events = decodeWhole(JSON.stringify(WHOLE), CONTEXT);
  assert.deepEqual(events.map((event) => event.type), [
    "reasoning",
    "text",
    "replay",
    "finish",
  ]);
  assert.deepEqual(events[1], { type: "text", delta: "Hi" });
  assert.deepEqual(events[3], {
    type: "finish",
    reason: "stop",
    raw: "stop",
    usage: {
      inputTokens: 1,
      cachedInputTokens: undefined,
      outputTokens: 2,
      reasoningTokens: undefined,
      totalTokens: 3,
    },
  });
});

Deno.test("decodeWhole() needs neither usage nor a finish_reason", () => {
  const choices = [{ message: { content: "Hi" } }];
  const events = decodeWhole(JSON.stringify({ choices }), CONTEXT);
  assert.deepEqual(events.map((event) => event.type), [
    "text",
    "replay",
    "finish",
  ]);
});

Deno.test("decodeWhole() reads calls", () => {
  const call = {
    id: "a",
    type: "function",
    function: { name: "ls", arguments: "{}" },
  };
  const choices = [{
    message: { content: null, tool_calls: [call] },
    finish_reason: "tool_calls",
  }];
  const [first, , finish] = decodeWhole(JSON.stringify({ choices }), CONTEXT);
  assert.deepEqual(first, {
    type: "tool_call",
    id: "a",
    name: "ls",
    arguments: "{}",
  });
  assert.equal(finish?.type === "finish" && finish.reason, "tool_calls");
});

const NOT_WHOLE: readonly (readonly [string, string, ErrorKind, RegExp])[] = [
  ["a cut text", '{"choices":[{"mess', "network", /closed before/],
  ["an error", '{"error":{"message":"Boom"}}', "network", /Boom/],
  [
    "an error in a list",
    '[{"error":{"code":400,"message":"Boom"}}]',
    "refused",
    /Boom/,
  ],
  [
    "an error of vLLM's",
    '{"object":"error","message":"Boom","code":404}',
    "refused",
    /Boom/,
  ],
  ["something else", '{"status":"ok"}', "network", /no answer/],
  ["an empty list", "[]", "network", /closed before/],
];

for (const [name, body, kind, message] of NOT_WHOLE) {
  Deno.test(`decodeWhole() refuses ${name}`, () => {
    assert.throws(() => decodeWhole(body, CONTEXT), (error) => {
      assert.ok(error instanceof MekaError);
      assert.equal(error.kind, kind);
      assert.match(error.message, message);
      return true;
    });
  });
}
