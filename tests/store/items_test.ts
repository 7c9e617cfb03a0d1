import assert from "node:assert/strict";
import fc from "fast-check";
import type { ImagePart, Item, Made, Part } from "../../src/message.ts";
import { insertConversation } from "../../src/store/conversations.ts";
import type { Database } from "../../src/store/database.ts";
import {
  deletePieces,
  hashImages,
  insertItem,
  pieceInserter,
  readItems,
  readPieces,
} from "../../src/store/items.ts";
import { answer, conversation, openStore, user } from "../support/store.ts";

const { id: CONVERSATION } = conversation();
const ORIGIN = { provider: "openai-codex", account: "acc_1" };
/** What is read of an item that no account was told for. */
const NOBODY = { provider: "openai-codex", account: null };

const image: fc.Arbitrary<ImagePart> = fc.record({
  type: fc.constant("image"),
  mediaType: fc.constantFrom("image/png", "image/webp"),
  base64: fc.uint8Array({ minLength: 1, maxLength: 64 })
    .map((bytes) => bytes.toBase64()),
}, { noNullPrototype: true });
// Half characters and NUL among the rest.
const text = fc.oneof(
  fc.string({ unit: "binary" }),
  fc.string({
    unit: fc.nat({ max: 0xffff }).map((c) => String.fromCharCode(c)),
  }),
);
const part: fc.Arbitrary<Part> = fc.oneof(
  fc.record({ type: fc.constant("text"), text }, { noNullPrototype: true }),
  image,
);
const json = fc.dictionary(
  fc.string().filter((name) => !/^\d+$/.test(name) && name !== "__proto__"),
  fc.jsonValue().filter((value) => !hasMinusZero(value)),
  { noNullPrototype: true },
);
const made: fc.Arbitrary<Made> = fc.record({
  raw: fc.option(json, { nil: undefined }),
  origin: fc.constantFrom(ORIGIN, NOBODY),
}, { noNullPrototype: true });
const item: fc.Arbitrary<Item> = fc.oneof(
  fc.record({
    type: fc.constant("user"),
    parts: fc.array(part, { maxLength: 4 }),
  }, { noNullPrototype: true }),
  fc.record({ type: fc.constant("summary"), text }, { noNullPrototype: true }),
  fc.tuple(fc.constantFrom("answer", "reasoning"), text, made)
    .map(([type, text, made]) => ({ type, text, ...made }) as const),
  fc.tuple(fc.string(), fc.string(), text, made)
    .map(([id, name, given, made]) =>
      ({ type: "call", id, name, arguments: given, ...made }) as const
    ),
  fc.record({
    type: fc.constant("result"),
    id: fc.string(),
    output: text,
    images: fc.array(image, { maxLength: 3 }),
    error: fc.boolean(),
  }, { noNullPrototype: true }),
  made.map((made) => ({ type: "other", ...made }) as const),
);

Deno.test("readItems() gives back what insertItem() took, item for item", async () => {
  await fc.assert(fc.asyncProperty(fc.array(item), async (items) => {
    const given = oneTypePerPicture(items);
    using database = begun();
    const turn = await insertAll(database, given);
    const found = readItems(database, { conversation: CONVERSATION, after: 0 });
    assert.deepEqual(found, given.map((item) => ({ turn, item })));
  }));
});

Deno.test("readItems() gives raw items back in the same bytes", async () => {
  await fc.assert(fc.asyncProperty(json, async (raw) => {
    using database = begun();
    await insertAll(database, [{ ...answer("x"), raw, origin: ORIGIN }]);
    const [found] = readItems(database, {
      conversation: CONVERSATION,
      after: 0,
    });
    assert.ok(found?.item.type === "answer");
    assert.equal(JSON.stringify(found.item.raw), JSON.stringify(raw));
  }));
});

Deno.test("readItems() gives an item of unknown origin to nobody", async () => {
  using database = begun();
  const raw = { type: "message" };
  await insertAll(database, [
    { ...answer("x"), raw },
    { ...answer("y"), raw, origin: { ...ORIGIN, account: undefined } },
  ]);
  const found = readItems(database, { conversation: CONVERSATION, after: 0 });
  for (const { item } of found) {
    assert.deepEqual(item.type === "answer" && item.origin, NOBODY);
  }
});

Deno.test("insertItem() stores a picture once, however often it is sent", async () => {
  using database = begun();
  const big = picture(3_000_000, 7);
  const small = picture(10, 8);
  const said: Item = { type: "user", parts: [big, small, big] };
  const brought: Item = {
    type: "result",
    id: "call_1",
    output: "",
    images: [big],
    error: false,
  };
  await insertAll(database, [said, brought, said]);
  const { n } = database.prepare("SELECT count(*) AS n FROM images").get() ??
    {};
  assert.equal(n, 2);
  assert.deepEqual(
    readItems(database, { conversation: CONVERSATION, after: 0 })
      .map(({ item }) => item),
    [said, brought, said],
  );
});

Deno.test("insertItem() keeps a picture under the SHA-256 of its bytes", async () => {
  using database = begun();
  await insertAll(database, [{
    type: "user",
    parts: [{
      type: "image",
      mediaType: "image/png",
      base64: btoa("abc"),
    }],
  }]);
  const { hash } = database.prepare("SELECT hash FROM images").get() ?? {};
  assert.equal(
    hash,
    "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
  );
});

Deno.test("readItems() joins the pieces of a cut answer, and no others", () => {
  using database = begun();
  const [first, second] = [newTurn(database), newTurn(database)];
  const piece = pieceInserter(database);
  insertItem(database, first, user("a"));
  piece(first, "one ");
  insertItem(database, first, answer("t\0wo "), { partial: true });
  piece(first, "three");
  piece(second, "four");
  insertItem(database, second, answer("five"));
  piece(second, "six");
  const found = readItems(database, { conversation: CONVERSATION, after: 0 });
  assert.deepEqual(
    found.map(({ turn, item }) => [
      turn,
      item.type === "answer" ? item.text : item.type,
    ]),
    [
      [first, "user"],
      [first, "one t\0wo three"],
      [second, "four"],
      [second, "five"],
      [second, "six"],
    ],
  );
  assert.equal(readPieces(database, first), "one t\0wo three");
  deletePieces(database, first);
  assert.equal(readPieces(database, first), "");
  assert.equal(readPieces(database, second), "foursix");
});

Deno.test("readItems() leaves out what was taken back, and the turns before", () => {
  using database = begun();
  const turns = [newTurn(database), newTurn(database), newTurn(database)];
  for (const turn of turns) insertItem(database, turn, user(`${turn}`));
  database.prepare("UPDATE turns SET hidden = 1 WHERE id = ?")
    .run(turns[1] ?? 0);
  const read = (after: number): unknown[] =>
    readItems(database, { conversation: CONVERSATION, after })
      .map(({ turn }) => turn);
  assert.deepEqual(read(0), [turns[0], turns[2]]);
  assert.deepEqual(read(turns[0] ?? 0), [turns[2]]);
  assert.deepEqual(read(turns[2] ?? 0), []);
});

function begun(): Database & Disposable {
  const database = openStore();
  insertConversation(database, conversation());
  return database;
}

function newTurn(database: Database): number {
  const { lastInsertRowid } = database.prepare(`
    INSERT INTO turns (conversation, provider, model, status, started_at)
    VALUES (?, 'openai-codex', 'gpt-5', 'open', 0)
  `).run(CONVERSATION);
  return Number(lastInsertRowid);
}

async function insertAll(
  database: Database,
  items: readonly Item[],
): Promise<number> {
  const turn = newTurn(database);
  for (const item of items) {
    insertItem(database, turn, item, { hashes: await hashImages(item) });
  }
  return turn;
}

/** The same bytes are a picture of one type only. */
function oneTypePerPicture(items: readonly Item[]): readonly Item[] {
  const types = new Map<string, string>();
  const fixed = <T extends Part>(part: T): T => {
    if (part.type === "text") return part;
    const mediaType = types.get(part.base64) ?? part.mediaType;
    types.set(part.base64, mediaType);
    return { ...part, mediaType };
  };
  return items.map((item) => {
    if (item.type === "user") return { ...item, parts: item.parts.map(fixed) };
    if (item.type !== "result") return item;
    return { ...item, images: item.images.map(fixed) };
  });
}

/** JSON has no negative zero. */
function hasMinusZero(value: unknown): boolean {
  if (typeof value === "object" && value !== null) {
    return Object.values(value).some(hasMinusZero);
  }
  return Object.is(value, -0);
}

function picture(length: number, byte: number): ImagePart {
  const base64 = new Uint8Array(length).fill(byte).toBase64();
  return { type: "image", mediaType: "image/png", base64 };
}

Deno.test("readItems() gives a long answer back as it was received, though it is stored once", async () => {
  const words = "long words ".repeat(1_000);
  const part = { type: "output_text", text: words, annotations: [] };
  const forms = [
    { type: "message", content: [part], phase: "final" },
    { content: [part], type: "message" },
    { type: "message", content: [part, part] },
    { type: "message", content: [{ ...part, text: "other" }] },
    { type: "message" },
  ];
  using database = begun();
  const items = forms.map((raw) => ({ ...answer(words), raw, origin: ORIGIN }));
  await insertAll(database, items);
  const found = readItems(database, {
    conversation: CONVERSATION,
    after: 0,
  });
  assert.equal(
    JSON.stringify(found.map(({ item }) => item)),
    JSON.stringify(items),
  );
  const [first] = database.prepare(
    "SELECT length(raw) AS size FROM items WHERE raw IS NOT NULL",
  )
    .all();
  assert.ok(Number(first?.size) < 200);
});
