import assert from "node:assert/strict";
import { MekaError } from "../../src/errors.ts";
import { openConversation, takeLock } from "../../src/commands/conversation.ts";
import { note } from "../../src/commands/context.ts";
import type { FlagName } from "../../src/cli/flags.ts";
import { lockPath } from "../../src/config/paths.ts";
import {
  findByName,
  findByPrefix,
  insertConversation,
} from "../../src/store/conversations.ts";
import type { Database } from "../../src/store/database.ts";
import { historyItems } from "../../src/store/history.ts";
import {
  type AccountPlace,
  accountPlace,
  NOW,
} from "../support/account_place.ts";
import {
  conversation,
  openStore,
  storeConversation,
  user,
} from "../support/store.ts";

const UUID =
  /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;
const ID = conversation().id;

type Options = Partial<Record<FlagName, string>>;

interface Opening {
  readonly database: Database | undefined;
  readonly options?: Options;
  readonly keeps?: boolean;
}

function open(
  place: AccountPlace,
  { database, options = {}, keeps = true }: Opening,
): ReturnType<typeof openConversation> {
  const context = place.context(options);
  return openConversation(context, {
    access: {
      opened: database && { database, writable: keeps },
      keeps,
    },
    provider: "openai-api",
    model: "gpt-x",
    note: (message) => note(context, message),
  });
}

Deno.test("openConversation() begins a new one where none is named", async () => {
  using database = openStore();
  await using place = await accountPlace();
  await using opened = await open(place, {
    database,
    options: { system: " Be brief.\n" },
  });
  const { id, ...rest } = opened.conversation;
  assert.match(id, UUID);
  assert.deepEqual(rest, {
    name: undefined,
    folder: "/project",
    provider: "openai-api",
    model: "gpt-x",
    instructions: "Be brief.",
    parent: undefined,
    createdAt: NOW,
    updatedAt: NOW,
  });
  assert.equal(opened.begun, false);
  assert.equal(opened.kept, true);
  assert.deepEqual(opened.history.turns, []);
  assert.equal(place.host.stderr(), "");
  // It is stored with its first turn, and not before.
  assert.deepEqual(findByPrefix(database, ""), []);
});

Deno.test("openConversation() holds what it opened until it is disposed of", async () => {
  using database = openStore();
  await storeConversation(database, {
    name: "notes",
    turns: [{ items: [user("a")] }],
  });
  await using place = await accountPlace();
  const cases: readonly Options[] = [
    {},
    { continue: "" },
    { resume: "notes" },
    { session: "notes" },
    { session: "new" },
    { resume: ID, fork: "" },
  ];
  for (const options of cases) {
    const opened = await open(place, { database, options });
    const path = lockPath(place.host, opened.conversation.id);
    let free = false;
    const waiting = place.host.lock(path).then((lock) => {
      free = true;
      return lock;
    });
    await new Promise((resolve) => setTimeout(resolve));
    assert.equal(free, false, JSON.stringify(options));
    await opened[Symbol.asyncDispose]();
    await using _ = await waiting;
  }
});

// the options, what is opened, how many turns it has, what is noted
const TAKEN: readonly (readonly [Options, string, number, RegExp])[] = [
  [
    { continue: "" },
    "b",
    2,
    /^note: Going on with the conversation b: 2 turns/,
  ],
  [
    { resume: "a" },
    "a",
    1,
    /^note: Going on with the conversation a "notes": 1 turn/,
  ],
  [
    { session: "notes" },
    "a",
    1,
    /^note: Going on with the conversation a "notes"/,
  ],
];

for (const [options, id, turns, noted] of TAKEN) {
  Deno.test(`openConversation() takes up what ${JSON.stringify(options)} names`, async () => {
    using database = openStore();
    await storeThree(database);
    await using place = await accountPlace();
    await using opened = await open(place, { database, options });
    assert.equal(opened.conversation.id, id);
    assert.equal(opened.begun, true);
    assert.equal(opened.history.turns.length, turns);
    assert.match(place.host.stderr(), noted);
  });
}

Deno.test("openConversation() begins what -c and --session do not find, and says so", async () => {
  using database = openStore();
  await using place = await accountPlace();
  for (const options of [{ continue: "" }, { session: "notes" }]) {
    await using opened = await open(place, { database, options });
    assert.equal(opened.begun, false);
    assert.equal(opened.conversation.name, options.session);
  }
  assert.equal(
    place.host.stderr(),
    "note: There is no conversation in this folder yet; beginning one\n" +
      'note: There is no conversation "notes" yet; beginning it\n',
  );
});

Deno.test("openConversation() makes a copy with --fork, in the store or in memory", async () => {
  using database = openStore();
  await storeThree(database);
  await using place = await accountPlace();
  const fork = { resume: "b", fork: "", system: "Be kind." };
  await using kept = await open(place, { database, options: fork });
  assert.equal(kept.begun, true);
  assert.equal(kept.conversation.parent, "b");
  assert.equal(kept.conversation.instructions, "Be kind.");
  const [stored] = findByPrefix(database, kept.conversation.id);
  assert.deepEqual(stored, kept.conversation);
  assert.deepEqual(historyItems(kept.history), [user("b1"), user("b2")]);

  const unkept = { ...fork, "no-save": "" };
  await using copy = await open(place, { database, options: unkept });
  assert.deepEqual([copy.begun, copy.kept], [false, false]);
  assert.notEqual(copy.conversation.id, "b");
  assert.deepEqual(historyItems(copy.history), [user("b1"), user("b2")]);
  assert.deepEqual(findByPrefix(database, copy.conversation.id), []);
});

Deno.test("openConversation() lets go of the original of a copy", async () => {
  using database = openStore();
  await storeThree(database);
  await using place = await accountPlace();
  const options = { session: "notes", fork: "" };
  await using one = await open(place, { database, options });
  await using other = await open(place, { database, options });
  await using original = await open(place, {
    database,
    options: { session: "notes" },
  });
  const ids = [one, other, original].map((opened) => opened.conversation.id);
  assert.equal(new Set(ids).size, 3);
});

Deno.test("openConversation() goes on with a copy in memory where it cannot be stored", async () => {
  using database = openStore();
  await storeThree(database);
  database.exec(`
    CREATE TRIGGER fault BEFORE INSERT ON turns BEGIN SELECT raise(ABORT, 'told so'); END
  `);
  await using place = await accountPlace();
  const options = { resume: "b", fork: "" };
  await using opened = await open(place, { database, options });
  assert.equal(opened.kept, false);
  assert.equal(opened.history.turns.length, 2);
  assert.equal(
    opened.warning,
    "Cannot keep the copy of the conversation: told so",
  );
});

Deno.test("openConversation() goes by what the run that it waited for has left", async () => {
  using database = openStore();
  await storeThree(database);
  await using place = await accountPlace();
  const first = await place.host.lock(lockPath(place.host, "b"));
  const opening = open(place, { database, options: { resume: "b" } });
  await place.host.sleeps(200);
  place.host.wake(200);
  await place.host.sleeps(Infinity);
  assert.match(place.host.stderr(), /waiting for it to end/);
  database.exec("UPDATE conversations SET instructions = 'new' WHERE id = 'b'");
  database.exec("UPDATE turns SET hidden = 1 WHERE id = 3");
  await first[Symbol.asyncDispose]();
  await using opened = await opening;
  assert.equal(opened.conversation.instructions, "new");
  assert.equal(opened.history.turns.length, 1);
});

Deno.test("openConversation() says so where it was deleted meanwhile", async () => {
  using database = openStore();
  await storeThree(database);
  await using place = await accountPlace();
  const first = await place.host.lock(lockPath(place.host, "b"));
  const opening = open(place, { database, options: { resume: "b" } });
  await place.host.sleeps(200);
  place.host.wake(200);
  database.exec("DELETE FROM conversations WHERE id = 'b'");
  await first[Symbol.asyncDispose]();
  await assert.rejects(opening, /There is no conversation "b"/);
});

Deno.test("openConversation() reads, but does not lock, what nothing is to be written to", async () => {
  using database = openStore();
  await storeThree(database);
  await using place = await accountPlace();
  await using _ = await place.host.lock(lockPath(place.host, "b"));
  const cases = [
    { database, options: { resume: "b" }, keeps: false },
    { database, options: { resume: "b", "no-save": "" } },
  ];
  for (const given of cases) {
    await using opened = await open(place, given);
    assert.equal(opened.kept, false);
    assert.equal(opened.history.turns.length, 2);
  }
});

Deno.test("openConversation() begins a new one where the store cannot be read", async () => {
  using database = openStore();
  database.exec("DROP TABLE items; DROP TABLE turns; DROP TABLE conversations");
  await using place = await accountPlace();
  const options = { continue: "" };
  await using opened = await open(place, { database, options });
  assert.equal(opened.kept, false);
  assert.match(
    opened.warning ?? "",
    /^Cannot read the conversations: .+ not kept$/,
  );
  // Where a warning has told of the store already, this is but a note.
  for (
    const given of [{ database, keeps: false }, {
      database: undefined,
      keeps: false,
    }]
  ) {
    await using other = await open(place, { ...given, options });
    assert.equal(other.warning, undefined);
    assert.equal(other.kept, false);
  }
  assert.equal(
    place.host.stderr(),
    "note: The conversations cannot be read; beginning a new one\n".repeat(2),
  );
});

const MISUSED: readonly Options[] = [
  { continue: "", resume: "a" },
  { resume: "a", session: "b" },
  { continue: "", session: "b" },
  { fork: "" },
];

for (const options of MISUSED) {
  Deno.test(`openConversation() refuses ${Object.keys(options).join(" with ")}`, async () => {
    using database = openStore();
    await using place = await accountPlace();
    await assert.rejects(open(place, { database, options }), (error) => {
      assert.ok(error instanceof MekaError);
      return error.kind === "usage";
    });
  });
}

Deno.test("openConversation() works in a folder that was removed", async () => {
  using database = openStore();
  await using place = await accountPlace();
  const host = {
    ...place.host,
    interrupt: place.host.interrupt,
    cwd: () => {
      throw new Error("No such file or directory");
    },
  };
  const context = { ...place.context({ continue: "" }), host };
  await using opened = await openConversation(context, {
    access: { opened: { database, writable: true }, keeps: true },
    provider: "openai-api",
    model: "gpt-x",
    note: () => Promise.resolve(),
  });
  assert.equal(opened.conversation.folder, "");
});

Deno.test("takeLock() waits in silence for a moment, then says so", async () => {
  await using place = await accountPlace();
  const { host } = place;
  const notes: string[] = [];
  const options = {
    host,
    note: (message: string) => {
      notes.push(message);
      return Promise.resolve();
    },
  };
  const first = await takeLock("x", options);
  assert.deepEqual(notes, []);
  const second = takeLock("x", options);
  await host.sleeps(200);
  assert.deepEqual(notes, []);
  host.wake(200);
  await host.sleeps(Infinity);
  assert.equal(notes.length, 1);
  await first?.[Symbol.asyncDispose]();
  await (await second)?.[Symbol.asyncDispose]();
});

Deno.test("takeLock() ends with Ctrl-C, and leaves the lock to others", async () => {
  await using place = await accountPlace();
  const { host } = place;
  const note = (): Promise<void> => Promise.resolve();
  const reason = new MekaError("interrupted", "Interrupted");
  const first = await takeLock("x", { host, note });
  const second = takeLock("x", { host, note });
  await host.sleeps(200);
  host.abort(reason);
  await assert.rejects(second, reason);
  await first?.[Symbol.asyncDispose]();
  await using _ = await host.lock(lockPath(host, "x"));
});

Deno.test("takeLock() goes on where nothing can be locked", async () => {
  await using place = await accountPlace();
  const { host } = place;
  const broken = {
    ...host,
    interrupt: host.interrupt,
    lock: () => Promise.reject(new Error("Permission denied")),
  };
  const note = (): Promise<void> => Promise.resolve();
  assert.equal(await takeLock("x", { host: broken, note }), undefined);
});

/** "a", which has a name, "b", which was used last, and "c" of another folder. */
async function storeThree(database: Database): Promise<void> {
  await storeConversation(database, {
    id: "a",
    name: "notes",
    updatedAt: 1,
    turns: [{ items: [user("a1")], at: 1 }],
  });
  await storeConversation(database, {
    id: "b",
    updatedAt: 2,
    turns: [
      { items: [user("b1")], at: 5 },
      { items: [user("b2")], at: 7 },
    ],
  });
  insertConversation(
    database,
    conversation({ id: "c", folder: "/", updatedAt: 99_999 }),
  );
  assert.equal(findByName(database, "notes")?.id, "a");
}
