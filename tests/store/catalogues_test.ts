import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import fc from "fast-check";
import type { ModelInfo } from "../../src/message.ts";
import {
  forgetAccount,
  readCatalogue,
  readModel,
  type StoredCatalogue,
  writeCatalogue,
} from "../../src/store/catalogues.ts";
import type { Database } from "../../src/store/database.ts";
import { MIGRATIONS } from "../../src/store/migrations.ts";
import { modelInfo } from "../support/model_info.ts";

const OWNER = { provider: "openai-codex", accountId: "acct" };

function open(): Database & Disposable {
  const database = new DatabaseSync(":memory:");
  for (const step of MIGRATIONS) database.exec(step);
  return Object.assign(database, {
    [Symbol.dispose]: (): void => database.close(),
  });
}

function catalogue(
  models: readonly ModelInfo[],
  fields: Partial<StoredCatalogue> = {},
): StoredCatalogue {
  return { models, etag: 'W/"1"', toldAt: 1_800_000_000_000, ...fields };
}

const word = fc.string({ unit: "grapheme", minLength: 1 });
const maybe = <T>(value: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> =>
  fc.option(value, { nil: undefined });
const models: fc.Arbitrary<ModelInfo[]> = fc.uniqueArray(
  fc.record({
    id: word,
    name: word,
    efforts: fc.array(word),
    defaultEffort: maybe(word),
    ultraEffort: maybe(word),
    contextWindow: maybe(fc.maxSafeNat()),
    modalities: fc.array(word),
    lite: fc.boolean(),
    listed: fc.boolean(),
  }, { noNullPrototype: true }),
  { selector: ({ id }) => id },
);

Deno.test("readCatalogue() gives back the last list that writeCatalogue() took, in its order", () => {
  fc.assert(fc.property(fc.array(models, { minLength: 1 }), (lists) => {
    using database = open();
    for (const list of lists) writeCatalogue(database, OWNER, catalogue(list));
    const last = lists.at(-1) ?? [];
    assert.deepEqual(readCatalogue(database, OWNER), catalogue(last));
    for (const model of last) {
      assert.deepEqual(readModel(database, OWNER, model.id), model);
    }
  }));
});

Deno.test("readCatalogue() finds nothing for another account, another provider, or nobody", () => {
  using database = open();
  assert.equal(readCatalogue(database, OWNER), undefined);
  writeCatalogue(database, OWNER, catalogue([modelInfo()]));
  const strangers = [
    { ...OWNER, accountId: "other" },
    { ...OWNER, accountId: undefined },
    { ...OWNER, provider: "other" },
  ];
  for (const owner of strangers) {
    assert.equal(readCatalogue(database, owner), undefined);
    assert.equal(readModel(database, owner, "gpt-x"), undefined);
  }
  assert.equal(readModel(database, OWNER, "gpt-y"), undefined);
});

Deno.test("readCatalogue() knows an account without a name", () => {
  using database = open();
  const owner = { ...OWNER, accountId: undefined };
  const told = catalogue([modelInfo()], { etag: undefined });
  writeCatalogue(database, owner, told);
  assert.deepEqual(readCatalogue(database, owner), told);
});

Deno.test("writeCatalogue() keeps the list there was when the new one cannot be stored", () => {
  using database = open();
  writeCatalogue(database, OWNER, catalogue([modelInfo()]));
  const twice = catalogue([modelInfo(), modelInfo()]);
  assert.throws(() => writeCatalogue(database, OWNER, twice), /UNIQUE/);
  const kept = readCatalogue(database, OWNER);
  assert.deepEqual(kept, catalogue([modelInfo()]));
});

Deno.test("forgetAccount() leaves what belongs to another provider", () => {
  using database = open();
  const other = { ...OWNER, provider: "other" };
  for (const owner of [OWNER, other]) {
    writeCatalogue(database, owner, catalogue([modelInfo()]));
  }
  forgetAccount(database, OWNER.provider);
  assert.equal(readCatalogue(database, OWNER), undefined);
  assert.deepEqual(readCatalogue(database, other), catalogue([modelInfo()]));
  const { n } = database.prepare("SELECT count(*) AS n FROM models").get() ??
    {};
  assert.equal(n, 1);
});
