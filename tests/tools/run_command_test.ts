import assert from "node:assert/strict";
import type { ToolArguments } from "../../src/tools/tool.ts";
import { type ToolPlace, toolPlace } from "../support/tool_place.ts";

const onUnix = { ignore: Deno.build.os === "windows" };

async function place(): Promise<ToolPlace> {
  const made = await toolPlace();
  await made.put("root/src/a.txt", "a");
  return made;
}

// the arguments, the output, whether it is a failure
const RUNS: readonly (readonly [ToolArguments, string, boolean])[] = [
  [
    { command: ["echo", "a  b", "$HOME"] },
    "Exit code 0\nstdout:\na  b $HOME\n",
    false,
  ],
  [{ command: ["true"] }, "Exit code 0", false],
  [{ command: ["ls"], cwd: "src" }, "Exit code 0\nstdout:\na.txt\n", false],
  [{ command: ["ls", "src"] }, "Exit code 0\nstdout:\na.txt\n", false],
  [
    { command: ["echo a | tr a b"], shell: true },
    "Exit code 0\nstdout:\nb\n",
    false,
  ],
  [
    { command: ["echo a; echo b >&2; exit 3"], shell: true },
    "Exit code 3\nstdout:\na\n\nstderr:\nb\n",
    true,
  ],
  [
    { command: ["sleep 1000"], shell: true, "timeout_seconds": 1 },
    "Ended after 1 s, before it was done",
    true,
  ],
  [
    { command: ["printf '\\033[1mbold\\033[0m'"], shell: true },
    "Exit code 0\nstdout:\nbold",
    false,
  ],
  [
    { command: ["no-such-program"] },
    'Cannot run the command: there is no program "no-such-program"',
    true,
  ],
  [{ command: [""] }, "Cannot run the command: it names no program", true],
  [
    { command: ["a\0b"] },
    "Cannot run the command: it holds a NUL character",
    true,
  ],
  [
    { command: ["a", "b"], shell: true },
    'Cannot run the command: with "shell", command has one item: the whole line for the shell',
    true,
  ],
  [
    { command: ["ls"], cwd: "none" },
    "Cannot run the command: none is no folder",
    true,
  ],
  [
    { command: ["ls"], cwd: "src/a.txt" },
    "Cannot run the command: src/a.txt is no folder",
    true,
  ],
  [
    { command: ["ls"], cwd: ".." },
    "Cannot run the command: Cannot use the folder ..: it is outside the folders that are open to tools",
    true,
  ],
];

for (const [args, output, error] of RUNS) {
  Deno.test(`run_command answers ${JSON.stringify(args)}`, onUnix, async () => {
    await using made = await place();
    assert.deepEqual(await made.run("run_command", args), { output, error });
  });
}

Deno.test(
  "run_command keeps the beginning and the end of much output",
  onUnix,
  async () => {
    await using made = await place();
    const { output } = await made.run("run_command", {
      command: ["echo first; yes | head -c 1000000; echo last"],
      shell: true,
    });
    assert.ok(output.startsWith("Exit code 0\nstdout:\nfirst\ny\n"));
    assert.ok(output.endsWith("y\nlast\n"));
    assert.ok(output.includes(`\n[${1_000_011 - 32_768} bytes left out]\n`));
  },
);

Deno.test("run_command is interrupted", onUnix, async () => {
  const interrupt = new AbortController();
  await using made = await toolPlace({ signal: interrupt.signal });
  await new Deno.Command("mkfifo", { args: [`${made.root}/ready`] }).output();
  const running = made.run("run_command", {
    command: ["echo > ready; sleep 1000"],
    shell: true,
  });
  // By another process, since to open a FIFO waits for the one who writes.
  await new Deno.Command("cat", { args: [`${made.root}/ready`] }).output();
  interrupt.abort(new Error("Ctrl-C"));
  await assert.rejects(running, { message: "Ctrl-C" });
});

// the arguments, what a person is told
const DESCRIPTIONS: readonly (readonly [ToolArguments, string])[] = [
  [
    { command: ["git", "log", "-3"] },
    "Run, for at most 120 s:\ngit log -3",
  ],
  [
    { command: ["rm", "-rf", "a b", "c"], cwd: "src", "timeout_seconds": 5 },
    "Run in src, for at most 5 s:\nrm -rf 'a b' c",
  ],
  [
    { command: ["echo", "a; rm b", ""] },
    "Run, for at most 120 s:\necho 'a; rm b' ''",
  ],
  [
    { command: ["ls; rm *"], shell: true },
    "Run, for at most 120 s:\nsh -c 'ls; rm *'",
  ],
  [
    { command: ["a\nb", "\x1b[8m\u202e"] },
    "Run, for at most 120 s:\n$'a\\nb' $'\\x1b[8m\\u202e'",
  ],
];

for (const [args, text] of DESCRIPTIONS) {
  Deno.test(
    `run_command tells a person all of ${JSON.stringify(args)}`,
    onUnix,
    async () => {
      await using made = await place();
      assert.equal(await made.describe("run_command", args), text);
    },
  );
}

Deno.test("run_command has the shell of Windows read a line whole", async () => {
  await using made = await toolPlace();
  const { host } = made.context;
  const machine = { ...host.machine, os: "windows" };
  const context = { ...made.context, host: { ...host, machine } };
  const args = { command: ['echo "a b" | more'], shell: true };
  assert.equal(
    await made.tool("run_command").describe(args, context),
    `Run, for at most 120 s:\ncmd /d /s /c '"echo "a b" | more"'`,
  );
});
