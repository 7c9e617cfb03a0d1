import assert from "node:assert/strict";
import type { FlagName } from "../../src/cli/flags.ts";
import {
  mcpAdd,
  mcpList,
  mcpRemove,
  mcpTools,
} from "../../src/commands/mcp.ts";
import type { Command, CommandContext } from "../../src/commands/context.ts";
import { childHost, serverCommand } from "../support/child_host.ts";
import { commandContext } from "../support/command_context.ts";
import { type MemoryHost, memoryHost } from "../support/memory_host.ts";

const PATH = "/config/config.toml";

const SERVERS = `# mine
[[mcp]]
name = "files" # here
command = ["npx", "-y", "server-files"]
env = { TOKEN = "SECRET-1" }

[[mcp]]
name = "far"
url = "https://far.example/mcp"
headers = { Authorization = "SECRET-2" }
enabled = false
timeout = 5
permissions = { drop = "none" }
`;

interface Run {
  readonly host: MemoryHost;
  readonly code: number;
  readonly config: string | undefined;
}

interface Given {
  readonly config?: string;
  readonly words?: readonly string[];
  readonly options?: CommandContext["options"];
  readonly terminal?: boolean;
}

async function run(
  command: Command,
  { config, words, options, terminal = false }: Given = {},
): Promise<Run> {
  const host = memoryHost({
    env: { MEKA_CONFIG_DIR: "/config" },
    files: config === undefined ? {} : { [PATH]: config },
    terminal,
  });
  const code = await command(commandContext(host, { words, options }));
  return { host, code, config: host.files.get(PATH) };
}

function given(
  ...options: readonly (readonly [FlagName, ...string[]])[]
): CommandContext["options"] {
  return new Map(options.map(([name, ...values]) => [name, values]));
}

Deno.test("mcpList() lists the servers, without their secrets", async () => {
  const { host, code } = await run(mcpList, { config: SERVERS });
  assert.equal(code, 0);
  assert.equal(
    host.stdout(),
    "files\tstdio\ton\tnpx -y server-files\nfar\thttp\toff\thttps://far.example/mcp\n",
  );
  const screen = await run(mcpList, { config: SERVERS, terminal: true });
  assert.equal(
    screen.host.stdout(),
    "NAME   TYPE   STATE  COMMAND OR URL\n" +
      "files  stdio  on     npx -y server-files\n" +
      "far    http   off    https://far.example/mcp\n",
  );
});

Deno.test("mcpList() --json tells all but the secrets", async () => {
  const options = given(["json", ""]);
  const { host } = await run(mcpList, { config: SERVERS, options });
  assert.doesNotMatch(host.stdout(), /SECRET/);
  assert.deepEqual(JSON.parse(host.stdout()), {
    servers: [{
      name: "files",
      enabled: true,
      type: "stdio",
      command: ["npx", "-y", "server-files"],
      env: ["TOKEN"],
      cwd: null,
      timeout: 60,
      permissions: {},
    }, {
      name: "far",
      enabled: false,
      type: "http",
      url: "https://far.example/mcp",
      headers: ["Authorization"],
      timeout: 5,
      permissions: { drop: "none" },
    }],
  });
});

Deno.test("mcpList() of no servers says what adds one", async () => {
  const { host } = await run(mcpList);
  assert.equal(host.stdout(), "");
  assert.equal(
    host.stderr(),
    "note: There are no MCP servers; `meka mcp add` adds one\n",
  );
  const json = await run(mcpList, {
    options: given(["json", ""], ["quiet", ""]),
  });
  assert.equal(json.host.stdout(), '{"servers":[]}\n');
  assert.equal(json.host.stderr(), "");
});

// what, words, options, what the config gains
const ADDED: readonly (readonly [
  string,
  readonly string[],
  CommandContext["options"],
  string,
])[] = [
  [
    "a command",
    ["a", "npx", "-y", "--x=1"],
    given(),
    'command = ["npx", "-y", "--x=1"]\n',
  ],
  [
    "a command with variables",
    ["a", "x"],
    given(["env", "A=1=2 ", "B="]),
    'command = ["x"]\nenv = { "A" = "1=2 ", "B" = "" }\n',
  ],
  [
    "a URL",
    ["a"],
    given(["url", "https://a.example/mcp"]),
    'url = "https://a.example/mcp"\n',
  ],
  [
    "a URL with headers",
    ["a"],
    given(["url", "http://127.0.0.1:1/"], ["header", "K: v: w", "X:y"]),
    'url = "http://127.0.0.1:1/"\nheaders = { "K" = "v: w", "X" = "y" }\n',
  ],
];

for (const [what, words, options, gained] of ADDED) {
  Deno.test(`mcpAdd() adds ${what}, and leaves the rest as it is`, async () => {
    const { host, code, config } = await run(mcpAdd, {
      config: SERVERS,
      words,
      options,
    });
    assert.equal(code, 0);
    assert.equal(config, `${SERVERS}\n[[mcp]]\nname = "a"\n${gained}`);
    assert.equal(
      host.stderr(),
      'note: The MCP server "a" is in the config; `meka mcp tools a` shows what it offers\n',
    );
    const removed = await run(mcpRemove, { config, words: ["a"] });
    assert.equal(removed.config, SERVERS);
    assert.equal(
      removed.host.stderr(),
      'note: The MCP server "a" is in the config no more\n',
    );
  });
}

Deno.test("mcpAdd() makes a config where there is none", async () => {
  const { config } = await run(mcpAdd, { words: ["a", "x"] });
  assert.equal(config, '[[mcp]]\nname = "a"\ncommand = ["x"]\n');
});

// what, the command, words, options, message
const REFUSED: readonly (readonly [
  string,
  Command,
  readonly string[],
  CommandContext["options"],
  string,
])[] = [
  [
    "no name",
    mcpAdd,
    [],
    given(),
    "`meka mcp add` needs a name for the server",
  ],
  [
    "neither a command nor a URL",
    mcpAdd,
    ["a"],
    given(),
    "What starts the server, or its `--url`, is missing",
  ],
  [
    "a command and a URL",
    mcpAdd,
    ["a", "x"],
    given(["url", "https://a"]),
    "A command cannot stand beside `--url`",
  ],
  [
    "variables for a URL",
    mcpAdd,
    ["a"],
    given(["url", "https://a"], ["env", "A=1"]),
    "`--env` cannot stand beside `--url`",
  ],
  [
    "headers for a command",
    mcpAdd,
    ["a", "x"],
    given(["header", "A: 1"]),
    "`--header` needs a server with `--url`",
  ],
  [
    "a header without a colon",
    mcpAdd,
    ["a"],
    given(["url", "https://a"], ["header", "SECRET"]),
    '`--header` must be a name, ":" and a value',
  ],
  [
    "a variable without a name",
    mcpAdd,
    ["a", "x"],
    given(["env", "=SECRET"]),
    '`--env` must be a name, "=" and a value',
  ],
  [
    "a name with a space",
    mcpAdd,
    ["a b", "x"],
    given(),
    'The server\'s name must be 1 to 64 letters, digits, "_" or "-"',
  ],
  [
    "a plain URL elsewhere",
    mcpAdd,
    ["a"],
    given(["url", "http://a.example"]),
    'The server\'s url would send your credentials unencrypted: "http://a.example"',
  ],
  [
    "a header that is none",
    mcpAdd,
    ["a"],
    given(["url", "https://a"], ["header", "a b: SECRET"]),
    "The server's headers holds a character that no header has",
  ],
  [
    "a name that is taken",
    mcpAdd,
    ["far", "x"],
    given(),
    'There is an MCP server "far" already',
  ],
  [
    "no name to remove",
    mcpRemove,
    [],
    given(),
    "`meka mcp remove` needs a server's name",
  ],
  [
    "an unknown name",
    mcpRemove,
    ["nope"],
    given(),
    'There is no MCP server "nope"',
  ],
  [
    "an unknown name",
    mcpTools,
    ["nope"],
    given(),
    'There is no MCP server "nope"',
  ],
];

for (const [what, command, words, options, message] of REFUSED) {
  Deno.test(`${command.name}() refuses ${what}, and changes nothing`, async () => {
    const host = memoryHost({
      env: { MEKA_CONFIG_DIR: "/config" },
      files: { [PATH]: SERVERS },
    });
    const context = commandContext(host, { words, options });
    await assert.rejects(command(context), { kind: "usage", message });
    assert.equal(host.files.get(PATH), SERVERS);
  });
}

function toml(name: string, mode: string): string {
  const command = JSON.stringify(serverCommand(mode));
  return `[[mcp]]\nname = "${name}"\ncommand = ${command}\n`;
}

async function runReal(
  config: string,
  words: readonly string[] = [],
): Promise<MemoryHost> {
  const host = memoryHost({
    env: { MEKA_CONFIG_DIR: "/config" },
    files: { [PATH]: config },
  });
  const { startChild, childEnv, sleep } = childHost();
  const real = { ...host, startChild, childEnv, sleep };
  await mcpTools(commandContext(real, { words }));
  return host;
}

Deno.test("mcpTools() lists what the servers offer, and warns of those that are not there", async () => {
  const config = `${toml("a", "fine")}${toml("b", "dies at once")}${
    toml("c", "dies at once")
  }enabled = false\n`;
  const host = await runReal(config);
  assert.equal(
    host.stdout(),
    "mcp__a__echo\tread\tmcp a\tSays it again\nmcp__a__drop\twrite\tmcp a\tDrops it\n",
  );
  assert.equal(
    host.stderr(),
    'warning: The MCP server "b" is not there: it ended with status 3: cannot find the license\n',
  );
});

Deno.test("mcpTools() of one server starts it alone, even if it is off", async () => {
  const config = `${toml("b", "dies at once")}${
    toml("a", "fine")
  }enabled = false\n`;
  const host = await runReal(config, ["a"]);
  assert.match(host.stdout(), /^mcp__a__echo\t/);
  assert.equal(host.stderr(), "");
});

Deno.test("mcpTools() of one server that is not there fails", async () => {
  await assert.rejects(runReal(toml("b", "dies at once"), ["b"]), {
    kind: "network",
    message:
      'The MCP server "b" is not there: it ended with status 3: cannot find the license',
  });
});
