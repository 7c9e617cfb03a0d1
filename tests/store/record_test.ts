import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import type { EventBatch, StreamEvent, Usage } from "../../src/event.ts";
import { MekaError } from "../../src/errors.ts";
import type { Item } from "../../src/message.ts";
import {
  inputItems,
  readItem,
} from "../../src/providers/openai_codex/items.ts";
import { insertConversation } from "../../src/store/conversations.ts";
import { BUSY_TIMEOUT_MS, type Database } from "../../src/store/database.ts";
import { historyItems, readHistory } from "../../src/store/history.ts";
import { readItems } from "../../src/store/items.ts";
import {
  type Keep,
  record,
  type RecordContext,
} from "../../src/store/record.ts";
import { type MemoryHost, memoryHost } from "../support/memory_host.ts";
import { answer, conversation, openStore, user } from "../support/store.ts";

const SAID = user("say hi");
const USAGE: Usage = {
  inputTokens: 12,
  cachedInputTokens: undefined,
  outputTokens: 3,
  reasoningTokens: undefined,
  totalTokens: 15,
};
const RAW = { id: "msg_1", type: "message" };
const ORIGIN = { provider: "openai-codex", account: "acc_1" };
const REASONING: Item = {
  type: "reasoning",
  text: "",
  raw: { encrypted_content: "opaque" },
  origin: ORIGIN,
};
const CALL: Item = {
  type: "call",
  id: "call_1",
  name: "look",
  arguments: "{}",
  raw: undefined,
  origin: undefined,
};
const RESULT = {
  type: "result",
  id: "call_1",
  output: "seen",
  images: [],
  error: false,
} as const satisfies Item;

const text = (delta: string): StreamEvent => ({ type: "text", delta });
const replay = (item: Item): StreamEvent => ({ type: "replay", item });
const whole = (text: string): Item => ({
  ...answer(text),
  raw: RAW,
  origin: ORIGIN,
});
const finish = (reason: "stop" | "length" = "stop"): StreamEvent => ({
  type: "finish",
  reason,
  raw: "completed",
  usage: USAGE,
});
const result: StreamEvent = {
  type: "tool_result",
  name: "look",
  result: RESULT,
};
const BROKEN = new MekaError("network", "Connection broke");

interface Case {
  readonly name: string;
  readonly batches: readonly EventBatch[];
  /** Thrown after the last batch. */
  readonly error?: MekaError;
  /** The consumer takes so many batches and leaves. */
  readonly takes?: number;
  /** What is stored: an item's text, or its type where it has none. */
  readonly kept: readonly string[];
  /** How many of them, from the end, are marked as partial. */
  readonly partial?: number;
  readonly status: string;
}

const CASES: readonly Case[] = [
  {
    name: "a whole answer",
    batches: [[text("h"), text("i")], [replay(whole("hi")), finish()]],
    kept: ["say hi", "hi"],
    status: "completed",
  },
  {
    name: "a whole answer in one batch",
    batches: [[text("h"), text("i"), replay(whole("hi")), finish()]],
    kept: ["say hi", "hi"],
    status: "completed",
  },
  {
    name: "an answer that a failure cuts",
    batches: [[text("h")], [text("i")]],
    error: BROKEN,
    kept: ["say hi", "hi"],
    partial: 2,
    status: "incomplete",
  },
  {
    name: "a failure before any answer",
    batches: [[{ type: "reasoning", delta: "hm" }]],
    error: BROKEN,
    kept: ["say hi"],
    status: "failed",
  },
  {
    name: "an answer that reached its limit",
    batches: [[text("hi")], [replay(whole("hi")), finish("length")]],
    error: new MekaError("incomplete", "The answer is cut"),
    kept: ["say hi", "hi"],
    status: "incomplete",
  },
  {
    name: "an answer that somebody finds fault with",
    batches: [[text("hi")], [replay(whole("hi")), finish()]],
    error: new MekaError("incomplete", "It does not fit"),
    kept: ["say hi", "hi"],
    status: "incomplete",
  },
  {
    name: "reasoning that was finished before the stream broke",
    batches: [[text("h")], [text("i")], [replay(REASONING)]],
    error: BROKEN,
    kept: ["say hi", "reasoning", "hi"],
    partial: 1,
    status: "incomplete",
  },
  {
    name: "a second message that the stream broke in",
    batches: [[text("one"), text("tw")], [text("o")], [replay(whole("one"))]],
    error: BROKEN,
    kept: ["say hi", "one", "two"],
    partial: 1,
    status: "incomplete",
  },
  {
    name: "two messages",
    batches: [
      [text("one")],
      [text("two")],
      [replay(REASONING), replay(whole("one")), replay(whole("two")), finish()],
    ],
    kept: ["say hi", "reasoning", "one", "two"],
    status: "completed",
  },
  {
    name: "a message whose end was told in other words",
    batches: [[text("onE")], [replay(whole("one")), finish()]],
    kept: ["say hi", "one"],
    status: "completed",
  },
  {
    name: "a call and what it brought",
    batches: [
      [text("looking")],
      [replay(whole("looking")), replay(CALL)],
      [result],
      [text("\n"), text("done")],
      [replay(whole("done")), finish()],
    ],
    kept: ["say hi", "looking", "{}", "seen", "done"],
    status: "completed",
  },
  {
    name: "a call that never came to an end",
    batches: [[replay(REASONING), replay(CALL)]],
    error: new MekaError("interrupted", "Interrupted"),
    kept: ["say hi", "reasoning", "{}"],
    status: "failed",
  },
  {
    name: "a reader that leaves in the middle",
    batches: [[text("h")], [text("i")], [replay(whole("hi")), finish()]],
    takes: 1,
    kept: ["say hi", "h"],
    partial: 1,
    status: "incomplete",
  },
  {
    name: "a reader that leaves at the end",
    batches: [[text("hi")], [replay(whole("hi")), finish()]],
    takes: 2,
    kept: ["say hi", "hi"],
    status: "completed",
  },
  {
    name: "a character in two halves",
    batches: [
      [text("a\ud83d")],
      [text("\ude00b\ud83d")],
      [text("\ude00")],
    ],
    error: BROKEN,
    kept: ["say hi", "a😀b😀"],
    partial: 3,
    status: "incomplete",
  },
  {
    name: "half a character, and NUL",
    batches: [[text("a\0b")], [text("c\ud83d")]],
    error: BROKEN,
    kept: ["say hi", "a\0bc\ud83d"],
    partial: 3,
    status: "incomplete",
  },
  {
    name: "empty batches",
    batches: [[], [text("hi")], [], [replay(whole("hi")), finish()], []],
    kept: ["say hi", "hi"],
    status: "completed",
  },
];

for (const row of CASES) {
  Deno.test(`record() keeps ${row.name}`, async () => {
    using database = openStore();
    const played = await play(database, row);
    assert.deepEqual(kept(database), row.kept);
    assert.equal(turnOf(database).status, row.status);
    assert.equal(played.error, row.error);
    assert.deepEqual(played.warnings, []);
    if (row.takes === undefined) {
      assert.deepEqual(played.events, row.batches.flat());
    }
    const { partial } = row;
    if (partial !== undefined) assert.equal(partialRows(database), partial);
  });
}

Deno.test("record() keeps raw items as they are, and what the turn cost", async () => {
  using database = openStore();
  const host = memoryHost({ now: 5_000 });
  await play(database, {
    host,
    batches: [[replay(REASONING), replay(whole("hi"))], [{
      ...finish(),
      contextTokens: 99,
    } as StreamEvent]],
  });
  const items = readItems(database, {
    conversation: conversation().id,
    after: 0,
  });
  assert.deepEqual(items.map(({ item }) => item), [
    SAID,
    REASONING,
    whole("hi"),
  ]);
  const turn = turnOf(database);
  assert.deepEqual(JSON.parse(String(turn.usage)), {
    inputTokens: 12,
    outputTokens: 3,
    totalTokens: 15,
  });
  assert.equal(turn.context_tokens, 99);
  assert.deepEqual([turn.started_at, turn.ended_at], [5_000, 5_000]);
  const row = database.prepare("SELECT * FROM conversations").get();
  assert.equal(row?.updated_at, 5_000);
});

Deno.test("record() adds a turn to a conversation that is there, and its new instructions", async () => {
  using database = openStore();
  insertConversation(database, conversation({ instructions: "Be brief." }));
  const changed = conversation({ instructions: "Be kind." });
  const batches = [[replay(whole("hi")), finish()]];
  await play(database, { batches, begun: true, conversation: changed });
  await play(database, { batches, begun: true, conversation: changed });
  assert.deepEqual(kept(database), ["say hi", "hi", "say hi", "hi"]);
  const rows = database.prepare("SELECT instructions FROM conversations").all();
  assert.deepEqual(rows.map((row) => row.instructions), ["Be kind."]);
});

Deno.test("record() has what was said stored when the request may leave", async () => {
  using store = onDisk();
  using other = store.open();
  let seen: string[] = [];
  await play(store.database, {
    answer: async function* (keep): AsyncGenerator<EventBatch> {
      yield [text("")];
      await keep(signal());
      seen = kept(other);
      yield [replay(whole("hi")), finish()];
    },
  });
  assert.deepEqual(seen, ["say hi"]);
});

Deno.test("record() stores what was said, even when no request could leave", async () => {
  using database = openStore();
  const error = new MekaError("auth", "Not signed in");
  // deno-lint-ignore require-yield -- it fails before its first event
  const failing = async function* (): AsyncGenerator<EventBatch> {
    await Promise.resolve();
    throw error;
  };
  const played = await play(database, { answer: failing });
  assert.equal(played.error, error);
  assert.deepEqual(kept(database), ["say hi"]);
  assert.equal(turnOf(database).status, "failed");
});

Deno.test("record() has what a tool brought stored before the next request", async () => {
  using store = onDisk();
  using other = store.open();
  let seen: string[] = [];
  await play(store.database, {
    answer: async function* (keep): AsyncGenerator<EventBatch> {
      await keep(signal());
      yield [replay(CALL)];
      yield [result];
      await keep(signal());
      seen = kept(other);
      yield [replay(whole("hi")), finish()];
    },
  });
  assert.deepEqual(seen, ["say hi", "{}", "seen"]);
});

Deno.test("record() shows a growing answer to others as it is shown to the person", async () => {
  using store = onDisk();
  using other = store.open();
  const seen: string[][] = [];
  const context = contextOf(store.database);
  const answer = async function* (keep: Keep): AsyncGenerator<EventBatch> {
    await keep(signal());
    for (const delta of ["a", "b", "c"]) {
      yield [text(delta)];
      seen.push(kept(other));
    }
    yield [replay(whole("abc")), finish()];
    seen.push(kept(other));
  };
  for await (const _ of record(answer, context));
  assert.deepEqual(seen, [
    ["say hi", "a"],
    ["say hi", "ab"],
    ["say hi", "abc"],
    ["say hi", "abc"],
  ]);
  assert.equal(partialRows(store.database), 0);
});

Deno.test("record() waits for another process to end its writing before the request leaves", async () => {
  using store = onDisk();
  using other = store.open();
  const host = memoryHost();
  other.exec("BEGIN IMMEDIATE");
  let slept = 0;
  const patient = watchSleep(host, () => {
    if (++slept === 3) other.exec("ROLLBACK");
  });
  const played = await play(store.database, { host: patient, batches: HI });
  assert.deepEqual(kept(other), ["say hi", "hi"]);
  assert.deepEqual(played.warnings, []);
  assert.equal(slept, 3);
});

Deno.test("record() answers while another process goes on writing, and keeps all of it later", async () => {
  using store = onDisk();
  using other = store.open();
  other.exec("BEGIN IMMEDIATE");
  const host = memoryHost();
  let asked = 0;
  const played = await play(store.database, {
    host,
    answer: async function* (keep): AsyncGenerator<EventBatch> {
      await keep(signal());
      asked = host.elapsed();
      yield [text("h")];
      yield [text("i")];
      yield [replay(CALL)];
      yield [result];
      // Patience is for the whole turn, not for each of its requests.
      await keep(signal());
      assert.ok(host.elapsed() - asked < 100);
      other.exec("ROLLBACK");
      yield [replay(whole("hi")), finish()];
    },
  });
  assert.ok(asked >= 2_000 && asked < 2_100, `asked after ${asked} ms`);
  assert.deepEqual(kept(other), ["say hi", "{}", "seen", "hi"]);
  assert.deepEqual(played.warnings, []);
});

Deno.test("record() waits at the end for another process that writes", async () => {
  using store = onDisk();
  using other = store.open();
  const host = memoryHost();
  other.exec("BEGIN IMMEDIATE");
  const patient = watchSleep(host, () => {
    if (host.elapsed() > 6_000 && other.isTransaction) other.exec("ROLLBACK");
  });
  const played = await play(store.database, { host: patient, batches: HI });
  assert.deepEqual(played.events, HI.flat());
  assert.deepEqual(kept(other), ["say hi", "hi"]);
  assert.equal(turnOf(other).status, "completed");
});

Deno.test("record() gives up in the end, with one warning and the answer untouched", async () => {
  using store = onDisk();
  using other = store.open();
  other.exec("BEGIN IMMEDIATE");
  const host = memoryHost();
  const played = await play(store.database, { host, batches: HI });
  const message =
    "Cannot keep the conversation: another program holds it locked";
  assert.deepEqual(played.events, [
    ...HI.flat(),
    { type: "warning", message },
  ]);
  assert.equal(played.failed, 1);
  assert.deepEqual(played.warnings, []);
  assert.ok(host.elapsed() < 7_500, `${host.elapsed()} ms`);
  other.exec("ROLLBACK");
  assert.deepEqual(kept(other), []);
});

Deno.test("record() does not wait long for another process after Ctrl-C", async () => {
  using store = onDisk();
  using other = store.open();
  other.exec("BEGIN IMMEDIATE");
  const host = memoryHost();
  const reason = new MekaError("interrupted", "Interrupted");
  const played = await play(store.database, {
    host,
    answer: async function* (): AsyncGenerator<EventBatch> {
      yield [text("h")];
      host.abort(reason);
      throw reason;
    },
  });
  assert.equal(played.error, reason);
  assert.deepEqual(played.warnings, [
    "Cannot keep the conversation: another program holds it locked",
  ]);
  assert.ok(host.elapsed() < 600, `${host.elapsed()} ms`);
});

Deno.test("record() stops its wait for another process with the request", async () => {
  using store = onDisk();
  using other = store.open();
  other.exec("BEGIN IMMEDIATE");
  const host = memoryHost();
  const stop = new AbortController();
  const reason = new MekaError("network", "Too late");
  const patient = watchSleep(host, () => stop.abort(reason));
  const played = await play(store.database, {
    host: patient,
    answer: async function* (keep): AsyncGenerator<EventBatch> {
      await keep(stop.signal);
      yield [text("never")];
    },
  });
  assert.equal(played.error, reason);
});

Deno.test("record() leaves a refresh of the sign-in on its own connection alone", async () => {
  using database = openStore();
  database.exec("BEGIN IMMEDIATE");
  const played = await play(database, {
    answer: async function* (keep): AsyncGenerator<EventBatch> {
      yield [text("h")];
      assert.deepEqual(kept(database), []);
      database.exec("ROLLBACK");
      await keep(signal());
      yield [replay(whole("hi")), finish()];
    },
  });
  assert.deepEqual(played.warnings, []);
  assert.deepEqual(kept(database), ["say hi", "hi"]);
});

const FAULTS = [
  ["when what was said is written", "turns", "true", []],
  ["when a piece is written", "items", "NEW.partial", ["say hi"]],
  ["when an answer is written", "items", "NEW.raw NOT NULL", ["say hi", "hi"]],
] as const;
for (const [when, table, condition, left] of FAULTS) {
  Deno.test(`record() tells once of a store that fails ${when}`, async () => {
    using database = openStore();
    database.exec(`
      CREATE TRIGGER fault BEFORE INSERT ON ${table} WHEN ${condition}
      BEGIN SELECT raise(ABORT, 'told so'); END
    `);
    const played = await play(database, { batches: HI });
    const warnings = played.events.filter(({ type }) => type === "warning");
    assert.deepEqual(warnings, [{
      type: "warning",
      message: "Cannot keep the conversation: told so",
    }]);
    assert.deepEqual(
      played.events.filter(({ type }) => type !== "warning"),
      HI.flat(),
    );
    assert.equal(played.failed, 1);
    assert.deepEqual(played.warnings, []);
    assert.deepEqual(kept(database), left);
  });
}

Deno.test("record() tells of a store that fails at the very end", async () => {
  using database = openStore();
  database.exec(`
    CREATE TRIGGER fault BEFORE UPDATE ON turns BEGIN SELECT raise(ABORT, 'told so'); END
  `);
  const error = BROKEN;
  const played = await play(database, { batches: [[text("h")]], error });
  assert.equal(played.error, error);
  assert.deepEqual(played.warnings, ["Cannot keep the conversation: told so"]);
  assert.deepEqual(kept(database), ["say hi", "h"]);
});

Deno.test("record() tells of a store that closes under it", async () => {
  const database = openStore();
  const played = await play(database, {
    answer: async function* (keep): AsyncGenerator<EventBatch> {
      await keep(signal());
      yield [text("h")];
      database.close();
      yield [text("i")];
      yield [replay(whole("hi")), finish()];
    },
  });
  const types = played.events.map(({ type }) => type);
  assert.deepEqual(types, ["text", "text", "warning", "replay", "finish"]);
});

Deno.test("record() writes tokens' way again after its own", async () => {
  using database = openStore();
  await play(database, { batches: HI });
  const { synchronous } = database.prepare("PRAGMA synchronous").get() ?? {};
  const { timeout } = database.prepare("PRAGMA busy_timeout").get() ?? {};
  assert.deepEqual([synchronous, timeout], [2, BUSY_TIMEOUT_MS]);
});

Deno.test("record() spends little of the run's time on what is not whole", async () => {
  using database = openStore();
  const host = memoryHost();
  let elapsed = 0;
  // Whoever looks at the clock finds it 5 ms later: a slow disk.
  const slow = { ...host, elapsed: (): number => elapsed += 5 };
  const deltas = Array.from({ length: 300 }, () => [text("x")]);
  await play(database, { host: slow, batches: deltas, error: BROKEN });
  const rows = partialRows(database);
  assert.ok(rows > 1 && rows < 20, `${rows} pieces`);
  assert.deepEqual(kept(database), ["say hi", "x".repeat(300)]);
});

Deno.test("record() does not pile up what it has no time to write", async () => {
  using store = onDisk();
  using other = store.open();
  const host = memoryHost();
  let elapsed = 0;
  const slow = { ...host, elapsed: (): number => elapsed += 5 };
  const delta = "x".repeat(100_000);
  let unwritten = 0;
  await play(store.database, {
    host: slow,
    answer: async function* (): AsyncGenerator<EventBatch> {
      for (let n = 1; n <= 30; n++) {
        yield [text(delta)];
        const { length = 0 } = kept(other)[1] ?? "";
        unwritten = Math.max(unwritten, n * delta.length - length);
      }
      yield [replay(whole(delta.repeat(30))), finish()];
    },
  });
  assert.ok(unwritten < 1_300_000, `${unwritten} characters`);
});

Deno.test("record() keeps 500 turns with reasoning and pictures as they are to be sent again", async () => {
  using database = openStore();
  const sent: unknown[] = [];
  for (let n = 0; n < 500; n++) {
    const picture = { type: "image", mediaType: "image/png" } as const;
    const said: Item = {
      type: "user",
      parts: [
        { type: "text", text: `turn ${n}` },
        // Every other one is an old one.
        ...n % 10 === 0
          ? [{ ...picture, base64: btoa(`picture ${n % 20}`.repeat(999)) }]
          : [],
      ],
    };
    const made = RICH.map((raw) => readItem({ ...raw, id: `${raw.id}_${n}` }))
      .map((item) => "origin" in item ? { ...item, origin: ORIGIN } : item);
    await play(database, {
      said,
      begun: n > 0,
      batches: [[text("Grüße")], [...made.map(replay), finish()]],
    });
    sent.push(...inputItems([said, ...made], ORIGIN));
  }
  const history = readHistory(database, conversation().id);
  const again = inputItems(historyItems(history), ORIGIN);
  // Text by text, since the difference of two megabytes takes minutes to print.
  assert.equal(again.length, sent.length);
  for (const [at, item] of again.entries()) {
    assert.ok(JSON.stringify(item) === JSON.stringify(sent[at]), `item ${at}`);
  }
  const { n } = database.prepare("SELECT count(*) AS n FROM images").get() ??
    {};
  assert.equal(n, 2);
});

/** What the service sends in one answer, with fields in an order of its own. */
const RICH = [
  {
    id: "rs_a",
    type: "reasoning",
    summary: [{ text: "**Zwei** \u2028 \ud83d", type: "summary_text" }],
    content: null,
    encrypted_content: "gAAAA".repeat(1200),
  },
  {
    type: "message",
    id: "msg_a",
    status: "completed",
    role: "assistant",
    phase: "final_answer",
    content: [
      { type: "output_text", text: "Grüße", annotations: [], logprobs: [] },
      {
        logprobs: [],
        type: "output_text",
        text: "\u0000",
        annotations: [{ url: "https://example.com/ä?q=%22", index: 1e21 }],
      },
    ],
  },
] as const;

const HI: readonly EventBatch[] = [
  [text("h")],
  [text("i")],
  [replay(whole("hi")), finish()],
];

interface Play {
  readonly said?: Item;
  readonly batches?: readonly EventBatch[];
  readonly error?: MekaError | undefined;
  readonly answer?: (keep: Keep) => AsyncIterable<EventBatch>;
  readonly takes?: number | undefined;
  readonly host?: RecordContext["host"];
  readonly begun?: boolean;
  readonly conversation?: RecordContext["conversation"];
}

interface Played {
  readonly events: readonly StreamEvent[];
  readonly error: unknown;
  /** What was told beside the events. */
  readonly warnings: readonly string[];
  readonly failed: number;
}

async function play(database: Database, options: Play): Promise<Played> {
  const { takes = Infinity } = options;
  const warnings: string[] = [];
  let failed = 0;
  const context: RecordContext = {
    ...contextOf(database, options.host),
    said: options.said ?? SAID,
    begun: options.begun ?? false,
    conversation: options.conversation ?? conversation(),
    failed: () => {
      failed++;
    },
    warn: (message) => {
      warnings.push(message);
      return Promise.resolve();
    },
  };
  const events: StreamEvent[] = [];
  let taken = 0;
  try {
    for await (
      const batch of record(options.answer ?? scripted(options), context)
    ) {
      events.push(...batch);
      if (++taken >= takes) break;
    }
    return { events, error: undefined, warnings, failed };
  } catch (error) {
    return { events, error, warnings, failed };
  }
}

function scripted(
  { batches = [], error }: Play,
): (keep: Keep) => AsyncIterable<EventBatch> {
  return async function* (keep): AsyncGenerator<EventBatch> {
    await keep(signal());
    yield* batches;
    if (error !== undefined) throw error;
  };
}

function contextOf(
  database: Database,
  host: RecordContext["host"] = memoryHost(),
): RecordContext {
  return {
    database,
    conversation: conversation(),
    begun: false,
    host,
    provider: "openai-codex",
    model: "gpt-5",
    said: SAID,
    failed: () => {},
    warn: () => Promise.resolve(),
  };
}

/** The same host, whose sleeps somebody sees end. */
function watchSleep(
  host: MemoryHost,
  woken: () => void,
): RecordContext["host"] {
  return {
    ...host,
    interrupt: host.interrupt,
    sleep: async (ms, signal) => {
      await host.sleep(ms, signal);
      woken();
    },
  };
}

function kept(database: Database): string[] {
  return readItems(database, { conversation: conversation().id, after: 0 })
    .map(({ item }) => {
      switch (item.type) {
        case "user":
          return item.parts.map((part) => part.type === "text" ? part.text : "")
            .join();
        case "call":
          return item.arguments;
        case "result":
          return item.output;
        case "answer":
          return item.text;
        default:
          return item.type;
      }
    });
}

function partialRows(database: Database): number {
  return Number(
    database.prepare("SELECT count(*) AS n FROM items WHERE partial = 1").get()
      ?.n,
  );
}

function turnOf(database: Database): Record<string, unknown> {
  return { ...database.prepare("SELECT * FROM turns ORDER BY id DESC").get() };
}

function signal(): AbortSignal {
  return new AbortController().signal;
}

/** A database that others can open, too. */
function onDisk(): {
  readonly database: Database;
  open(): Database & Disposable;
} & Disposable {
  const folder = Deno.makeTempDirSync({ prefix: "meka-test-" });
  const path = `${folder}/sessions.db`;
  const database = openStore(path);
  return {
    database,
    open: () => {
      const other = new DatabaseSync(path);
      return Object.assign(other, {
        [Symbol.dispose]: (): void => other.close(),
      });
    },
    [Symbol.dispose]: () => {
      database.close();
      Deno.removeSync(folder, { recursive: true });
    },
  };
}
