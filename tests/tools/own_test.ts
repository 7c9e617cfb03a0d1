import assert from "node:assert/strict";
import type { OwnToolConfig } from "../../src/config/tool_tables.ts";
import { childEnv, runProgram } from "../../src/deno_command.ts";
import type { KeptOutput, ProgramCall, ProgramEnd } from "../../src/host.ts";
import { ownTool } from "../../src/tools/own.ts";
import type { ToolContext } from "../../src/tools/tool.ts";
import { memoryHost } from "../support/memory_host.ts";

const CONFIG: OwnToolConfig = {
  name: "count",
  description: "Counts the lines of a file",
  parameters: {
    properties: { path: { type: "string" } },
    required: ["path"],
  },
  command: ["wc", "-l", "it's"],
  permission: "read",
  timeoutMs: 5_000,
};

function kept(text = "", skipped = 0, tail = ""): KeptOutput {
  const encode = (text: string): Uint8Array<ArrayBuffer> =>
    new TextEncoder().encode(text);
  return { head: encode(text), skipped, tail: encode(tail) };
}

function contextOf(
  run: (call: ProgramCall) => Promise<ProgramEnd>,
): ToolContext {
  return {
    host: { ...memoryHost(), runProgram: run },
    signal: new AbortController().signal,
    folders: ["/project"],
    forbidden: [],
    seen: new Map(),
  };
}

Deno.test("ownTool() tells the model what the config says", () => {
  const { name, description, parameters, level, origin } = ownTool(CONFIG);
  assert.deepEqual({ name, description, parameters, level, origin }, {
    name: "count",
    description: "Counts the lines of a file",
    parameters: {
      type: "object",
      properties: { path: { type: "string" } },
      required: ["path"],
    },
    level: "read",
    origin: "config",
  });
  const bare = ownTool({ ...CONFIG, parameters: {} });
  assert.deepEqual(bare.parameters, { type: "object", properties: {} });
});

Deno.test("ownTool() shows a person the whole command and what it is given", async () => {
  const context = contextOf(() => Promise.reject(new Error("not now")));
  assert.equal(
    await ownTool(CONFIG).describe({ path: "a\x1bb" }, context),
    "Run the config's command, for at most 5 s:\n" +
      String.raw`wc -l 'it'\''s'` + "\nwith this on its stdin:\n" +
      '{\n  "path": "a\\u001bb"\n}',
  );
});

Deno.test("ownTool() runs the command in the working folder, the arguments on its stdin", async () => {
  const calls: ProgramCall[] = [];
  const context = contextOf((call) => {
    calls.push(call);
    return Promise.resolve({ code: 0, stdout: kept("3\n"), stderr: kept() });
  });
  const result = await ownTool(CONFIG).run({ path: "a" }, context);
  assert.deepEqual(result, { output: "3\n", error: false });
  const [call] = calls;
  assert.deepEqual(call?.argv, ["wc", "-l", "it's"]);
  assert.equal(call?.folder, "/project");
  assert.equal(call?.stdin, '{"path":"a"}\n');
  assert.equal(call?.timeoutMs, 5_000);
  assert.equal(call?.signal, context.signal);
});

const EURO = new TextEncoder().encode("€");

// how the command ended, what the model is told
const ENDS: readonly (readonly [string, ProgramEnd, string, boolean])[] = [
  [
    "with nothing",
    { code: 0, stdout: kept(), stderr: kept("noise") },
    "[no output]",
    false,
  ],
  [
    "with escape codes",
    { code: 0, stdout: kept("\x1b[31mred\x07\x1b"), stderr: kept() },
    "red",
    false,
  ],
  [
    "with too much",
    { code: 0, stdout: kept("a", 7, "b"), stderr: kept() },
    "a\n[7 bytes left out]\nb",
    false,
  ],
  [
    "with a character on both sides",
    {
      code: 0,
      stdout: { head: EURO.slice(0, 1), skipped: 0, tail: EURO.slice(1) },
      stderr: kept(),
    },
    "€",
    false,
  ],
  [
    "in failure",
    { code: 2, stdout: kept("half"), stderr: kept("no such file\n") },
    "The tool failed with exit status 2:\nno such file",
    true,
  ],
  [
    "in failure without a word",
    { code: 1, stdout: kept(), stderr: kept() },
    "The tool failed with exit status 1",
    true,
  ],
  [
    "in failure told on stdout",
    { code: 1, stdout: kept("bad"), stderr: kept(" \n") },
    "The tool failed with exit status 1:\nbad",
    true,
  ],
  [
    "too late",
    { code: undefined, stdout: kept("half"), stderr: kept() },
    "The tool was stopped after 5 s, before it was done:\nhalf",
    true,
  ],
];

for (const [how, end, output, error] of ENDS) {
  Deno.test(`ownTool() has a result of a command that ends ${how}`, async () => {
    const context = contextOf(() => Promise.resolve(end));
    const result = await ownTool(CONFIG).run({}, context);
    assert.deepEqual(result, { output, error });
  });
}

Deno.test("ownTool() tells the end of a long complaint", async () => {
  const stderr = kept(`${"x".repeat(10_000)}the reason`);
  const context = contextOf(() =>
    Promise.resolve({ code: 1, stdout: kept(), stderr })
  );
  const { output } = await ownTool(CONFIG).run({}, context);
  assert.ok(output.endsWith("the reason"));
  assert.ok(output.length < 5_000);
});

// what the command is, what the model is told
const REAL: readonly (readonly [
  string,
  readonly [string, ...string[]],
  RegExp,
  boolean,
])[] = [
  ["reads its stdin", ["cat"], /^\{"path":"a"\}\n$/, false],
  ["reads none of it", ["true"], /^\[no output\]$/, false],
  [
    "fails",
    ["sh", "-c", "echo oops >&2; exit 3"],
    /^The tool failed with exit status 3:\noops$/,
    true,
  ],
  [
    "floods",
    ["sh", "-c", "yes | head -c 10000000"],
    /^(?:y\n)+\n\[\d+ bytes left out\]\n(?:y?\n)+/,
    false,
  ],
  [
    "is not there",
    ["meka-no-such-program"],
    /^Cannot run the tool "count": there is no program "meka-no-such-program"$/,
    true,
  ],
  [
    "hangs, with all that it starts",
    ["sh", "-c", "sleep 60 & sleep 60"],
    /^The tool was stopped after 0\.1 s, before it was done$/,
    true,
  ],
  [
    "looks for secrets",
    ["sh", "-c", 'echo "${MEKA_TEST_TOKEN-none}"'],
    /^none\n$/,
    false,
  ],
];

for (const [what, command, output, error] of REAL) {
  Deno.test(`ownTool() has a result of a real command that ${what}`, async () => {
    Deno.env.set("MEKA_TEST_TOKEN", "not for tools");
    try {
      const context = {
        ...contextOf((call) => runProgram(call, childEnv(new Map()))),
        folders: ["/tmp"],
      };
      const timeoutMs = what.startsWith("hangs") ? 100 : 60_000;
      const tool = ownTool({ ...CONFIG, command, timeoutMs });
      const result = await tool.run({ path: "a" }, context);
      assert.match(result.output, output);
      assert.equal(result.error, error);
    } finally {
      Deno.env.delete("MEKA_TEST_TOKEN");
    }
  });
}
