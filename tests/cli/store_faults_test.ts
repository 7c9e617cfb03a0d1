import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { startStandin } from "../../scripts/standin/mod.ts";
import type { Standin } from "../../scripts/standin/types.ts";
import {
  type Ended,
  type Home,
  runMeka,
  signedInHome,
} from "../support/meka.ts";
import {
  canMake,
  fullDisk,
  type Inside,
  readOnlyFolder,
} from "../support/namespace.ts";
import { stepsInPool } from "../support/pool.ts";
import { storedConversations } from "../support/stored.ts";
import { assertPlainStderr } from "../support/stderr.ts";

// What becomes of a conversation when the store fails: the answer comes all the same, with one warning.

/** A state of the store, and what can still be had from it. */
interface Fault {
  readonly what: string;
  /** Brings the store there; what it gives back is disposed after the run. */
  readonly spoil?: (
    home: Home,
  ) => Promise<Disposable | void> | Disposable | void;
  /** A line for the shell before the run. */
  readonly before?: string;
  readonly inside?: (home: Home) => Inside;
  /** The sign-in cannot be read: the token comes from the environment. */
  readonly given?: true;
  /** What was said before can still be read. */
  readonly reads?: true;
  readonly ignore?: boolean;
}

const POSIX = Deno.build.os !== "windows";

function worksHere(inside: (folder: string) => Inside): boolean {
  const folder = Deno.makeTempDirSync({ prefix: "meka-test-" });
  try {
    return canMake(inside(folder));
  } finally {
    Deno.removeSync(folder);
  }
}

const FAULTS: readonly Fault[] = [
  {
    what: "damaged from its first byte",
    given: true,
    spoil: ({ database }) =>
      Deno.writeTextFile(database, "no database\n".repeat(1000)),
  },
  {
    what: "damaged after its head",
    given: true,
    spoil: async ({ database }) => {
      using file = await Deno.open(database, { read: true, write: true });
      const { size } = await file.stat();
      await file.seek(200, Deno.SeekMode.Start);
      await file.write(new Uint8Array(size - 200).fill(0xa5));
    },
  },
  {
    what: "cut short",
    given: true,
    spoil: ({ database }) => Deno.truncate(database, 3000),
  },
  {
    what: "of a newer version",
    given: true,
    spoil: ({ database }) => change(database, "PRAGMA user_version = 999"),
  },
  {
    what: "without its conversations",
    spoil: ({ database }) =>
      change(
        database,
        "PRAGMA foreign_keys = OFF; DROP TABLE conversations; DROP TABLE turns",
      ),
  },
  {
    what: "without its items",
    spoil: ({ database }) => change(database, "DROP TABLE items"),
  },
  ...["conversations", "turns", "items"].map((table): Fault => ({
    what: `damaged where its ${table} are`,
    spoil: ({ database }) => overwrite(database, table),
  })),
  {
    what: "locked against writing",
    reads: true,
    spoil: ({ database }) => {
      const holder = new DatabaseSync(database);
      holder.exec("BEGIN IMMEDIATE");
      return { [Symbol.dispose]: () => holder.close() };
    },
  },
  {
    what: "locked against reading",
    reads: true,
    spoil: ({ database }) => {
      const holder = new DatabaseSync(database);
      holder.exec("PRAGMA locking_mode = EXCLUSIVE");
      holder.exec("BEGIN IMMEDIATE; CREATE TABLE held (x); COMMIT");
      return { [Symbol.dispose]: () => holder.close() };
    },
  },
  {
    what: "on a disk that takes no more bytes",
    reads: true,
    before: "trap '' XFSZ; ulimit -f 1",
    ignore: !POSIX,
  },
  {
    what: "on a full disk",
    reads: true,
    inside: ({ folder }) => fullDisk(`${folder}/data`),
    ignore: !worksHere(fullDisk),
  },
  {
    what: "in a folder that can only be read",
    reads: true,
    inside: ({ folder }) => readOnlyFolder(`${folder}/data`),
    ignore: !worksHere(readOnlyFolder),
  },
];

const CHOICES: readonly (readonly string[])[] = [
  [],
  ["-c"],
  ["-r", "0"],
  ["--session", "notes"],
  ["-c", "--fork"],
];

const PLAYED = FAULTS.filter(({ ignore }) => !ignore);

const ROWS = new Map(
  PLAYED.flatMap((fault) =>
    CHOICES.filter((choice) => fault.reads || choice[0] !== "-c").map((
      choice,
    ) =>
      [
        `${fault.what}, with ${choice.join(" ") || "no options"}`,
        { fault, choice },
      ] as const
    )
  ),
);

Deno.test("a store that fails costs an answer nothing but its keeping", (t) =>
  stepsInPool(t, ROWS, async ({ fault, choice }) => {
    await using standin = await startStandin({ scenario: "recall" });
    await using home = await signedInHome(standin);
    const first = await run(["--session", "notes", "first"], { standin, home });
    assert.equal(first.code, 0, first.stderr);
    prepare(fault, home);
    using _ = await fault.spoil?.(home) ?? { [Symbol.dispose]: () => {} };
    const inside = fault.inside?.(home);
    const { stdout, stderr, code } = await run([...choice, "second"], {
      standin,
      home,
      env: fault.given
        ? { OPENAI_CODEX_TOKEN: standin.grant().accessToken }
        : {},
      ...fault.before === undefined ? {} : { before: fault.before },
      ...inside === undefined ? {} : { inside },
    });
    assert.equal(code, 0, stderr);
    const reads = fault.reads && choice.length > 0;
    assert.equal(stdout, reads ? "1. first\n2. second\n" : "1. second\n");
    assertPlainStderr(stderr, 0);
    const warnings = stderr.match(/^warning: .+$/gm) ?? [];
    assert.equal(warnings.length, 1, stderr);
    assert.deepEqual(standin.violations, []);
  }));

const JSON_ROWS = new Map(
  PLAYED.map((fault) => [fault.what, { fault, choice: ["-c"] }]),
);

Deno.test("a store that fails is told of in one event", (t) =>
  stepsInPool(t, JSON_ROWS, async ({ fault, choice }) => {
    await using standin = await startStandin({ scenario: "recall" });
    await using home = await signedInHome(standin);
    await run(["first"], { standin, home });
    prepare(fault, home);
    using _ = await fault.spoil?.(home) ?? { [Symbol.dispose]: () => {} };
    const inside = fault.inside?.(home);
    const { stdout, stderr } = await run(
      ["--quiet", "--json", ...choice, "second"],
      {
        standin,
        home,
        env: fault.given
          ? { OPENAI_CODEX_TOKEN: standin.grant().accessToken }
          : {},
        ...fault.before === undefined ? {} : { before: fault.before },
        ...inside === undefined ? {} : { inside },
      },
    );
    assert.equal(stderr, "");
    const types = stdout.trimEnd().split("\n").map((line) =>
      JSON.parse(line).type
    );
    assert.equal(types[0], "start");
    assert.equal(types.at(-1), "done");
    assert.equal(types.filter((type) => type === "warning").length, 1, stdout);
  }));

Deno.test("a store that another run writes to for a while loses nothing", async () => {
  await using standin = await startStandin({ scenario: "recall" });
  await using home = await signedInHome(standin);
  await run(["first"], { standin, home });
  const holder = new DatabaseSync(home.database);
  holder.exec("BEGIN IMMEDIATE");
  const running = run(["-c", "second"], { standin, home });
  // The answer is asked for without what holds it, which then ends.
  await standin.until((all) => all.some(({ body }) => body.includes("second")));
  holder.close();
  const { stdout, stderr, code } = await running;
  assert.equal(code, 0, stderr);
  assert.equal(stdout, "1. first\n2. second\n");
  assert.doesNotMatch(stderr, /warning/);
  const [stored] = storedConversations(home);
  assert.deepEqual(
    stored?.turns.map(({ status }) => status),
    ["completed", "completed"],
  );
});

interface RunExtras {
  readonly standin: Standin;
  readonly home: Home;
  readonly env?: Readonly<Record<string, string>>;
  readonly before?: string;
  readonly inside?: Inside;
}

function run(
  args: readonly string[],
  { before = "", home, ...extras }: RunExtras,
): Promise<Ended> {
  const line = `cd '${home.folder}'; ${before}`;
  return runMeka({ ...extras, home, args, before: line });
}

/** What can be read is read with the journal that the run before has left; what is damaged is all in one file. */
function prepare({ reads }: Fault, { database }: Home): void {
  if (reads) assert.ok(Deno.statSync(`${database}-wal`).size > 0);
  else change(database, "PRAGMA wal_checkpoint(TRUNCATE)");
}

function change(path: string, sql: string): void {
  using database = new DatabaseSync(path);
  database.exec(sql);
}

/** Puts garbage in the place of a table's pages, and leaves the rest of the file alone. */
async function overwrite(path: string, table: string): Promise<void> {
  using database = new DatabaseSync(path);
  const pages = database.prepare("SELECT pageno FROM dbstat WHERE name = ?")
    .all(table).map(({ pageno }) => Number(pageno));
  const size = Number(
    database.prepare("PRAGMA page_size").get()?.page_size,
  );
  database.close();
  using file = await Deno.open(path, { read: true, write: true });
  for (const page of pages) {
    await file.seek((page - 1) * size, Deno.SeekMode.Start);
    await file.write(new Uint8Array(size).fill(0xa5));
  }
}
