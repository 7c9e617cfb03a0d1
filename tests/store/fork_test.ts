import assert from "node:assert/strict";
import type { ImagePart, Item } from "../../src/message.ts";
import type { Database } from "../../src/store/database.ts";
import { forkConversation } from "../../src/store/fork.ts";
import {
  hideLastTurn,
  historyItems,
  insertSummary,
  readHistory,
} from "../../src/store/history.ts";
import { insertItem } from "../../src/store/items.ts";
import {
  answer,
  conversation,
  openStore,
  storeConversation,
  storeTurn,
  user,
} from "../support/store.ts";

const FROM = conversation().id;
const COPY = conversation({
  id: "01a2047b-ffff-749b-ae5c-193ba57496e4",
  parent: FROM,
  instructions: "Be kind.",
});
const PICTURE: ImagePart = {
  type: "image",
  mediaType: "image/png",
  base64: btoa("picture"),
};

Deno.test("forkConversation() copies all that is replayed, exactly", async () => {
  using database = openStore();
  const looking: Item = { type: "user", parts: [PICTURE, PICTURE] };
  const reasoning: Item = {
    type: "reasoning",
    text: "a\0b",
    raw: { encrypted_content: "opaque" },
    origin: { provider: "openai-codex", account: "acc_1" },
  };
  const result: Item = {
    type: "result",
    id: "call_1",
    output: "seen",
    images: [PICTURE],
    error: true,
  };
  await storeConversation(database, {
    turns: [
      { items: [user("one"), reasoning, answer("1")], contextTokens: 7 },
      { items: [looking, result, answer("2")], provider: "openai-api" },
    ],
  });
  const [, last] = readHistory(database, FROM).turns;
  insertItem(database, last?.id ?? 0, answer("cut"), { partial: true });
  const before = readHistory(database, FROM);

  forkConversation(database, FROM, COPY);

  const copied = readHistory(database, COPY.id);
  assert.deepEqual(historyItems(copied), historyItems(before));
  assert.equal(copied.contextTokens, before.contextTokens);
  assert.deepEqual(readHistory(database, FROM), before);
  const row = database.prepare("SELECT * FROM conversations WHERE id = ?")
    .get(COPY.id);
  assert.equal(row?.parent, FROM);
  assert.equal(row?.instructions, "Be kind.");
  // Not the pictures themselves, and what was cut is still marked so.
  assert.equal(count(database, "images"), 1);
  assert.equal(count(database, "item_images"), 4);
  assert.equal(count(database, "items WHERE partial = 1"), 2);
  const turns = (id: string): unknown[] =>
    database.prepare(`
      SELECT provider, model, status, usage, context_tokens, started_at, ended_at
      FROM turns WHERE conversation = ? ORDER BY id
    `).all(id).map((turn) => ({ ...turn }));
  assert.deepEqual(turns(COPY.id), turns(FROM));
});

Deno.test("forkConversation() leaves out what was taken back", async () => {
  using database = openStore();
  await storeConversation(database, {
    turns: [{ items: [user("one")] }, { items: [user("two")] }],
  });
  hideLastTurn(database, FROM);
  forkConversation(database, FROM, COPY);
  assert.deepEqual(historyItems(readHistory(database, COPY.id)), [user("one")]);
  assert.equal(count(database, "turns"), 3);
});

Deno.test("forkConversation() copies summaries with what they stand for", async () => {
  using database = openStore();
  const [first, second] = await storeConversation(database, {
    turns: ["one", "two", "three"].map((text) => ({ items: [user(text)] })),
  });
  insertSummary(database, FROM, { lastTurn: first ?? 0, text: "old", at: 3 });
  insertSummary(database, FROM, { lastTurn: second ?? 0, text: "new", at: 4 });
  forkConversation(database, FROM, COPY);
  const copied = readHistory(database, COPY.id);
  assert.equal(copied.summary, "new");
  assert.deepEqual(copied.turns.flatMap(({ items }) => items), [user("three")]);
  // Both can be taken back in the copy, too, and the original knows nothing of it.
  hideLastTurn(database, COPY.id);
  hideLastTurn(database, COPY.id);
  assert.equal(readHistory(database, COPY.id).summary, "old");
  hideLastTurn(database, COPY.id);
  assert.deepEqual(readHistory(database, COPY.id).turns, []);
  assert.equal(readHistory(database, FROM).summary, "new");
});

Deno.test("forkConversation() makes another conversation, which goes its own way", async () => {
  using database = openStore();
  await storeConversation(database, { turns: [{ items: [user("one")] }] });
  forkConversation(database, FROM, COPY);
  await storeTurn(database, COPY.id, { items: [user("copy")] });
  await storeTurn(database, FROM, { items: [user("original")] });
  const said = (id: string): unknown => historyItems(readHistory(database, id));
  assert.deepEqual(said(COPY.id), [user("one"), user("copy")]);
  assert.deepEqual(said(FROM), [user("one"), user("original")]);
});

Deno.test("forkConversation() leaves nothing behind when it fails", async () => {
  using database = openStore();
  await storeConversation(database, { turns: [{ items: [user("one")] }] });
  assert.throws(() => forkConversation(database, FROM, conversation()));
  assert.equal(count(database, "turns"), 1);
  assert.equal(database.isTransaction, false);
});

function count(database: Database, what: string): unknown {
  return database.prepare(`SELECT count(*) AS n FROM ${what}`).get()?.n;
}
