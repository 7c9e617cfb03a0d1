import assert from "node:assert/strict";
import { startChatStandin } from "../../scripts/standin/chat/mod.ts";
import {
  CHAT_PROFILES,
  isProfileName,
} from "../../scripts/standin/chat/profiles.ts";
import { startStandin } from "../../scripts/standin/mod.ts";
import type { Standin } from "../../scripts/standin/types.ts";
import {
  type Ended,
  type Home,
  makeHome,
  type Meka,
  runMeka,
  signedInHome,
  startMeka,
  type StartOptions,
} from "../support/meka.ts";

// The loop of calls and results, with the real program, the real tools and a person's own ones.

/** Commands of the person's own, each with what goes wrong. */
const OWN_TOOLS = `
[[tools]]
name = "good"
description = "echoes its arguments"
parameters = { type = "object", properties = { n = { type = "integer" } } }
command = ["cat"]
permission = "read"

[[tools]]
name = "fails"
description = "fails"
command = ["sh", "-c", "echo partly; echo the reason >&2; exit 3"]
permission = "read"

[[tools]]
name = "hangs"
description = "takes too long"
command = ["sleep", "1000"]
permission = "read"
timeout = 1

[[tools]]
name = "floods"
description = "says 1 GB"
command = ["head", "-c", "1000000000", "/dev/zero"]
permission = "read"

[[tools]]
name = "forks"
description = "leaves children behind"
command = ["sh", "-c", "sleep 1000 & echo $! > child.pid; sh -c 'sleep 1000 & echo $! > grandchild.pid; wait' & echo $$ > own.pid; wait"]
permission = "read"
`;

interface Place extends AsyncDisposable {
  readonly home: Home;
  readonly folder: string;
  readonly standin: Standin;
  run(...args: readonly string[]): Promise<Ended>;
  start(options: Partial<StartOptions>): Meka;
}

/** A person who is signed in, with a project of two files and tools of their own. */
async function makePlace(): Promise<Place> {
  const standin = await startStandin();
  const home = await signedInHome(standin);
  const folder = await furnish(home);
  const options = { standin, home, before: `cd '${folder}'` };
  return {
    home,
    folder,
    standin,
    run: (...args) => runMeka({ ...options, args }),
    start: (more) => startMeka({ ...options, args: [], ...more }),
    [Symbol.asyncDispose]: async () => {
      await home[Symbol.asyncDispose]();
      await standin[Symbol.asyncDispose]();
    },
  };
}

async function furnish(home: Home): Promise<string> {
  const folder = `${home.folder}/project`;
  await Deno.mkdir(folder);
  await Deno.mkdir(`${home.folder}/config`, { recursive: true });
  await Deno.writeTextFile(home.config, OWN_TOOLS);
  await Deno.writeTextFile(`${folder}/a.txt`, "alpha\n");
  await Deno.writeTextFile(`${folder}/b.txt`, "beta\n");
  return folder;
}

function toolNames(body: Readonly<Record<string, unknown>>): string[] {
  const { tools } = body;
  return Array.isArray(tools) ? tools.map(({ name }) => String(name)) : [];
}

const BUILTIN_READ = ["read_file", "list_files", "search_files"];
const BUILTIN_WRITE = ["edit_file", "write_file", "run_command", "fetch_url"];
const OWN = ["good", "fails", "hangs", "floods", "forks"];

// the options, the tools that the model is told of
const LEVELS: readonly (readonly [readonly string[], readonly string[]])[] = [
  [[], []],
  [["--permission", "none"], []],
  [["--permission", "read"], [...BUILTIN_READ, ...OWN]],
  [["--permission", "ask"], [...BUILTIN_READ, ...BUILTIN_WRITE, ...OWN]],
  [["--permission", "write"], [...BUILTIN_READ, ...BUILTIN_WRITE, ...OWN]],
];

Deno.test("the model is told of the tools that the person permits", async (t) => {
  await using place = await makePlace();
  for (const [args, expected] of LEVELS) {
    await t.step(args.join(" ") || "no option", async () => {
      const before = place.standin.asked().length;
      const { code, stderr } = await place.run(...args, "hi");
      assert.equal(code, 0, stderr);
      const [asked, ...more] = place.standin.asked().slice(before);
      assert.equal(more.length, 0);
      const body = Object(asked?.body);
      assert.deepEqual(toolNames(body).toSorted(), expected.toSorted());
      const options = ["tools", "tool_choice", "parallel_tool_calls"];
      assert.deepEqual(
        options.filter((name) => Object.hasOwn(body, name)),
        expected.length === 0 ? [] : options,
      );
    });
  }
  assert.deepEqual(place.standin.violations, []);
});

// what is asked of the model, the answer
const PLAYED: readonly (readonly [string, string, RegExp])[] = [
  [
    "two calls beside each other",
    '[[call:read_file {"path":"a.txt"}]] [[call:read_file {"path":"b.txt"}]]',
    /^result of read_file: alpha\n+result of read_file: beta\n+$/,
  ],
  [
    "three rounds",
    '[[call:read_file {"path":"a.txt"}]] [[then]] [[call:list_files]] [[then]] [[call:good {"n":1}]]',
    /^result of read_file: alpha\n+result of list_files: a\.txt\nb\.txt\n+result of good: \{"n":1\}\n+$/,
  ],
  [
    "arguments that are no JSON",
    "[[call:read_file {oops]]",
    /^result of read_file: The arguments are not valid JSON/,
  ],
  [
    "arguments that do not fit",
    '[[call:good {"n":"one"}]]',
    /^result of good: The arguments do not fit the tool's schema: "\/n" must be an integer/,
  ],
  [
    "a tool that there is not",
    "[[call:no_such_tool]]",
    /^result of no_such_tool: There is no tool "no_such_tool"; there are: read_file/,
  ],
  [
    "a tool that is not permitted",
    '[[call:write_file {"path":"c.txt","content":"x"}]]',
    /^result of write_file: There is no tool "write_file"/,
  ],
  [
    "a tool that fails",
    "[[call:fails]]",
    /^result of fails: [^]*the reason/,
  ],
  [
    "a tool that hangs",
    "[[call:hangs]]",
    /^result of hangs: .*1 s/,
  ],
];

for (const [what, prompt, answer] of PLAYED) {
  Deno.test(`the model gets what came of ${what}, and answers`, async () => {
    await using place = await makePlace();
    const { code, stdout, stderr } = await place.run(
      "--permission",
      "read",
      prompt,
    );
    assert.equal(code, 0, stderr);
    assert.match(stdout, answer);
    assert.deepEqual(place.standin.violations, []);
    assert.deepEqual(
      (await Array.fromAsync(Deno.readDir(place.folder))).length,
      2,
    );
  });
}

Deno.test("a tool that says 1 GB costs neither memory nor the turn", async () => {
  await using place = await makePlace();
  const { code, stdout, stderr } = await place.run(
    "--permission",
    "read",
    "[[call:floods]]",
  );
  assert.equal(code, 0, stderr);
  assert.ok(stdout.length < 1_000_000, `${stdout.length} characters`);
});

Deno.test("--json tells of calls and of what they brought", async () => {
  await using place = await makePlace();
  const { code, stdout } = await place.run(
    "--permission",
    "read",
    "--json",
    '[[call:read_file {"path":"a.txt"}]] [[call:fails]]',
  );
  assert.equal(code, 0);
  const events = stdout.trimEnd().split("\n").map((line) => JSON.parse(line));
  const types = events.map(({ type }) => type).filter((type, at, all) =>
    type !== all[at - 1]
  );
  assert.deepEqual(
    types.filter((type) => type !== "reasoning" && type !== "limits"),
    ["start", "tool_call", "tool_result", "text", "usage", "done"],
  );
  const calls = events.filter(({ type }) => type === "tool_call");
  assert.deepEqual(calls.map(({ name }) => name), ["read_file", "fails"]);
  const results = events.filter(({ type }) => type === "tool_result");
  assert.deepEqual(results.map(({ id }) => id), calls.map(({ id }) => id));
  assert.equal(results[0].output.trimEnd(), "alpha");
  assert.deepEqual(results.map(({ error }) => error), [undefined, true]);
});

Deno.test("--quiet hides the lines of calls", async () => {
  await using place = await makePlace();
  const loud = await place.run("--permission", "read", "[[call:list_files]]");
  assert.match(
    loud.stderr,
    /^tool: list_files \{\}\ntool: list_files brought: /,
  );
  const quiet = await place.run(
    "-q",
    "--permission",
    "read",
    "[[call:list_files]]",
  );
  assert.equal(quiet.stderr, "");
  assert.equal(quiet.stdout, loud.stdout);
});

Deno.test("a model that never stops asking is stopped after --max-tool-rounds", async () => {
  await using place = await makePlace();
  const { code, stderr } = await place.run(
    "--permission",
    "read",
    "--max-tool-rounds",
    "3",
    "[[scenario:tools_endless]]",
  );
  assert.equal(code, 7, stderr);
  assert.match(stderr, /^meka: The model still asks for more after 3 rounds/m);
  assert.equal(place.standin.asked().length, 4);
});

Deno.test("a call that writes is refused where nobody can be asked, and the model is told so", async () => {
  await using place = await makePlace();
  const { code, stdout } = await place.run(
    "--permission",
    "ask",
    '[[call:write_file {"path":"c.txt","content":"x"}]]',
  );
  assert.equal(code, 0);
  assert.match(stdout, /^result of write_file: .*nobody can be asked/);
  await assert.rejects(Deno.stat(`${place.folder}/c.txt`));
});

Deno.test("what was called and brought is part of the conversation", async () => {
  await using place = await makePlace();
  await place.run(
    "--permission",
    "read",
    '[[call:read_file {"path":"a.txt"}]] [[call:list_files]]',
  );
  const { code, stdout, stderr } = await place.run(
    "-c",
    "[[scenario:history]]",
  );
  assert.equal(code, 0, stderr);
  assert.deepEqual(
    stdout.trimEnd().split("\n").filter((line) => /^\d+ /.test(line))
      .map((line) => line.split(" ")[1]),
    [
      "user",
      "reasoning",
      "call",
      "call",
      "output",
      "output",
      "assistant",
      "user",
    ],
  );
  assert.deepEqual(place.standin.violations, []);
});

for (
  const scenario of [
    "tools_five",
    "tools_reasoning",
    "tools_text",
    "tools_mixed",
    "tools_turn_state",
    "tools_cut_once",
    "tools_custom",
    "end_turn_false",
  ]
) {
  Deno.test(`the requests of ${scenario} are what the service wants`, async () => {
    await using place = await makePlace();
    const { code, stderr } = await place.run(
      "--permission",
      "read",
      `[[scenario:${scenario}]]`,
    );
    assert.equal(code, 0, stderr);
    assert.ok(place.standin.asked().length > 1);
    assert.deepEqual(place.standin.violations, []);
  });
}

for (const profile of Object.keys(CHAT_PROFILES).filter(isProfileName)) {
  Deno.test(`${profile} gets what its calls brought, and answers`, async () => {
    await using standin = await startChatStandin({ profile });
    await using home = await makeHome();
    const folder = await furnish(home);
    const { code, stdout, stderr } = await runMeka({
      home,
      before: `cd '${folder}'`,
      args: [
        "--permission",
        "read",
        '[[call:read_file {"path":"a.txt"}]] [[call:good {"n":2}]] [[then]] [[call:fails]]',
      ],
      env: {
        MEKA_PROVIDER: "openai-api",
        MEKA_BASE_URL: standin.baseUrl.href,
        MEKA_MODEL: standin.model,
        ...standin.key === undefined ? {} : { OPENAI_API_KEY: standin.key },
      },
    });
    assert.equal(code, 0, stderr);
    assert.match(stdout, /result of read_file: alpha/);
    assert.match(stdout, /result of good: \{"n":2\}/);
    assert.match(stdout, /result of fails: [^]*the reason/);
    assert.deepEqual(standin.violations, []);
  });
}

/** The tools that Ctrl-C meets. */
const INTERRUPTED = ["hangs", "floods", "forks"] as const;

for (const tool of INTERRUPTED) {
  Deno.test(`Ctrl-C ends the run in the middle of the tool that ${tool}`, async () => {
    await using place = await makePlace();
    const config = OWN_TOOLS.replace("timeout = 1\n", "")
      .replace('"1000000000"', '"999999999999999"');
    await Deno.writeTextFile(place.home.config, config);
    await using meka = place.start({
      args: ["--permission", "read", `[[call:${tool}]]`],
    });
    await meka.said(`tool: ${tool}`);
    const pids = tool === "forks" ? await readPids(place.folder) : [];
    meka.kill("SIGINT");
    assert.equal((await meka.ended).code, 130);
    for (const pid of pids) assert.ok(!isAlive(pid), `${pid} still runs`);
  });
}

/** Resolves once the tool has written all of them. */
async function readPids(folder: string): Promise<readonly number[]> {
  const names = ["own.pid", "child.pid", "grandchild.pid"];
  for (;;) {
    const texts = await Promise.all(
      names.map((name) =>
        Deno.readTextFile(`${folder}/${name}`).catch(() => "")
      ),
    );
    if (texts.every((text) => text.endsWith("\n"))) return texts.map(Number);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

/** A zombie that nobody has collected yet does not run. */
function isAlive(pid: number): boolean {
  try {
    const stat = Deno.readTextFileSync(`/proc/${pid}/stat`);
    return !/^\d+ \(.*\) [ZX]/.test(stat);
  } catch {
    return false;
  }
}

Deno.test("--search lets the service search, and says what for", async () => {
  await using place = await makePlace();
  const { code, stderr } = await place.run(
    "--search",
    "[[scenario:search_offered]]",
  );
  assert.equal(code, 0, stderr);
  assert.match(stderr, /^note: Searched the web: /m);
  const [asked] = place.standin.asked();
  assert.deepEqual(Object(asked?.body).tools, [{ type: "web_search" }]);
});
