import assert from "node:assert/strict";
import type { Item } from "../../src/message.ts";
import { openDatabase } from "../../src/store/database.ts";
import { deleteConversation } from "../../src/store/delete.ts";
import { emptyJournal } from "../../src/store/journal.ts";
import { memoryHost } from "../support/memory_host.ts";
import {
  count,
  find,
  lockOptions,
  temporaryFolder,
} from "../support/searching.ts";
import {
  conversation,
  openStore,
  storeConversation,
  user,
} from "../support/store.ts";

const ONE = conversation().id;
const TWO = "01a2047b-ffff-749b-ae5c-193ba57496e4";

/** Whether a text stands anywhere in the files of a database. */
async function isIn(path: string, text: string): Promise<boolean> {
  const wanted = new TextEncoder().encode(text).toHex();
  for (const file of [path, `${path}-wal`]) {
    const bytes = await Deno.readFile(file).catch(() => new Uint8Array());
    if (bytes.toHex().includes(wanted)) return true;
  }
  return false;
}

for (const others of [0, 3, 200]) {
  Deno.test(`deleteConversation() leaves no byte of it, nor of its words, beside ${others} other turns`, async () => {
    await using folder = await temporaryFolder();
    const path = `${folder.path}/sessions.db`;
    using database = openStore(path);
    database.exec("PRAGMA secure_delete = ON");
    await storeConversation(database, {
      turns: Array.from(
        { length: 3 },
        (_, at) => ({
          items: [user(`qqsecret${at} xylophone ${at}`)] as const,
        }),
      ),
    });
    await storeConversation(database, {
      id: TWO,
      turns: Array.from(
        { length: others },
        (_, at) => ({ items: [user(`alpha xylophone ${at}`)] as const }),
      ),
    });
    assert.equal((await find(database, "qqsecret")).length, 3);
    emptyJournal(database);
    assert.equal(await isIn(path, "qqsecret"), true);
    assert.equal(await deleteConversation(database, ONE, lockOptions()), true);
    emptyJournal(database);
    assert.equal(await isIn(path, "qqsecret"), false);
    assert.equal(await isIn(path, "secret1"), false);
    assert.deepEqual(await find(database, "qqsecret"), []);
    assert.equal((await find(database, "xylophone")).length, others);
    assert.equal(count(database, "indexed_turns"), others);
    // The numbers of what is gone are given out again.
    await storeConversation(database, {
      turns: [{ items: [user("qqsecret")] }],
    });
    assert.equal((await find(database, "qqsecret")).length, 1);
    await deleteConversation(database, ONE, lockOptions());
    emptyJournal(database);
    assert.equal(await isIn(path, "qqsecret"), false);
  });
}

Deno.test("deleteConversation() takes out what a search has indexed again meanwhile", async () => {
  using database = openStore();
  const [turn = 0] = await storeConversation(database, {
    turns: [{ items: [user("qqsecret")] }],
  });
  await storeConversation(database, {
    id: TWO,
    turns: Array.from(
      { length: 100 },
      () => ({ items: [user("alpha")] as const }),
    ),
  });
  await find(database, "alpha");
  const words = database.prepare(
    "SELECT rowid FROM turn_words WHERE turn_words MATCH 'qqsecret'",
  );
  let locks = 0;
  await deleteConversation(database, ONE, {
    ...lockOptions(),
    // Asked for with each lock.
    get limitMs() {
      if (++locks === 2) {
        assert.deepEqual(words.all(), []);
        database.prepare("INSERT INTO indexed_turns VALUES (?)").run(turn);
        database.prepare(
          "INSERT INTO turn_words (rowid, text) VALUES (?, 'qqsecret')",
        ).run(turn);
      }
      return 100;
    },
  });
  assert.equal(locks, 2);
  assert.deepEqual(words.all(), []);
  assert.equal(count(database, "indexed_turns"), 100);
});

Deno.test("deleteConversation() removes the pictures that no other conversation holds", async () => {
  using database = openStore();
  const picture = (text: string): Item => ({
    type: "user",
    parts: [{ type: "image", mediaType: "image/png", base64: btoa(text) }],
  });
  await storeConversation(database, {
    turns: [{ items: [picture("own")] }, { items: [picture("shared")] }],
  });
  await storeConversation(database, {
    id: TWO,
    turns: [{ items: [picture("shared")] }],
  });
  assert.equal(count(database, "images"), 2);
  await deleteConversation(database, ONE, lockOptions());
  assert.equal(count(database, "images"), 1);
  assert.equal(count(database, "conversations"), 1);
  await deleteConversation(database, TWO, lockOptions());
  for (
    const table of ["images", "item_images", "items", "turns", "summaries"]
  ) assert.equal(count(database, table), 0, table);
});

Deno.test("deleteConversation() gives up on a store that another program writes", async () => {
  await using folder = await temporaryFolder();
  const path = `${folder.path}/sessions.db`;
  using database = openStore(path);
  await storeConversation(database, { turns: [{ items: [user("alpha")] }] });
  const { database: other } = await openDatabase(path, memoryHost());
  try {
    other.exec("BEGIN IMMEDIATE");
    assert.equal(await deleteConversation(database, ONE, lockOptions()), false);
  } finally {
    other.close();
  }
  assert.equal(count(database, "conversations"), 1);
  assert.equal(await deleteConversation(database, ONE, lockOptions()), true);
});
