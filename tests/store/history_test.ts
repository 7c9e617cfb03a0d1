import assert from "node:assert/strict";
import type { Item } from "../../src/message.ts";
import type { Database } from "../../src/store/database.ts";
import {
  hideLastTurn,
  historyItems,
  insertSummary,
  NO_HISTORY,
  readHistory,
} from "../../src/store/history.ts";
import {
  answer,
  conversation,
  openStore,
  storeConversation,
  type StoredTurn,
  user,
} from "../support/store.ts";

const ID = conversation().id;
const OTHER = "01a2047b-ffff-749b-ae5c-193ba57496e4";
const call = (id: string): Item => ({
  type: "call",
  id,
  name: "look",
  arguments: "{}",
  raw: undefined,
  origin: undefined,
});
const result = (id: string, output = "seen"): Item => ({
  type: "result",
  id,
  output,
  images: [],
  error: false,
});
const stopped = (id: string): Item => ({
  type: "result",
  id,
  output: "The run was stopped before this call ended",
  images: [],
  error: true,
});
const said = (...texts: string[]): readonly StoredTurn[] =>
  texts.map((text) => ({ items: [user(text), answer(text.toUpperCase())] }));

Deno.test("readHistory() finds the turns in their order, and those of no other conversation", async () => {
  using database = openStore();
  const ids = await storeConversation(database, { turns: said("a", "b") });
  await storeConversation(database, { id: OTHER, turns: said("x") });
  assert.deepEqual(readHistory(database, ID), {
    summary: undefined,
    turns: [
      { id: ids[0], items: [user("a"), ownAnswer("A")] },
      { id: ids[1], items: [user("b"), ownAnswer("B")] },
    ],
    contextTokens: undefined,
  });
});

Deno.test("readHistory() finds nothing of a conversation that is not there", () => {
  using database = openStore();
  assert.deepEqual(readHistory(database, ID), NO_HISTORY);
});

Deno.test("readHistory() begins with the last summary that was not taken back", async () => {
  using database = openStore();
  const [one = 0, two = 0] = await storeConversation(database, {
    turns: said("a", "b", "c"),
  });
  insertSummary(database, ID, { lastTurn: one, text: "first", at: 1 });
  insertSummary(database, ID, { lastTurn: two, text: "sec\0ond", at: 2 });
  assert.deepEqual(texts(database), ["second", "c", "C"]);
  database.exec("UPDATE summaries SET hidden = 1 WHERE text = 'second'");
  assert.deepEqual(texts(database), ["first", "b", "B", "c", "C"]);
  database.exec("UPDATE summaries SET hidden = 1");
  assert.deepEqual(texts(database), ["a", "A", "b", "B", "c", "C"]);
});

interface Counted {
  readonly name: string;
  readonly turns: readonly StoredTurn[];
  /** The summary stands for so many turns, and was made then. */
  readonly summary?: readonly [turns: number, at: number];
  readonly tokens: number | undefined;
}

const eight = user("x".repeat(32));
const COUNTED: readonly Counted[] = [
  {
    name: "as the last turn told",
    turns: [
      { items: [eight], contextTokens: 100 },
      { items: [eight], contextTokens: 200 },
    ],
    tokens: 200,
  },
  {
    name: "and about what came since",
    turns: [
      { items: [eight], contextTokens: 100 },
      { items: [eight] },
      { items: [eight, answer("x".repeat(40))] },
    ],
    tokens: 126,
  },
  {
    name: "not at all where none told",
    turns: [{ items: [eight] }],
    tokens: undefined,
  },
  {
    name: "not with what a turn told before the summary was made",
    turns: [
      { items: [eight], contextTokens: 100, at: 2_000 },
      { items: [eight], contextTokens: 900, at: 3_000 },
    ],
    summary: [1, 4_000],
    tokens: undefined,
  },
  {
    name: "with what a turn told after the summary was made",
    turns: [
      { items: [eight], contextTokens: 900, at: 2_000 },
      { items: [eight], contextTokens: 50, at: 5_000 },
    ],
    summary: [1, 4_000],
    tokens: 50,
  },
];

for (const { name, turns, summary, tokens } of COUNTED) {
  Deno.test(`readHistory() counts tokens ${name}`, async () => {
    using database = openStore();
    const ids = await storeConversation(database, { turns });
    if (summary !== undefined) {
      const [count, at] = summary;
      const lastTurn = ids[count - 1] ?? 0;
      insertSummary(database, ID, { lastTurn, text: "old", at });
    }
    assert.equal(readHistory(database, ID).contextTokens, tokens);
  });
}

const ANSWERED: readonly (readonly [
  name: string,
  items: readonly Item[],
  replayed: readonly Item[],
])[] = [
  ["nothing to a turn without calls", [user("a"), answer("A")], []],
  ["nothing to calls with results", [
    call("1"),
    call("2"),
    result("1"),
    result("2"),
  ], []],
  ["a result to a call that has none", [user("a"), call("1")], [stopped("1")]],
  [
    "results to those that have none, in the order of the calls",
    [call("1"), call("2"), call("3"), result("2")],
    [stopped("1"), stopped("3")],
  ],
  [
    "nothing for a result without a call",
    [result("1")],
    [],
  ],
];

for (const [name, items, added] of ANSWERED) {
  Deno.test(`historyItems() adds ${name}`, () => {
    const turns = [{ id: 1, items }, { id: 2, items: [user("next")] }];
    assert.deepEqual(historyItems({ ...NO_HISTORY, turns }), [
      ...items,
      ...added,
      user("next"),
    ]);
  });
}

Deno.test("historyItems() tells calls of one id in two turns apart", () => {
  const turns = [
    { id: 1, items: [call("1"), result("1")] },
    { id: 2, items: [call("1")] },
  ];
  assert.deepEqual(historyItems({ ...NO_HISTORY, turns }), [
    call("1"),
    result("1"),
    call("1"),
    stopped("1"),
  ]);
});

Deno.test("historyItems() begins with the summary", () => {
  const turns = [{ id: 1, items: [user("a")] }];
  const [first, ...rest] = historyItems({
    ...NO_HISTORY,
    summary: "old",
    turns,
  });
  assert.ok(first?.type === "summary");
  assert.match(first.text, /^This conversation began earlier\..+\n\nold$/);
  assert.deepEqual(rest, [user("a")]);
});

Deno.test("hideLastTurn() takes turns back from the last one on, and tells what was said", async () => {
  using database = openStore();
  await storeConversation(database, { turns: said("a", "b") });
  await storeConversation(database, { id: OTHER, turns: said("x") });
  assert.deepEqual(hideLastTurn(database, ID), user("b"));
  assert.deepEqual(texts(database), ["a", "A"]);
  assert.deepEqual(hideLastTurn(database, ID), user("a"));
  assert.deepEqual(texts(database), []);
  assert.equal(hideLastTurn(database, ID), undefined);
  // All of it is still stored, and the other conversation is as it was.
  assert.equal(database.prepare("SELECT count(*) AS n FROM items").get()?.n, 6);
  assert.equal(readHistory(database, OTHER).turns.length, 1);
});

Deno.test("hideLastTurn() takes back a summary with the turns that it stands for", async () => {
  using database = openStore();
  const [, two = 0] = await storeConversation(database, {
    turns: said("a", "b", "c"),
  });
  insertSummary(database, ID, { lastTurn: two, text: "old", at: 1 });
  hideLastTurn(database, ID);
  assert.deepEqual(texts(database), ["old"]);
  assert.deepEqual(hideLastTurn(database, ID), user("b"));
  assert.deepEqual(texts(database), ["a", "A"]);
});

Deno.test("readHistory() and what it needs find their rows by an index", () => {
  using database = openStore();
  const plan = (sql: string): string =>
    database.prepare(`EXPLAIN QUERY PLAN ${sql}`).all()
      .map(({ detail }) => String(detail)).join("\n");
  // As in readItems() and readImages().
  const items = plan(`
    SELECT items.text FROM turns JOIN items ON items.turn = turns.id
    WHERE turns.conversation = 'x' AND turns.id > 0 AND turns.hidden = 0
    ORDER BY turns.id, items.id
  `);
  const images = plan(`
    SELECT DISTINCT images.hash, images.media_type, images.bytes
    FROM turns
      JOIN items ON items.turn = turns.id
      JOIN item_images ON item_images.item = items.id
      JOIN images ON images.hash = item_images.hash
    WHERE turns.conversation = 'x' AND turns.id > 0 AND turns.hidden = 0
  `);
  assert.doesNotMatch(`${items}\n${images}`, /SCAN/);
  assert.doesNotMatch(items, /TEMP B-TREE/);
});

function texts(database: Database): string[] {
  const { summary, turns } = readHistory(database, ID);
  const items = turns.flatMap(({ items }) => items).map((item) => {
    if (item.type === "answer") return item.text;
    const [part] = item.type === "user" ? item.parts : [];
    return part?.type === "text" ? part.text : item.type;
  });
  return summary === undefined ? items : [summary, ...items];
}

/** As it is read, with the provider of its turn. */
function ownAnswer(text: string): Item {
  const origin = { provider: "openai-codex", account: null };
  return { ...answer(text), origin };
}
