import assert from "node:assert/strict";
import fc from "fast-check";
import {
  type Conversation,
  endTurn,
  findByName,
  findByPrefix,
  findNewest,
  insertConversation,
  insertTurn,
  keepInstructions,
  renameConversation,
} from "../../src/store/conversations.ts";
import { readItems } from "../../src/store/items.ts";
import { conversation, openStore, user } from "../support/store.ts";

const maybe = <T>(value: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> =>
  fc.option(value, { nil: undefined });
// A name of a folder or a model has neither NUL nor half a character; meka itself refuses others as a name.
const word = fc.string({ unit: "grapheme" });
const conversations: fc.Arbitrary<Conversation> = fc.record({
  id: fc.uuid({ version: 7 }),
  name: maybe(word),
  folder: word,
  provider: word,
  model: word,
  instructions: maybe(word),
  parent: maybe(fc.uuid({ version: 7 })),
  createdAt: fc.maxSafeInteger(),
  updatedAt: fc.maxSafeInteger(),
}, { noNullPrototype: true });

Deno.test("insertConversation() keeps every field", () => {
  fc.assert(fc.property(conversations, (given) => {
    using database = openStore();
    insertConversation(database, given);
    assert.deepEqual(findByPrefix(database, given.id), [given]);
    assert.deepEqual(findNewest(database, given.folder), given);
    if (given.name !== undefined) {
      assert.deepEqual(findByName(database, given.name), given);
    }
  }));
});

Deno.test("findNewest() finds the conversation of a folder that was used last", () => {
  using database = openStore();
  const rows = [
    { id: "a", folder: "/project", updatedAt: 5 },
    { id: "b", folder: "/project", updatedAt: 9 },
    { id: "c", folder: "/project", updatedAt: 7 },
    { id: "d", folder: "/project/sub", updatedAt: 99 },
    { id: "e", folder: "/tie", updatedAt: 1 },
    { id: "f", folder: "/tie", updatedAt: 1 },
  ];
  for (const row of rows) insertConversation(database, conversation(row));
  const newest = (folder: string): unknown => findNewest(database, folder)?.id;
  assert.equal(newest("/project"), "b");
  assert.equal(newest("/project/sub"), "d");
  assert.equal(newest("/tie"), "f");
  assert.equal(newest("/"), undefined);
  assert.equal(newest("/Project"), undefined);
});

Deno.test("findByPrefix() takes what was typed for letters, not for a pattern", () => {
  using database = openStore();
  for (const id of ["0a1", "0a2", "0b1", "1a1"]) {
    insertConversation(database, conversation({ id }));
  }
  const ids = (prefix: string): string[] =>
    findByPrefix(database, prefix).map(({ id }) => id);
  assert.deepEqual(ids("0a"), ["0a1", "0a2"]);
  assert.deepEqual(ids("0a2"), ["0a2"]);
  assert.deepEqual(ids("0a22"), []);
  for (const pattern of ["%", "_a1", "0*", "0?1", "'"]) {
    assert.deepEqual(ids(pattern), [], pattern);
  }
});

Deno.test("findByPrefix() gives no more candidates than a person reads", () => {
  using database = openStore();
  for (let n = 0; n < 50; n++) {
    insertConversation(database, conversation({ id: `0${100 + n}` }));
  }
  assert.equal(findByPrefix(database, "0").length, 20);
});

Deno.test("a name is that of one conversation", () => {
  using database = openStore();
  insertConversation(database, conversation({ id: "a", name: "x" }));
  insertConversation(database, conversation({ id: "b" }));
  insertConversation(database, conversation({ id: "c" }));
  assert.equal(findByName(database, "X"), undefined);
  assert.throws(() => renameConversation(database, "b", "x"));
  renameConversation(database, "a", undefined);
  renameConversation(database, "b", "x");
  assert.equal(findByName(database, "x")?.id, "b");
});

Deno.test("keepInstructions() changes them, or takes them away", () => {
  using database = openStore();
  const { id } = conversation();
  insertConversation(database, conversation());
  for (const instructions of ["Be brief.", "Be kind.", undefined]) {
    keepInstructions(database, { id, instructions });
    const [found] = findByPrefix(database, id);
    assert.equal(found?.instructions, instructions);
  }
});

Deno.test("insertTurn() and endTurn() keep a turn and tell when its conversation was used", () => {
  using database = openStore();
  const { id } = conversation();
  insertConversation(database, conversation({ updatedAt: 1_000 }));
  const turn = insertTurn(database, id, {
    provider: "openai-api",
    model: "other",
    said: user("hi"),
    hashes: new Map(),
    at: 2_000,
  });
  const open = database.prepare("SELECT * FROM turns").get();
  assert.deepEqual({ ...open }, {
    id: turn,
    conversation: id,
    provider: "openai-api",
    model: "other",
    status: "open",
    usage: null,
    context_tokens: null,
    hidden: 0,
    started_at: 2_000,
    ended_at: null,
  });
  const [begun] = findByPrefix(database, id);
  assert.deepEqual(
    [begun?.provider, begun?.model, begun?.updatedAt],
    ["openai-api", "other", 2_000],
  );
  assert.deepEqual(
    readItems(database, { conversation: id, after: 0 }),
    [{ turn, item: user("hi") }],
  );

  const usage = {
    inputTokens: 1,
    cachedInputTokens: undefined,
    outputTokens: 2,
    reasoningTokens: 0,
    totalTokens: 3,
  };
  const end = { status: "completed", usage, contextTokens: 3 } as const;
  endTurn(database, turn, { ...end, at: 3_000 });
  const ended = database.prepare("SELECT * FROM turns").get();
  assert.equal(ended?.status, "completed");
  assert.equal(ended?.context_tokens, 3);
  assert.equal(ended?.ended_at, 3_000);
  assert.deepEqual(JSON.parse(String(ended?.usage)), {
    inputTokens: 1,
    outputTokens: 2,
    reasoningTokens: 0,
    totalTokens: 3,
  });
  assert.equal(findByPrefix(database, id)[0]?.updatedAt, 3_000);
  // A clock that was set back does not make it older.
  endTurn(database, turn, { ...end, at: 500 });
  assert.equal(findByPrefix(database, id)[0]?.updatedAt, 3_000);
});

Deno.test("a turn of no conversation, and an item of no turn, are refused", () => {
  using database = openStore();
  const turn = {
    provider: "p",
    model: "m",
    said: user("hi"),
    hashes: new Map(),
    at: 1,
  };
  assert.throws(() => insertTurn(database, "none", turn), /FOREIGN KEY/);
});
