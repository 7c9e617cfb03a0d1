import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import fc from "fast-check";
import {
  type CookieRow,
  type CookieRowChanges,
  readCookies,
  writeCookies,
} from "../../src/store/cookies.ts";
import type { Database } from "../../src/store/database.ts";
import { MIGRATIONS } from "../../src/store/migrations.ts";

const NOW = Date.UTC(2026, 0, 1);
const LIMITS = { now: NOW, perDomain: 50, total: 200 };

function open(): Database & Disposable {
  const database = new DatabaseSync(":memory:");
  for (const step of MIGRATIONS) database.exec(step);
  return Object.assign(database, {
    [Symbol.dispose]: (): void => database.close(),
  });
}

function row(fields: Partial<CookieRow> = {}): CookieRow {
  return {
    domain: "example.com",
    path: "/",
    name: "a",
    value: "1",
    hostOnly: true,
    secure: true,
    httpOnly: false,
    expiresAt: NOW + 1000,
    createdAt: NOW - 1000,
    accessedAt: NOW - 1000,
    ...fields,
  };
}

function write(
  database: Database,
  changes: Partial<CookieRowChanges>,
  limits: Partial<typeof LIMITS> = {},
): void {
  const none = { set: [], accessed: [], removed: [] };
  writeCookies(database, { ...none, ...changes }, { ...LIMITS, ...limits });
}

function count(database: Database): unknown {
  return database.prepare("SELECT count(*) AS n FROM cookies").get()?.n;
}

Deno.test("readCookies() gives back what writeCookies() took, oldest first", () => {
  const rows = fc.uniqueArray(
    fc.record({
      domain: fc.constant("example.com"),
      path: fc.string(),
      name: fc.string(),
      value: fc.string({ unit: "grapheme" }),
      hostOnly: fc.boolean(),
      secure: fc.boolean(),
      httpOnly: fc.boolean(),
      expiresAt: fc.integer({ min: NOW + 1, max: NOW + 1e10 }),
      createdAt: fc.integer({ min: 0, max: NOW }),
      accessedAt: fc.integer({ min: 0, max: NOW }),
    }, { noNullPrototype: true }),
    { selector: ({ path, name }) => `${path}\n${name}`, maxLength: 50 },
  );
  fc.assert(fc.property(rows, (set) => {
    using database = open();
    write(database, { set });
    assert.deepEqual(
      readCookies(database, "example.com", NOW),
      set.toSorted((a, b) => a.createdAt - b.createdAt),
    );
  }));
});

// domain, host-only, asked for, found
const HOSTS = [
  ["example.com", true, "example.com", true],
  ["example.com", true, "api.example.com", false],
  ["example.com", false, "example.com", true],
  ["example.com", false, "a.b.example.com", true],
  ["example.com", false, "badexample.com", false],
  ["api.example.com", false, "example.com", false],
  ["127.0.0.1", true, "127.0.0.1", true],
  ["[::1]", true, "[::1]", true],
] as const;

for (const [domain, hostOnly, host, expected] of HOSTS) {
  Deno.test(`readCookies() ${expected ? "finds" : "skips"} a cookie of ${hostOnly ? "" : "all below "}${domain} for ${host}`, () => {
    using database = open();
    write(database, { set: [row({ domain, hostOnly })] });
    const found = readCookies(database, host, NOW);
    assert.equal(found.length, expected ? 1 : 0);
  });
}

Deno.test("readCookies() leaves out expired cookies, and writeCookies() purges them", () => {
  using database = open();
  write(database, { set: [row(), row({ name: "b", expiresAt: NOW + 2000 })] });
  const left = readCookies(database, "example.com", NOW + 1000);
  assert.deepEqual(left.map(({ name }) => name), ["b"]);
  assert.equal(count(database), 2);
  write(database, {}, { now: NOW + 1000 });
  assert.equal(count(database), 1);
});

Deno.test("writeCookies() stores nothing that expired before it was saved", () => {
  using database = open();
  write(database, { set: [row({ expiresAt: NOW })] });
  assert.equal(count(database), 0);
});

Deno.test("writeCookies() keeps a replaced cookie's creation time", () => {
  using database = open();
  write(database, { set: [row()] });
  const next = row({ value: "2", createdAt: NOW, accessedAt: NOW });
  write(database, { set: [next] });
  assert.deepEqual(readCookies(database, "example.com", NOW), [
    { ...next, createdAt: NOW - 1000 },
  ]);
});

const stored = row({ accessedAt: NOW - 10 });
const older = row({ value: "old", accessedAt: NOW - 20 });
const newer = row({ value: "new", accessedAt: NOW - 5 });

// what, the changes of this process, what is left of `stored`, which another process wrote
const MERGES = [
  ["other rows", { set: [row({ name: "b" })] }, "1", NOW - 10],
  ["an older value", { set: [older] }, "1", NOW - 10],
  ["a newer value", { set: [newer] }, "new", NOW - 5],
  ["an older access", { accessed: [older] }, "1", NOW - 10],
  ["a newer access", { accessed: [newer] }, "1", NOW - 5],
  ["an older removal", { removed: [older] }, "1", NOW - 10],
  ["a newer removal", { removed: [newer] }, undefined, undefined],
] as const;

for (const [what, changes, value, accessedAt] of MERGES) {
  Deno.test(`writeCookies() merges ${what} with another process's cookie`, () => {
    using database = open();
    write(database, { set: [stored] });
    write(database, changes);
    const found = readCookies(database, "example.com", NOW)
      .find(({ name }) => name === "a");
    assert.equal(found?.value, value);
    assert.equal(found?.accessedAt, accessedAt);
  });
}

Deno.test("writeCookies() replaces a row whose access lies ahead of the clock", () => {
  using database = open();
  write(database, { set: [row({ accessedAt: NOW + 1e9 })] });
  write(database, { set: [newer] });
  assert.deepEqual(
    readCookies(database, "example.com", NOW).map(({ value }) => value),
    ["new"],
  );
});

Deno.test("writeCookies() does not revive a removed cookie by an access", () => {
  using database = open();
  write(database, { accessed: [row()] });
  assert.equal(count(database), 0);
});

Deno.test("writeCookies() keeps to both limits, dropping what is idle longest", () => {
  using database = open();
  const set = ["x.com", "y.com", "z.com"].flatMap((domain, d) =>
    ["a", "b", "c"].map((name, n) =>
      row({ domain, name, accessedAt: NOW - 100 + 10 * d + n })
    )
  );
  write(database, { set }, { perDomain: 2, total: 5 });
  const left = database.prepare("SELECT * FROM cookies ORDER BY accessed_at");
  assert.deepEqual(
    left.all().map(({ domain, name }) => `${domain} ${name}`),
    // Two of each domain would be six; "x.com b" is the idlest of those.
    ["x.com c", "y.com b", "y.com c", "z.com b", "z.com c"],
  );
});

Deno.test("writeCookies() leaves full synchronization behind, also after a failure", () => {
  using database = open();
  const mode = (): unknown =>
    database.prepare("PRAGMA synchronous").get()?.synchronous;
  write(database, { set: [row()] });
  assert.equal(mode(), 2);
  database.exec("DROP TABLE cookies");
  assert.throws(() => write(database, { set: [row()] }));
  assert.equal(mode(), 2);
  assert.equal(database.isTransaction, false);
});
