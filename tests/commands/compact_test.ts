import assert from "node:assert/strict";
import type { StreamEvent } from "../../src/event.ts";
import { MekaError } from "../../src/errors.ts";
import type { Item } from "../../src/message.ts";
import { compact, type Compacted } from "../../src/commands/compact.ts";
import { openaiCodex } from "../../src/providers/openai_codex/mod.ts";
import {
  type History,
  historyItems,
  NO_HISTORY,
} from "../../src/store/history.ts";
import { newTurnState } from "../../src/stream_turn.ts";
import { DIALECTS } from "../support/dialects.ts";
import { memoryHost } from "../support/memory_host.ts";
import { modelInfo } from "../support/model_info.ts";
import { type Reply, scriptedFetch } from "../support/scripted_fetch.ts";
import { answer, conversation, user } from "../support/store.ts";
import { SIGN_IN, TURN } from "../support/turn.ts";

const { text, end, failure } = DIALECTS["openai-codex"];
const REFUSED = sse(failure("context_length_exceeded"));
const gist = (said: string): Reply => sse(text(said), end("stop"));

const CALL: Item = {
  type: "call",
  id: "call_1",
  name: "look",
  arguments: '{"at":1}',
  raw: undefined,
  origin: undefined,
};
const RESULT: Item = {
  type: "result",
  id: "call_1",
  output: "seen",
  images: [],
  error: false,
};
const REASONING: Item = {
  type: "reasoning",
  text: "hm",
  raw: undefined,
  origin: undefined,
};
const PICTURE = {
  type: "image",
  mediaType: "image/png",
  base64: "AA==",
} as const;

Deno.test("compact() keeps the newest turns word for word, each with all that belongs to it", async () => {
  // 25 tokens each; the window leaves room for two and a half.
  const turn = (n: number): readonly Item[] => [
    user(`${n}`.padEnd(40, "x")),
    REASONING,
    CALL,
    RESULT,
    answer("y".repeat(40)),
  ];
  const { history, requests, notes } = await play({
    turns: [1, 2, 3, 4].map(turn),
    window: 260,
    replies: [gist("the gist")],
  });
  assert.equal(history?.summary, "the gist");
  assert.deepEqual(history?.turns.map(({ id }) => id), [3, 4]);
  assert.deepEqual(historyItems(history ?? NO_HISTORY).slice(1), [
    ...turn(3),
    ...turn(4),
  ]);
  assert.equal(history?.contextTokens, undefined);
  const [request] = requests;
  assert.match(notes[0] ?? "", /its first 2 turns will be summarized/);
  assert.equal(
    request?.text,
    [
      "Conversation:",
      ...[1, 2].flatMap((n) => [
        `Person: ${`${n}`.padEnd(40, "x")}`,
        'Assistant called look: {"at":1}',
        "It brought: seen",
        `Assistant: ${"y".repeat(40)}`,
      ]),
    ].join("\n\n"),
  );
});

Deno.test("compact() asks with words of its own, and without tools or a schema", async () => {
  const { requests } = await play({
    turns: [[user("a")]],
    replies: [gist("the gist")],
    turn: {
      instructions: "Be rude.",
      tools: [{ name: "look", description: "", parameters: {} }],
      schema: { type: "object" },
      search: true,
      maxTokens: 5,
    },
  });
  const [request] = requests;
  assert.match(String(request?.body.instructions), /^You summarize/);
  assert.equal(request?.body.tools, undefined);
  assert.equal(request?.body.text, undefined);
  assert.equal(request?.body.prompt_cache_key, TURN.session);
});

Deno.test("compact() summarizes at least one turn, though there is room", async () => {
  const { history, notes } = await play({
    turns: [[user("a")], [user("b")]],
    window: 1_000_000,
    replies: [gist("the gist")],
  });
  assert.deepEqual(history?.turns.map(({ id }) => id), [2]);
  assert.match(notes[0] ?? "", /its first turn will be summarized/);
});

Deno.test("compact() takes up the summary before", async () => {
  const { requests } = await play({
    turns: [[user("a"), answer("b")]],
    summary: "long ago",
    replies: [gist("the gist")],
  });
  assert.equal(
    requests[0]?.text,
    "Conversation:\n\nlong ago\n\nPerson: a\n\nAssistant: b",
  );
});

Deno.test("compact() tells of pictures, and in short of what is long", async () => {
  const { requests } = await play({
    turns: [[
      { type: "user", parts: [{ type: "text", text: "look" }, PICTURE] },
      { ...CALL, arguments: "x".repeat(3_000) } as Item,
      { ...RESULT, output: "y".repeat(3_000) } as Item,
    ]],
    replies: [gist("the gist")],
  });
  assert.equal(
    requests[0]?.text,
    [
      "Conversation:",
      "Person: look\n[image]",
      `Assistant called look: ${"x".repeat(2_000)}…`,
      `It brought: ${"y".repeat(2_000)}…`,
    ].join("\n\n"),
  );
});

Deno.test("compact() goes on piece by piece where one request cannot hold it", async () => {
  const said = Array.from({ length: 900 }, (_, n) => `word ${n}`).join(" ");
  const { history, requests } = await play({
    turns: [[user(said)]],
    replies: [REFUSED, gist("one"), gist("two"), gist("three")],
  });
  assert.equal(history?.summary, "three");
  const [whole, ...pieces] = requests.map(({ text }) => text);
  assert.match(pieces[0] ?? "", /^Conversation:\n\nPerson: word 0/);
  assert.match(pieces[1] ?? "", /^Summary so far:\n\none\n\nConversation:\n\n/);
  assert.match(pieces[2] ?? "", /^Summary so far:\n\ntwo\n\nConversation:\n\n/);
  // Together they are the whole.
  const parts = pieces.map((piece) => piece.split("Conversation:\n\n")[1]);
  assert.equal(`Conversation:\n\n${parts.join("")}`, whole);
});

Deno.test("compact() begins with pieces that a known window can hold", async () => {
  const { requests } = await play({
    turns: [[user("x".repeat(6_500))]],
    window: 1_000,
    replies: [gist("one"), gist("two"), gist("three")],
  });
  assert.deepEqual(requests.map(({ text }) => text.length < 3_100), [
    true,
    true,
    true,
  ]);
});

Deno.test("compact() cuts no character in half", async () => {
  const { requests } = await play({
    // The person's name and colon make the pieces' ends odd.
    turns: [[user("😀".repeat(2_000))]],
    window: 667,
    replies: [gist("one"), gist("two"), gist("three")],
  });
  for (const { text } of requests) assert.ok(text.isWellFormed());
});

Deno.test("compact() gives up on what is refused at any length", async () => {
  const { error, requests } = await play({
    turns: [[user("x".repeat(6_000))]],
    replies: [REFUSED, REFUSED, REFUSED],
  });
  assert.ok(error instanceof MekaError && error.outgrown);
  assert.equal(requests.length, 3);
});

Deno.test("compact() needs words to go on with", async () => {
  const { error } = await play({
    turns: [[user("a")]],
    replies: [gist(" \n")],
  });
  assert.ok(error instanceof MekaError);
  assert.equal(error.kind, "incomplete");
  assert.match(error.message, /no summary/);
});

Deno.test("compact() tells of waiting, and of what it cost, but not of the summary itself", async () => {
  const busy: Reply = () => new Response("{}", { status: 503 });
  const { events, usage } = await play({
    turns: [[user("a")]],
    replies: [busy, gist("the gist")],
  });
  assert.deepEqual(events.map(({ type }) => type), ["note", "retry"]);
  assert.equal(usage?.totalTokens, 15);
});

interface Play {
  readonly turns: readonly (readonly Item[])[];
  readonly summary?: string;
  readonly window?: number;
  readonly replies: readonly Reply[];
  readonly turn?: Partial<typeof TURN>;
}

interface SummaryRequest {
  readonly body: Readonly<Record<string, unknown>>;
  /** What it is about. */
  readonly text: string;
}

async function play(
  { turns, summary, window, replies, turn }: Play,
): Promise<
  & Partial<Compacted>
  & {
    readonly events: readonly StreamEvent[];
    readonly notes: readonly string[];
    readonly requests: readonly SummaryRequest[];
    readonly error: unknown;
  }
> {
  const host = memoryHost({ napMs: 60_000 });
  const script = scriptedFetch(...replies);
  const history: History = {
    summary,
    turns: turns.map((items, n) => ({ id: n + 1, items })),
    contextTokens: undefined,
  };
  const known = window === undefined
    ? undefined
    : modelInfo({ contextWindow: window });
  const generator = compact(history, { ...TURN, known, ...turn }, {
    provider: openaiCodex,
    providerName: "openai-codex",
    host,
    fetch: script.fetch,
    credentials: {
      current: () => Promise.resolve({ credential: SIGN_IN, warnings: [] }),
      afterUnauthorized: () => Promise.resolve(undefined),
    },
    baseUrl: new URL("https://service.test"),
    userAgent: "meka_cli/0",
    timeoutMs: undefined,
    accountModels: () => [],
    runner: undefined,
    maxRounds: 50,
    compacts: true,
    warn: (message) => assert.fail(message),
    access: { opened: undefined, storeTold: () => {} },
    opened: {
      conversation: conversation(),
      begun: true,
      kept: false,
      history,
      [Symbol.asyncDispose]: () => Promise.resolve(),
    },
    state: newTurnState(host),
  });
  const events: StreamEvent[] = [];
  let compacted: Compacted | undefined;
  let error: unknown;
  try {
    let step = await generator.next();
    for (; !step.done; step = await generator.next()) {
      events.push(...step.value);
    }
    compacted = step.value;
    script.end();
  } catch (thrown) {
    error = thrown;
  }
  return {
    ...compacted,
    events,
    error,
    notes: events.flatMap((event) =>
      event.type === "note" ? [event.message] : []
    ),
    requests: await Promise.all(script.requests.map(async (request) => {
      const body = await request.json();
      return { body, text: body.input[0].content[0].text };
    })),
  };
}

function sse(...parts: readonly string[]): Reply {
  return () =>
    new Response(parts.join(""), {
      headers: { "content-type": "text/event-stream" },
    });
}
