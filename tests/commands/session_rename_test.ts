import assert from "node:assert/strict";
import { sessionFork } from "../../src/commands/session_fork.ts";
import { sessionRename } from "../../src/commands/session_rename.ts";
import { historyItems, readHistory } from "../../src/store/history.ts";
import { readListed } from "../../src/store/listed.ts";
import { accountPlace, NOW } from "../support/account_place.ts";
import {
  idOf,
  type SessionPlace,
  sessionPlace,
} from "../support/session_place.ts";
import { answer, storeConversation, user } from "../support/store.ts";

async function fill({ database }: SessionPlace): Promise<void> {
  await storeConversation(database, {
    id: idOf(1),
    folder: "/elsewhere",
    instructions: "Be terse.",
    turns: [{ items: [user("hi"), answer("hello")] }],
  });
  await storeConversation(database, { id: idOf(2), name: "two", turns: [] });
}

function nameOf({ database }: SessionPlace, number: number): unknown {
  return readListed(database, idOf(number))?.name;
}

Deno.test("sessionRename() gives a conversation a name, another one, the same one, and none", async () => {
  await using place = await sessionPlace();
  await fill(place);
  for (const name of ["one", "first", "first"]) {
    assert.equal(await sessionRename(place.context({}, [idOf(1), name])), 0);
    assert.equal(nameOf(place, 1), name);
  }
  assert.equal(await sessionRename(place.context({ clear: "" }, ["first"])), 0);
  assert.equal(nameOf(place, 1), undefined);
  assert.deepEqual(place.host.written, []);
});

Deno.test("sessionRename() refuses a name that another conversation has, and says which", async () => {
  await using place = await sessionPlace();
  await fill(place);
  await assert.rejects(sessionRename(place.context({}, [idOf(1), "two"])), {
    kind: "usage",
    message: `Another conversation has the name "two": ${idOf(2)}`,
  });
  assert.equal(nameOf(place, 1), undefined);
});

// the words, the options, the message
const WRONG = [
  [[], {}, /takes a conversation and its new name/],
  [[idOf(1)], {}, /takes a conversation and its new name/],
  [[idOf(1), "x"], { clear: "" }, /takes a conversation and its new name/],
  [[], { clear: "" }, /^Which conversation\?/],
  [[idOf(1), ""], {}, /name is 1 to 100 characters/],
  [[idOf(1), "a\nb"], {}, /name is 1 to 100 characters/],
  [[idOf(1), "x".repeat(101)], {}, /name is 1 to 100 characters/],
  [["none", "x"], {}, /^There is no conversation "none"$/],
] as const;

for (const [words, options, message] of WRONG) {
  Deno.test(`sessionRename() refuses ${JSON.stringify([words, options]).slice(0, 80)}`, async () => {
    await using place = await sessionPlace();
    await fill(place);
    await assert.rejects(sessionRename(place.context(options, words)), {
      kind: "usage",
      message,
    });
  });
}

Deno.test("sessionFork() copies a conversation and says the copy's id alone", async () => {
  await using place = await sessionPlace();
  await fill(place);
  const { database } = place;
  assert.equal(
    await sessionFork(place.context({ name: "copy" }, [idOf(1)])),
    0,
  );
  assert.match(place.host.stdout(), /^[0-9a-f-]{36}\n$/);
  assert.equal(place.host.stderr(), "");
  const id = place.host.stdout().trim();
  const copy = readListed(database, id);
  assert.deepEqual(
    [copy?.name, copy?.folder, copy?.instructions, copy?.parent],
    ["copy", "/elsewhere", "Be terse.", idOf(1)],
  );
  assert.deepEqual([copy?.createdAt, copy?.updatedAt], [NOW, NOW]);
  assert.deepEqual(
    historyItems(readHistory(database, id)),
    historyItems(readHistory(database, idOf(1))),
  );
});

Deno.test("sessionFork() without a name makes one without, and refuses one that is taken", async () => {
  await using place = await sessionPlace();
  await fill(place);
  await sessionFork(place.context({}, ["two"]));
  const id = place.host.stdout().trim();
  assert.equal(readListed(place.database, id)?.name, undefined);
  for (const [name, message] of [["two", /has the name "two"/], ["", /1 to/]]) {
    await assert.rejects(
      sessionFork(place.context({ name: String(name) }, [idOf(1)])),
      { kind: "usage", message },
    );
  }
  const rows = place.database.prepare("SELECT id FROM conversations").all();
  assert.equal(rows.length, 3);
});

for (
  const [verb, command] of [["fork", sessionFork], [
    "rename",
    sessionRename,
  ]] as const
) {
  const words = verb === "fork" ? [idOf(1)] : [idOf(1), "x"];

  Deno.test(`session ${verb} where nothing was ever stored finds nothing, and makes no file`, async () => {
    await using place = await accountPlace({ row: false });
    await assert.rejects(command(place.context({}, words)), {
      kind: "usage",
      message: `There is no conversation "${idOf(1)}"`,
    });
    await assert.rejects(Deno.stat(place.path), Deno.errors.NotFound);
  });

  Deno.test(`session ${verb} in a store that cannot be written is an error`, async () => {
    await using place = await sessionPlace();
    await fill(place);
    place.host.createPrivateFile = () => Promise.reject(new Error("EROFS"));
    await assert.rejects(command(place.context({}, words)), {
      kind: "internal",
      message: /^Cannot change the conversations: .* cannot be written$/,
    });
  });
}
