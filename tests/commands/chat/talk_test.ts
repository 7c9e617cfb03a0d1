import assert from "node:assert/strict";
import { Exchange } from "../../../src/commands/chat/exchange.ts";
import type { Taken } from "../../../src/commands/chat/retake.ts";
import { Talk } from "../../../src/commands/chat/talk.ts";
import type { CommandContext } from "../../../src/commands/context.ts";
import { MekaError } from "../../../src/errors.ts";
import type { StreamEvent } from "../../../src/event.ts";
import type { Item } from "../../../src/message.ts";
import {
  findByName,
  insertConversation,
} from "../../../src/store/conversations.ts";
import type { Database } from "../../../src/store/database.ts";
import {
  insertSummary,
  NO_HISTORY,
  readHistory,
} from "../../../src/store/history.ts";
import { type MemoryHost, memoryHost } from "../../support/memory_host.ts";
import {
  answer,
  conversation,
  openStore,
  storeConversation,
  storeTurn,
  user,
} from "../../support/store.ts";

const { id: ID } = conversation();

interface Place extends Disposable {
  readonly host: MemoryHost;
  readonly database: Database;
  readonly notes: string[];
  talk(taken: Partial<Taken>): Talk;
}

function place(flags: readonly "no-save"[] = []): Place {
  const host = memoryHost({ env: { MEKA_DATA_DIR: "/data" } });
  const database = openStore();
  const notes: string[] = [];
  const context: CommandContext = {
    host,
    fetch: host.fetch,
    options: new Map(flags.map((flag) => [flag, [""]])),
    words: [],
    userAgent: "",
    clean: (text) => text,
    hide: () => {},
    onFailure: () => {},
  };
  return {
    host,
    database,
    notes,
    talk: (taken) =>
      new Talk({
        conversation: conversation(),
        begun: false,
        kept: true,
        history: NO_HISTORY,
        ...taken,
      }, {
        context,
        access: { opened: { database, writable: true }, keeps: true },
        provider: "openai-codex",
        model: () => "gpt-5",
        note: (message) => Promise.resolve(void notes.push(message)),
      }),
    [Symbol.dispose]: () => database[Symbol.dispose](),
  };
}

/** A conversation of two turns, in the store and taken up. */
async function begunTalk(there: Place): Promise<Talk> {
  await storeConversation(there.database, {
    turns: [
      { items: [user("one"), answer("1")] },
      { items: [user("two"), answer("2")], contextTokens: 20 },
    ],
  });
  const history = readHistory(there.database, ID);
  return there.talk({ begun: true, history });
}

/** What came of a turn. */
async function made(
  said: Item,
  ...events: readonly StreamEvent[]
): Promise<Exchange> {
  const exchange = new Exchange(said, 1_000);
  async function* play(): AsyncGenerator<readonly StreamEvent[]> {
    yield await Promise.resolve(events);
  }
  await Array.fromAsync(exchange.follow(play()));
  return exchange;
}

function said(talk: Talk): string[] {
  return talk.history.turns.map(({ items: [first] }) =>
    first?.type === "user" && first.parts[0]?.type === "text"
      ? first.parts[0].text
      : ""
  );
}

async function failure(work: Promise<unknown>): Promise<MekaError> {
  const error = await work.then(() => undefined, (error: unknown) => error);
  assert.ok(error instanceof MekaError, "nothing was refused");
  return error;
}

Deno.test("Talk.open() hands out a new conversation, which is not stored yet", async () => {
  using there = place();
  await using opened = await there.talk({}).open(there.host);
  assert.equal(opened.begun, false);
  assert.equal(opened.kept, true);
  assert.equal(
    there.database.prepare("SELECT * FROM conversations").get(),
    undefined,
  );
});

Deno.test("Talk.open() goes on after what another run has said, and tells of it", async () => {
  using there = place();
  const talk = await begunTalk(there);
  await storeTurn(there.database, ID, { items: [user("three"), answer("3")] });
  await using opened = await talk.open(there.host);
  assert.equal(opened.history.turns.length, 3);
  assert.deepEqual(said(talk), ["one", "two", "three"]);
  assert.deepEqual(there.notes, [
    "Another run went on with this conversation: 1 turn more",
  ]);
});

Deno.test("Talk.open() says nothing of a turn of its own", async () => {
  using there = place();
  const talk = await begunTalk(there);
  talk.add(await made(user("three")));
  await storeTurn(there.database, ID, { items: [user("three"), answer("3")] });
  await using _ = await talk.open(there.host);
  assert.deepEqual(there.notes, []);
});

Deno.test("Talk.open() waits for another run, and holds the conversation until it is disposed of", async () => {
  using there = place();
  const talk = await begunTalk(there);
  const path = `/data/locks/${ID}`;
  const other = await there.host.lock(path);
  const opening = talk.open(there.host);
  await there.host.sleeps(200);
  there.host.wake(200);
  await other[Symbol.asyncDispose]();
  {
    await using _ = await opening;
    assert.match(there.notes[0] ?? "", /Another run goes on/);
  }
  await using _ = await there.host.lock(path);
});

Deno.test("Talk.open() begins another conversation when its own was deleted", async () => {
  using there = place();
  const talk = await begunTalk(there);
  there.database.exec("DELETE FROM conversations");
  await using opened = await talk.open(there.host);
  assert.equal(opened.begun, false);
  assert.notEqual(opened.conversation.id, ID);
  assert.deepEqual(opened.history, NO_HISTORY);
  assert.match(there.notes[0] ?? "", /deleted meanwhile/);
});

Deno.test("Talk.open() takes a conversation up that another run has begun under the same name", async () => {
  using there = place();
  const talk = there.talk({
    conversation: conversation({ id: "01b", name: "plan" }),
  });
  await storeConversation(there.database, {
    name: "plan",
    turns: [{ items: [user("one"), answer("1")] }],
  });
  await using opened = await talk.open(there.host);
  assert.equal(opened.conversation.id, ID);
  assert.equal(opened.begun, true);
  assert.deepEqual(said(talk), ["one"]);
});

Deno.test("Talk.open() goes on in memory when the store cannot be read any more", async () => {
  using there = place();
  const talk = await begunTalk(there);
  there.database.exec("DROP TABLE items");
  await using opened = await talk.open(there.host);
  assert.equal(opened.kept, false);
  assert.equal(opened.history.turns.length, 2);
  assert.match(there.notes[0] ?? "", /nothing is kept from now on/);
});

Deno.test("Talk.open() has what was said before where nothing is kept", async () => {
  using there = place();
  const talk = there.talk({ kept: false });
  talk.add(await made(user("one"), { type: "text", delta: "1" }));
  await using opened = await talk.open(there.host);
  assert.equal(opened.begun, false);
  assert.deepEqual(opened.history.turns[0]?.items, [user("one"), answer("1")]);
});

Deno.test("Talk.watch goes on in memory once the store has failed in a turn", async () => {
  using there = place();
  const talk = await begunTalk(there);
  talk.watch.lost?.();
  talk.add(await made(user("three")));
  await using opened = await talk.open(there.host);
  assert.equal(opened.kept, false);
  assert.deepEqual(said(talk), ["one", "two", "three"]);
});

Deno.test("Talk.watch goes on with a summary", async () => {
  using there = place();
  const talk = there.talk({ kept: false });
  talk.add(await made(user("one")));
  talk.watch.shortened?.({ ...NO_HISTORY, summary: "so far" });
  talk.add(await made(user("two")));
  await using opened = await talk.open(there.host);
  assert.equal(opened.history.summary, "so far");
  assert.deepEqual(said(talk), ["two"]);
});

Deno.test("Talk.add() leaves a turn alone that ended before it began", async () => {
  using there = place();
  const talk = there.talk({});
  talk.add(new Exchange(user("one"), 1_000));
  await using opened = await talk.open(there.host);
  assert.equal(opened.begun, false);
  assert.equal(talk.stored, false);
  assert.equal(talk.last, undefined);
});

Deno.test("Talk.add() sums up what the turns have cost", async () => {
  using there = place();
  const talk = there.talk({ kept: false });
  const finish = (tokens: number): StreamEvent => ({
    type: "finish",
    reason: "stop",
    raw: "completed",
    usage: {
      inputTokens: undefined,
      cachedInputTokens: undefined,
      outputTokens: undefined,
      reasoningTokens: undefined,
      totalTokens: tokens,
    },
  });
  talk.add(await made(user("one"), finish(10)));
  talk.add(await made(user("two"), finish(30)));
  assert.equal(talk.spent.last?.totalTokens, 30);
  assert.equal(talk.spent.all?.totalTokens, 40);
  assert.equal(talk.history.contextTokens, 30);
  talk.begin();
  assert.equal(talk.spent.all, undefined);
});

Deno.test("Talk.takeBack() hides the last turn of a stored conversation", async () => {
  using there = place();
  const talk = await begunTalk(there);
  assert.deepEqual(await talk.takeBack(there.host), user("two"));
  assert.deepEqual(said(talk), ["one"]);
  assert.deepEqual(await talk.takeBack(there.host), user("one"));
  assert.equal(await talk.takeBack(there.host), undefined);
  const { hidden } = there.database.prepare(
    "SELECT count(*) AS hidden FROM turns WHERE hidden = 1",
  ).get() ?? {};
  assert.equal(hidden, 2);
});

Deno.test("Talk.takeBack() takes a summary back with the turns that it stands for", async () => {
  using there = place();
  const [first = 0] = await storeConversation(there.database, {
    turns: [{ items: [user("one"), answer("1")] }],
  });
  insertSummary(there.database, ID, { lastTurn: first, text: "s", at: 1 });
  const history = readHistory(there.database, ID);
  const talk = there.talk({ begun: true, history });
  assert.deepEqual(await talk.takeBack(there.host), user("one"));
  assert.equal(talk.history.summary, undefined);
});

Deno.test("Talk.takeBack() forgets the last turn where nothing is kept", async () => {
  using there = place();
  const talk = there.talk({ kept: false });
  talk.add(await made(user("one")));
  assert.deepEqual(await talk.takeBack(there.host), user("one"));
  assert.equal(await talk.takeBack(there.host), undefined);
});

Deno.test("Talk.takeBack() spares a turn that the person has not seen, until told again", async () => {
  using there = place();
  const talk = await begunTalk(there);
  await storeTurn(there.database, ID, { items: [user("three"), answer("3")] });
  const { kind } = await failure(talk.takeBack(there.host));
  assert.equal(kind, "usage");
  assert.deepEqual(said(talk), ["one", "two", "three"]);
  assert.deepEqual(await talk.takeBack(there.host), user("three"));
});

Deno.test("Talk.rename() names a stored conversation at once", async () => {
  using there = place();
  const talk = await begunTalk(there);
  talk.rename("plan");
  assert.equal(findByName(there.database, "plan")?.id, ID);
  await using opened = await talk.open(there.host);
  assert.equal(opened.conversation.name, "plan");
});

Deno.test("Talk.rename() names a new conversation for when it is stored", async () => {
  using there = place();
  const talk = there.talk({});
  talk.rename("plan");
  assert.equal(findByName(there.database, "plan"), undefined);
  await using opened = await talk.open(there.host);
  assert.equal(opened.conversation.name, "plan");
});

Deno.test("Talk.rename() refuses a name that another conversation has", () => {
  using there = place();
  insertConversation(
    there.database,
    conversation({ id: "01b", name: "plan" }),
  );
  assert.throws(() => there.talk({}).rename("plan"), /has the name "plan"/);
});

Deno.test("Talk.begin() begins anew, and keeps it unless that is not wanted", async () => {
  using there = place();
  const talk = await begunTalk(there);
  talk.begin();
  assert.equal(talk.stored, false);
  assert.notEqual(talk.conversation.id, ID);
  assert.equal((await talk.open(there.host)).kept, true);
  using other = place(["no-save"]);
  const unsaved = other.talk({ kept: false });
  unsaved.begin();
  assert.equal((await unsaved.open(other.host)).kept, false);
});

Deno.test("Talk.transcript() is all that is stored, what a summary stands for, too", async () => {
  using there = place();
  const [first = 0] = await storeConversation(there.database, {
    turns: [
      { items: [user("one"), answer("1")] },
      { items: [user("two"), answer("2")] },
    ],
  });
  insertSummary(there.database, ID, { lastTurn: first, text: "s", at: 1 });
  const history = readHistory(there.database, ID);
  const talk = there.talk({ begun: true, history });
  const { turns, summaries } = talk.transcript();
  assert.equal(turns.length, 2);
  assert.equal(summaries.length, 1);
});

Deno.test("Talk.transcript() is what was said in this chat where nothing is kept", async () => {
  using there = place();
  const talk = there.talk({ kept: false });
  talk.add(await made(user("one"), { type: "text", delta: "1" }));
  const { turns } = talk.transcript();
  assert.deepEqual(turns, [{
    provider: "openai-codex",
    model: "gpt-5",
    status: "incomplete",
    hidden: false,
    usage: undefined,
    contextTokens: undefined,
    startedAt: 1_000,
    endedAt: undefined,
    items: [
      { item: user("one"), partial: false },
      { item: answer("1"), partial: false },
    ],
  }]);
});
