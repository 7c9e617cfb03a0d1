import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import fc from "fast-check";
import type { Database } from "../../src/store/database.ts";
import { MIGRATIONS } from "../../src/store/migrations.ts";
import {
  readTokens,
  type TokenRow,
  writeTokens,
} from "../../src/store/tokens.ts";
import { tokenRow } from "../support/token_row.ts";

function open(): Database & Disposable {
  const database = new DatabaseSync(":memory:");
  for (const step of MIGRATIONS) database.exec(step);
  return Object.assign(database, {
    [Symbol.dispose]: (): void => database.close(),
  });
}

const maybe = <T>(value: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> =>
  fc.option(value, { nil: undefined });
// Text comes back as UTF-8, which has no halves of pairs and, in SQLite's view of a column, no end at NUL.
const word = fc.string({ unit: "grapheme" });
const rows: fc.Arbitrary<TokenRow> = fc.record({
  provider: word,
  accessToken: word,
  refreshToken: maybe(word),
  idToken: maybe(word),
  accountId: maybe(word),
  email: maybe(word),
  plan: maybe(word),
  fedramp: fc.boolean(),
  expiresAt: maybe(fc.maxSafeInteger()),
  refreshedAt: fc.maxSafeInteger(),
  attemptedAt: maybe(fc.maxSafeInteger()),
  refusal: maybe(word),
}, { noNullPrototype: true });

Deno.test("readTokens() gives back what writeTokens() took, of each provider the last", () => {
  fc.assert(fc.property(fc.array(rows), (written) => {
    using database = open();
    for (const row of written) writeTokens(database, row);
    const last = new Map(written.map((row) => [row.provider, row]));
    for (const [provider, row] of last) {
      assert.deepEqual(readTokens(database, provider), row);
    }
    const { n } = database.prepare("SELECT count(*) AS n FROM oauth_tokens")
      .get() ?? {};
    assert.equal(n, last.size);
  }));
});

Deno.test("readTokens() finds nothing in a new database", () => {
  using database = open();
  assert.equal(readTokens(database, "openai-codex"), undefined);
});

Deno.test("readTokens() finds nothing after the documented DELETE, and others untouched", () => {
  using database = open();
  const other = tokenRow({ provider: "other" });
  writeTokens(database, tokenRow());
  writeTokens(database, other);
  database.exec("DELETE FROM oauth_tokens WHERE provider = 'openai-codex'");
  assert.equal(readTokens(database, "openai-codex"), undefined);
  assert.deepEqual(readTokens(database, "other"), other);
});

Deno.test("writeTokens() leaves nothing of the sign-in before", () => {
  using database = open();
  writeTokens(database, tokenRow({ refusal: "revoked", attemptedAt: 1 }));
  const next: TokenRow = {
    provider: "openai-codex",
    accessToken: "a",
    refreshToken: undefined,
    idToken: undefined,
    accountId: undefined,
    email: undefined,
    plan: undefined,
    fedramp: true,
    expiresAt: undefined,
    refreshedAt: 2,
    attemptedAt: undefined,
    refusal: undefined,
  };
  writeTokens(database, next);
  assert.deepEqual(readTokens(database, "openai-codex"), next);
});
