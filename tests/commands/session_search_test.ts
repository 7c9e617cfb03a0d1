import assert from "node:assert/strict";
import { sessionSearch } from "../../src/commands/session_search.ts";
import { widthOf } from "../../src/cells.ts";
import { hideLastTurn } from "../../src/store/history.ts";
import { accountPlace } from "../support/account_place.ts";
import {
  daysAgo,
  idOf,
  type SessionPlace,
  sessionPlace,
} from "../support/session_place.ts";
import {
  answer,
  storeConversation,
  storeTurn,
  user,
} from "../support/store.ts";

async function fill({ database }: SessionPlace): Promise<void> {
  await storeConversation(database, {
    id: idOf(1),
    updatedAt: daysAgo(8),
    turns: [
      { items: [user("why is the build slow?"), answer("The Linker.")] },
      { items: [user("and now?"), answer("Use another linker, lld.")] },
    ],
  });
  await storeConversation(database, {
    id: idOf(2),
    folder: "/elsewhere",
    name: "notes",
    updatedAt: daysAgo(1),
    turns: [{ items: [user("what does a linker do?"), answer("It links.")] }],
  });
}

Deno.test("sessionSearch() writes a line for each conversation into a pipe, with all facts", async () => {
  await using place = await sessionPlace();
  await fill(place);
  assert.equal(await sessionSearch(place.context({}, ["LINKER"])), 0);
  const rows = place.host.stdout().trimEnd().split("\n")
    .map((line) => line.split("\t"));
  assert.deepEqual(rows.map((row) => [row[0], row.length, ...row.slice(10)]), [
    [idOf(2), 12, "1", "what does a linker do? It links."],
    [idOf(1), 12, "2", "and now? Use another linker, lld."],
  ]);
  assert.equal(place.host.stderr(), "");
});

Deno.test("sessionSearch() --json tells what a list tells, and the matches", async () => {
  await using place = await sessionPlace();
  await fill(place);
  // Only the last word may be the beginning of one.
  await sessionSearch(place.context({ json: "" }, ["link", "slow"]));
  assert.equal(place.host.stdout(), '{"sessions":[]}\n');
  place.host.written.length = 0;
  await sessionSearch(place.context({ json: "" }, ["slow", "link"]));
  const { sessions } = JSON.parse(place.host.stdout());
  assert.deepEqual(sessions, [{
    id: idOf(1),
    name: null,
    title: "why is the build slow?",
    folder: "/project",
    provider: "openai-codex",
    model: "gpt-5",
    turns: 2,
    created_at: 1,
    updated_at: 1_799_308_800,
    parent: null,
    matches: 1,
    snippet: "why is the build slow? The Linker.",
  }]);
});

// the environment, what stands around a match
const COLORS = [
  [{}, "\x1b[1;31mlinker\x1b[0m"],
  [{ NO_COLOR: "1" }, "linker"],
  [{ TERM: "dumb" }, "linker"],
] as const;

for (const [env, match] of COLORS) {
  Deno.test(`sessionSearch() shows a table on a terminal with ${JSON.stringify(env)}`, async () => {
    await using place = await sessionPlace({
      terminal: true,
      columns: 120,
      env,
    });
    await fill(place);
    await sessionSearch(place.context({}, ["linker"]));
    assert.equal(
      place.host.stdout(),
      [
        "ID                                    MATCHES  USED    TITLE                   TEXT",
        `${
          idOf(2)
        }  1        1 day   notes                   what does a ${match} do? It links.`,
        `${
          idOf(1)
        }  2        8 days  why is the build slow?  and now? Use another ${match}, lld.`,
        "",
      ].join("\n"),
    );
  });
}

for (const columns of [70, 80, 120]) {
  for (const filler of ["some words of a long text ", "今天我们讨论会话模型"]) {
    Deno.test(`sessionSearch() keeps to ${columns} columns of a terminal amid ${filler.slice(0, 4)}`, async () => {
      await using place = await sessionPlace({
        terminal: true,
        columns,
        env: { NO_COLOR: "1" },
      });
      const long = filler.repeat(20);
      await storeConversation(place.database, {
        id: idOf(1),
        turns: [{ items: [user(`${long} linker ${long}`)], at: daysAgo(3) }],
      });
      await sessionSearch(place.context({}, ["linker"]));
      const [, line = ""] = place.host.stdout().split("\n");
      assert.ok(widthOf(line) <= columns, line);
      assert.ok(widthOf(line) > columns - 25, line);
      assert.match(line, / {2}….* linker .*…$/);
    });
  }
}

Deno.test("sessionSearch() lets nothing that was said drive the screen", async () => {
  await using place = await sessionPlace({ terminal: true });
  await storeConversation(place.database, {
    id: idOf(1),
    turns: [{ items: [user("\x1b]0;evil\x07 \x1b[2J linker\x9b31m")] }],
  });
  await sessionSearch(place.context({}, ["linker"]));
  const [, line = ""] = place.host.stdout().split("\n");
  const shown = "  ]0;evil [2J \x1b[1;31mlinker\x1b[0m31m";
  assert.ok(line.endsWith(shown), line);
});

Deno.test("sessionSearch() --here leaves out what was said elsewhere", async () => {
  await using place = await sessionPlace();
  await fill(place);
  await sessionSearch(place.context({ here: "" }, ["linker"]));
  assert.match(place.host.stdout(), new RegExp(`^${idOf(1)}\t.*\n$`));
});

Deno.test("sessionSearch() --limit shows fewer, and says nothing of it", async () => {
  await using place = await sessionPlace();
  await fill(place);
  await sessionSearch(place.context({ limit: "1" }, ["linker"]));
  assert.match(place.host.stdout(), new RegExp(`^${idOf(2)}\t.*\n$`));
  assert.equal(place.host.stderr(), "");
});

Deno.test("sessionSearch() on a terminal shows 20, and says how many there are", async () => {
  await using place = await sessionPlace({ terminal: true });
  for (let number = 1; number <= 22; number++) {
    await storeConversation(place.database, {
      id: idOf(number),
      turns: [{ items: [user("linker")] }],
    });
  }
  await sessionSearch(place.context({}, ["linker"]));
  assert.equal(place.host.stdout().split("\n").length, 22);
  assert.equal(
    place.host.stderr(),
    "note: These are the newest 20 of 22; `--all` shows the rest\n",
  );
});

Deno.test("sessionSearch() leaves out what was taken back, unless --hidden is given", async () => {
  await using place = await sessionPlace();
  const { database } = place;
  await storeConversation(database, { id: idOf(1), turns: [] });
  await storeTurn(database, idOf(1), { items: [user("linker")] });
  hideLastTurn(database, idOf(1));
  await sessionSearch(place.context({}, ["linker"]));
  assert.equal(place.host.stdout(), "");
  await sessionSearch(place.context({ hidden: "" }, ["linker"]));
  assert.match(place.host.stdout(), new RegExp(`^${idOf(1)}\t`));
});

Deno.test("sessionSearch() without a match says so, exit 0", async () => {
  await using place = await sessionPlace();
  await fill(place);
  assert.equal(await sessionSearch(place.context({}, ["nobody"])), 0);
  assert.equal(place.host.stdout(), "");
  assert.equal(place.host.stderr(), "note: Nothing was found\n");
});

Deno.test("sessionSearch() where nothing was ever stored makes no file", async () => {
  await using place = await accountPlace({ row: false });
  assert.equal(await sessionSearch(place.context({}, ["x", "👍"])), 0);
  assert.equal(place.host.stderr(), "note: Nothing was found\n");
  await assert.rejects(Deno.stat(place.path), Deno.errors.NotFound);
});

for (const words of [[], [""], [" ", "\t"], ["\u0301"]]) {
  Deno.test(`sessionSearch() refuses ${JSON.stringify(words)}`, async () => {
    await using place = await sessionPlace();
    await assert.rejects(sessionSearch(place.context({}, words)), {
      kind: "usage",
    });
  });
}
