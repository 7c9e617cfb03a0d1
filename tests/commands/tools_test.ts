import assert from "node:assert/strict";
import type { CommandContext } from "../../src/commands/context.ts";
import { listTools, toolsList, toolsRun } from "../../src/commands/tools.ts";
import { childEnv, runProgram } from "../../src/deno_command.ts";
import { childHost, serverCommand } from "../support/child_host.ts";
import { commandContext } from "../support/command_context.ts";
import {
  type MemoryHost,
  memoryHost,
  type MemoryHostOptions,
} from "../support/memory_host.ts";

const JSON_OPTION: CommandContext["options"] = new Map([["json", [""]]]);
const YES: CommandContext["options"] = new Map([["yes", [""]]]);

const OWN = `[[tools]]
name = "say"
description = "Says it"
command = ["cat"]
permission = "read"
parameters = { properties = { n = { type = "integer" } }, required = ["n"] }

[[tools]]
name = "fail"
description = "Fails, and says why at length, so that a line of the screen cannot have it all"
command = ["sh", "-c", "echo oops >&2; exit 3"]

[[tools]]
name = "color"
description = "Says it in red"
command = ["printf", "\\\\033[31mred"]
permission = "read"
`;

interface Place {
  readonly host: MemoryHost;
  readonly context: (
    words?: readonly string[],
    options?: CommandContext["options"],
  ) => CommandContext;
}

function placeOf(config: string, options: MemoryHostOptions = {}): Place {
  const host = memoryHost({
    cwd: "/tmp",
    env: { MEKA_CONFIG_DIR: "/config", MEKA_DATA_DIR: "/data" },
    files: { "/config/config.toml": config },
    ...options,
  });
  const { startChild, sleep } = childHost();
  const env = childEnv(new Map());
  const real = {
    ...host,
    startChild,
    sleep,
    childEnv: () => Promise.resolve(env),
    runProgram: (call: Parameters<typeof runProgram>[0]) =>
      runProgram(call, env),
  };
  return {
    host,
    context: (words, options) => commandContext(real, { words, options }),
  };
}

Deno.test("toolsList() lists the config's tools after those that are built in", async () => {
  const { host, context } = placeOf(OWN);
  assert.equal(await toolsList(context()), 0);
  const rows = host.stdout().trimEnd().split("\n").map((row) =>
    row.split("\t")
  );
  assert.deepEqual(rows[0]?.slice(0, 3), ["read_file", "read", "built in"]);
  assert.deepEqual(rows.at(-3), ["say", "read", "config", "Says it"]);
  assert.equal(rows.at(-2)?.[1], "write");
  assert.match(rows.at(-2)?.[3] ?? "", /cannot have it all$/);
});

Deno.test("toolsList() on a terminal has a head, and the first words of each description", async () => {
  const { host, context } = placeOf(OWN, { terminal: true });
  await toolsList(context());
  const lines = host.stdout().split("\n");
  assert.match(lines[0] ?? "", /^TOOL +LEVEL +ORIGIN +DESCRIPTION$/);
  const fails = lines.find((line) => line.startsWith("fail ")) ?? "";
  assert.match(
    fails,
    /config +Fails, and says why at length, so that a line of the screen…$/,
  );
});

Deno.test("toolsList() --json tells the schemas, too", async () => {
  const { host, context } = placeOf(OWN);
  await toolsList(context([], JSON_OPTION));
  const { tools } = JSON.parse(host.stdout());
  const say = tools.find(({ name }: { name: string }) => name === "say");
  assert.deepEqual(say, {
    name: "say",
    level: "read",
    origin: "config",
    description: "Says it",
    parameters: {
      type: "object",
      properties: { n: { type: "integer" } },
      required: ["n"],
    },
  });
});

Deno.test("toolsList() warns of servers that are not there", async () => {
  const command = JSON.stringify(serverCommand("dies at once"));
  const config = `[[mcp]]\nname = "bad"\ncommand = ${command}\n`;
  const { host, context } = placeOf(config);
  assert.equal(await toolsList(context()), 0);
  assert.match(host.stderr(), /^warning: The MCP server "bad" is not there: /);
  assert.match(host.stdout(), /^read_file\t/);
});

Deno.test("listTools() lets no description drive the terminal or break the table", async () => {
  const tool = {
    name: "a",
    description: "one\x1b[2J\ttwo\nthree\u202e",
    parameters: {},
    level: "read",
    origin: "mcp x\x07",
    describe: () => Promise.resolve(""),
    run: () => Promise.resolve({ output: "", error: false }),
  } as const;
  for (const terminal of [true, false]) {
    const context = commandContext(memoryHost({ terminal }));
    const text = await listTools([tool], { json: false, context });
    // deno-lint-ignore no-control-regex -- what is looked for
    assert.doesNotMatch(text, /[\x00-\x08\x0b-\x1f\x7f-\x9f\u202e]/);
    assert.equal(text.trimEnd().split("\n").length, terminal ? 2 : 1);
  }
});

// what, words, options, exit status, stdout, stderr
const RUNS: readonly (readonly [
  string,
  readonly string[],
  CommandContext["options"],
  number,
  string,
  string,
])[] = [
  ["a tool that reads", ["say", '{"n":1}'], new Map(), 0, '{"n":1}\n', ""],
  [
    "a tool that reads, as JSON",
    ["say", '{"n":1}'],
    JSON_OPTION,
    0,
    '{"output":"{\\"n\\":1}\\n","images":[],"error":false}\n',
    "",
  ],
  [
    "a tool that fails",
    ["fail"],
    YES,
    1,
    "",
    "The tool failed with exit status 3:\noops\n",
  ],
  [
    "a tool that speaks in escape codes",
    ["color"],
    new Map(),
    0,
    "red\n",
    "",
  ],
];

for (const [what, words, options, code, stdout, stderr] of RUNS) {
  Deno.test(`toolsRun() runs ${what}`, async () => {
    const { host, context } = placeOf(OWN);
    assert.equal(await toolsRun(context(words, options)), code);
    assert.equal(host.stdout(), stdout);
    assert.equal(host.stderr(), stderr);
  });
}

Deno.test("toolsRun() starts a tool's own server and no other", async () => {
  const command = (mode: string): string => JSON.stringify(serverCommand(mode));
  const config = `[[mcp]]\nname = "a"\ncommand = ${
    command("fine")
  }\n[[mcp]]\nname = "b"\ncommand = ${command("dies at once")}\n`;
  const { host, context } = placeOf(config);
  const words = ["mcp__a__echo", '{"text":"hi"}'];
  assert.equal(await toolsRun(context(words)), 0);
  assert.equal(host.stdout(), 'echo: {"text":"hi"}\n');
  assert.equal(host.stderr(), "");
});

// what, words, message
const REFUSED: readonly (readonly [string, readonly string[], RegExp])[] = [
  ["no name", [], /^`meka tools run` needs the name of a tool$/],
  ["an unknown tool", ["nope"], /^There is no tool "nope"$/],
  ["what is no JSON", ["say", "{n:1}"], /^The arguments are not valid JSON$/],
  ["a list", ["say", "[1]"], /^The arguments must be a JSON object$/],
  [
    "what does not fit",
    ["say", '{"n":"1"}'],
    /^The arguments do not fit the tool's schema: "\/n" must be an integer, not a string$/,
  ],
  [
    "a tool that writes, where nobody can be asked",
    ["fail"],
    /^"fail" may change something, and nobody can be asked here$/,
  ],
];

for (const [what, words, message] of REFUSED) {
  Deno.test(`toolsRun() refuses ${what}`, async () => {
    const { context } = placeOf(OWN);
    await assert.rejects(toolsRun(context(words)), { kind: "usage", message });
  });
}

for (
  const [typed, code] of [["y", 1], ["yes", 1], ["n", 1], ["", 1]] as const
) {
  const runs = typed.startsWith("y");
  Deno.test(`toolsRun() ${runs ? "runs" : "does not run"} a tool that writes when a person types "${typed}"`, async () => {
    const { host, context } = placeOf(OWN, { terminal: true, typed: [typed] });
    assert.equal(await toolsRun(context(["fail"])), code);
    const [question = ""] = host.prompts;
    assert.match(
      question,
      /^Run the config's command, for at most 60 s:\nsh -c 'echo oops >&2; exit 3'\n/,
    );
    assert.match(question, /\n\nRun it\? \[y\/N\] $/);
    assert.equal(
      host.stderr(),
      runs
        ? "The tool failed with exit status 3:\noops\n"
        : "note: It was not run\n",
    );
  });
}
