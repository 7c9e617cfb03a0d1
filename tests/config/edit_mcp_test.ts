import assert from "node:assert/strict";
import fc from "fast-check";
import { addServer, removeServer } from "../../src/config/edit_mcp.ts";
import { readConfig } from "../../src/config/schema.ts";
import type { McpTransport } from "../../src/config/tool_tables.ts";
import { MekaError } from "../../src/errors.ts";

const PATH = "/homes/me/config.toml";

const HERE: McpTransport = {
  type: "stdio",
  command: ["npx", "-y", "a b"],
  env: {},
  cwd: undefined,
};
const THERE: McpTransport = {
  type: "http",
  url: "https://a.example/mcp",
  headers: { Authorization: "Bearer ${KEY}" },
};

const ADDED = '[[mcp]]\nname = "a"\ncommand = ["npx", "-y", "a b"]\n';

// what, text, transport, result
const ADDITIONS: readonly (readonly [string, string, McpTransport, string])[] =
  [
    ["an empty file", "", HERE, ADDED],
    [
      "a file without servers",
      "# mine\n[provider]\nname='x' # it\n",
      HERE,
      `# mine\n[provider]\nname='x' # it\n\n${ADDED}`,
    ],
    [
      "a file without a last line's end",
      "[provider]",
      HERE,
      `[provider]\n\n${ADDED}`,
    ],
    [
      "a file with CRLF",
      "[provider]\r\n",
      HERE,
      `[provider]\r\n\r\n${ADDED.replaceAll("\n", "\r\n")}`,
    ],
    [
      "a file with servers",
      '[[mcp]]\nname = "b" # mine\nurl = "https://b"\n# end\n',
      HERE,
      `[[mcp]]\nname = "b" # mine\nurl = "https://b"\n# end\n\n${ADDED}`,
    ],
    [
      "variables",
      "",
      { ...HERE, env: { A: "1", B: '"\x7f' } },
      `${ADDED}env = { "A" = "1", "B" = "\\"\\u007f" }\n`,
    ],
    [
      "headers",
      "",
      THERE,
      '[[mcp]]\nname = "a"\nurl = "https://a.example/mcp"\nheaders = { "Authorization" = "Bearer ${KEY}" }\n',
    ],
  ];

for (const [what, text, transport, wanted] of ADDITIONS) {
  Deno.test(`addServer() adds to ${what}, and keeps what a person wrote`, async () => {
    const edited = await addServer(text, { name: "a", transport }, PATH);
    assert.equal(edited, wanted);
    // What ends a line at the end of the file stays, where there was none.
    const whole = text === "" || text.endsWith("\n") ? text : `${text}\n`;
    assert.equal(await removeServer(edited, "a", PATH), whole);
  });
}

const B = '[[mcp]]\nname = "b"\nurl = "https://b"\n';

// what, text, result
const REMOVALS: readonly (readonly [string, string, string | undefined])[] = [
  ["the only server", ADDED, ""],
  ["the first of two", `${ADDED}\n${B}`, `\n${B}`],
  ["the last of two", `${B}\n${ADDED}`, B],
  [
    "one between comments",
    `# top\n\n# about a\n${ADDED}# about b\n${B}`,
    `# top\n\n# about a\n# about b\n${B}`,
  ],
  [
    "one with comments in it",
    `[[mcp]] # x\n# y\nname = "a" # z\n# yy\nurl = "u" # zz\n# after\n`,
    "# after\n",
  ],
  [
    "one with tables in it",
    `${ADDED}[mcp.env]\nA = "1"\n[mcp.permissions]\nx = "read"\n\n${B}`,
    `\n${B}`,
  ],
  [
    "one whose tables stand apart",
    `${ADDED}\n[provider]\nname = "x"\n\n[mcp.env]\nA = "1"\n`,
    `\n[provider]\nname = "x"\n`,
  ],
  [
    "one with a command on lines of its own",
    '[[mcp]]\nname = "a"\ncommand = [\n  "x", # y\n]\n\n[provider]\n',
    "\n[provider]\n",
  ],
  ["one that is not there", B, undefined],
  ["one of a file without servers", "[provider]\n", undefined],
];

for (const [what, text, wanted] of REMOVALS) {
  Deno.test(`removeServer() removes ${what}, and keeps all else`, async () => {
    assert.equal(await removeServer(text, "a", PATH), wanted);
  });
}

const LIST = 'mcp = [{ name = "a", url = "https://a" }]\n';

Deno.test("addServer() and removeServer() refuse servers in a list, and say what would help", async () => {
  const refusal = { kind: "config", hint: /`\[\[mcp\]\]`/ };
  const server = { name: "c", transport: HERE };
  await assert.rejects(addServer(LIST, server, PATH), refusal);
  await assert.rejects(removeServer(LIST, "a", PATH), refusal);
});

Deno.test("addServer() refuses a broken file, and quotes no value", async () => {
  const broken = '[[mcp]]\nname = "SECRET\n';
  await assert.rejects(
    addServer(broken, { name: "a", transport: HERE }, PATH),
    (error) => {
      assert.ok(error instanceof MekaError);
      assert.match(error.message, /config.toml", line 2: /);
      assert.doesNotMatch(Deno.inspect(error), /SECRET/);
      return true;
    },
  );
});

Deno.test("removeServer() gives back what addServer() was given, and the config reads what it made", async () => {
  const name = fc.stringMatching(/^[A-Za-z0-9_-]{1,64}$/);
  const text = fc.string({ unit: "grapheme" })
    .filter((text) => !text.includes("\0"));
  const variable = fc.stringMatching(/^[A-Z_]{1,8}$/);
  const transport: fc.Arbitrary<McpTransport> = fc.record({
    type: fc.constant("stdio"),
    command: fc.tuple(text.filter((word) => word !== ""), text),
    env: fc.dictionary(variable, text),
    cwd: fc.constant(undefined),
  });
  const before = "# a\n[provider]\nname = 'openai-codex'\n# b\n\n# c\n";
  const property = fc.asyncProperty(
    name,
    transport,
    async (name, transport) => {
      const edited = await addServer(before, { name, transport }, PATH);
      const config = await readConfig(edited, {
        path: PATH,
        providers: ["openai-codex"],
      });
      assert.deepEqual(config.tools?.mcp.map((server) => server.name), [name]);
      const [read] = config.tools?.mcp ?? [];
      assert.deepEqual(
        structuredClone(read?.transport),
        structuredClone(transport),
      );
      assert.equal(await removeServer(edited, name, PATH), before);
    },
  );
  await fc.assert(property);
});
