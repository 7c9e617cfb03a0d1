import assert from "node:assert/strict";
import type { McpServerConfig } from "../../../src/config/tool_tables.ts";
import { childHost, serverCommand } from "../../support/child_host.ts";
import { handServer, openMcp } from "../../support/open_mcp.ts";
import { repositoryPath } from "../../support/program.ts";

const START_MS = 10_000;
const GRACE_MS = 500;

Deno.test("openServers() offers the tools of servers, and calls them", async () => {
  await using opened = await openMcp([handServer("fine")]);
  assert.deepEqual(opened.warnings, []);
  assert.deepEqual(
    opened.tools().map(({ name, level, origin }) => [
      name,
      level,
      origin,
    ]),
    [["mcp__s__echo", "read", "mcp s"], ["mcp__s__drop", "write", "mcp s"]],
  );
  assert.deepEqual(await opened.call("mcp__s__echo", { text: "hi" }), {
    output: 'echo: {"text":"hi"}',
    error: false,
  });
});

// how the server is, why it is not there
const ABSENT: readonly (readonly [string, string])[] = [
  ["dies at once", "it ended with status 3: cannot find the license"],
  ["is no server", "it did not start within 10 s"],
  ["never starts", "it did not start within 10 s"],
];

for (const [mode, why] of ABSENT) {
  Deno.test(`openServers() leaves out a server that ${mode}`, async () => {
    const host = childHost();
    if (why.includes("10 s")) host.hurry(START_MS);
    host.hurry(GRACE_MS);
    await using opened = await openMcp([handServer(mode)], host);
    assert.deepEqual(opened.tools(), []);
    assert.deepEqual(opened.warnings, [
      `The MCP server "s" is not there: ${why}`,
    ]);
  });
}

// what is wrong with the config, why the server is not there
const UNREACHABLE: readonly (readonly [
  string,
  McpServerConfig["transport"],
  RegExp,
])[] = [
  [
    "a program that there is not",
    {
      type: "stdio",
      command: ["meka-no-such-program"],
      env: {},
      cwd: undefined,
    },
    /^Cannot start "meka-no-such-program": there is no such program or folder$/,
  ],
  ["a folder that there is not", {
    type: "stdio",
    command: serverCommand("fine"),
    env: {},
    cwd: "/no/such/folder",
  }, /there is no such program or folder$/],
  ["a variable that is not set", {
    type: "stdio",
    command: serverCommand("fine"),
    env: { A: "x${NO_SUCH}" },
    cwd: undefined,
  }, /^the variable NO_SUCH is not set, which it needs$/],
];

for (const [what, transport, why] of UNREACHABLE) {
  Deno.test(`openServers() leaves out a server with ${what}, and no other`, async () => {
    const configs = [
      handServer("fine"),
      handServer("", { name: "bad", transport }),
    ];
    await using opened = await openMcp(configs);
    assert.equal(opened.tools().length, 2);
    const [warning = "", ...more] = opened.warnings;
    const start = 'The MCP server "bad" is not there: ';
    assert.ok(warning.startsWith(start), warning);
    assert.match(warning.slice(start.length), why);
    assert.deepEqual(more, []);
  });
}

// how the server is, what the model is told of a call
const CALLS: readonly (readonly [string, RegExp, boolean])[] = [
  [
    "dies in a call",
    /^The MCP server "s" failed: it ended with status 3: Error: out of luck$/,
    true,
  ],
  [
    "never answers",
    /^The MCP server "s" failed: it did not answer within 0\.2 s$/,
    true,
  ],
  [
    "floods one line",
    /^The MCP server "s" failed: it said far more than it was asked for$/,
    true,
  ],
  [
    "floods many lines",
    /^The MCP server "s" failed: it said far more than it was asked for$/,
    true,
  ],
  [
    "answers with an error",
    /^The MCP server "s" failed: it says: \[2Jno such thing$/,
    true,
  ],
  ["answers with nonsense", /^\[no content\]$/, false],
  [
    "answers without end",
    /^\[{9,}\n\[\d+ characters left out\]\n\]{9,}$/,
    false,
  ],
  [
    "tells lies",
    /^\[31mred\n\[content of the type "hologram", left out\]$/,
    false,
  ],
  ["writes beside its messages", /^echo: \{\}$/, false],
  ["does not end", /^echo: \{\}$/, false],
  ["starts others", /^echo: \{\}$/, false],
  ["says that its tools change, always", /^echo: \{\}$/, false],
];

for (const [mode, output, error] of CALLS) {
  Deno.test(`openServers() has a result of a server that ${mode}, and of the others`, async () => {
    const host = childHost();
    host.hurry(GRACE_MS);
    // Long enough for a flood to become one.
    const timeoutMs = mode === "never answers" ? 200 : 60_000;
    const configs = [
      handServer(mode, { timeoutMs }),
      handServer("fine", { name: "f" }),
    ];
    await using opened = await openMcp(configs, host);
    const [bad, fine] = await Promise.all([
      opened.call("mcp__s__echo"),
      opened.call("mcp__f__echo", { n: 1 }),
    ]);
    // Not all of it: a failure would print it.
    assert.match(bad.output.replace(/(.)\1{40,}/g, "$1".repeat(9)), output);
    assert.equal(bad.error, error);
    assert.deepEqual(fine, { output: 'echo: {"n":1}', error: false });
  });
}

Deno.test("openServers() starts a server that died anew, for later calls, three times", async () => {
  await using opened = await openMcp([handServer("dies in a call")]);
  const words = "Error: out of luck";
  for (let round = 0; round < 6; round++) {
    const { output } = await opened.call("mcp__s__drop");
    assert.ok(output.endsWith(`it ended with status 3: ${words}`), output);
  }
  assert.equal(opened.host.started, 4);
});

Deno.test("openServers() offers what a server can do, and warns of the rest", async () => {
  await using opened = await openMcp([handServer("tells lies")]);
  const tools = opened.tools();
  assert.deepEqual(
    tools.map(({ name, description }) => [name, description]),
    [
      ["mcp__s__echo", "Says it again"],
      ["mcp__s____2Jclear_", "]0;ownedBe nice"],
    ],
  );
  const start = 'The MCP server "s" has a tool';
  assert.deepEqual(opened.warnings, [
    `${start} "no schema" that cannot be used: its schema is no object, or too deep`,
    `${start} "broken" that cannot be used: its schema, at "/properties/a/type", cannot be "any"; allowed: null, boolean, object, array, number, string, integer`,
    `${start} "circle" that cannot be used: its schema refers to itself without end, by "#/properties/a"`,
  ]);
});

Deno.test("openServers() shows a call of a tool with the server's name for it, and what hides in it", async () => {
  await using opened = await openMcp([handServer("tells lies")]);
  const tool = opened.tool("mcp__s____2Jclear_");
  const shown = await tool.describe({ a: "\x1b[2J" }, opened.context());
  assert.equal(
    shown,
    'Call the tool "\\u001b[2Jclear\\u0007" of the MCP server "s" with\n{\n  "a": "\\u001b[2J"\n}',
  );
});

Deno.test("openServers() takes a person's word on a tool before the server's", async () => {
  const permissions = { echo: "write", drop: "none", nope: "read" } as const;
  await using opened = await openMcp([handServer("fine", { permissions })]);
  assert.deepEqual(
    opened.tools().map(({ name, level }) => [name, level]),
    [["mcp__s__echo", "write"]],
  );
  assert.deepEqual(opened.warnings, [
    'The MCP server "s" has no tool "nope", which its `permissions` name',
  ]);
});

Deno.test("openServers() needs no tools of a server", async () => {
  await using opened = await openMcp([handServer("has no tools")]);
  assert.deepEqual(opened.tools(), []);
  assert.deepEqual(opened.warnings, []);
});

Deno.test("openServers() stops asking a server that always has a next page", async () => {
  await using opened = await openMcp([handServer("always has a next page")]);
  // The same two on each of them.
  assert.equal(opened.tools().length, 2);
});

Deno.test("openServers() offers the tools that a server gains", async () => {
  await using opened = await openMcp([handServer("gains a tool")]);
  assert.equal(opened.tools().length, 2);
  await opened.call("mcp__s__echo");
  // The list comes before the result of whatever is called next.
  await opened.call("mcp__s__echo");
  assert.deepEqual(opened.tools().map(({ name }) => name), [
    "mcp__s__echo",
    "mcp__s__drop",
    "mcp__s__more",
  ]);
});

Deno.test("openServers() gives a server the variables that the config names, and no other secret", async () => {
  Deno.env.set("MEKA_TEST_TOKEN", "not for servers");
  try {
    const host = childHost({ TOKEN: "a-long-secret" });
    await using opened = await openMcp([
      handServer("", {
        transport: {
          type: "stdio",
          command: serverCommand("shows its environment"),
          env: { API_KEY: "Bearer ${TOKEN}", PLAIN: "$1" },
          cwd: undefined,
        },
      }),
    ], host);
    const { output } = await opened.call("mcp__s__echo");
    const env = JSON.parse(output);
    assert.equal(env.API_KEY, "Bearer a-long-secret");
    assert.equal(env.PLAIN, "$1");
    assert.equal(env.PATH, Deno.env.get("PATH"));
    assert.equal(env.MEKA_TEST_TOKEN, undefined);
    assert.ok(opened.hidden.includes("a-long-secret"));
    assert.ok(opened.hidden.includes("Bearer a-long-secret"));
  } finally {
    Deno.env.delete("MEKA_TEST_TOKEN");
  }
});

for (
  const mode of [
    "gains a tool",
    "does not end",
    "starts others",
    "starts one that leaves its group",
  ]
) {
  Deno.test(`openServers() leaves nothing behind of a server that ${mode}`, async () => {
    const host = childHost();
    host.hurry(GRACE_MS);
    const opened = await openMcp([handServer(mode)], host);
    assert.notEqual(await host.processes(), []);
    await opened[Symbol.asyncDispose]();
    assert.deepEqual(await host.processes(), []);
  });
}

Deno.test("openServers() ends with Ctrl-C, and leaves nothing behind", async () => {
  const host = childHost();
  host.hurry(GRACE_MS);
  const opening = openMcp([handServer("never starts")], host);
  const reason = new Error("Ctrl-C");
  host.abort(reason);
  await assert.rejects(opening, reason);
  assert.deepEqual(await host.processes(), []);
});

Deno.test("openServers() ends a call with Ctrl-C, by its reason", async () => {
  const host = childHost();
  await using opened = await openMcp([handServer("never answers")], host);
  const calling = opened.call("mcp__s__echo");
  const reason = new Error("Ctrl-C");
  host.abort(reason);
  await assert.rejects(calling, reason);
});

Deno.test("openServers() makes no code of schemas, neither the SDK's nor a server's", async () => {
  const script = repositoryPath("tests/support/count_code.ts");
  const { stdout } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "-q", "-A", "--no-prompt", script],
    stderr: "inherit",
  }).output();
  assert.equal(new TextDecoder().decode(stdout), "0\n");
});
