import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { copyPrivately, createPrivateFile } from "../../src/deno_host.ts";
import {
  type Database,
  explainDatabase,
  inTransaction,
  isBusy,
  openDatabase,
  type OpenOptions,
} from "../../src/store/database.ts";
import { MIGRATIONS } from "../../src/store/migrations.ts";
import { readTokens, writeTokens } from "../../src/store/tokens.ts";
import { tokenRow } from "../support/token_row.ts";

const HOST = { createPrivateFile, copyPrivately };
/** As on a disk that cannot be written. */
const READ_ONLY_HOST = {
  createPrivateFile: () => Promise.reject(new Error("Read-only file system")),
  copyPrivately,
};

interface Folder extends AsyncDisposable {
  readonly path: string;
  /** Where the database is to be. */
  readonly file: string;
}

async function folder(name = "sessions.db"): Promise<Folder> {
  const path = await Deno.makeTempDir({ prefix: "meka-" });
  return {
    path,
    file: `${path}/data/${name}`,
    [Symbol.asyncDispose]: () => Deno.remove(path, { recursive: true }),
  };
}

/** A database with one sign-in, closed. */
async function signedIn(file: string): Promise<void> {
  await use(file, (database) => writeTokens(database, tokenRow()));
}

async function use<T>(
  file: string,
  work: (database: Database) => T,
  options?: OpenOptions,
): Promise<T> {
  const { database } = await openDatabase(file, HOST, options);
  try {
    return work(database);
  } finally {
    database.close();
  }
}

function raw(file: string, sql: string): void {
  const database = new DatabaseSync(file);
  database.exec(sql);
  database.close();
}

function pragma(database: Database, name: string): unknown {
  return Object.values(database.prepare(`PRAGMA ${name}`).get() ?? {})[0];
}

async function mode(path: string): Promise<string | undefined> {
  const { mode } = await Deno.stat(path);
  return mode === null ? undefined : (mode & 0o777).toString(8);
}

Deno.test("openDatabase() sets up a new database", async () => {
  await using there = await folder();
  const { database, writable } = await openDatabase(there.file, HOST);
  assert.equal(writable, true);
  assert.equal(pragma(database, "user_version"), MIGRATIONS.length);
  assert.equal(pragma(database, "journal_mode"), "wal");
  assert.equal(pragma(database, "secure_delete"), 1);
  assert.equal(pragma(database, "synchronous"), 2);
  assert.equal(pragma(database, "busy_timeout"), 2_000);
  database.close();
});

Deno.test("openDatabase() opens again what it set up, with what was stored", async () => {
  await using there = await folder();
  await signedIn(there.file);
  const row = await use(there.file, (database) => {
    assert.equal(pragma(database, "secure_delete"), 1);
    return readTokens(database, "openai-codex");
  });
  assert.deepEqual(row, tokenRow());
});

Deno.test({
  name: "openDatabase() keeps folder, database and journals private",
  ignore: Deno.build.os === "windows",
  fn: async () => {
    await using there = await folder();
    const { database } = await openDatabase(there.file, HOST);
    writeTokens(database, tokenRow());
    assert.equal(await mode(`${there.path}/data`), "700");
    for (const suffix of ["", "-wal", "-shm"]) {
      assert.equal(await mode(`${there.file}${suffix}`), "600", suffix);
    }
    database.close();
  },
});

Deno.test({
  name: "openDatabase() makes a database private that was left open to others",
  ignore: Deno.build.os === "windows",
  fn: async () => {
    await using there = await folder();
    const first = await openDatabase(there.file, HOST);
    writeTokens(first.database, tokenRow());
    const files = ["", "-wal", "-shm"].map((end) => `${there.file}${end}`);
    for (const file of files) await Deno.chmod(file, 0o644);
    const second = await openDatabase(there.file, HOST);
    for (const file of files) assert.equal(await mode(file), "600", file);
    second.database.close();
    first.database.close();
  },
});

Deno.test("openDatabase() takes the empty file of a run that was killed at once", async () => {
  await using there = await folder();
  await createPrivateFile(there.file);
  await use(there.file, (database) => {
    assert.equal(pragma(database, "user_version"), MIGRATIONS.length);
  });
});

const STEPS = ["CREATE TABLE a (x)", "CREATE TABLE b (x)", "DROP TABLE a"];

for (let from = 0; from <= STEPS.length; from++) {
  for (let to = from; to <= STEPS.length; to++) {
    Deno.test(`openDatabase() migrates from version ${from} to ${to}`, async () => {
      await using there = await folder();
      const versions = [from, to].map((version) => STEPS.slice(0, version));
      for (const migrations of versions) {
        await use(there.file, (database) => {
          assert.equal(pragma(database, "user_version"), migrations.length);
        }, { migrations });
      }
      const tables = await use(
        there.file,
        (database) => tablesOf(database),
        { migrations: STEPS.slice(0, to) },
      );
      assert.deepEqual(tables, [[], ["a"], ["a", "b"], ["b"]][to]);
    });
  }
}

Deno.test("openDatabase() undoes all of a migration that fails, and reads what was there", async () => {
  await using there = await folder();
  await use(there.file, () => {}, { migrations: STEPS.slice(0, 1) });
  const broken = [...STEPS.slice(0, 2), "INSERT INTO nowhere VALUES (1)"];
  const { database, writable } = await openDatabase(
    there.file,
    HOST,
    { migrations: broken },
  );
  assert.equal(writable, false);
  assert.equal(pragma(database, "user_version"), 1);
  assert.deepEqual(tablesOf(database), ["a"]);
  database.close();
  await use(there.file, (database) => {
    assert.deepEqual(tablesOf(database), ["b"]);
  }, { migrations: STEPS });
});

// How far a migration had come when it was killed.
for (const [done, step] of [...STEPS, "PRAGMA user_version = 3"].entries()) {
  Deno.test(`openDatabase() migrates anew what was killed after "${step}"`, async () => {
    await using there = await folder();
    await using copy = await folder();
    await use(there.file, () => {}, { migrations: [] });
    const killed = new DatabaseSync(there.file);
    killed.exec("PRAGMA journal_mode = WAL");
    killed.exec("BEGIN IMMEDIATE");
    for (const sql of STEPS.slice(0, done + 1)) killed.exec(sql);
    if (done === STEPS.length) killed.exec(step);
    // What is on the disk now is all that a killed process leaves.
    await Deno.mkdir(`${copy.path}/data`);
    for await (const { name } of Deno.readDir(`${there.path}/data`)) {
      if (name.endsWith("-shm")) continue;
      await Deno.copyFile(
        `${there.path}/data/${name}`,
        `${copy.path}/data/${name}`,
      );
    }
    killed.exec("ROLLBACK");
    killed.close();
    await use(copy.file, (database) => {
      assert.equal(pragma(database, "user_version"), 3);
      assert.deepEqual(tablesOf(database), ["b"]);
    }, { migrations: STEPS });
  });
}

Deno.test("MIGRATIONS of version 1 are as they were released", async () => {
  const digest = await crypto.subtle.digest(
    "SHA-256",
    new TextEncoder().encode(MIGRATIONS[0]?.replace(/--.*|\s+/g, "")),
  );
  const hex = [...new Uint8Array(digest)].slice(0, 4)
    .map((byte) => byte.toString(16).padStart(2, "0")).join("");
  assert.equal(hex, "348220bc");
});

for (
  const [how, host] of [["written", HOST], ["read", READ_ONLY_HOST]] as const
) {
  Deno.test(`openDatabase() refuses a newer database that can be ${how}, and leaves it as it is`, async () => {
    await using there = await folder();
    await signedIn(there.file);
    raw(there.file, `PRAGMA user_version = ${MIGRATIONS.length + 1}`);
    const before = await Deno.readFile(there.file);
    await assert.rejects(openDatabase(there.file, host), {
      kind: "internal",
      exit: 1,
      message:
        `The database "${there.file}" was written by a newer version of meka`,
    });
    assert.deepEqual(await Deno.readFile(there.file), before);
  });
}

// what, what is put in the place of the database, why it cannot be read
const USELESS:
  readonly (readonly [string, (file: string) => Promise<void>, RegExp])[] = [
    [
      "another kind of file",
      (file) => Deno.writeTextFile(file, "x".repeat(5_000)),
      /: it is damaged$/,
    ],
    ["a damaged header", async (file) => {
      await signedIn(file);
      using opened = await Deno.open(file, { write: true });
      await opened.write(new Uint8Array(100));
    }, /: it is damaged$/],
    [
      "a folder",
      (file) => Deno.mkdir(file),
      /: unable to open database file: /,
    ],
    [
      "another program's database",
      (file) => Promise.resolve(raw(file, "CREATE TABLE oauth_tokens (x)")),
      /already exists/,
    ],
  ];

for (const [what, put, why] of USELESS) {
  Deno.test(`openDatabase() refuses ${what} as credentials it cannot read`, async () => {
    await using there = await folder();
    await Deno.mkdir(`${there.path}/data`);
    await put(there.file);
    const before = await mode(there.file);
    await assert.rejects(openDatabase(there.file, HOST), {
      kind: "auth",
      message: why,
    });
    const { isDirectory } = await Deno.stat(there.file);
    // Only a file's mode is ours to change.
    if (isDirectory) assert.equal(await mode(there.file), before);
  });
}

Deno.test("openDatabase() says why when there is nothing and nothing can be made", async () => {
  await using there = await folder();
  await assert.rejects(openDatabase(there.file, READ_ONLY_HOST), {
    kind: "auth",
    message:
      `Cannot read the stored sign-in in "${there.file}": Read-only file system`,
  });
  assert.deepEqual(await Array.fromAsync(Deno.readDir(there.path)), []);
});

Deno.test("openDatabase() reads a database that cannot be written", async () => {
  await using there = await folder();
  await signedIn(there.file);
  const { database, writable } = await openDatabase(there.file, READ_ONLY_HOST);
  assert.equal(writable, false);
  assert.deepEqual(readTokens(database, "openai-codex"), tokenRow());
  assert.throws(
    () => writeTokens(database, tokenRow()),
    (error) => explainDatabase(error) === "it is read-only",
  );
  database.close();
});

Deno.test("openDatabase() reads an older schema that it cannot migrate", async () => {
  await using there = await folder();
  await use(there.file, () => {}, { migrations: STEPS.slice(0, 1) });
  const { database, writable } = await openDatabase(
    there.file,
    READ_ONLY_HOST,
    { migrations: STEPS },
  );
  assert.equal(writable, false);
  assert.equal(pragma(database, "user_version"), 1);
  database.close();
});

Deno.test("openDatabase() does not mind that another process is writing", async () => {
  await using there = await folder();
  await signedIn(there.file);
  using writer = new DatabaseSync(there.file);
  writer.exec("BEGIN IMMEDIATE; DELETE FROM oauth_tokens");
  const { database, writable } = await openDatabase(there.file, HOST);
  assert.equal(writable, true);
  assert.deepEqual(readTokens(database, "openai-codex"), tokenRow());
  database.close();
});

Deno.test("openDatabase() reads a copy past a lock that does not end", async () => {
  await using there = await folder();
  await signedIn(there.file);
  using holder = new DatabaseSync(there.file);
  // Some of it is in the journal only.
  holder.exec("PRAGMA wal_autocheckpoint = 0");
  const latest = tokenRow({ accessToken: "SECRET-LATEST" });
  writeTokens(holder, latest);
  holder.exec("PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE");
  const { database, writable } = await openDatabase(there.file, HOST);
  assert.equal(writable, false);
  assert.deepEqual(readTokens(database, "openai-codex"), latest);
  database.close();
});

Deno.test("openDatabase() says that a new database stays locked", async () => {
  await using there = await folder();
  await createPrivateFile(there.file);
  using holder = new DatabaseSync(there.file);
  holder.exec("BEGIN EXCLUSIVE");
  await assert.rejects(openDatabase(there.file, HOST), {
    kind: "auth",
    message: /: another program holds it locked$/,
  });
});

Deno.test("openDatabase() sets up one database for all who come at once", async () => {
  await using there = await folder();
  await Deno.mkdir(`${there.path}/data`);
  const url = new URL("../support/open_database_worker.ts", import.meta.url);
  const workers = Array.from(
    { length: 6 },
    () => new Worker(url, { type: "module" }),
  );
  const messages = (): Promise<unknown[]> =>
    Promise.all(workers.map((worker) =>
      new Promise((resolve) => {
        worker.onmessage = ({ data }) => resolve(data);
      })
    ));
  await messages();
  for (const round of [1, 2, 3, 4]) {
    const opened = messages();
    const path = `${there.path}/data/${round}.db`;
    for (const worker of workers) worker.postMessage(path);
    const expected = {
      writable: true,
      version: MIGRATIONS.length,
      mode: "wal",
    };
    assert.deepEqual(await opened, workers.map(() => expected));
  }
  for (const worker of workers) worker.terminate();
});

// A row gone by the documented line must leave no byte of its tokens in the file, whoever deletes it.
Deno.test("openDatabase() has deleted tokens overwritten", async () => {
  await using there = await folder();
  await signedIn(there.file);
  assert.ok((await bytesOf(there)).includes("SECRET-ACCESS"));
  await use(there.file, (database) => {
    database.exec("DELETE FROM oauth_tokens WHERE provider = 'openai-codex'");
  });
  assert.ok(!(await bytesOf(there)).includes("SECRET-"));
});

Deno.test("inTransaction() keeps the work's result", () => {
  using database = new DatabaseSync(":memory:");
  database.exec("CREATE TABLE a (x)");
  const result = inTransaction(database, () => {
    database.exec("INSERT INTO a VALUES (1)");
    return "done";
  });
  assert.equal(result, "done");
  assert.equal(count(database), 1);
  assert.equal(database.isTransaction, false);
});

for (const early of [false, true]) {
  Deno.test(`inTransaction() undoes work that fails${early ? " after it ended the transaction" : ""}`, () => {
    using database = new DatabaseSync(":memory:");
    database.exec("CREATE TABLE a (x)");
    const failure = new Error("no");
    assert.throws(() =>
      inTransaction(database, () => {
        database.exec("INSERT INTO a VALUES (1)");
        if (early) database.exec("ROLLBACK");
        throw failure;
      }), failure);
    assert.equal(count(database), 0);
    assert.equal(database.isTransaction, false);
  });
}

// what SQLite throws, in words, whether another process is the reason
const REASONS = [
  [5, "another program holds it locked", true],
  [261, "another program holds it locked", true],
  [517, "another program holds it locked", true],
  [8, "it is read-only", false],
  [1032, "it is read-only", false],
  [11, "it is damaged", false],
  [26, "it is damaged", false],
  [13, "the disk is full", false],
  [1, "words", false],
  [undefined, "words", false],
] as const;

for (const [errcode, words, busy] of REASONS) {
  Deno.test(`explainDatabase() says "${words}" for SQLite's code ${errcode}`, () => {
    const error = Object.assign(new Error("words"), { errcode });
    assert.equal(explainDatabase(error), words);
    assert.equal(isBusy(error), busy);
  });
}

Deno.test("explainDatabase() knows no reason that is no error", () => {
  assert.equal(explainDatabase("SECRET"), "unknown reason");
});

function tablesOf(database: Database): unknown[] {
  return database.prepare("SELECT name FROM sqlite_schema ORDER BY name").all()
    .map(({ name }) => name);
}

function count(database: Database): unknown {
  return database.prepare("SELECT count(*) AS n FROM a").get()?.n;
}

/** All that is in the database's folder, as Latin-1. */
async function bytesOf({ path }: Folder): Promise<string> {
  let text = "";
  for await (const { name } of Deno.readDir(`${path}/data`)) {
    const bytes = await Deno.readFile(`${path}/data/${name}`);
    text += new TextDecoder("latin1").decode(bytes);
  }
  return text;
}
