import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { startStandin } from "../../scripts/standin/mod.ts";
import { PROMPT } from "../../scripts/standin/scenario.ts";
import type { Standin } from "../../scripts/standin/types.ts";
import {
  type Ended,
  type Home,
  makeHome,
  runMeka,
  signedInHome,
  signIn,
  startMeka,
} from "../support/meka.ts";
import { stepsInPool } from "../support/pool.ts";
import { assertNoSecret } from "../support/secrets.ts";
import { assertPlainStderr } from "../support/stderr.ts";

const POSIX = Deno.build.os !== "windows";

/** Root reads and writes whatever the modes say. */
const IS_ROOT = POSIX && await userId() === "0";

async function userId(): Promise<string> {
  const { stdout } = await new Deno.Command("id", { args: ["-u"] }).output();
  return new TextDecoder().decode(stdout).trim();
}

/** A state of the store in which no run can keep anything, and what a run without other credentials ends with. */
interface BadStore {
  readonly what: string;
  /** Brings the store of a signed-in person there; what it gives back is disposed after the runs. */
  readonly spoil: (
    home: Home,
  ) => Promise<Disposable | void> | Disposable | void;
  /** A line for the shell before each run. */
  readonly before?: string;
  /** The exit status when the store alone has credentials, and what stderr must then say. */
  readonly exit: number;
  readonly says: RegExp;
  readonly ignore?: boolean;
}

const BAD_STORES: readonly BadStore[] = [
  {
    what: "damaged from its first byte",
    spoil: ({ database }) =>
      Deno.writeTextFile(database, "no database\n".repeat(1000)),
    exit: 3,
    says: /meka setup/,
  },
  {
    what: "damaged after its head",
    spoil: async ({ database }) => {
      checkpoint(database);
      using file = await Deno.open(database, { read: true, write: true });
      const { size } = await file.stat();
      await file.seek(200, Deno.SeekMode.Start);
      await file.write(new Uint8Array(size - 200).fill(0xa5));
    },
    exit: 3,
    says: /meka setup/,
  },
  {
    what: "cut short",
    spoil: async ({ database }) => {
      checkpoint(database);
      await Deno.truncate(database, 3000);
    },
    exit: 3,
    says: /meka setup/,
  },
  {
    what: "a folder",
    spoil: async ({ database }) => {
      await removeDatabase(database);
      await Deno.mkdir(database);
    },
    exit: 3,
    says: /meka setup/,
  },
  {
    what: "of a newer version",
    spoil: ({ database }) => change(database, "PRAGMA user_version = 999"),
    exit: 1,
    says: /newer version/,
  },
  {
    what: "not to be read",
    ignore: !POSIX || IS_ROOT,
    spoil: ({ database }) => Deno.chmod(database, 0),
    exit: 3,
    says: /meka setup/,
  },
  {
    what: "in a folder that is a file",
    spoil: async ({ folder, database }) => {
      await removeDatabase(database);
      await Deno.remove(`${folder}/data`);
      await Deno.writeTextFile(`${folder}/data`, "");
    },
    exit: 3,
    says: /meka setup/,
  },
];

const BAD_BY_NAME = byName(BAD_STORES);

Deno.test("a store of no use is a warning with a token from the environment", (t) =>
  stepsInPool(t, BAD_BY_NAME, async ({ spoil }) => {
    await using standin = await startStandin();
    await using home = await signedInHome(standin);
    await spoil(home);
    const env = { OPENAI_CODEX_TOKEN: standin.grant().accessToken };
    const ended = await run(standin, home, { env });
    assert.equal(ended.code, 0, ended.stderr);
    assert.match(ended.stdout, /say hi/);
    assertPlainStderr(ended.stderr, 0);
    assert.match(ended.stderr, /^warning: .+\n$/, "not just one warning");
    assert.equal(standin.counts().responses, 1);

    // --json tells it in an event, too, and --quiet leaves it at that.
    const args = ["--quiet", "--json"];
    const quiet = await run(standin, home, { env, args });
    assert.equal(quiet.code, 0, quiet.stderr);
    assert.equal(quiet.stderr, "");
    const warnings = quiet.stdout.split("\n").filter((line) =>
      line.includes('"type":"warning"')
    );
    assert.equal(warnings.length, 1);
  }));

Deno.test("a store of no use is an error without one", (t) =>
  stepsInPool(t, BAD_BY_NAME, async ({ spoil, exit, says }) => {
    await using standin = await startStandin();
    await using home = await signedInHome(standin);
    await spoil(home);
    const { code, stdout, stderr } = await run(standin, home, {});
    assert.equal(code, exit, stderr);
    assert.equal(stdout, "");
    assertPlainStderr(stderr, exit);
    assert.match(stderr, says);
    assert.equal(standin.requests.length, 0);
  }));

/** A state in which the credentials can be read and nothing be written. */
interface StuckStore {
  readonly what: string;
  readonly spoil: (
    home: Home,
  ) => Promise<Disposable | void> | Disposable | void;
  readonly before?: string;
  readonly ignore?: boolean;
}

const STUCK_STORES: readonly StuckStore[] = [
  {
    what: "locked against writing",
    spoil: ({ database }) => {
      const holder = new DatabaseSync(database);
      holder.exec("BEGIN IMMEDIATE");
      return { [Symbol.dispose]: () => holder.close() };
    },
  },
  {
    what: "locked against reading",
    spoil: ({ database }) => {
      const holder = new DatabaseSync(database);
      holder.exec("PRAGMA locking_mode = EXCLUSIVE");
      holder.exec("BEGIN IMMEDIATE; CREATE TABLE held (x); COMMIT");
      return { [Symbol.dispose]: () => holder.close() };
    },
  },
  {
    what: "full",
    // The nearest thing to a full disk: no file may grow past a kilobyte or two.
    before: "trap '' XFSZ; ulimit -f 1",
    ignore: !POSIX,
    spoil: ({ database }) => checkpoint(database),
  },
  {
    what: "read-only",
    ignore: !POSIX || IS_ROOT,
    spoil: async ({ folder, database }) => {
      checkpoint(database);
      await Deno.chmod(database, 0o400);
      await Deno.chmod(`${folder}/data`, 0o500);
      return {
        [Symbol.dispose]: () => Deno.chmodSync(`${folder}/data`, 0o700),
      };
    },
  },
];

const STUCK_BY_NAME = byName(STUCK_STORES.flatMap((row) => [
  { ...row, lifetimeSeconds: 3600 },
  { ...row, lifetimeSeconds: 200, what: `${row.what}, and its token is due` },
]));

Deno.test("a store that cannot be written gives its token", (t) =>
  stepsInPool(t, STUCK_BY_NAME, async (row) => {
    await using standin = await startStandin();
    await using home = await makeHome();
    const { what, lifetimeSeconds, before = "" } = row;
    await signIn(home, standin.grant({ lifetimeSeconds }));
    using _ = await row.spoil(home) ?? { [Symbol.dispose]: () => {} };
    const { code, stdout, stderr } = await run(standin, home, { before });
    assert.equal(code, 0, stderr);
    assert.match(stdout, /say hi/);
    assertPlainStderr(stderr, 0);
    assert.match(stderr, /^warning: /m);
    // Without a place for the new pair the old one must not be spent; a full disk shows only when it is written.
    if (what.startsWith("full")) return;
    assert.equal(standin.counts().refreshes, 0);
  }));

Deno.test("a store of a newer version stays as it is", async () => {
  await using standin = await startStandin();
  await using home = await signedInHome(standin);
  change(home.database, "PRAGMA user_version = 999");
  checkpoint(home.database);
  const before = await Deno.readFile(home.database);
  const env = { OPENAI_CODEX_TOKEN: standin.grant().accessToken };
  await run(standin, home, { env });
  await run(standin, home, {});
  assert.deepEqual(await Deno.readFile(home.database), before);
});

Deno.test("a token from the environment is used as it is, with its own account", async () => {
  await using standin = await startStandin();
  await using home = await makeHome();
  const tokens = standin.grant({ accountId: "another-account" });
  const env = { OPENAI_CODEX_TOKEN: ` ${tokens.accessToken}\n` };
  const { code, stderr } = await run(standin, home, { env });
  assert.equal(code, 0, stderr);
  assert.equal(stderr, "");
  const [request] = standin.requests;
  assert.equal(request?.headers.get("chatgpt-account-id"), "another-account");
  assert.equal(
    request?.headers.get("authorization"),
    `Bearer ${tokens.accessToken}`,
  );
  assert.deepEqual(standin.violations, []);
  const bytes = new TextDecoder("latin1").decode(
    await Deno.readFile(home.database),
  );
  assertNoSecret(bytes, [tokens.accessToken], "the database");
});

Deno.test("a token from the environment comes before the stored one and leaves that alone", async () => {
  await using standin = await startStandin();
  await using home = await makeHome();
  await signIn(home, standin.grant({ lifetimeSeconds: -10 }));
  const env = { OPENAI_CODEX_TOKEN: standin.grant().accessToken };
  assert.equal((await run(standin, home, { env })).code, 0);
  assert.equal(standin.counts().refreshes, 0);
  // Empty means unset.
  const empty = await run(standin, home, { env: { OPENAI_CODEX_TOKEN: "" } });
  assert.equal(empty.code, 0, empty.stderr);
  assert.equal(standin.counts().refreshes, 1);
});

Deno.test("a token from the environment that has ended is not refreshed", async () => {
  await using standin = await startStandin();
  await using home = await signedInHome(standin);
  const { accessToken } = standin.grant({ lifetimeSeconds: -10 });
  const env = { OPENAI_CODEX_TOKEN: accessToken };
  const { code, stderr } = await run(standin, home, { env });
  assert.equal(code, 3);
  assertPlainStderr(stderr, 3);
  assert.match(stderr, /OPENAI_CODEX_TOKEN/);
  const { responses, refreshes } = standin.counts();
  assert.deepEqual([responses, refreshes], [1, 0]);
});

for (const token of ["two words", "ünï", "a\nb"]) {
  Deno.test(`OPENAI_CODEX_TOKEN=${JSON.stringify(token)} is told without repeating it`, async () => {
    await using standin = await startStandin();
    await using home = await makeHome();
    const env = { OPENAI_CODEX_TOKEN: token };
    const { code, stderr } = await run(standin, home, { env });
    assert.equal(code, 3, stderr);
    assert.match(stderr, /OPENAI_CODEX_TOKEN/);
    assert.ok(!stderr.includes(token));
    assert.equal(standin.requests.length, 0);
  });
}

Deno.test("a run without any sign-in says so", async () => {
  await using standin = await startStandin();
  await using home = await makeHome();
  const { code, stdout, stderr } = await run(standin, home, {});
  assert.equal(code, 3);
  assert.equal(stdout, "");
  assert.match(stderr, /^meka: Not signed in/);
  assert.match(stderr, /meka setup/);
  assert.equal(standin.requests.length, 0);
});

for (const umask of ["000", "022", "077", "777"]) {
  Deno.test({
    name:
      `folders are 0700 and files 0600 under the umask ${umask}, during the run as well`,
    ignore: !POSIX,
    fn: async () => {
      await using standin = await startStandin({
        scenario: "first_then_silence",
      });
      await using home = await makeHome();
      await using meka = startMeka({
        standin,
        home,
        args: [PROMPT],
        env: {
          OPENAI_CODEX_TOKEN: standin.grant().accessToken,
          MEKA_DATA_DIR: `${home.folder}/new/data`,
        },
        before: `umask ${umask}`,
      });
      await meka.stdout.until("first");
      await assertPrivate(`${home.folder}/new/data`);
      assert.equal(await modeOf(`${home.folder}/new`), 0o700);
      meka.kill("SIGINT");
      await meka.ended;
      await assertPrivate(`${home.folder}/new/data`);
    },
  });
}

Deno.test({
  name:
    "files that others could read are closed to them, before cookies are written",
  ignore: !POSIX,
  fn: async () => {
    await using standin = await startStandin({
      scenario: "first_then_silence",
    });
    await using home = await signedInHome(standin);
    // An open connection keeps the journals there.
    using holder = new DatabaseSync(home.database);
    holder.prepare("SELECT count(*) FROM oauth_tokens").get();
    for await (const { name } of Deno.readDir(`${home.folder}/data`)) {
      await Deno.chmod(`${home.folder}/data/${name}`, 0o644);
    }
    await using meka = startMeka({ standin, home, args: [PROMPT] });
    await meka.stdout.until("first");
    await assertPrivate(`${home.folder}/data`);
    meka.kill("SIGINT");
    await meka.ended;
  },
});

Deno.test("many processes open a new store at once", async () => {
  await using standin = await startStandin();
  await using home = await makeHome();
  standin.expectCookies(false);
  const env = { OPENAI_CODEX_TOKEN: standin.grant().accessToken };
  const ended = await Promise.all(
    Array.from({ length: 8 }, () => run(standin, home, { env })),
  );
  for (const { code, stderr } of ended) {
    assert.equal(code, 0, stderr);
    assert.equal(stderr, "");
  }
});

interface RunExtras {
  readonly env?: Readonly<Record<string, string>>;
  readonly before?: string;
  readonly args?: readonly string[];
}

function run(
  standin: Standin,
  home: Home,
  { args = [], ...extras }: RunExtras,
): Promise<Ended> {
  return runMeka({ standin, home, args: [...args, PROMPT], ...extras });
}

async function assertPrivate(folder: string): Promise<void> {
  assert.equal(await modeOf(folder), 0o700);
  const modes: [string, number][] = [];
  for await (const { name } of Deno.readDir(folder)) {
    modes.push([name, await modeOf(`${folder}/${name}`)]);
  }
  assert.ok(modes.some(([name]) => name === "sessions.db"));
  assert.deepEqual(modes, modes.map(([name]) => [name, 0o600]));
}

async function modeOf(path: string): Promise<number> {
  return ((await Deno.stat(path)).mode ?? 0) & 0o777;
}

function change(path: string, sql: string): void {
  using database = new DatabaseSync(path);
  database.exec(sql);
}

/** Brings everything from the journal into the one file. */
function checkpoint(path: string): void {
  change(path, "PRAGMA wal_checkpoint(TRUNCATE)");
}

async function removeDatabase(path: string): Promise<void> {
  checkpoint(path);
  for (const suffix of ["", "-wal", "-shm"]) {
    await Deno.remove(`${path}${suffix}`).catch(() => {});
  }
}

function byName<Row extends { what: string; ignore?: boolean }>(
  rows: readonly Row[],
): ReadonlyMap<string, Row> {
  const played = rows.filter(({ ignore }) => ignore !== true);
  return new Map(played.map((row) => [row.what, row]));
}
