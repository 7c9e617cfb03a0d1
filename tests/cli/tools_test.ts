import assert from "node:assert/strict";
import { startStandin } from "../../scripts/standin/mod.ts";
import { referenceCommand, serverCommand } from "../support/child_host.ts";
import { delay } from "../support/delay.ts";
import {
  type Home,
  makeHome,
  runMeka,
  signedInHome,
  startMeka,
} from "../support/meka.ts";
import { processesWith } from "../support/processes.ts";

async function homeWith(config: string): Promise<Home> {
  const home = await makeHome();
  await Deno.mkdir(`${home.folder}/config`);
  await Deno.writeTextFile(home.config, config);
  return home;
}

function toml(name: string, command: readonly string[], more = ""): string {
  return `[[mcp]]\nname = "${name}"\ncommand = ${
    JSON.stringify(command)
  }\n${more}\n`;
}

Deno.test("meka mcp add, list, tools and remove keep a config, and the rest of it", async () => {
  await using home = await makeHome();
  const command = referenceCommand("@modelcontextprotocol/server-everything");
  const added = await runMeka({
    home,
    args: ["mcp", "add", "every", "--env", "A=1", "--", ...command],
  });
  assert.equal(added.code, 0, added.stderr);
  assert.equal((await Deno.stat(home.config)).mode! & 0o777, 0o600);
  const listed = await runMeka({ home, args: ["mcp"] });
  assert.equal(listed.stdout, `every\tstdio\ton\t${command.join(" ")}\n`);
  const tools = await runMeka({
    home,
    args: ["mcp", "tools", "every", "--json"],
  });
  assert.equal(tools.code, 0, tools.stderr);
  const names = JSON.parse(tools.stdout).tools
    .map(({ name }: { name: string }) => name);
  assert.ok(names.includes("mcp__every__echo"), tools.stdout);
  const args = ["mcp__every__echo", '{"message":"hi"}'];
  const run = await runMeka({ home, args: ["tools", "run", ...args] });
  assert.deepEqual([run.code, run.stdout, run.stderr], [0, "Echo: hi\n", ""]);
  await Deno.writeTextFile(home.config, "# mine\n", { append: true });
  const removed = await runMeka({
    home,
    args: ["mcp", "remove", "every", "-q"],
  });
  assert.deepEqual([removed.code, removed.stderr], [0, ""]);
  assert.equal(await Deno.readTextFile(home.config), "# mine\n");
});

Deno.test("meka tools run runs a person's own command, where it may", async () => {
  await using home = await homeWith(`[[tools]]
name = "shout"
description = "Says it louder"
command = ["tr", "a-z", "A-Z"]
parameters = { properties = { text = { type = "string" } } }
`);
  const call = ["tools", "run", "shout", '{"text":"hi"}'];
  const refused = await runMeka({ home, args: call });
  assert.equal(refused.code, 2);
  assert.match(
    refused.stderr,
    /^meka: "shout" may change something, and nobody can be asked here\nPass `--yes` to run it\n$/,
  );
  const run = await runMeka({ home, args: [...call, "--yes"] });
  assert.deepEqual([run.code, run.stdout], [0, '{"TEXT":"HI"}\n']);
  const misfit = await runMeka({
    home,
    args: ["tools", "run", "shout", '{"text":1}', "--yes"],
  });
  assert.equal(misfit.code, 2);
  assert.match(misfit.stderr, /"\/text" must be a string, not a number/);
});

Deno.test("meka tools run fails with the tool, and tells why on stderr", async () => {
  await using home = await homeWith(toml("s", serverCommand("dies in a call")));
  const { code, stdout, stderr } = await runMeka({
    home,
    args: ["tools", "run", "mcp__s__echo", '{"text":"a"}'],
  });
  assert.deepEqual([code, stdout], [1, ""]);
  assert.equal(
    stderr,
    'The MCP server "s" failed: it ended with status 3: Error: out of luck\n',
  );
});

Deno.test("a broken table of tools is a configuration error of every command that reads the config", async () => {
  const config =
    '[[tools]]\nname = "a"\ndescription = "A"\ncommand = "ls -l"\n';
  await using home = await homeWith(config);
  for (const args of [["tools"], ["mcp"], ["status"], ["-p", "hi"]]) {
    const { code, stdout, stderr } = await runMeka({ home, args });
    assert.deepEqual([code, stdout], [2, ""], args.join(" "));
    assert.ok(
      stderr.startsWith(
        `meka: ${home.config}:4: "tools.command" must be a list of words, the program first\n`,
      ),
      stderr,
    );
  }
});

for (const signal of ["SIGINT", "SIGTERM"] as const) {
  Deno.test(`meka ends with ${signal} in a call of a server, and takes along all that it started`, async () => {
    const id = crypto.randomUUID();
    const command = serverCommand("works without end");
    await using home = await homeWith(
      toml("s", command, `env = { MEKA_TEST = "${id}" }`),
    );
    await using meka = startMeka({
      home,
      args: ["tools", "run", "mcp__s__echo", '{"text":"a"}'],
    });
    // The call has come once there is what it starts.
    while ((await processesWith(`MEKA_WORK=${id}`)).length === 0) {
      await delay(20);
    }
    meka.kill(signal);
    const { code } = await meka.ended;
    assert.equal(code, signal === "SIGINT" ? 130 : 143, meka.stderr());
    assert.deepEqual(await processesWith(`MEKA_TEST=${id}`), []);
  });
}

const OWN = `[[tools]]
name = "shout"
description = "Says it louder"
command = ["tr", "a-z", "A-Z"]

`;

// what the model calls, how far it may go, the config, what it is told
const TURNS: readonly (readonly [string, string, string, string, string])[] = [
  [
    "a server's tool",
    'mcp__s__echo {"text":"hi"}',
    "read",
    "fine",
    'echo: {"text":"hi"}',
  ],
  [
    "a person's own tool",
    'shout {"text":"hi"}',
    "write",
    "fine",
    '{"TEXT":"HI"}',
  ],
  [
    "a tool that it is not offered",
    'shout {"text":"hi"}',
    "read",
    "fine",
    'There is no tool "shout"',
  ],
  [
    "a tool that dies",
    "mcp__s__drop {}",
    "write",
    "dies in a call",
    'The MCP server "s" failed: it ended with status 3',
  ],
  [
    "a tool with what does not fit",
    'mcp__s__echo {"text":1}',
    "read",
    "fine",
    '"/text" must be a string, not a number',
  ],
  [
    "a tool that lies",
    'mcp__s__echo {"text":"hi"}',
    "read",
    "tells lies",
    "[31mred",
  ],
];

for (const [what, call, permission, mode, told] of TURNS) {
  Deno.test(`a turn goes on when the model calls ${what}`, async () => {
    await using standin = await startStandin();
    await using home = await signedInHome(standin);
    await Deno.mkdir(`${home.folder}/config`);
    await Deno.writeTextFile(home.config, OWN + toml("s", serverCommand(mode)));
    const { code, stdout, stderr } = await runMeka({
      standin,
      home,
      args: ["--permission", permission, `[[call:${call}]]`],
    });
    assert.equal(code, 0, stderr);
    assert.ok(stdout.includes(told), stdout);
    // deno-lint-ignore no-control-regex -- what is looked for
    assert.doesNotMatch(stderr, /[\x00-\x08\x0b-\x1f\x7f-\x9f]/);
    assert.deepEqual(standin.violations, []);
  });
}

Deno.test("a turn without --permission starts no server", async () => {
  await using standin = await startStandin();
  await using home = await signedInHome(standin);
  await Deno.mkdir(`${home.folder}/config`);
  const mark = `${home.folder}/started`;
  await Deno.writeTextFile(home.config, toml("s", ["touch", mark]));
  const { code, stderr } = await runMeka({ standin, home, args: ["hi"] });
  assert.deepEqual([code, stderr], [0, ""]);
  await assert.rejects(Deno.stat(mark), Deno.errors.NotFound);
  // It would have been there, had it been asked for.
  await runMeka({ standin, home, args: ["--permission", "read", "hi"] });
  assert.ok((await Deno.stat(mark)).isFile);
});
