import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { sessionExport } from "../../src/commands/session_export.ts";
import { sessionImport } from "../../src/commands/session_import.ts";
import type { Database } from "../../src/store/database.ts";
import { historyItems, readHistory } from "../../src/store/history.ts";
import { readListed } from "../../src/store/listed.ts";
import { writeTokens } from "../../src/store/tokens.ts";
import { accountPlace } from "../support/account_place.ts";
import type { MemoryHostOptions } from "../support/memory_host.ts";
import {
  idOf,
  type SessionPlace,
  sessionPlace,
} from "../support/session_place.ts";
import { storeConversation, user } from "../support/store.ts";
import { tokenRow } from "../support/token_row.ts";

const ID =
  /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}\n$/;

/** What somebody with this account has exported. */
async function exportOf(account: string): Promise<string> {
  await using place = await sessionPlace();
  await storeConversation(place.database, {
    id: idOf(1),
    name: "mine",
    turns: [{
      items: [user("hi"), {
        type: "reasoning",
        text: "",
        raw: { encrypted_content: "opaque" },
        origin: { provider: "openai-codex", account },
      }],
    }],
  });
  await sessionExport(place.context({ format: "json" }, [idOf(1)]));
  return place.host.stdout();
}

const EXPORT = await exportOf("acct");

/** A place with a file, in which somebody is signed in. */
async function signedIn(options: MemoryHostOptions): Promise<SessionPlace> {
  const place = await sessionPlace(options);
  writeTokens(place.database, tokenRow({ accountId: "acct" }));
  return place;
}

function count(database: Database, table: string): number {
  const row = database.prepare(`SELECT count(*) AS count FROM ${table}`).get();
  return Number(row?.count);
}

// where it comes from, the words, and what stands where
const WAYS = [
  ["a file", ["a.json"], { files: { "a.json": EXPORT } }],
  ["stdin", ["-"], { stdin: EXPORT }],
  ["stdin after a byte order mark", ["-"], { stdin: `\ufeff${EXPORT}` }],
] as const;

for (const [way, words, options] of WAYS) {
  Deno.test(`sessionImport() takes an export back from ${way}, and says the new id alone`, async () => {
    await using place = await signedIn(options);
    assert.equal(await sessionImport(place.context({}, words)), 0);
    assert.match(place.host.stdout(), ID);
    assert.equal(place.host.stderr(), "");
    const id = place.host.stdout().trim();
    assert.notEqual(id, idOf(1));
    const { name, folder } = readListed(place.database, id) ?? {};
    assert.deepEqual([name, folder], ["mine", "/project"]);
    // The sign-in here has the account that the reasoning is of.
    assert.deepEqual(historyItems(readHistory(place.database, id))[1], {
      type: "reasoning",
      text: "",
      raw: { encrypted_content: "opaque" },
      origin: { provider: "openai-codex", account: "acct" },
    });
  });
}

Deno.test("sessionImport() gives a stranger's reasoning to nobody, and says so", async () => {
  await using place = await signedIn({ stdin: await exportOf("stranger") });
  await sessionImport(place.context({}, ["-"]));
  assert.match(place.host.stderr(), /^note: .*not signed in here.*\n$/);
  const { turns } = readHistory(place.database, place.host.stdout().trim());
  const [, reasoning] = turns[0]?.items ?? [];
  assert.ok(reasoning !== undefined && "origin" in reasoning);
  assert.equal(reasoning.origin?.account, null);
});

Deno.test("sessionImport() takes the name away that another conversation has, and says so", async () => {
  await using place = await signedIn({ stdin: EXPORT });
  await storeConversation(place.database, {
    id: idOf(2),
    name: "mine",
    turns: [],
  });
  await sessionImport(place.context({}, ["-"]));
  assert.equal(
    place.host.stderr(),
    'note: Another conversation has the name "mine"; this one has none\n',
  );
  const id = place.host.stdout().trim();
  assert.equal(readListed(place.database, id)?.name, undefined);
});

Deno.test("sessionImport() makes the store where there is none", async () => {
  await using place = await accountPlace({ row: false, stdin: EXPORT });
  await sessionImport(place.context({}, ["-"]));
  using database = new DatabaseSync(place.path, { readOnly: true });
  assert.equal(count(database, "conversations"), 1);
});

// what it is, what stands there, what is said of it
const WRONG = [
  ["no JSON", "{", /^Cannot import standard input: it is not JSON$/],
  ["nothing", "", /^Cannot import standard input: it is not JSON$/],
  ["no UTF-8", new Uint8Array([0x22, 0xff, 0x22]), /it is not JSON$/],
  [
    "something else",
    "{}",
    /^Cannot import standard input: \$ must be a conversation that meka has exported$/,
  ],
  [
    "an export with a wrong turn",
    EXPORT.replace('"completed"', '"done"'),
    /^Cannot import standard input: \$\.turns\[0\]\.status must be one of: /,
  ],
  ["deep JSON", "[".repeat(1_000_000), /it is not JSON$/],
] as const;

for (const [what, stdin, message] of WRONG) {
  Deno.test(`sessionImport() of ${what} is one sentence, and stores nothing`, async () => {
    await using place = await accountPlace({ row: false, stdin });
    await assert.rejects(sessionImport(place.context({}, ["-"])), {
      kind: "usage",
      message,
    });
    assert.equal(place.host.stdout(), "");
    await assert.rejects(Deno.stat(place.path), Deno.errors.NotFound);
  });
}

Deno.test("sessionImport() stores all of it or nothing", async () => {
  await using place = await signedIn({ stdin: EXPORT });
  place.database.exec(`
    CREATE TRIGGER full BEFORE INSERT ON items WHEN new.type = 'reasoning'
    BEGIN SELECT RAISE(ABORT, 'disk I/O error'); END
  `);
  await assert.rejects(sessionImport(place.context({}, ["-"])), {
    kind: "internal",
    message: /^Cannot use the conversations in ".*": disk I\/O error$/,
  });
  for (const table of ["conversations", "turns", "items"]) {
    assert.equal(count(place.database, table), 0, table);
  }
});

Deno.test("sessionImport() reads no more than 256 MB, and says so", async () => {
  await using place = await sessionPlace();
  place.host.fileSize = () => Promise.resolve(256 * 1024 * 1024 + 1);
  await assert.rejects(sessionImport(place.context({}, ["a.json"])), {
    kind: "usage",
    message: 'Cannot import "a.json": it is longer than 256 MB',
  });
});

Deno.test("sessionImport() stops reading a stdin that does not end after 256 MB", async () => {
  let sent = 0;
  const chunk = new Uint8Array(16 * 1024 * 1024);
  const stdin = new ReadableStream<Uint8Array>({
    pull(controller): void {
      sent += chunk.length;
      controller.enqueue(chunk);
    },
  });
  await using place = await sessionPlace({ stdin });
  await assert.rejects(sessionImport(place.context({}, ["-"])), {
    kind: "usage",
    message: "Cannot import standard input: it is longer than 256 MB",
  });
  assert.ok(sent < 400 * 1024 * 1024);
});

Deno.test("sessionImport() without a file, or with one that is not there, is a usage error", async () => {
  await using place = await sessionPlace();
  await assert.rejects(sessionImport(place.context()), {
    kind: "usage",
    message: "`session import` needs a file, or `-`",
  });
  await assert.rejects(sessionImport(place.context({}, ["none.json"])), {
    kind: "usage",
    message: 'There is no file "none.json" to import',
  });
});

Deno.test("sessionImport() into a store that cannot be written is an error", async () => {
  await using place = await sessionPlace({ stdin: EXPORT });
  place.host.createPrivateFile = () => Promise.reject(new Error("EROFS"));
  await assert.rejects(sessionImport(place.context({}, ["-"])), {
    kind: "internal",
    message: /^Cannot change the conversations: .* cannot be written$/,
  });
});
