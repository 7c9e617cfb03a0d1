import assert from "node:assert/strict";
import { forgetKeys, readKey, writeKey } from "../../src/store/api_keys.ts";
import { openDatabase, type OpenedDatabase } from "../../src/store/database.ts";
import { emptyJournal } from "../../src/store/journal.ts";
import { memoryHost } from "../support/memory_host.ts";

const OWNER = { provider: "openai-api", origin: "https://api.openai.com" };

async function withStore(
  use: (opened: OpenedDatabase, folder: string) => Promise<void> | void,
): Promise<void> {
  const folder = await Deno.makeTempDir();
  const opened = await openDatabase(`${folder}/sessions.db`, memoryHost());
  try {
    await use(opened, folder);
  } finally {
    opened.database.close();
    await Deno.remove(folder, { recursive: true });
  }
}

/** Every byte that lies in the folder. */
async function everything(folder: string): Promise<string> {
  let text = "";
  for await (const { name } of Deno.readDir(folder)) {
    const bytes = await Deno.readFile(`${folder}/${name}`);
    text += new TextDecoder("latin1").decode(bytes);
  }
  return text;
}

Deno.test("readKey() reads what writeKey() wrote, for its own origin", async () => {
  await withStore(({ database }) => {
    assert.equal(readKey(database, OWNER), undefined);
    writeKey(database, OWNER, { key: "sk-1", storedAt: 1 });
    assert.equal(readKey(database, OWNER), "sk-1");
    const other = { ...OWNER, origin: "https://x.example" };
    assert.equal(readKey(database, other), undefined);
    writeKey(database, other, { key: "sk-2", storedAt: 1 });
    assert.equal(readKey(database, OWNER), "sk-1");
    assert.equal(readKey(database, other), "sk-2");
  });
});

Deno.test("writeKey() leaves no byte of the key before", async () => {
  await withStore(async ({ database }, folder) => {
    writeKey(database, OWNER, { key: "sk-the-first-key", storedAt: 1 });
    assert.match(await everything(folder), /sk-the-first-key/);
    writeKey(database, OWNER, { key: "sk-a-second-one!", storedAt: 2 });
    const left = await everything(folder);
    assert.doesNotMatch(left, /sk-the-first-key/);
    assert.match(left, /sk-a-second-one!/);
  });
});

Deno.test("forgetKeys() leaves no byte of any key of the provider", async () => {
  await withStore(async ({ database }, folder) => {
    const other = { ...OWNER, origin: "https://x.example" };
    writeKey(database, OWNER, { key: "sk-forget-me-1", storedAt: 1 });
    writeKey(database, other, { key: "sk-forget-me-2", storedAt: 1 });
    assert.equal(forgetKeys(database, "openai-api"), true);
    assert.equal(forgetKeys(database, "openai-api"), false);
    assert.equal(emptyJournal(database), true);
    assert.equal(readKey(database, OWNER), undefined);
    assert.doesNotMatch(await everything(folder), /forget-me/);
  });
});
