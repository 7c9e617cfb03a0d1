import assert from "node:assert/strict";
import { childEnv, runProgram } from "../src/deno_command.ts";
import type { ProgramCall, ProgramEnd } from "../src/host.ts";
import { keptText } from "../src/tools/kept_output.ts";

const onUnix = { ignore: Deno.build.os === "windows" };
const ENV = { PATH: Deno.env.get("PATH") ?? "" };
const SIGNAL = new AbortController().signal;

/** More than any of these programs takes, where it is not to be ended. */
const PATIENT_MS = 60_000;

function run(
  argv: ProgramCall["argv"],
  options: Partial<ProgramCall> = {},
): Promise<ProgramEnd> {
  return runProgram({
    argv,
    folder: "/tmp",
    timeoutMs: PATIENT_MS,
    keepBytes: 65_536,
    signal: SIGNAL,
    ...options,
  }, ENV);
}

function sh(
  line: string,
  options: Partial<ProgramCall> = {},
): Promise<ProgramEnd> {
  return run(["sh", "-c", line], options);
}

// the program, the options, its exit code, stdout, stderr
const PROGRAMS: readonly (readonly [
  ProgramCall["argv"],
  Partial<ProgramCall>,
  number,
  string,
  string,
])[] = [
  [["echo", "a  b", "$HOME"], {}, 0, "a  b $HOME\n", ""],
  [["true"], {}, 0, "", ""],
  [["pwd"], { folder: "/" }, 0, "/\n", ""],
  [["sh", "-c", "echo $PWD"], { folder: "/" }, 0, "/\n", ""],
  [["sh", "-c", "echo out; echo err >&2; exit 7"], {}, 7, "out\n", "err\n"],
  [["sh", "-c", "kill -9 $$"], {}, 137, "", ""],
  // Nothing, and the end of it.
  [["cat"], {}, 0, "", ""],
  [["cat"], { stdin: "given" }, 0, "given", ""],
  // It need not read what it is given.
  [["true"], { stdin: "x".repeat(1_000_000) }, 0, "", ""],
  // It has no terminal, wherever this runs.
  [["sh", "-c", "echo x 2>&- > /dev/tty || echo none"], {}, 0, "none\n", ""],
];

for (const [argv, options, code, stdout, stderr] of PROGRAMS) {
  Deno.test(`runProgram() runs ${argv.join(" ")}`, onUnix, async () => {
    const end = await run(argv, options);
    // A shell says in its own words that there is no terminal.
    const said = stdout === "none\n" ? "" : keptText(end.stderr);
    assert.deepEqual([end.code, keptText(end.stdout), said], [
      code,
      stdout,
      stderr,
    ]);
  });
}

Deno.test("runProgram() says that there is no such program", async () => {
  await assert.rejects(run(["no-such-program"]), {
    name: "Refusal",
    message: 'there is no program "no-such-program"',
  });
});

Deno.test(
  "runProgram() says that a file is no program",
  onUnix,
  () =>
    inFolder(async (folder) => {
      await Deno.writeTextFile(`${folder}/file`, "", { mode: 0o600 });
      await assert.rejects(run(["./file"], { folder }), {
        name: "Refusal",
        message: "the system does not permit it",
      });
    }),
);

Deno.test(
  "runProgram() lets go of a flood, and keeps both its ends",
  onUnix,
  async () => {
    const end = await sh("echo first; head -c 200000000 /dev/zero; echo last");
    assert.equal(end.code, 0);
    assert.ok(keptText(end.stdout).startsWith("first\n\0"));
    assert.ok(keptText(end.stdout).endsWith("\0last\n"));
    assert.equal(end.stdout.skipped, 200_000_011 - 65_536);
  },
);

/** Which of the processes whose ids a program wrote down still run, a little later. */
async function survivors(path: string): Promise<readonly string[]> {
  const pids = (await Deno.readTextFile(path)).trim().split("\n");
  let left: readonly string[] = pids;
  // One that has been killed may not have noticed yet.
  for (let looks = 0; looks < 100 && left.length > 0; looks++) {
    const args = ["-o", "stat=", "-p"];
    const states = await Promise.all(
      pids.map((pid) =>
        new Deno.Command("ps", { args: [...args, pid] }).output()
      ),
    );
    left = pids.filter((_, at) =>
      /^[^Z\s]/.test(new TextDecoder().decode(states[at]?.stdout))
    );
  }
  return left;
}

/** A folder, in which a program finds itself, with a FIFO named "ready". */
async function inFolder(
  work: (folder: string) => Promise<void>,
): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "meka-" });
  try {
    await new Deno.Command("mkfifo", { args: [`${folder}/ready`] }).output();
    await work(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** What starts a process that stays, and writes down its id. */
const STAY = "sh -c 'echo $$ >> pids; exec sleep 1000'";

const BEGUN = "while ! [ -s pids ]; do sleep 0.01; done";

// what is left behind, the line that does it
const LEAVINGS = [
  ["a process in the background", `${STAY} &`],
  ["one that holds no pipe", `${STAY} > /dev/null 2>&1 &`],
  ["one that ignores being asked", `trap '' TERM HUP; ${STAY} &`],
  [
    "one that has left the group and holds a pipe",
    `setsid ${STAY} &`,
  ],
] as const;

for (const [what, line] of LEAVINGS) {
  Deno.test(
    `runProgram() ends with a program what it leaves: ${what}`,
    onUnix,
    () =>
      inFolder(async (folder) => {
        const end = await sh(`${line}\n${BEGUN}; echo done`, { folder });
        assert.deepEqual([end.code, keptText(end.stdout)], [0, "done\n"]);
        assert.deepEqual(await survivors(`${folder}/pids`), []);
      }),
  );
}

/** It has begun when the FIFO was read. */
const WAIT = "echo > ready; sleep 1000";

// what it has started, the line that does it
const FAMILIES = [
  ["nothing else", "echo $$ >> pids"],
  ["children and their children", `(${STAY} & ${STAY}) & ${STAY} &`],
  [
    "what ignores being asked",
    `trap '' TERM HUP INT; echo $$ >> pids; ${STAY} &`,
  ],
  ["a pipeline", `${STAY} | ${STAY} | cat &`],
  ["a session of its own", `setsid ${STAY} &`],
  ["a daemon", `(setsid ${STAY} < /dev/null > /dev/null 2>&1 &)`],
] as const;

for (const [what, line] of FAMILIES) {
  const begin = `${line}\n${BEGUN}; ${WAIT}`;

  Deno.test(
    `runProgram() is interrupted with all of a program's family: ${what}`,
    onUnix,
    () =>
      inFolder(async (folder) => {
        const interrupt = new AbortController();
        const running = sh(begin, { folder, signal: interrupt.signal });
        // By another process, since to open a FIFO waits for the one who writes.
        await new Deno.Command("cat", { args: [`${folder}/ready`] }).output();
        interrupt.abort(new Error("Ctrl-C"));
        await assert.rejects(running, { message: "Ctrl-C" });
        assert.deepEqual(await survivors(`${folder}/pids`), []);
      }),
  );
}

Deno.test(
  "runProgram() ends a program when its time is over",
  onUnix,
  async () => {
    const end = await sh("echo before; sleep 1000", { timeoutMs: 100 });
    assert.deepEqual([end.code, keptText(end.stdout)], [undefined, "before\n"]);
  },
);

Deno.test(
  "runProgram() starts nothing after an interrupt",
  onUnix,
  async () => {
    const signal = AbortSignal.abort(new Error("Ctrl-C"));
    await assert.rejects(sh("exit", { signal }), { message: "Ctrl-C" });
  },
);

Deno.test("childEnv() tells of the environment as it was, without secrets", () => {
  const names = ["MEKA_TEST_A", "A_TEST_TOKEN", "A_TEST_PATH", "A_TEST_SET"];
  for (const name of names) Deno.env.set(name, "now");
  try {
    const env = childEnv(
      new Map([["A_TEST_PATH", "before"], ["A_TEST_SET", undefined]]),
    );
    assert.deepEqual(names.map((name) => env[name]), [
      undefined,
      undefined,
      "before",
      undefined,
    ]);
  } finally {
    for (const name of names) Deno.env.delete(name);
  }
});
