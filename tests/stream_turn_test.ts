import assert from "node:assert/strict";
import { MekaError } from "../src/errors.ts";
import type { StreamEvent } from "../src/event.ts";
import type { Credential, Turn } from "../src/message.ts";
import { openaiCodex } from "../src/providers/openai_codex/mod.ts";
import { type CredentialSource, streamTurn } from "../src/stream_turn.ts";
import { memoryHost } from "./support/memory_host.ts";
import {
  type Reply,
  scriptedFetch,
  silence,
} from "./support/scripted_fetch.ts";

const TURN: Turn = {
  model: "gpt-5",
  known: undefined,
  effort: "high",
  instructions: "Be brief.",
  items: [{ type: "user", parts: [{ type: "text", text: "say hi" }] }],
  tools: [],
  search: false,
  effortChosen: false,
  schema: undefined,
  whole: false,
  maxTokens: undefined,
  temperature: undefined,
  session: "01a2047b-1496-749b-ae5c-193ba57496e4",
};

const DELTA = sse({ type: "response.output_text.delta", delta: "Hi" });
const COMPLETED = sse({ type: "response.completed", response: {} });
const FAILED = (code: string): string =>
  sse({ type: "response.failed", response: { error: { code, message: "x" } } });

const ok = (...parts: readonly string[]): Reply => () => stream(parts);
const status = (code: number, headers: HeadersInit = {}): Reply => () =>
  new Response("{}", { status: code, headers });
const refusedConnection: Reply = () =>
  Promise.reject(new TypeError("tcp connect error: Connection refused"));

/** Name, replies, text that came, kind of the failure or none, notes of retries. */
const CASES: readonly (readonly [
  string,
  readonly Reply[],
  string,
  string | undefined,
  number,
])[] = [
  ["a whole answer", [ok(DELTA, COMPLETED)], "Hi", undefined, 0],
  ["an answer in one chunk", [ok(DELTA + COMPLETED)], "Hi", undefined, 0],
  ["an empty answer", [ok(COMPLETED)], "", undefined, 0],
  [
    "a 503, then an answer",
    [status(503), ok(DELTA, COMPLETED)],
    "Hi",
    undefined,
    1,
  ],
  [
    "five 503",
    [status(503), status(500), status(502), status(504), status(503)],
    "",
    "network",
    4,
  ],
  [
    "a refused connection, then an answer",
    [refusedConnection, ok(DELTA, COMPLETED)],
    "Hi",
    undefined,
    1,
  ],
  [
    "a 429, then an answer",
    [status(429), ok(DELTA, COMPLETED)],
    "Hi",
    undefined,
    1,
  ],
  ["a 400", [status(400)], "", "refused", 0],
  [
    "a redirect",
    [status(307, { location: "https://other.example" })],
    "",
    "network",
    0,
  ],
  [
    "a web page",
    [() =>
      new Response("<html>", { headers: { "content-type": "text/html" } })],
    "",
    "network",
    0,
  ],
  [
    "a cut before the text, then an answer",
    [ok(), ok(DELTA, COMPLETED)],
    "Hi",
    undefined,
    1,
  ],
  ["a cut after the text", [ok(DELTA)], "Hi", "incomplete", 0],
  [
    "a failure before the text, then an answer",
    [ok(FAILED("rate_limit_exceeded")), ok(DELTA, COMPLETED)],
    "Hi",
    undefined,
    1,
  ],
  [
    "a failure after the text",
    [ok(DELTA, FAILED("rate_limit_exceeded"))],
    "Hi",
    "incomplete",
    0,
  ],
  [
    "a failure in the chunk of the text",
    [ok(DELTA + FAILED("server_error"))],
    "Hi",
    "incomplete",
    0,
  ],
  [
    "a final failure before the text",
    [ok(FAILED("invalid_prompt"))],
    "",
    "refused",
    0,
  ],
  [
    "a usage limit after the text",
    [ok(DELTA, FAILED("usage_limit_reached"))],
    "Hi",
    "incomplete",
    0,
  ],
  [
    "a broken event after the text",
    [ok(DELTA, "data: {\n\n")],
    "Hi",
    "incomplete",
    0,
  ],
  [
    "a broken event before it, then an answer",
    [ok("data: {\n\n"), ok(DELTA, COMPLETED)],
    "Hi",
    undefined,
    1,
  ],
  [
    "reasoning, a cut, then an answer",
    [
      ok(sse({ type: "response.reasoning_text.delta", delta: "hm" })),
      ok(DELTA, COMPLETED),
    ],
    "Hi",
    undefined,
    1,
  ],
  [
    "an answer that a limit cut",
    [ok(DELTA, incomplete("max_output_tokens"))],
    "Hi",
    "incomplete",
    0,
  ],
  [
    "no answer for a limit",
    [ok(incomplete("max_output_tokens"))],
    "",
    "incomplete",
    0,
  ],
  [
    "an answer that a filter cut",
    [ok(DELTA, incomplete("content_filter"))],
    "Hi",
    "incomplete",
    0,
  ],
  [
    "no answer for a filter",
    [ok(incomplete("content_filter"))],
    "",
    "refused",
    0,
  ],
  [
    "an unknown early stop",
    [ok(DELTA, incomplete("tired"))],
    "Hi",
    "incomplete",
    0,
  ],
  [
    "a call instead of an answer",
    [ok(
      sse({
        type: "response.output_item.done",
        item: {
          type: "function_call",
          call_id: "c",
          name: "f",
          arguments: "{}",
        },
      }),
      COMPLETED,
    )],
    "",
    "incomplete",
    0,
  ],
  [
    "a 401 that a refresh cures",
    [status(401), ok(DELTA, COMPLETED)],
    "Hi",
    undefined,
    0,
  ],
  ["two 401", [status(401), status(401)], "", "auth", 0],
  [
    "a 401 in a later try",
    [status(503), status(401), ok(DELTA, COMPLETED)],
    "Hi",
    undefined,
    1,
  ],
  [
    "a Retry-After of 60 s",
    [status(503, { "retry-after": "60" }), ok(DELTA, COMPLETED)],
    "Hi",
    undefined,
    1,
  ],
  [
    "a Retry-After of 61 s",
    [status(503, { "retry-after": "61" })],
    "",
    "network",
    0,
  ],
  [
    "a long Retry-After with a 429",
    [status(429, { "retry-after": "3600" })],
    "",
    "limit",
    0,
  ],
];

for (const [name, replies, text, kind, notes] of CASES) {
  Deno.test(`streamTurn() ends as it should for ${name}`, async () => {
    const script = scriptedFetch(...replies);
    const { events, error } = await play(script.fetch);
    script.end();
    assert.equal(textOf(events), text);
    assert.equal(error?.kind, kind);
    assert.equal(events.filter(({ type }) => type === "retry").length, notes);
    assert.equal(events[0]?.type, "start");
  });
}

Deno.test("streamTurn() waits longer each time, or as long as it is asked to", async () => {
  const script = scriptedFetch(
    ...[503, 503, 503].map((code) => status(code)),
    status(503, { "retry-after": "0" }),
    ok(DELTA, COMPLETED),
  );
  const { delays } = await play(script.fetch);
  const bounds = [[180, 220], [360, 440], [720, 880], [0, 0]] as const;
  assert.equal(delays.length, bounds.length);
  for (const [index, [low, high]] of bounds.entries()) {
    const delay = delays[index] ?? NaN;
    assert.ok(low <= delay && delay <= high, `${delay} in ${low}..${high}`);
  }
});

Deno.test("streamTurn() echoes the turn state of the response before", async () => {
  const script = scriptedFetch(
    () => stream([], { "x-codex-turn-state": "ts_1" }),
    status(503),
    () => stream([DELTA, COMPLETED]),
  );
  await play(script.fetch);
  const sent = script.requests.map(({ headers }) =>
    headers.get("x-codex-turn-state")
  );
  assert.deepEqual(sent, [null, "ts_1", "ts_1"]);
});

Deno.test("streamTurn() sends the refreshed token after a 401, and refreshes once", async () => {
  const script = scriptedFetch(status(401), status(401));
  const { refreshes } = await play(script.fetch);
  const sent = script.requests.map(({ headers }) =>
    headers.get("authorization")
  );
  assert.deepEqual(sent, ["Bearer first", "Bearer second"]);
  assert.equal(refreshes, 1);
});

Deno.test("streamTurn() tells limits and another model before the text, and a warning once", async () => {
  const head = {
    "x-codex-primary-used-percent": "12.5",
    "x-codex-primary-window-minutes": "300",
    "openai-model": "gpt-other",
  };
  const again = sse({
    type: "response.metadata",
    headers: { "openai-model": "gpt-other" },
  });
  const script = scriptedFetch(() => stream([again, DELTA, COMPLETED], head));
  const { events } = await play(script.fetch);
  assert.deepEqual(events.map(({ type }) => type), [
    "start",
    "limits",
    "warning",
    "text",
    "finish",
  ]);
});

/** What has come when the run is to end, and what has not. */
const STOPS: readonly (readonly [string, readonly string[] | undefined])[] = [
  ["the head", undefined],
  ["the first event", []],
  ["the end", [DELTA]],
];
for (const [before, parts] of STOPS) {
  const stall = (request: Request, onIdle: () => void): Promise<Response> => {
    if (parts !== undefined) {
      return Promise.resolve(stalled(parts, request, onIdle));
    }
    queueMicrotask(onIdle);
    return Promise.resolve(silence(request));
  };

  Deno.test(`streamTurn() ends with the interrupt before ${before}, and lets the connection go`, async () => {
    const host = memoryHost();
    const reason = new MekaError("interrupted", "Interrupted");
    let signal: AbortSignal | undefined;
    const { error } = await play((request) => {
      signal = request.signal;
      return stall(request, () => host.abort(reason));
    }, { host });
    assert.equal(error, reason);
    assert.equal(signal?.aborted, true);
  });

  Deno.test(`streamTurn() ends when the time is up before ${before}`, async () => {
    const host = memoryHost();
    const { error } = await play(
      (request) => stall(request, () => host.wake(5000)),
      { host, timeoutMs: 5000 },
    );
    assert.equal(error?.kind, before === "the end" ? "incomplete" : "network");
    assert.match(error?.message ?? "", /time limit of 5 s/);
  });
}

Deno.test("streamTurn() cancels the body when its reader leaves", async () => {
  let cancelled = false;
  const body = new ReadableStream({
    pull: (controller) => controller.enqueue(new TextEncoder().encode(DELTA)),
    cancel: () => void (cancelled = true),
  });
  const script = scriptedFetch(() => new Response(body));
  for await (const batch of turn(script.fetch)) {
    if (batch.some(({ type }) => type === "text")) break;
  }
  assert.equal(cancelled, true);
});

interface Played {
  readonly events: readonly StreamEvent[];
  readonly error: MekaError | undefined;
  readonly delays: readonly number[];
  readonly refreshes: number;
}

interface PlayOptions {
  readonly host?: ReturnType<typeof memoryHost>;
  readonly timeoutMs?: number;
}

async function play(
  fetch: (request: Request) => Promise<Response>,
  options: PlayOptions = {},
): Promise<Played> {
  const events: StreamEvent[] = [];
  const delays: number[] = [];
  let refreshes = 0;
  let error: MekaError | undefined;
  const host = options.host ?? memoryHost();
  const sleep = host.sleep;
  host.sleep = (ms, signal) => {
    // The watchdog's sleeps are the longer ones, and stay; those between tries end at once.
    if (ms > 60_000 || ms === options.timeoutMs) return sleep(ms, signal);
    delays.push(ms);
    return Promise.resolve();
  };
  const onRefresh = (): void => void refreshes++;
  try {
    for await (const batch of turn(fetch, { ...options, host, onRefresh })) {
      events.push(...batch);
    }
  } catch (failure) {
    assert.ok(failure instanceof MekaError, String(failure));
    error = failure;
  }
  return { events, error, delays, refreshes };
}

function turn(
  fetch: (request: Request) => Promise<Response>,
  options: PlayOptions & { onRefresh?: () => void } = {},
): ReturnType<typeof streamTurn> {
  const credential = (accessToken: string): Credential => ({
    type: "oauth",
    accessToken,
    accountId: "acc_1",
    fedramp: false,
  });
  const credentials: CredentialSource = {
    current: () =>
      Promise.resolve({ credential: credential("first"), warnings: [] }),
    afterUnauthorized: (spent) => {
      assert.deepEqual(spent, credential("first"));
      options.onRefresh?.();
      return Promise.resolve({
        credential: credential("second"),
        warnings: [],
      });
    },
  };
  return streamTurn(TURN, {
    provider: openaiCodex,
    providerName: "openai-codex",
    host: options.host ?? memoryHost(),
    fetch,
    credentials,
    baseUrl: new URL("https://chatgpt.com"),
    userAgent: "meka_cli/0 (linux 6; x86_64)",
    timeoutMs: options.timeoutMs,
    accountModels: () => [],
  });
}

function textOf(events: readonly StreamEvent[]): string {
  return events.map((event) => event.type === "text" ? event.delta : "").join(
    "",
  );
}

function incomplete(reason: string): string {
  return sse({
    type: "response.incomplete",
    response: { incomplete_details: { reason } },
  });
}

function sse(event: unknown): string {
  return `data: ${JSON.stringify(event)}\n\n`;
}

function stream(parts: readonly string[], headers: HeadersInit = {}): Response {
  const bytes = parts.map((part) => new TextEncoder().encode(part));
  return new Response(ReadableStream.from(bytes), {
    headers: { "content-type": "text/event-stream", ...headers },
  });
}

/** Parts, and then silence until the request is aborted, as a connection would have it. */
function stalled(
  parts: readonly string[],
  request: Request,
  onIdle: () => void,
): Response {
  const left = [...parts];
  const body = new ReadableStream({
    start: (controller) => {
      const { signal } = request;
      signal.addEventListener("abort", () => controller.error(signal.reason));
    },
    pull: (controller) => {
      const part = left.shift();
      if (part !== undefined) {
        controller.enqueue(new TextEncoder().encode(part));
        return Promise.resolve();
      }
      queueMicrotask(onIdle);
      return Promise.withResolvers<void>().promise;
    },
  });
  return new Response(body);
}
