import assert from "node:assert/strict";
import fc from "fast-check";
import { stringify } from "smol-toml";
import { readConfig } from "../../src/config/schema.ts";
import type { ToolTables } from "../../src/config/tool_tables.ts";
import { MekaError } from "../../src/errors.ts";

const FILE = { path: "/c/config.toml", providers: ["openai-codex"] };

async function read(toml: string): Promise<ToolTables | undefined> {
  return (await readConfig(toml, FILE)).tools;
}

const OWN = `[[tools]]
name = "count"
description = "Counts the lines of a file"
command = ["wc", "-l"]
`;
const STDIO = '[[mcp]]\nname = "a"\ncommand = ["a"]\n';
const HTTP = '[[mcp]]\nname = "a"\nurl = "https://a.example/mcp"\n';

Deno.test("readConfig() reads a tool with what it may leave out", async () => {
  const tools = await read(OWN);
  assert.deepEqual(tools, {
    own: [{
      name: "count",
      description: "Counts the lines of a file",
      parameters: {},
      command: ["wc", "-l"],
      permission: "write",
      timeoutMs: 60_000,
    }],
    mcp: [],
  });
});

Deno.test("readConfig() reads a tool with all it may have", async () => {
  const tools = await read(`${OWN}permission = "read"
timeout = 1.5
[tools.parameters]
type = "object"
required = ["path"]
[tools.parameters.properties.path]
type = "string"
`);
  const [own] = tools?.own ?? [];
  assert.equal(own?.permission, "read");
  assert.equal(own?.timeoutMs, 1_500);
  assert.deepEqual(
    structuredClone(own?.parameters),
    {
      type: "object",
      required: ["path"],
      properties: { path: { type: "string" } },
    },
  );
});

Deno.test("readConfig() reads servers that are started and servers that are called", async () => {
  const tools = await read(`[[mcp]]
name = "files"
command = ["npx", "-y", "server"]
env = { TOKEN = "\${TOKEN}" }
cwd = "/project"
timeout = 5
enabled = false
permissions = { list = "read", "drop all" = "none" }

[[mcp]]
name = "far"
url = "http://127.0.0.1:8080/mcp"
[mcp.headers]
Authorization = "Bearer \${KEY}"
`);
  assert.deepEqual(tools, {
    own: [],
    mcp: [{
      name: "files",
      enabled: false,
      transport: {
        type: "stdio",
        command: ["npx", "-y", "server"],
        env: { TOKEN: "${TOKEN}" },
        cwd: "/project",
      },
      timeoutMs: 5_000,
      permissions: { list: "read", "drop all": "none" },
    }, {
      name: "far",
      enabled: true,
      transport: {
        type: "http",
        url: "http://127.0.0.1:8080/mcp",
        headers: { Authorization: "Bearer ${KEY}" },
      },
      timeoutMs: 60_000,
      permissions: {},
    }],
  });
});

const OWN_KEYS = "name, description, parameters, command, permission, timeout";
const MCP_KEYS =
  "name, command, env, cwd, url, headers, permissions, timeout, enabled";
const A_NAME = 'must be 1 to 64 letters, digits, "_" or "-"';
const AN_ARGV = "must be a list of words, the program first";
const SECONDS = "must be a number of seconds above 0, at most 86400";

// what, text, line, what is said
const BAD: readonly (readonly [string, string, number, string])[] = [
  [
    "one table for the tools",
    "\n[tools]\nx = 1",
    2,
    '"tools" must be tables: [[tools]]',
  ],
  ["a word for the servers", 'mcp = "a"', 1, '"mcp" must be tables: [[mcp]]'],
  [
    "words for the tools",
    'tools = ["a"]',
    1,
    '"tools" must be tables: [[tools]]',
  ],
  [
    "an unknown key of a tool",
    `${OWN}parms = 1`,
    5,
    `unknown key "tools.parms"; allowed are ${OWN_KEYS}`,
  ],
  [
    "an unknown key of the second tool",
    `${OWN}\n${OWN.replace("count", "b")}x = 1`,
    10,
    `unknown key "tools.x"; allowed are ${OWN_KEYS}`,
  ],
  [
    "an unknown key of a server",
    `${STDIO}args = []`,
    4,
    `unknown key "mcp.args"; allowed are ${MCP_KEYS}`,
  ],
  [
    "a method's name for a key",
    `${OWN}toString = 1`,
    5,
    `unknown key "tools.toString"; allowed are ${OWN_KEYS}`,
  ],
  [
    "a tool without a command",
    '\n[[tools]]\nname = "a"\ndescription = "b"',
    2,
    '"tools" needs "command"',
  ],
  [
    "a tool without a name",
    OWN.replace(/name.*/, ""),
    1,
    '"tools" needs "name"',
  ],
  [
    "a server without a name",
    "[[mcp]]\ncommand = ['a']",
    1,
    '"mcp" needs "name"',
  ],
  [
    "a server that is nowhere",
    "[[mcp]]\nname = 'a'",
    1,
    '"mcp" needs "command" or "url"',
  ],
  [
    "a server that is in two places",
    `${STDIO}url = "https://a"`,
    4,
    '"mcp.url" cannot stand beside "mcp.command"',
  ],
  [
    "headers for a program",
    `${STDIO}headers = {}`,
    4,
    '"mcp.headers" cannot stand beside "mcp.command"',
  ],
  [
    "an environment for a URL",
    `${HTTP}[mcp.env]\na = "b"`,
    4,
    '"mcp.env" cannot stand beside "mcp.url"',
  ],
  [
    "a name with a space",
    OWN.replace("count", "a b"),
    2,
    `"tools.name" ${A_NAME}`,
  ],
  [
    "a name that is too long",
    OWN.replace("count", "a".repeat(65)),
    2,
    `"tools.name" ${A_NAME}`,
  ],
  [
    "an empty name of a server",
    STDIO.replace('"a"', '""'),
    2,
    `"mcp.name" ${A_NAME}`,
  ],
  [
    "the name of a tool that is built in",
    OWN.replace("count", "read_file"),
    2,
    '"tools.name" cannot be "read_file": a tool of that name exists',
  ],
  [
    "the name of a server's tool",
    OWN.replace("count", "mcp__a__b"),
    2,
    '"tools.name" cannot begin with "mcp__"',
  ],
  [
    "two tools of one name",
    `${OWN}\n${OWN}`,
    7,
    '"tools.name" must not be "count" twice',
  ],
  [
    "two servers of one name",
    `${STDIO}${HTTP}`,
    5,
    '"mcp.name" must not be "a" twice',
  ],
  [
    "an empty description",
    OWN.replace("Counts the lines of a file", " "),
    3,
    '"tools.description" must be a text',
  ],
  [
    "a command in one string",
    OWN.replace('["wc", "-l"]', '"wc -l"'),
    4,
    `"tools.command" ${AN_ARGV}`,
  ],
  [
    "an empty command",
    OWN.replace('["wc", "-l"]', "[]"),
    4,
    `"tools.command" ${AN_ARGV}`,
  ],
  [
    "a number in a command",
    OWN.replace('"-l"', "1"),
    4,
    `"tools.command" ${AN_ARGV}`,
  ],
  [
    "an unknown permission",
    `${OWN}permission = "ask"`,
    5,
    '"tools.permission" must be one of: read, write',
  ],
  ["no time at all", `${OWN}timeout = 0`, 5, `"tools.timeout" ${SECONDS}`],
  ["endless time", `${OWN}timeout = inf`, 5, `"tools.timeout" ${SECONDS}`],
  [
    "a text for the time",
    `${STDIO}timeout = "5"`,
    4,
    `"mcp.timeout" ${SECONDS}`,
  ],
  [
    "a word for the switch",
    `${STDIO}enabled = "no"`,
    4,
    '"mcp.enabled" must be true or false',
  ],
  [
    "a list for the environment",
    `${STDIO}env = ["A=SECRET"]`,
    4,
    '"mcp.env" must be a table of names and texts',
  ],
  [
    "a number in the environment",
    `${STDIO}env = { A = 1 }`,
    4,
    '"mcp.env" must be a table of names and texts',
  ],
  [
    "a plain URL elsewhere",
    HTTP.replace("https:", "http:"),
    3,
    '"mcp.url" would send your credentials unencrypted: "http://a.example/mcp"',
  ],
  [
    "no URL",
    HTTP.replace("https://a.example/mcp", "a"),
    3,
    '"mcp.url" is not an http or https URL: "a"',
  ],
  [
    "a header's name with a space",
    `${HTTP}headers = { "a b" = "SECRET" }`,
    4,
    '"mcp.headers" holds a character that no header has',
  ],
  [
    "a header on two lines",
    `${HTTP}headers = { a = "SECRET\\r\\nb: c" }`,
    4,
    '"mcp.headers" holds a character that no header has',
  ],
  [
    "an unknown level",
    `${STDIO}[mcp.permissions]\na = "ask"`,
    4,
    '"mcp.permissions" must be a table of names of tools and one of: none, read, write',
  ],
  [
    "a text for the schema",
    `${OWN}parameters = "{}"`,
    5,
    '"tools.parameters" must be a JSON Schema',
  ],
  [
    "a schema of a text",
    `${OWN}parameters = { type = "string" }`,
    5,
    '"tools.parameters" must be a JSON Schema of the type "object"',
  ],
  [
    "a date in a schema",
    `${OWN}[tools.parameters.properties.a]\ndefault = 2026-01-01`,
    5,
    '"tools.parameters" holds a date or a number that JSON has not',
  ],
  [
    "a broken schema",
    `${OWN}[tools.parameters.properties.a]\ntype = "strng"`,
    5,
    '"tools.parameters", at "/properties/a/type", cannot be "strng"; allowed: null, boolean, object, array, number, string, integer',
  ],
  [
    "a schema elsewhere",
    `${OWN}parameters = { "$ref" = "https://a.example" }`,
    5,
    '"tools.parameters", at "/$ref", refers to "https://a.example", which is not in the schema; no other document is read',
  ],
];

for (const [what, toml, line, says] of BAD) {
  Deno.test(`readConfig() refuses ${what}`, async () => {
    await assert.rejects(read(toml), (error) => {
      assert.ok(error instanceof MekaError, `${error}`);
      assert.equal(error.kind, "config");
      assert.equal(error.message, `${FILE.path}:${line}: ${says}`);
      return true;
    });
  });
}

Deno.test("readConfig() gives tool tables, or an error that names the file, whatever they hold", async () => {
  const word = fc.constantFrom(
    ...["name", "command", "url", "env", "headers", "permissions", "timeout"],
    ...[
      "parameters",
      "description",
      "enabled",
      "cwd",
      "permission",
      "a",
      "read",
    ],
  );
  const { value } = fc.letrec<{ value: unknown }>((tie) => ({
    value: fc.oneof(
      { maxDepth: 3 },
      fc.oneof(word, fc.integer(), fc.boolean(), fc.string(), fc.date()),
      fc.array(tie("value"), { maxLength: 3 }),
      fc.dictionary(word, tie("value"), { maxKeys: 4 }),
    ),
  }));
  const tables = fc.array(fc.dictionary(word, value), { minLength: 1 });
  const property = fc.asyncProperty(tables, tables, async (tools, mcp) => {
    let toml: string;
    try {
      toml = stringify({ tools, mcp });
    } catch {
      return; // no TOML can say it
    }
    try {
      await read(toml);
    } catch (error) {
      assert.ok(error instanceof MekaError, `${error}`);
      assert.match(error.message, /^\/c\/config\.toml:\d+: /);
    }
  });
  await fc.assert(property, { numRuns: 500 });
});
