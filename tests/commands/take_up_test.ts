import assert from "node:assert/strict";
import { MekaError } from "../../src/errors.ts";
import {
  checkName,
  describeConversation,
  findConversation,
  lockNameOf,
} from "../../src/commands/take_up.ts";
import { insertConversation } from "../../src/store/conversations.ts";
import { NO_HISTORY } from "../../src/store/history.ts";
import { conversation, openStore, user } from "../support/store.ts";

const IDS = ["0a11", "0a22", "0a222", "0b33"];
const NAMES: Readonly<Record<string, string>> = {
  "0b33": "notes",
  "0a11": "0a2",
};

// what is typed, the id that is meant
const FOUND = [
  ["0a11", "0a11"],
  ["0b", "0b33"],
  ["0B3", "0b33"],
  ["notes", "0b33"],
  // A whole id comes before the beginning of another one, and a name before both.
  ["0a22", "0a22"],
  ["0a2", "0a11"],
] as const;

for (const [typed, id] of FOUND) {
  Deno.test(`findConversation() finds ${id} by "${typed}"`, () => {
    using database = openStore();
    for (const id of IDS) {
      insertConversation(database, conversation({ id, name: NAMES[id] }));
    }
    assert.equal(findConversation(database, typed).id, id);
  });
}

// what is typed, what is said of it
const REFUSED = [
  ["", /There is no conversation ""/],
  ["1", /There is no conversation "1"/],
  ["Notes", /There is no conversation "Notes"/],
  ["0a", /"0a" is that of several conversations: 0a11 \("0a2"\), 0a22, 0a222$/],
] as const;

for (const [typed, says] of REFUSED) {
  Deno.test(`findConversation() does not guess what "${typed}" means`, () => {
    using database = openStore();
    for (const id of IDS) {
      insertConversation(database, conversation({ id, name: NAMES[id] }));
    }
    assert.throws(() => findConversation(database, typed), (error) => {
      assert.ok(error instanceof MekaError);
      assert.equal(error.kind, "usage");
      assert.match(error.message, says);
      return true;
    });
  });
}

for (const name of ["a", "two words", "ünï 你好", "x".repeat(100), "-", "0"]) {
  Deno.test(`checkName() takes "${name.slice(0, 20)}"`, () => checkName(name));
}

const BAD_NAMES = [
  "",
  " ",
  " a",
  "a ",
  "a\nb",
  "a\tb",
  "a\0",
  "a\x1b[2J",
  "a\x9b2J",
  "x".repeat(101),
];
for (const name of BAD_NAMES) {
  Deno.test(`checkName() refuses ${JSON.stringify(name.slice(0, 20))}`, () => {
    assert.throws(() => checkName(name), MekaError);
  });
}

// its fields, how many turns, how long ago, what is said
const DESCRIBED = [
  [{}, 1, 0, "the conversation ID: 1 turn"],
  [{ name: "notes" }, 2, 0, 'the conversation ID "notes": 2 turns'],
  [{}, 0, 125_000, "the conversation ID: 0 turns, last used 2 min 5 s ago"],
  // A clock that was set back.
  [{}, 1, -5_000, "the conversation ID: 1 turn"],
] as const;

for (const [fields, count, age, expected] of DESCRIBED) {
  Deno.test(`describeConversation() says "${expected}"`, () => {
    const described = conversation({ ...fields, updatedAt: 500_000 });
    const turns = Array.from({ length: count }, (_, id) => ({
      id,
      items: [user("hi")],
    }));
    const history = { ...NO_HISTORY, turns };
    assert.equal(
      describeConversation(described, history, 500_000 + age),
      expected.replace("ID", described.id),
    );
  });
}

Deno.test("lockNameOf() is a file's name for any name, and another one for another", async () => {
  const names = ["a", "A", "../../etc/passwd", "ünï", "x".repeat(100), "a/b"];
  const files = await Promise.all(names.map(lockNameOf));
  for (const file of files) assert.match(file, /^[0-9a-f]{64}$/);
  assert.equal(new Set(files).size, names.length);
});
