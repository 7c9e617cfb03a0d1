import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { startStandin } from "../../scripts/standin/mod.ts";
import type { Standin } from "../../scripts/standin/types.ts";
import { lockPath } from "../../src/config/paths.ts";
import {
  type Ended,
  type Home,
  makeHome,
  runMeka,
  signedInHome,
  storedTokens,
} from "../support/meka.ts";
import { stepsInPool } from "../support/pool.ts";
import { assertNoSecret, secretsOf } from "../support/secrets.ts";
import { assertPlainStderr } from "../support/stderr.ts";
import { openStore, storeConversation, user } from "../support/store.ts";
import { hasTerminals, openTerminal } from "../support/terminal.ts";

const POSIX = Deno.build.os !== "windows";
const ID = "019aa000-0000-7000-8000-000000000001";

/** Runs `meka session …` without a service, which none of its verbs needs. */
async function session(
  home: Home,
  args: readonly string[],
  extras: { readonly input?: string; readonly before?: string } = {},
): Promise<Ended> {
  const ended = await runMeka({
    home,
    args: ["session", ...args],
    before: `cd '${home.folder}'`,
    ...extras,
  });
  assertPlainStderr(ended.stderr, ended.code);
  return ended;
}

/** One that must end well, and what it writes. */
async function sessionOutput(
  home: Home,
  args: readonly string[],
  input?: string,
): Promise<string> {
  const extras = input === undefined ? {} : { input };
  const { code, stdout, stderr } = await session(home, args, extras);
  assert.equal(code, 0, stderr);
  return stdout;
}

async function ask(
  standin: Standin,
  home: Home,
  args: readonly string[],
): Promise<void> {
  const before = `cd '${home.folder}'`;
  const { code, stderr } = await runMeka({ standin, home, args, before });
  assert.equal(code, 0, stderr);
}

/** The ids of all conversations, the newest first. */
async function idsIn(home: Home): Promise<string[]> {
  const { sessions } = JSON.parse(
    await sessionOutput(home, ["list", "--json"]),
  );
  return sessions.map(({ id }: { readonly id: string }) => id);
}

/** A home in which nobody is signed in, with one conversation. */
async function filledHome(turns = 1): Promise<Home> {
  const home = await makeHome();
  await Deno.mkdir(home.database.replace(/\/[^/]*$/, ""), { recursive: true });
  using database = openStore(home.database);
  await storeConversation(database, {
    id: ID,
    name: "mine",
    turns: Array.from(
      { length: turns },
      (_, at) => ({ items: [user(`qqsecret turn ${at}`)] as const }),
    ),
  });
  return home;
}

Deno.test("what was exported and imported is replayed as it was", async () => {
  await using standin = await startStandin({ scenario: "rich" });
  await using home = await signedInHome(standin);
  await ask(standin, home, ["first"]);
  await ask(standin, home, ["-c", "second"]);
  const [id = ""] = await idsIn(home);
  const exported = await sessionOutput(home, [
    "export",
    id,
    "--format",
    "json",
  ]);
  const copy = (await sessionOutput(home, ["import", "-"], exported)).trim();
  assert.notEqual(copy, id);
  await ask(standin, home, ["-r", id, "third"]);
  await ask(standin, home, ["-r", copy, "third"]);
  const [one, other] = standin.asked().slice(-2);
  assert.ok(one && other);
  assert.equal(one.input.length, 9);
  assert.deepEqual(other.input, one.input);
  assert.equal(other.request.headers.get("session-id"), copy);
  assert.deepEqual(standin.violations, []);
});

Deno.test("an export holds no credential and no account's id, in either format", async () => {
  await using standin = await startStandin({ scenario: "rich" });
  await using home = await signedInHome(standin);
  await ask(standin, home, ["first"]);
  const [id = ""] = await idsIn(home);
  const secrets = secretsOf(standin, home);
  secrets.add(storedTokens(home)?.accountId ?? "");
  assert.ok(secrets.size > 3 && !secrets.has(""));
  for (const format of ["markdown", "json"]) {
    const text = await sessionOutput(home, ["export", id, "--format", format]);
    assert.match(text, /first/);
    assertNoSecret(text, secrets, format);
  }
});

Deno.test("a turn is found by what was asked and answered, and gone once it is deleted", async () => {
  await using standin = await startStandin();
  await using home = await signedInHome(standin);
  await ask(standin, home, ["say xylophone please"]);
  const [id = ""] = await idsIn(home);
  const found = await sessionOutput(home, ["search", "XYLO"]);
  assert.ok(found.startsWith(`${id}\t`), found);
  const fork = (await sessionOutput(home, ["fork", id])).trim();
  assert.deepEqual(await idsIn(home), [fork, id]);
  const short = fork.slice(0, -1);
  await sessionOutput(home, ["rename", short, "the copy"]);
  assert.match(await sessionOutput(home, ["show", "the copy"]), /xylophone/);
  const gone = await session(home, ["delete", "the copy", id, "--yes"]);
  assert.equal(gone.code, 0, gone.stderr);
  assert.deepEqual(await idsIn(home), []);
  for (const file of [home.database, `${home.database}-wal`]) {
    const bytes = await Deno.readFile(file).catch(() => new Uint8Array());
    const text = new TextDecoder("latin1").decode(bytes);
    assert.ok(!text.includes("xylophone"), file);
  }
  // The sign-in is not touched.
  assert.ok(storedTokens(home)?.accessToken);
});

Deno.test("an export is a private file, and not put in the place of another one", async () => {
  await using home = await filledHome();
  await sessionOutput(home, ["export", "mine", "-o", "a.md"]);
  const path = `${home.folder}/a.md`;
  const text = await Deno.readTextFile(path);
  assert.match(text, /^# mine\n/);
  if (POSIX) {
    const { mode } = await Deno.stat(path);
    assert.equal((mode ?? 0) & 0o777, 0o600);
  }
  const again = await session(home, ["export", "mine", "-o", "a.md"]);
  assert.equal(again.code, 2);
  assert.equal(await Deno.readTextFile(path), text);
  await sessionOutput(home, ["export", "mine", "-o", path, "--force"]);
});

Deno.test("an export that does not fit on the disk leaves no half of a file", async () => {
  await using home = await filledHome(200);
  const { code, stderr } = await session(
    home,
    ["export", "mine", "-o", "a.md"],
    // The nearest thing to a full disk: no file may grow past a kilobyte or two.
    { before: `cd '${home.folder}'; trap '' XFSZ; ulimit -f 1` },
  );
  assert.equal(code, 1);
  assert.match(stderr, /^meka: Cannot write "a\.md": /m);
  const names = await Array.fromAsync(Deno.readDir(home.folder));
  assert.deepEqual(names.map(({ name }) => name).sort(), ["data"]);
});

Deno.test("an export is not put in the place of a device or a folder", async () => {
  await using home = await filledHome();
  for (const path of ["/dev/null", home.folder]) {
    const { code, stderr } = await session(home, [
      "export",
      "mine",
      "--force",
      "-o",
      path,
    ]);
    assert.equal(code, 1);
    assert.match(stderr, /no file that could be replaced$/m);
  }
});

/** Each verb with all that it needs. */
const VERBS: readonly (readonly string[])[] = [
  ["list"],
  ["show", "mine"],
  ["search", "qqsecret"],
  ["rename", "mine", "other"],
  ["fork", "mine"],
  ["export", "mine"],
  ["delete", "mine", "--yes"],
  ["delete", "--all", "--yes"],
];

/** Each verb with a name of its own. */
const VERBS_BY_NAME = new Map(VERBS.map((args) => [args.join(" "), args]));

Deno.test("without a store no verb makes one", (t) =>
  stepsInPool(t, VERBS_BY_NAME, async (args) => {
    await using home = await makeHome();
    const { code, stdout } = await session(home, args);
    assert.equal(code, args.includes("mine") ? 2 : 0);
    assert.equal(stdout, "");
    await assert.rejects(Deno.stat(home.database), Deno.errors.NotFound);
  }));

Deno.test("a damaged store is one sentence and exit 1 for each verb", (t) =>
  stepsInPool(t, VERBS_BY_NAME, async (args) => {
    await using home = await filledHome();
    await Deno.writeTextFile(home.database, "no database\n".repeat(1000));
    const { code, stdout, stderr } = await session(home, args);
    assert.equal(code, 1);
    assert.equal(stdout, "");
    assert.match(
      stderr,
      /^meka: Cannot use the conversations in ".*": it is damaged\n$/,
    );
  }));

Deno.test("a newer store is one sentence and exit 1 for each verb", (t) =>
  stepsInPool(t, VERBS_BY_NAME, async (args) => {
    await using home = await filledHome();
    using database = new DatabaseSync(home.database);
    database.exec("PRAGMA user_version = 999");
    const { code, stdout, stderr } = await session(home, args);
    assert.equal(code, 1);
    assert.equal(stdout, "");
    assert.match(stderr, /^meka: .*written by a newer version of meka\n/);
  }));

Deno.test("a store that cannot be written is read by each verb that only reads", (t) =>
  stepsInPool(
    t,
    new Map(
      [...VERBS_BY_NAME].filter(([name]) =>
        /^(?:list|show|search|export)/.test(name)
      ),
    ),
    async (args) => {
      await using home = await filledHome();
      const { code, stdout, stderr } = await session(home, args, {
        before: "trap '' XFSZ; ulimit -f 1",
      });
      assert.equal(code, 0, stderr);
      assert.match(stdout, /qqsecret/);
    },
  ));

Deno.test("an unknown verb names the nearest one, and no verb those there are", async () => {
  await using home = await makeHome();
  const unknown = await session(home, ["serach", "x"]);
  assert.equal(unknown.code, 2);
  assert.match(unknown.stderr, /The nearest is `session search`/);
  const none = await session(home, []);
  assert.equal(none.code, 2);
  assert.match(none.stderr, /`meka help session`/);
  const help = await session(home, ["--help"]);
  assert.equal(help.code, 0);
  assert.match(help.stdout, /^ {2}meka session delete ID/m);
});

Deno.test("a conversation that another run goes on with is not deleted", async () => {
  await using home = await filledHome();
  const place = {
    env: (name: string): string | undefined => home.env[name],
    machine: { os: Deno.build.os, release: "", arch: "" },
  };
  const path = lockPath(place, ID);
  using file = await Deno.open(path, { create: true, write: true });
  await file.lock(true);
  const { code, stderr } = await session(home, ["delete", "--all", "--yes"]);
  assert.equal(code, 1);
  assert.match(stderr, new RegExp(`^meka: Not deleted.*: ${ID}$`, "m"));
  assert.deepEqual(await idsIn(home), [ID]);
});

Deno.test("many searches at once, and a turn beside them, find and keep the same", async () => {
  await using standin = await startStandin();
  await using home = await signedInHome(standin);
  await ask(standin, home, ["begin"]);
  {
    using database = new DatabaseSync(home.database);
    await storeConversation(database, {
      id: ID,
      turns: Array.from(
        { length: 1000 },
        (_, at) => ({ items: [user(`qqsecret turn ${at}`)] as const }),
      ),
    });
  }
  const [turn, ...searches] = await Promise.all([
    runMeka({ standin, home, args: ["say qqother"] }),
    ...Array.from({ length: 6 }, () => session(home, ["search", "qqsecret"])),
  ]);
  assert.equal(turn?.code, 0);
  assert.equal(turn?.stderr, "");
  for (const { code, stdout, stderr } of searches) {
    assert.equal(code, 0, stderr);
    assert.match(stdout, new RegExp(`^${ID}\t.*\t1000\tqqsecret turn 999\n$`));
  }
  assert.match(await sessionOutput(home, ["search", "qqother"]), /qqother/);
});

Deno.test({
  name:
    "on a terminal there are tables with colors, and a question before anything is deleted",
  ignore: !hasTerminals(),
  fn: async () => {
    await using standin = await startStandin();
    await using home = await filledHome();
    const place = { home, standin, env: { TERM: "xterm", NO_COLOR: "" } };
    {
      await using list = openTerminal({ ...place, args: ["session", "list"] });
      assert.equal(await list.ended, 0);
      assert.match(
        list.screen(),
        /ID +TURNS +USED +MODEL +TITLE +FOLDER\r\n019aa000 /,
      );
    }
    {
      const args = ["session", "search", "qqsecret"];
      await using search = openTerminal({ ...place, args });
      assert.equal(await search.ended, 0);
      assert.ok(search.screen().includes("\x1b[1;31mqqsecret\x1b[0m turn 0"));
    }
    for (const [answer, left] of [["n", [ID]], ["y", []]] as const) {
      const args = ["session", "delete", "--all"];
      await using asking = openTerminal({ ...place, args });
      await asking.shows('Delete "mine" (1 turn) for good? [y/N] ');
      await asking.type(`${answer}\n`);
      assert.equal(await asking.ended, 0);
      assert.deepEqual(await idsIn(home), left);
    }
  },
});
