import assert from "node:assert/strict";
import { sessionList } from "../../src/commands/session_list.ts";
import { widthOf } from "../../src/cells.ts";
import { hideLastTurn } from "../../src/store/history.ts";
import { accountPlace } from "../support/account_place.ts";
import {
  daysAgo,
  idOf,
  type SessionPlace,
  sessionPlace,
} from "../support/session_place.ts";
import { answer, storeConversation, user } from "../support/store.ts";

/** Three conversations, the newest of them begun elsewhere. */
async function fill({ database }: SessionPlace): Promise<void> {
  await storeConversation(database, {
    id: idOf(1),
    folder: "/home/me/src/meka",
    createdAt: daysAgo(9),
    updatedAt: daysAgo(8),
    turns: [
      { items: [user("why is\n\tit   slow?"), answer("because")] },
      { items: [user("thanks"), answer("welcome")] },
    ],
  });
  await storeConversation(database, {
    id: idOf(2),
    name: "release \u202enotes",
    parent: idOf(1),
    folder: "/pro\x1b[1mject",
    createdAt: daysAgo(1),
    updatedAt: daysAgo(1),
    turns: [{ items: [user("今天我们讨论会话模型".repeat(5)), answer("x")] }],
  });
  const picture = {
    type: "image",
    mediaType: "image/png",
    base64: btoa("x"),
  } as const;
  await storeConversation(database, {
    id: "019ab000-0000-7000-8000-000000000003",
    folder: "/home/me2",
    createdAt: daysAgo(0),
    updatedAt: daysAgo(0) + 5_000,
    turns: [{ items: [{ type: "user", parts: [picture] }] }],
  });
}

Deno.test("sessionList() writes every fact between tabs into a pipe, the newest first", async () => {
  await using place = await sessionPlace();
  await fill(place);
  assert.equal(await sessionList(place.context()), 0);
  const long = `${"今天我们讨论会话模型".repeat(5)}`;
  assert.equal(
    place.host.stdout(),
    "019ab000-0000-7000-8000-000000000003\t\t\t/home/me2\topenai-codex\tgpt-5\t1\t1800000000\t1800000005\t\n" +
      `${
        idOf(2)
      }\trelease notes\t${long}\t/pro[1mject\topenai-codex\tgpt-5\t1\t1799913600\t1799913600\t${
        idOf(1)
      }\n` +
      `${
        idOf(1)
      }\t\twhy is it slow?\t/home/me/src/meka\topenai-codex\tgpt-5\t2\t1799222400\t1799308800\t\n`,
  );
  assert.equal(place.host.stderr(), "");
});

Deno.test("sessionList() shows an aligned table on a terminal, with ids as short as can be", async () => {
  await using place = await sessionPlace({
    terminal: true,
    columns: 120,
    env: { HOME: "/home/me" },
  });
  await fill(place);
  await sessionList(place.context());
  assert.equal(
    place.host.stdout(),
    [
      "ID                                    TURNS  USED    MODEL  TITLE            FOLDER",
      "019ab000                              1      now     gpt-5  (a picture)      /home/me2",
      `${idOf(2)}  1      1 day   gpt-5  release notes    /pro[1mject`,
      `${idOf(1)}  2      8 days  gpt-5  why is it slow?  ~/src/meka`,
      "",
    ].join("\n"),
  );
});

for (const columns of [70, 80, 100, 150]) {
  Deno.test(`sessionList() keeps to ${columns} columns of a terminal, and uses them`, async () => {
    await using place = await sessionPlace({ terminal: true, columns });
    for (const [number, folder] of ["/tmp", "/very/long".repeat(9)].entries()) {
      await storeConversation(place.database, {
        id: `01${number}aa000-0000-7000-8000-000000000001`,
        updatedAt: daysAgo(3),
        folder,
        turns: [{
          items: [user("今天我们讨论会话模型".repeat(8))],
          at: daysAgo(3),
        }],
      });
    }
    await sessionList(place.context());
    const lines = place.host.stdout().trimEnd().split("\n");
    const widths = lines.map(widthOf);
    assert.ok(Math.max(...widths) <= columns, place.host.stdout());
    assert.ok(Math.max(...widths) >= columns - 1, place.host.stdout());
    assert.match(lines[1] ?? "", /今天我们.*… +…[/a-z]*\/long$/);
    assert.match(lines[2] ?? "", /今天我们.*… +\/tmp$/);
  });
}

Deno.test("sessionList() --json tells the same, and null for what there is not", async () => {
  await using place = await sessionPlace();
  await fill(place);
  await sessionList(place.context({ json: "", limit: "1" }));
  assert.deepEqual(JSON.parse(place.host.stdout()), {
    sessions: [{
      id: "019ab000-0000-7000-8000-000000000003",
      name: null,
      title: "",
      folder: "/home/me2",
      provider: "openai-codex",
      model: "gpt-5",
      turns: 1,
      created_at: 1_800_000_000,
      updated_at: 1_800_000_005,
      parent: null,
    }],
  });
});

Deno.test("sessionList() does not count what was taken back, nor name a conversation after it", async () => {
  await using place = await sessionPlace();
  const { database } = place;
  await storeConversation(database, {
    id: idOf(1),
    turns: [{ items: [user("first")] }, { items: [user("second")] }],
  });
  const [listed] = await listedIn(place);
  assert.deepEqual([listed?.title, listed?.turns], ["first", 2]);
  hideLastTurn(database, idOf(1));
  hideLastTurn(database, idOf(1));
  await storeConversation(database, { id: idOf(2), turns: [] });
  const all = await listedIn(place);
  assert.deepEqual(
    all.map(({ title, turns }) => [title, turns]),
    [["", 0], ["", 0]],
  );
});

async function listedIn(
  place: SessionPlace,
): Promise<readonly Readonly<Record<string, unknown>>[]> {
  place.host.written.length = 0;
  await sessionList(place.context({ json: "" }));
  return JSON.parse(place.host.stdout()).sessions;
}

Deno.test("sessionList() --here shows those that were begun in this folder", async () => {
  await using place = await sessionPlace({ cwd: "/home/me2" });
  await fill(place);
  await sessionList(place.context({ here: "" }));
  assert.match(place.host.stdout(), /^019ab000-\S+\t.*\n$/);
});

/** Twenty-five conversations, a second apart. */
async function fillMany({ database }: SessionPlace): Promise<void> {
  for (let number = 1; number <= 25; number++) {
    await storeConversation(database, {
      id: idOf(number),
      updatedAt: number * 1000,
      turns: [{ items: [user(`n${number}`)], at: number * 1000 }],
    });
  }
}

// terminal, options, how many are shown, what is said of the rest
const LIMITS = [
  [
    true,
    {},
    20,
    "note: These are the newest 20 of 25; `--all` shows the rest\n",
  ],
  [true, { quiet: "" }, 20, ""],
  [true, { all: "" }, 25, ""],
  [true, { limit: "3" }, 3, ""],
  [true, { limit: "100" }, 25, ""],
  [false, {}, 25, ""],
  [false, { limit: "3" }, 3, ""],
] as const;

for (const [terminal, options, shown, said] of LIMITS) {
  const where = terminal ? "on a terminal" : "in a pipe";
  Deno.test(`sessionList() ${JSON.stringify(options)} ${where} shows ${shown} of 25`, async () => {
    await using place = await sessionPlace({ terminal });
    await fillMany(place);
    await sessionList(place.context(options));
    const lines = place.host.stdout().split("\n").length - 1;
    assert.equal(lines, terminal ? shown + 1 : shown);
    assert.equal(place.host.stderr(), said);
  });
}

for (const limit of ["0", "-1", "x", "1.5", "1e3", "", "9999999999999999"]) {
  Deno.test(`sessionList() refuses --limit=${limit}`, async () => {
    await using place = await sessionPlace();
    await assert.rejects(sessionList(place.context({ limit })), {
      kind: "usage",
      message: `\`--limit\` must be a whole number above 0, not "${limit}"`,
    });
  });
}

Deno.test("sessionList() refuses --all beside --limit", async () => {
  await using place = await sessionPlace();
  const given = place.context({ all: "", limit: "1" });
  await assert.rejects(sessionList(given), { kind: "usage" });
});

Deno.test("sessionList() where nothing was ever stored says so, and makes no file", async () => {
  for (const options of [{}, { here: "" }]) {
    await using place = await accountPlace({ row: false });
    assert.equal(await sessionList(place.context(options)), 0);
    assert.equal(place.host.stdout(), "");
    assert.match(
      place.host.stderr(),
      /^note: There are no conversations(?: in this folder)? yet\n$/,
    );
    await assert.rejects(Deno.stat(place.path), Deno.errors.NotFound);
  }
});

Deno.test("sessionList() --json where nothing was ever stored is an empty list", async () => {
  await using place = await accountPlace({ row: false });
  await sessionList(place.context({ json: "", quiet: "" }));
  assert.equal(place.host.stdout(), '{"sessions":[]}\n');
  assert.equal(place.host.stderr(), "");
});

Deno.test("sessionList() of a damaged store is one sentence, exit 1", async () => {
  await using place = await accountPlace({ row: false });
  await Deno.writeTextFile(place.path, "no database\n".repeat(1000));
  await assert.rejects(sessionList(place.context()), {
    kind: "internal",
    exit: 1,
    message: `Cannot use the conversations in "${place.path}": it is damaged`,
  });
});

Deno.test("sessionList() of a newer store is one sentence, exit 1", async () => {
  await using place = await sessionPlace();
  place.database.exec("PRAGMA user_version = 999");
  await assert.rejects(sessionList(place.context()), {
    kind: "internal",
    message: /written by a newer version of meka$/,
  });
});

Deno.test("sessionList() of a store that is damaged further in is one sentence, too", async () => {
  await using place = await sessionPlace();
  place.database.exec("DROP TABLE items; DROP TABLE turns");
  await assert.rejects(sessionList(place.context()), {
    kind: "internal",
    message: /^Cannot use the conversations in ".*": no such table: /,
  });
});
