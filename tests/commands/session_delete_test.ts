import assert from "node:assert/strict";
import { sessionDelete } from "../../src/commands/session_delete.ts";
import { sessionSearch } from "../../src/commands/session_search.ts";
import { lockPath } from "../../src/config/paths.ts";
import { MekaError } from "../../src/errors.ts";
import { openDatabase } from "../../src/store/database.ts";
import { accountPlace } from "../support/account_place.ts";
import type { MemoryHostOptions } from "../support/memory_host.ts";
import {
  daysAgo,
  idOf,
  type SessionPlace,
  sessionPlace,
} from "../support/session_place.ts";
import { storeConversation, user } from "../support/store.ts";

/** Three conversations, used now, 10 and 100 days ago. */
async function filled(options: MemoryHostOptions = {}): Promise<SessionPlace> {
  const place = await sessionPlace(options);
  for (const [number, days] of [[1, 0], [2, 10], [3, 100]] as const) {
    await storeConversation(place.database, {
      id: idOf(number),
      ...number === 2 ? { name: "two" } : {},
      updatedAt: daysAgo(days),
      turns: [{ items: [user(`qqsecret${number}`)] }],
    });
  }
  return place;
}

function left({ database }: SessionPlace): number[] {
  return database.prepare("SELECT id FROM conversations ORDER BY id").all()
    .map(({ id }) => Number(String(id).slice(-12)));
}

// the words, the options, what is left, what is said
const DELETED = [
  [[idOf(2)], {}, [1, 3], `Deleted ${idOf(2)} (two)\n`],
  [["two"], {}, [1, 3], `Deleted ${idOf(2)} (two)\n`],
  [["two", idOf(2)], {}, [1, 3], `Deleted ${idOf(2)} (two)\n`],
  [["two"], { quiet: "" }, [1, 3], ""],
  [
    [idOf(3), idOf(1)],
    {},
    [2],
    `Deleted ${idOf(3)} (qqsecret3)\nDeleted ${idOf(1)} (qqsecret1)\n` +
    "Deleted 2 conversations, 2 turns.\n",
  ],
  [[], { "older-than": "90d" }, [1, 2], `Deleted ${idOf(3)} (qqsecret3)\n`],
  [[], { "older-than": "2w" }, [1, 2], `Deleted ${idOf(3)} (qqsecret3)\n`],
  [[], { "older-than": "239h" }, [1], undefined],
  [[], { "older-than": "1m" }, [1], undefined],
  [[], { "older-than": "0m" }, [1], undefined],
  [[], { "older-than": "1000d" }, [1, 2, 3], "There is nothing to delete.\n"],
  [[], { all: "" }, [], undefined],
] as const;

for (const [words, options, expected, said] of DELETED) {
  Deno.test(`sessionDelete() ${JSON.stringify([words.map((word) => word.slice(-3)), options])} leaves [${expected}]`, async () => {
    await using place = await filled();
    const given = { yes: "", ...options };
    assert.equal(await sessionDelete(place.context(given, words)), 0);
    assert.deepEqual(left(place), expected);
    if (said !== undefined) assert.equal(place.host.stderr(), said);
    assert.equal(place.host.stdout(), "");
  });
}

Deno.test("sessionDelete() --all of many says how many", async () => {
  await using place = await sessionPlace();
  for (let number = 1; number <= 30; number++) {
    await storeConversation(place.database, {
      id: idOf(number),
      turns: [{ items: [user("x")] }],
    });
  }
  await sessionDelete(place.context({ all: "", yes: "" }));
  assert.equal(place.host.stderr(), "Deleted 30 conversations, 30 turns.\n");
});

Deno.test("sessionDelete() leaves no byte of what was said in any file, searched for or not", async () => {
  for (const searched of [false, true]) {
    await using place = await filled();
    if (searched) {
      await sessionSearch(place.context({}, ["qqsecret2"]));
      assert.match(place.host.stdout(), /qqsecret2/);
    }
    await sessionDelete(place.context({ yes: "" }, ["two"]));
    for (const file of [place.path, `${place.path}-wal`]) {
      const bytes = await Deno.readFile(file);
      const text = new TextDecoder("latin1").decode(bytes);
      assert.ok(!text.includes("secret2"), file);
      if (file === place.path) assert.ok(text.includes("secret1"));
    }
  }
});

// the words, the options, the message
const WRONG = [
  [[], {}, /^`session delete` takes the conversations, or/],
  [["two"], { all: "" }, /^`session delete` takes the conversations, or/],
  [[], { all: "", "older-than": "1d" }, /takes the conversations, or/],
  [[], { "older-than": "90" }, /must be a number and a unit, .* not "90"$/],
  [[], { "older-than": "d" }, /must be a number and a unit/],
  [[], { "older-than": "-1d" }, /must be a number and a unit/],
  [[], { "older-than": "1.5d" }, /must be a number and a unit/],
  [[], { "older-than": "1y" }, /must be a number and a unit/],
  [[], { "older-than": "" }, /must be a number and a unit/],
  [["two", "none"], {}, /^There is no conversation "none"$/],
  [["019"], {}, /is that of several conversations/],
] as const;

for (const [words, options, message] of WRONG) {
  Deno.test(`sessionDelete() refuses ${JSON.stringify([words, options])}, and deletes nothing`, async () => {
    await using place = await filled();
    const given = { yes: "", ...options };
    await assert.rejects(sessionDelete(place.context(given, words)), {
      kind: "usage",
      message,
    });
    assert.deepEqual(left(place), [1, 2, 3]);
  });
}

for (const terminal of [false, ["stdout"], ["stdin"], ["stderr"]] as const) {
  Deno.test(`sessionDelete() without --yes and with a terminal at [${terminal}] names the flag`, async () => {
    await using place = await filled({ terminal, typed: ["y"] });
    await assert.rejects(sessionDelete(place.context({}, ["two"])), {
      kind: "usage",
      hint: "Pass `--yes` to delete without a question",
    });
    assert.deepEqual(left(place), [1, 2, 3]);
    assert.deepEqual(place.host.prompts, []);
  });
}

// what is typed, whether it is a yes
const ANSWERS = [
  [["y"], true],
  [["YES"], true],
  [[" yes "], true],
  [["n"], false],
  [[""], false],
  [["yesterday"], false],
  [[], false],
] as const;

for (const [typed, yes] of ANSWERS) {
  Deno.test(`sessionDelete() takes [${typed}] for a ${yes ? "yes" : "no"}`, async () => {
    await using place = await filled({ terminal: true, typed });
    assert.equal(await sessionDelete(place.context({ all: "" })), 0);
    assert.deepEqual(place.host.prompts, [
      "Delete 3 conversations (3 turns) for good? [y/N] ",
    ]);
    assert.deepEqual(left(place), yes ? [] : [1, 2, 3]);
    if (!yes) assert.equal(place.host.stderr(), "Nothing was deleted.\n");
  });
}

Deno.test("sessionDelete() asks for one conversation by its name or its first words", async () => {
  await using place = await filled({ terminal: true, typed: ["n", "n"] });
  await sessionDelete(place.context({}, ["two"]));
  await sessionDelete(place.context({}, [idOf(1)]));
  assert.deepEqual(place.host.prompts, [
    'Delete "two" (1 turn) for good? [y/N] ',
    'Delete "qqsecret1" (1 turn) for good? [y/N] ',
  ]);
});

Deno.test("sessionDelete() leaves what another run goes on with, deletes the rest, and ends with 1", async () => {
  await using place = await filled({ napMs: 200 });
  const { host } = place;
  const held = await host.lock(lockPath(host, idOf(2)));
  await assert.rejects(sessionDelete(place.context({ all: "", yes: "" })), {
    kind: "internal",
    exit: 1,
    message: `Not deleted, since another run goes on with it: ${idOf(2)}`,
    hint: "Try again when that has ended",
  });
  assert.deepEqual(left(place), [2]);
  assert.match(host.stderr(), /^Deleted 2 conversations, 2 turns\.$/m);
  await held[Symbol.asyncDispose]();
  // Nor does it hold what it did not wait for.
  assert.equal(await sessionDelete(place.context({ all: "", yes: "" })), 0);
  assert.deepEqual(left(place), []);
});

Deno.test("sessionDelete() deletes where nothing can be locked", async () => {
  await using place = await filled();
  place.host.lock = () => Promise.reject(new Error("no locks here"));
  await sessionDelete(place.context({ all: "", yes: "" }));
  assert.deepEqual(left(place), []);
});

Deno.test("sessionDelete() gives up on a store that another program keeps", async () => {
  await using place = await filled();
  const { database: other } = await openDatabase(place.path, place.host);
  other.exec("BEGIN IMMEDIATE");
  try {
    await assert.rejects(sessionDelete(place.context({ yes: "" }, ["two"])), {
      kind: "internal",
      message:
        "Cannot delete the conversations: another program holds the database locked",
    });
  } finally {
    other.close();
  }
  assert.deepEqual(left(place), [1, 2, 3]);
});

Deno.test("sessionDelete() says that another program's read keeps the journal", async () => {
  await using place = await filled();
  const { database: other } = await openDatabase(place.path, place.host);
  other.exec("BEGIN; SELECT * FROM conversations");
  other.prepare("SELECT count(*) FROM conversations").get();
  try {
    await sessionDelete(place.context({ yes: "" }, ["two"]));
  } finally {
    other.close();
  }
  assert.deepEqual(left(place), [1, 3]);
  assert.match(place.host.stderr(), /^warning: .*journal may hold/m);
});

Deno.test("sessionDelete() that is interrupted says what is gone, and leaves the rest", async () => {
  await using place = await filled();
  const { host } = place;
  const lock = host.lock;
  host.lock = (path) => {
    if (path.includes(idOf(2))) {
      host.abort(new MekaError("interrupted", "Interrupted"));
    }
    return lock(path);
  };
  await assert.rejects(sessionDelete(place.context({ all: "", yes: "" })), {
    kind: "interrupted",
  });
  assert.deepEqual(left(place), [2, 3]);
  assert.equal(host.stderr(), `Deleted ${idOf(1)} (qqsecret1)\n`);
});

Deno.test("sessionDelete() where nothing was ever stored has nothing to do, and makes no file", async () => {
  await using place = await accountPlace({ row: false });
  assert.equal(await sessionDelete(place.context({ all: "", yes: "" })), 0);
  assert.equal(place.host.stderr(), "There is nothing to delete.\n");
  await assert.rejects(Deno.stat(place.path), Deno.errors.NotFound);
});

Deno.test("sessionDelete() in a store that cannot be written is an error", async () => {
  await using place = await filled();
  place.host.createPrivateFile = () => Promise.reject(new Error("EROFS"));
  await assert.rejects(sessionDelete(place.context({ yes: "" }, ["two"])), {
    kind: "internal",
    message: /^Cannot change the conversations: .* cannot be written$/,
  });
});
