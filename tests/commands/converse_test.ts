import assert from "node:assert/strict";
import type { StreamEvent } from "../../src/event.ts";
import { MekaError } from "../../src/errors.ts";
import type { Item, Turn } from "../../src/message.ts";
import { converse, type ConverseContext } from "../../src/commands/converse.ts";
import { openaiCodex } from "../../src/providers/openai_codex/mod.ts";
import type { Database } from "../../src/store/database.ts";
import {
  type History,
  NO_HISTORY,
  readHistory,
} from "../../src/store/history.ts";
import { DIALECTS } from "../support/dialects.ts";
import { memoryHost } from "../support/memory_host.ts";
import { modelInfo } from "../support/model_info.ts";
import { type Reply, scriptedFetch } from "../support/scripted_fetch.ts";
import {
  answer,
  conversation,
  openStore,
  storeConversation,
  user,
} from "../support/store.ts";
import { SIGN_IN, TURN } from "../support/turn.ts";

const { text, end, failure, body } = DIALECTS["openai-codex"];
const ID = conversation().id;

const done = (said: string): Reply =>
  sse(text(said), message(said), end("stop"));
const TOO_LONG = [
  ["in the stream", sse(failure("context_length_exceeded"))],
  [
    "with a status",
    () =>
      new Response(body("context_length_exceeded", "Too long"), {
        status: 400,
      }),
  ],
] as const;

Deno.test("converse() keeps what is said, before it is asked", async () => {
  using database = openStore();
  const seen: number[] = [];
  const { events, error } = await play(database, {
    replies: [(request) => {
      seen.push(countOf(database, "items"));
      return done("hi")(request);
    }],
  });
  assert.equal(error, undefined);
  assert.deepEqual(seen, [1]);
  assert.equal(textOf(events), "hi");
  assert.equal(countOf(database, "items"), 2);
});

Deno.test("converse() keeps nothing where nothing is to be kept", async () => {
  using database = openStore();
  await play(database, { replies: [done("hi")], opened: { kept: false } });
  assert.equal(countOf(database, "conversations"), 0);
});

Deno.test("converse() tells why a conversation is not kept, once, after its start", async () => {
  using database = openStore();
  const { events, told } = await play(database, {
    replies: [done("hi")],
    opened: { kept: false, warning: "told so" },
  });
  const types = events.map(({ type }) => type);
  assert.deepEqual(types.slice(0, 2), ["start", "warning"]);
  assert.equal(types.filter((type) => type === "warning").length, 1);
  assert.equal(told, 1);
});

Deno.test("converse() says that keeping failed to those who want to know", async () => {
  using database = openStore();
  database.exec("DROP TABLE items");
  let lost = 0;
  const { events, told } = await play(database, {
    replies: [done("hi")],
    lost: () => {
      lost++;
    },
  });
  assert.equal(events.filter(({ type }) => type === "warning").length, 1);
  assert.deepEqual([told, lost], [1, 1]);
});

Deno.test("converse() replays what was said before", async () => {
  using database = openStore();
  const history = await past(database, 2);
  const { requests } = await play(database, {
    replies: [done("hi")],
    opened: { begun: true, history },
  });
  assert.deepEqual(await said(requests), [["u1", "a1", "u2", "a2", "say hi"]]);
});

for (const [how, refusal] of TOO_LONG) {
  Deno.test(`converse() summarizes what is refused for its length ${how}, and asks once more`, async () => {
    using database = openStore();
    const history = await past(database, 3);
    let shorter: History | undefined;
    const { events, error, requests } = await play(database, {
      replies: [refusal, done("the gist"), done("hi")],
      opened: { begun: true, history },
      shortened: (given) => {
        shorter = given;
      },
    });
    assert.equal(error, undefined);
    const [, summary, second] = await said(requests);
    assert.match(
      String(summary?.[0]),
      /^Conversation:\n\nPerson: u1\n\nAssistant: a1/,
    );
    assert.match(String(second?.[0]), /\n\nthe gist$/);
    assert.equal(second?.at(-1), "say hi");
    const types = events.map(({ type }) => type);
    for (const once of ["start", "finish", "note"] as const) {
      assert.equal(types.filter((type) => type === once).length, 1, once);
    }
    assert.equal(textOf(events), "hi");
    const finish = events.at(-1);
    assert.ok(finish?.type === "finish");
    // Of the summary and of the answer; but the conversation is as long as the answer's request left it.
    assert.equal(finish.usage?.totalTokens, 30);
    assert.equal(finish.contextTokens, 15);
    assert.equal(shorter?.summary, "the gist");
    assert.equal(readHistory(database, ID).summary, "the gist");
    assert.equal(readHistory(database, ID).contextTokens, 15);
  });
}

Deno.test("converse() does not ask a third time", async () => {
  using database = openStore();
  const history = await past(database, 3);
  const refusal = sse(failure("context_length_exceeded"));
  const { error } = await play(database, {
    replies: [refusal, done("the gist"), refusal],
    opened: { begun: true, history },
  });
  assert.ok(error instanceof MekaError);
  assert.equal(error.kind, "refused");
});

const UNTOUCHED = [
  ["with --no-compact", { compacts: false }, 3],
  ["of a new conversation", {}, 0],
] as const;

for (const [what, changes, turns] of UNTOUCHED) {
  Deno.test(`converse() hands on the refusal ${what}`, async () => {
    using database = openStore();
    const history = turns === 0 ? NO_HISTORY : await past(database, turns);
    const { error, events } = await play(database, {
      ...changes,
      replies: [sse(failure("context_length_exceeded"))],
      opened: { begun: turns > 0, history },
    });
    assert.ok(error instanceof MekaError);
    assert.equal(error.exit, 6);
    assert.equal(events.some(({ type }) => type === "note"), false);
  });
}

Deno.test("converse() summarizes what would outgrow a known window, without being refused first", async () => {
  using database = openStore();
  const history = await past(database, 3, 950);
  const { events, error, requests } = await play(database, {
    replies: [done("the gist"), done("hi")],
    opened: { begun: true, history },
    turn: { known: modelInfo({ contextWindow: 1_000 }) },
  });
  assert.equal(error, undefined);
  assert.equal(requests.length, 2);
  const types = events.map(({ type }) => type).filter((type) =>
    type !== "replay"
  );
  assert.deepEqual(types, ["start", "note", "text", "finish"]);
});

Deno.test("converse() asks for a sign-in once for all that a turn takes", async () => {
  using database = openStore();
  const history = await past(database, 3);
  let asked = 0;
  const { events } = await play(database, {
    replies: [
      sse(failure("context_length_exceeded")),
      done("the gist"),
      done("hi"),
    ],
    opened: { begun: true, history },
    credentials: {
      current: () => {
        asked++;
        return Promise.resolve({ credential: SIGN_IN, warnings: ["told so"] });
      },
      afterUnauthorized: () => Promise.resolve(undefined),
    },
  });
  assert.equal(asked, 1);
  assert.equal(events.filter(({ type }) => type === "warning").length, 1);
});

Deno.test("converse() calls a summary that broke off what it is: no part of the answer", async () => {
  using database = openStore();
  const history = await past(database, 3);
  const { error, events } = await play(database, {
    replies: [sse(failure("context_length_exceeded")), sse(text("the g"))],
    opened: { begun: true, history },
  });
  assert.ok(error instanceof MekaError);
  assert.equal(error.kind, "network");
  assert.equal(textOf(events), "");
  assert.equal(readHistory(database, ID).summary, undefined);
  // What was said is kept all the same.
  const [{ type } = { type: "none" }] =
    readHistory(database, ID).turns.at(-1)?.items ?? [];
  assert.equal(type, "user");
});

Deno.test("converse() goes on with a summary that cannot be stored", async () => {
  using database = openStore();
  const history = await past(database, 3);
  database.exec(`
    CREATE TRIGGER fault BEFORE INSERT ON summaries BEGIN SELECT raise(ABORT, 'told so'); END
  `);
  const { error, events } = await play(database, {
    replies: [
      sse(failure("context_length_exceeded")),
      done("the gist"),
      done("hi"),
    ],
    opened: { begun: true, history },
  });
  assert.equal(error, undefined);
  assert.equal(textOf(events), "hi");
  assert.equal(readHistory(database, ID).turns.length, 4);
});

interface Play extends
  Partial<
    Pick<ConverseContext, "compacts" | "credentials" | "lost" | "shortened">
  > {
  readonly replies: readonly Reply[];
  readonly opened?: Partial<ConverseContext["opened"]>;
  readonly turn?: Partial<Turn>;
}

async function play(
  database: Database,
  { replies, opened, turn, ...changes }: Play,
): Promise<{
  readonly events: readonly StreamEvent[];
  readonly error: unknown;
  readonly requests: readonly Request[];
  /** How often the store's failure was told of. */
  readonly told: number;
}> {
  const script = scriptedFetch(...replies);
  let told = 0;
  const context: ConverseContext = {
    provider: openaiCodex,
    providerName: "openai-codex",
    host: memoryHost({ napMs: 60_000 }),
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
    access: {
      opened: { database, writable: true },
      storeTold: () => {
        told++;
      },
    },
    opened: {
      conversation: conversation(),
      begun: false,
      kept: true,
      history: NO_HISTORY,
      [Symbol.asyncDispose]: () => Promise.resolve(),
      ...opened,
    },
    ...changes,
  };
  const { requests } = script;
  const events: StreamEvent[] = [];
  try {
    const asked = { ...TURN, ...turn };
    for await (const batch of converse(asked, context)) events.push(...batch);
    script.end();
    return { events, error: undefined, requests, told };
  } catch (error) {
    return { events, error, requests, told };
  }
}

/** Stores so many turns, the last of which left so many tokens, and reads them. */
async function past(
  database: Database,
  count: number,
  contextTokens?: number,
): Promise<History> {
  const turns = Array.from({ length: count }, (_, n) => ({
    items: [user(`u${n + 1}`), answer(`a${n + 1}`)] as [Item, Item],
    ...n === count - 1 && contextTokens !== undefined ? { contextTokens } : {},
  }));
  await storeConversation(database, { turns });
  return readHistory(database, ID);
}

/** The texts of each request. */
async function said(requests: readonly Request[]): Promise<unknown[][]> {
  return await Promise.all(requests.map(async (request) => {
    const { input } = await request.json();
    return Object.values(input).map((item) => Object(item).content?.[0]?.text);
  }));
}

function sse(...parts: readonly string[]): Reply {
  return () =>
    new Response(parts.join(""), {
      headers: { "content-type": "text/event-stream" },
    });
}

function message(said: string): string {
  const item = {
    type: "message",
    id: "msg_1",
    role: "assistant",
    content: [{ type: "output_text", text: said }],
  };
  return `data: ${
    JSON.stringify({ type: "response.output_item.done", item })
  }\n\n`;
}

function textOf(events: readonly StreamEvent[]): string {
  return events.map((event) => event.type === "text" ? event.delta : "")
    .join("");
}

function countOf(database: Database, table: string): number {
  return Number(
    database.prepare(`SELECT count(*) AS n FROM ${table}`).get()?.n,
  );
}
