import assert from "node:assert/strict";
import { type ErrorKind, MekaError } from "../../src/errors.ts";
import type { StreamEvent } from "../../src/event.ts";
import type { Turn } from "../../src/message.ts";
import { PROVIDERS } from "../../src/providers/mod.ts";
import type { ProviderEntry } from "../../src/providers/provider.ts";
import { streamTurn } from "../../src/stream_turn.ts";
import { type Dialect, SPOKEN } from "../support/dialects.ts";
import { memoryHost } from "../support/memory_host.ts";
import { type Reply, scriptedFetch } from "../support/scripted_fetch.ts";
import { TURN } from "../support/turn.ts";

// What every provider must do, whatever its server's words are.

interface Played {
  readonly events: readonly StreamEvent[];
  readonly error: MekaError | undefined;
  readonly requests: readonly Request[];
}

/** Streams of bytes, or failures with a status and headers. */
type Answer = (server: Dialect) => Reply;

const streamed =
  (write: (server: Dialect) => string): Answer => (server) => () =>
    new Response(write(server), {
      headers: { "content-type": "text/event-stream" },
    });
const refused = (
  status: number,
  code = "some_code",
  headers: HeadersInit = {},
): Answer =>
(server) =>
() => new Response(server.body(code, "Told so"), { status, headers });
const page: Answer = () => () =>
  new Response("<html>", { headers: { "content-type": "text/html" } });
const nobody: Answer = () => () =>
  Promise.reject(new TypeError("tcp connect error: Connection refused"));

const HELLO = streamed(({ text, end }) =>
  text("Hel") + text("lo") + end("stop")
);

async function play(
  name: keyof typeof PROVIDERS,
  server: Dialect,
  { answers, turn = {} }: {
    readonly answers: readonly Answer[];
    readonly turn?: Partial<Turn>;
  },
): Promise<Played> {
  const entry: ProviderEntry = PROVIDERS[name];
  const script = scriptedFetch(...answers.map((answer) => answer(server)));
  const host = memoryHost({ napMs: 60_000 });
  const { credential } = server;
  const events: StreamEvent[] = [];
  let error: MekaError | undefined;
  try {
    const batches = streamTurn({ ...TURN, ...turn }, {
      provider: await entry.load(),
      providerName: name,
      host,
      fetch: script.fetch,
      credentials: {
        current: () => Promise.resolve({ credential, warnings: [] }),
        afterUnauthorized: () => Promise.resolve(undefined),
      },
      baseUrl: new URL(entry.baseUrl),
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
  return { events, error, requests: script.requests };
}

const FOUR = <T>(value: T): readonly T[] => [value, value, value, value, value];

/** Name, answers in their order, the text that came, the failure. */
const ROWS: readonly (readonly [
  string,
  readonly Answer[],
  string,
  ErrorKind | undefined,
])[] = [
  ["a whole answer", [HELLO], "Hello", undefined],
  ["an empty answer", [streamed(({ end }) => end("stop"))], "", undefined],
  ["400", [refused(400)], "", "refused"],
  ["401", [refused(401)], "", "auth"],
  ["402", [refused(402)], "", "limit"],
  ["403", [refused(403)], "", "refused"],
  ["404", [refused(404)], "", "refused"],
  ["413", [refused(413)], "", "refused"],
  [
    "a context that is too long",
    [refused(400, "context_length_exceeded")],
    "",
    "refused",
  ],
  ["429, then an answer", [refused(429), HELLO], "Hello", undefined],
  ["429 that stays", FOUR(refused(429)), "", "limit"],
  [
    "429 for an hour",
    [refused(429, "x", { "retry-after": "3600" })],
    "",
    "limit",
  ],
  [
    "a quota that is used up",
    [refused(429, "insufficient_quota")],
    "",
    "limit",
  ],
  ["503, then an answer", [refused(503), HELLO], "Hello", undefined],
  ["500 that stays", FOUR(refused(500)), "", "network"],
  ["no connection, then an answer", [nobody, HELLO], "Hello", undefined],
  ["no connection at all", FOUR(nobody), "", "network"],
  [
    "a redirect",
    [refused(307, "x", { location: "https://other.example/" })],
    "",
    "network",
  ],
  ["a web page", [page], "", "network"],
  [
    "a Cloudflare challenge",
    [refused(403, "x", { "cf-mitigated": "challenge" })],
    "",
    "blocked",
  ],
  [
    "a cut before the text, then an answer",
    [streamed(() => ""), HELLO],
    "Hello",
    undefined,
  ],
  [
    "a cut after the text",
    [streamed(({ text }) => text("Hel"))],
    "Hel",
    "incomplete",
  ],
  [
    "a rate limit in the stream, then an answer",
    [streamed(({ failure }) => failure("rate_limit_exceeded")), HELLO],
    "Hello",
    undefined,
  ],
  [
    "a quota in the stream",
    [streamed(({ failure }) => failure("insufficient_quota"))],
    "",
    "limit",
  ],
  [
    "a context that is too long, in the stream",
    [streamed(({ failure }) => failure("context_length_exceeded"))],
    "",
    "refused",
  ],
  [
    "an unknown failure in the stream, then an answer",
    [streamed(({ failure }) => failure("oops")), HELLO],
    "Hello",
    undefined,
  ],
  [
    "a failure after the text",
    [streamed(({ text, failure }) => text("Hel") + failure("oops"))],
    "Hel",
    "incomplete",
  ],
  [
    "no JSON, then an answer",
    [streamed(() => "data: {oops\n\n"), HELLO],
    "Hello",
    undefined,
  ],
  [
    "an end at the limit of tokens",
    [streamed(({ text, end }) => text("Hel") + end("length"))],
    "Hel",
    "incomplete",
  ],
  [
    "an end by the content policy",
    [streamed(({ text, end }) => text("Hel") + end("content_filter"))],
    "Hel",
    "incomplete",
  ],
  [
    "an end by the content policy before the text",
    [streamed(({ end }) => end("content_filter"))],
    "",
    "refused",
  ],
];

for (const [name, server] of SPOKEN) {
  for (const [what, answers, text, kind] of ROWS) {
    Deno.test(`${name} ends as it should for ${what}`, async () => {
      const { events, error } = await play(name, server, { answers });
      assert.equal(textOf(events), text);
      assert.equal(error?.kind, kind, error?.message);
    });
  }

  Deno.test(`${name} tells reasoning, text and usage`, async () => {
    const answer = streamed(({ reasoning, text, end }) =>
      reasoning("Hm") + text("Hi") + end("stop")
    );
    const { events } = await play(name, server, { answers: [answer] });
    assert.deepEqual(
      events.filter(({ type }) => type !== "start" && type !== "replay"),
      [
        { type: "reasoning", delta: "Hm" },
        { type: "text", delta: "Hi" },
        {
          type: "finish",
          reason: "stop",
          raw: lastWord(events),
          usage: {
            inputTokens: 12,
            cachedInputTokens: 4,
            outputTokens: 3,
            reasoningTokens: 2,
            totalTokens: 15,
          },
        },
      ],
    );
  });

  Deno.test(`${name} tells the call of a tool, and is incomplete without one to answer it`, async () => {
    const answer = streamed(({ call, end }) =>
      call("call_1", "ls", '{"path":"."}') + end("tool_calls")
    );
    const { events, error } = await play(name, server, { answers: [answer] });
    assert.deepEqual(events.find(({ type }) => type === "tool_call"), {
      type: "tool_call",
      id: "call_1",
      name: "ls",
      arguments: '{"path":"."}',
    });
    assert.equal(error?.kind, "incomplete");
  });

  Deno.test(`${name} sends model, instructions, prompt, image, schema and what proves who asks`, async () => {
    const schema = { type: "object", title: "a schema of its own" };
    const { requests: [request] } = await play(name, server, {
      answers: [HELLO],
      turn: {
        model: "Some/Model:1",
        instructions: "Be kind.",
        schema,
        items: [{
          type: "user",
          parts: [
            { type: "text", text: "what?" },
            { type: "image", mediaType: "image/png", base64: "iVBORw0K" },
          ],
        }],
      },
    });
    assert.ok(request);
    const body = await request.text();
    for (
      const part of [
        '"Some/Model:1"',
        '"Be kind."',
        '"what?"',
        '"data:image/png;base64,iVBORw0K"',
        JSON.stringify(schema),
      ]
    ) assert.ok(body.includes(part), `${part} in ${body}`);
    const { credential } = server;
    const secret = credential.type === "oauth"
      ? credential.accessToken
      : credential.key;
    assert.equal(request.headers.get("authorization"), `Bearer ${secret}`);
    assert.ok(!body.includes(secret ?? ""));
    assert.equal(request.headers.get("user-agent"), "meka_cli/0");
    assert.equal(request.redirect, "manual");
    const entry: ProviderEntry = PROVIDERS[name];
    assert.ok(request.url.startsWith(entry.baseUrl));
  });

  Deno.test(`${name} asks for its models with what proves who asks`, async () => {
    const provider = await PROVIDERS[name].load();
    const request = provider.catalogue?.encode({
      baseUrl: new URL(PROVIDERS[name].baseUrl),
      credential: server.credential,
      userAgent: "meka_cli/0",
      turnState: undefined,
      reduced: false,
      signal: AbortSignal.any([]),
    });
    assert.equal(request?.method, "GET");
    assert.match(request?.headers.get("authorization") ?? "", /^Bearer /);
    assert.match(request?.url ?? "", /\/models(?:\?|$)/);
  });
}

function textOf(events: readonly StreamEvent[]): string {
  return events.map((event) => event.type === "text" ? event.delta : "")
    .join("");
}

/** The server's own, which is not compared. */
function lastWord(events: readonly StreamEvent[]): string {
  const last = events.at(-1);
  return last?.type === "finish" ? last.raw : "";
}
