import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { MekaError } from "../../src/errors.ts";
import type { Item } from "../../src/message.ts";
import { type Database, openDatabase } from "../../src/store/database.ts";
import { hideLastTurn } from "../../src/store/history.ts";
import { insertItem } from "../../src/store/items.ts";
import { memoryHost } from "../support/memory_host.ts";
import { count, find, temporaryFolder } from "../support/searching.ts";
import {
  answer,
  conversation,
  openStore,
  storeConversation,
  storeTurn,
  user,
} from "../support/store.ts";

const ONE = conversation().id;

function setStatus(database: Database, turn: number, status: string): void {
  database.prepare("UPDATE turns SET status = ? WHERE id = ?")
    .run(status, turn);
}

function addPieces(
  database: Database,
  turn: number,
  pieces: readonly string[],
): void {
  for (const piece of pieces) {
    insertItem(database, turn, answer(piece), { partial: true });
  }
}

Deno.test("searchTurns() finds what was asked, answered and called in one turn, the newest first", async () => {
  using database = openStore();
  const call: Item = {
    type: "call",
    id: "c",
    name: "run",
    arguments: '{"argv":["cargo","flamegraph"]}',
    raw: undefined,
    origin: undefined,
  };
  const result: Item = {
    type: "result",
    id: "c",
    output: "brought",
    images: [],
    error: false,
  };
  const reasoning: Item = { ...answer("thought"), type: "reasoning" };
  const [first, second] = await storeConversation(database, {
    turns: [
      { items: [user("why is it slow"), answer("because of the linker")] },
      { items: [user("show me"), reasoning, call, result, answer("it is")] },
    ],
  });
  assert.deepEqual(await find(database, "slow linker"), [first]);
  assert.deepEqual(await find(database, "flamegraph"), [second]);
  assert.deepEqual(await find(database, "is"), [second, first]);
  assert.deepEqual(await find(database, "slow flamegraph"), []);
  assert.deepEqual(await find(database, "brought"), []);
  assert.deepEqual(await find(database, "thought"), []);
  assert.equal(count(database, "indexed_turns"), 2);
});

Deno.test("searchTurns() indexes what was said since, and nothing twice", async () => {
  using database = openStore();
  const [first] = await storeConversation(database, {
    turns: [{ items: [user("alpha"), answer("beta")] }],
  });
  assert.deepEqual(await find(database, "alpha"), [first]);
  const second = await storeTurn(database, ONE, { items: [user("alpha two")] });
  assert.deepEqual(await find(database, "alpha"), [second, first]);
  assert.deepEqual(await find(database, "alpha"), [second, first]);
  assert.equal(count(database, "indexed_turns"), 2);
});

Deno.test("searchTurns() finds what a turn that lasts has brought so far, in whatever pieces, and then all of it", async () => {
  using database = openStore();
  const [turn = 0] = await storeConversation(database, {
    turns: [{ items: [user("tell me")] }],
  });
  setStatus(database, turn, "open");
  addPieces(database, turn, ["flame", "graph of ", "the build"]);
  assert.deepEqual(await find(database, "flamegraph"), [turn]);
  assert.deepEqual(await find(database, "graph"), []);
  assert.equal(count(database, "indexed_turns"), 0);
  database.exec("DELETE FROM items WHERE partial = 1");
  insertItem(database, turn, answer("a flamegraph, and more"));
  setStatus(database, turn, "completed");
  for (const word of ["flamegraph", "more", "tell"]) {
    assert.deepEqual(await find(database, word), [turn]);
  }
  assert.equal(count(database, "indexed_turns"), 1);
});

Deno.test("searchTurns() finds an answer that was cut for good", async () => {
  using database = openStore();
  const [turn = 0] = await storeConversation(database, {
    turns: [{ items: [user("tell me")] }],
  });
  addPieces(database, turn, ["flame", "graph"]);
  setStatus(database, turn, "incomplete");
  assert.deepEqual(await find(database, "flamegraph"), [turn]);
  assert.equal(count(database, "indexed_turns"), 1);
});

Deno.test("searchTurns() leaves out what was taken back, unless it is wanted", async () => {
  using database = openStore();
  const [first, second] = await storeConversation(database, {
    turns: [{ items: [user("alpha")] }, { items: [user("alpha")] }],
  });
  assert.deepEqual(await find(database, "alpha"), [second, first]);
  hideLastTurn(database, ONE);
  assert.deepEqual(await find(database, "alpha"), [first]);
  const hidden = await find(database, "alpha", { hidden: true });
  assert.deepEqual(hidden, [second, first]);
});

Deno.test("searchTurns() in a store that can only be read finds the same, and writes nothing", async () => {
  await using folder = await temporaryFolder();
  const path = `${folder.path}/sessions.db`;
  using database = openStore(path);
  const [first] = await storeConversation(database, {
    turns: [{ items: [user("alpha beta")] }],
  });
  await find(database, "alpha");
  const second = await storeTurn(database, ONE, {
    items: [user("alpha 会話")],
  });
  using reader = new DatabaseSync(path, { readOnly: true });
  const looking = { writable: false };
  for (let times = 0; times < 2; times++) {
    assert.deepEqual(await find(reader, "alpha", looking), [second, first]);
    assert.deepEqual(await find(reader, "会話", looking), [second]);
    assert.deepEqual(await find(reader, "beta", looking), [first]);
  }
  assert.equal(count(database, "indexed_turns"), 1);
});

Deno.test("searchTurns() in an older store, and in a copy without the index, finds the same", async () => {
  using database = openStore();
  const [turn] = await storeConversation(database, {
    turns: [{ items: [user("alpha")] }],
  });
  database.exec("DROP TABLE turn_words; DROP TABLE indexed_turns");
  assert.deepEqual(await find(database, "alpha"), [turn]);
  assert.deepEqual(await find(database, "beta"), []);
});

Deno.test("searchTurns() does not wait long for a store that another program writes, and finds the same", async () => {
  await using folder = await temporaryFolder();
  const path = `${folder.path}/sessions.db`;
  using database = openStore(path);
  const [turn] = await storeConversation(database, {
    turns: [{ items: [user("alpha")] }],
  });
  const { database: other } = await openDatabase(path, memoryHost());
  try {
    other.exec("BEGIN IMMEDIATE");
    assert.deepEqual(await find(database, "alpha"), [turn]);
    assert.equal(count(database, "indexed_turns"), 0);
  } finally {
    other.close();
  }
});

Deno.test("searchTurns() can be interrupted, and goes on where it was", async () => {
  using database = openStore();
  const long = "word ".repeat(250_000);
  await storeConversation(database, {
    turns: [1, 2, 3].map(() => ({ items: [user(long)] as const })),
  });
  const host = memoryHost({ napMs: 0 });
  const searching = find(database, "word", { host });
  await host.sleeps(1);
  host.abort(new MekaError("interrupted", "Interrupted"));
  await assert.rejects(searching, { kind: "interrupted" });
  assert.equal(count(database, "indexed_turns"), 1);
  assert.equal((await find(database, "word")).length, 3);
  assert.equal(count(database, "indexed_turns"), 3);
});

Deno.test("searchTurns() looks through every text for what is no word", async () => {
  using database = openStore();
  const [first] = await storeConversation(database, {
    turns: [{ items: [user("fine 👍")] }, { items: [user("fine")] }],
  });
  assert.deepEqual(await find(database, "👍"), [first]);
  assert.equal(count(database, "indexed_turns"), 0);
});
