import assert from "node:assert/strict";
import { MekaError } from "../../../src/errors.ts";
import type { StreamEvent } from "../../../src/event.ts";
import type { Turn } from "../../../src/message.ts";
import { openaiApi } from "../../../src/providers/openai_api/mod.ts";
import { streamTurn } from "../../../src/stream_turn.ts";
import { DIALECTS } from "../../support/dialects.ts";
import { memoryHost } from "../../support/memory_host.ts";
import { type Reply, scriptedFetch } from "../../support/scripted_fetch.ts";
import { KEY, TURN } from "../../support/turn.ts";

// What the pipeline does for Chat Completions only: the servers as they are.

const { text, end } = DIALECTS["openai-api"];
const SSE = { "content-type": "text/event-stream" };
const JSON_TYPE = { "content-type": "application/json" };
const STREAM = text("Hello") + end("stop");
const WHOLE = JSON.stringify({
  choices: [{ message: { content: "Hello" }, finish_reason: "stop" }],
});

const reply = (body: string, headers: HeadersInit = SSE): Reply => () =>
  new Response(body, { headers });
const refusal = (status: number, error: unknown, headers = {}): Reply => () =>
  new Response(JSON.stringify({ error }), { status, headers });

async function play(
  replies: readonly Reply[],
  turn: Partial<Turn> = {},
  baseUrl = "https://api.openai.com/v1",
): Promise<{
  readonly text: string;
  readonly notes: number;
  readonly error: MekaError | undefined;
  readonly bodies: readonly Record<string, unknown>[];
}> {
  const script = scriptedFetch(...replies);
  const events: StreamEvent[] = [];
  let error: MekaError | undefined;
  try {
    const batches = streamTurn({ ...TURN, ...turn }, {
      provider: openaiApi,
      providerName: "openai-api",
      host: memoryHost({ napMs: 120_000, now: 0 }),
      fetch: script.fetch,
      credentials: {
        current: () => Promise.resolve({ credential: KEY, warnings: [] }),
        afterUnauthorized: () => Promise.resolve(undefined),
      },
      baseUrl: new URL(baseUrl),
      userAgent: "meka_cli/0",
      timeoutMs: undefined,
      accountModels: () => [],
    });
    for await (const batch of batches) events.push(...batch);
  } catch (failure) {
    if (!(failure instanceof MekaError)) throw failure;
    error = failure;
  }
  script.end();
  return {
    text: events.map((event) => event.type === "text" ? event.delta : "")
      .join(""),
    notes: events.filter(({ type }) => type === "retry").length,
    error,
    bodies: await Promise.all(script.requests.map((sent) => sent.json())),
  };
}

const REFUSED = { param: "stream_options", message: "Unknown parameter" };

Deno.test("streamTurn() sends a request again at once, and once, without stream_options", async () => {
  const played = await play([refusal(400, REFUSED), reply(STREAM)]);
  assert.equal(played.text, "Hello");
  assert.equal(played.error, undefined);
  assert.equal(played.notes, 0);
  const sent = played.bodies.map((body) => "stream_options" in body);
  assert.deepEqual(sent, [true, false]);
});

Deno.test("streamTurn() keeps stream_options out of all later tries", async () => {
  const played = await play([
    refusal(400, REFUSED),
    refusal(503, "busy"),
    reply(STREAM),
  ]);
  assert.equal(played.text, "Hello");
  assert.equal(played.notes, 1);
  const sent = played.bodies.map((body) => "stream_options" in body);
  assert.deepEqual(sent, [true, false, false]);
});

Deno.test("streamTurn() gives up on a server that refuses stream_options twice", async () => {
  const { error } = await play([refusal(400, REFUSED), refusal(400, REFUSED)]);
  assert.equal(error?.kind, "refused");
});

Deno.test("streamTurn() sends again without stream_options what is refused under status 200", async () => {
  const error = { ...REFUSED, type: "invalid_request_error" };
  const body = JSON.stringify({ error });
  const played = await play([reply(body, JSON_TYPE), reply(STREAM)]);
  assert.equal(played.text, "Hello");
});

/** What was asked for, what came, the text and the failure. */
const BODIES: readonly (readonly [
  string,
  boolean,
  string,
  HeadersInit,
  string,
  string | undefined,
])[] = [
  ["a whole answer", true, WHOLE, JSON_TYPE, "Hello", undefined],
  [
    "a whole answer after blank lines",
    true,
    `\n\n${WHOLE}`,
    JSON_TYPE,
    "Hello",
    undefined,
  ],
  [
    "a whole answer in the place of a stream",
    false,
    WHOLE,
    JSON_TYPE,
    "Hello",
    undefined,
  ],
  ["a whole answer under a wrong type", false, WHOLE, SSE, "Hello", undefined],
  [
    "a stream in the place of a whole answer",
    true,
    STREAM,
    SSE,
    "Hello",
    undefined,
  ],
  [
    "a stream under a wrong type",
    false,
    STREAM,
    { "content-type": "text/plain" },
    "Hello",
    undefined,
  ],
  ["a stream without a type", false, STREAM, {}, "Hello", undefined],
  [
    "an error under status 200",
    false,
    '{"error":{"code":402,"message":"x"}}',
    JSON_TYPE,
    "",
    "limit",
  ],
  [
    "an error under status 200 that calls itself a stream",
    false,
    '{"error":{"type":"invalid_request_error","message":"x"}}',
    SSE,
    "",
    "refused",
  ],
];

for (const [what, whole, body, headers, said, kind] of BODIES) {
  Deno.test(`streamTurn() reads ${what}`, async () => {
    const played = await play([reply(body, headers)], { whole });
    assert.equal(played.text, said);
    assert.equal(played.error?.kind, kind);
    assert.equal(played.bodies[0]?.stream, !whole);
  });
}

Deno.test("streamTurn() reads a whole answer however it is cut", async () => {
  const cut: Reply = () =>
    new Response(
      new ReadableStream({
        start(controller): void {
          for (const byte of new TextEncoder().encode(` ${WHOLE}`)) {
            controller.enqueue(new Uint8Array([byte]));
          }
          controller.close();
        },
      }),
    );
  assert.equal((await play([cut], { whole: true })).text, "Hello");
});

Deno.test("streamTurn() tries an error again that is the server's own fault, under status 200, too", async () => {
  const played = await play([
    reply('{"error":"out of memory"}'),
    reply(STREAM),
  ]);
  assert.equal(played.text, "Hello");
  assert.equal(played.notes, 1);
});

Deno.test("streamTurn() tells the time after the last try of a limit", async () => {
  const limited = refusal(429, { message: "Slow" }, {
    "x-ratelimit-reset-requests": "20s",
  });
  const { error, notes } = await play([
    limited,
    limited,
    limited,
    limited,
    limited,
  ]);
  assert.equal(error?.kind, "limit");
  assert.equal(notes, 4);
  assert.match(error?.message ?? "", /try again at .*, in 20 s$/);
  assert.equal(error?.retryAt, 20_000);
});

Deno.test("streamTurn() does not wait for a limit of six minutes", async () => {
  const limited = refusal(429, { message: "Slow" }, {
    "x-ratelimit-reset-tokens": "6m0s",
  });
  const { error, notes } = await play([limited]);
  assert.equal(error?.kind, "limit");
  assert.equal(notes, 0);
  assert.match(error?.message ?? "", /in 6 min$/);
});

const NOBODY = [
  ["http://127.0.0.1:11434", /127\.0\.0\.1:11434.*Ollama/],
  ["http://localhost:1234/v1", /Ollama/],
  ["https://api.example.com", /network connection/],
] as const;
for (const [baseUrl, hint] of NOBODY) {
  Deno.test(`streamTurn() says what may help when nothing listens at ${baseUrl}`, async () => {
    const nobody: Reply = () =>
      Promise.reject(new TypeError("tcp connect error: Connection refused"));
    const tries = [nobody, nobody, nobody, nobody, nobody];
    const { error } = await play(tries, {}, baseUrl);
    assert.equal(error?.kind, "network");
    assert.match(error?.message ?? "", /Cannot reach .*: connection refused/);
    assert.match(error?.hint ?? "", hint);
  });
}
