import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { help, shortHelp } from "../src/cli/help.ts";
import { MekaError } from "../src/errors.ts";
import { ClosedOutput, type Output } from "../src/host.ts";
import { run } from "../src/run.ts";
import { openDatabase } from "../src/store/database.ts";
import { writeTokens } from "../src/store/tokens.ts";
import { VERSION } from "../src/version.ts";
import {
  type MemoryHost,
  memoryHost,
  type MemoryHostOptions,
} from "./support/memory_host.ts";
import {
  type Reply,
  scriptedFetch,
  silence,
} from "./support/scripted_fetch.ts";
import { tokenRow } from "./support/token_row.ts";
import { accountClaims, jwt } from "./support/tokens.ts";

const CONFIG = "/config/config.toml";
const TOKEN = jwt(accountClaims("acct", { exp: 1_900_000_000 }));
const MODEL = { MEKA_MODEL: "gpt-5" };

interface Run {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
  /** What was asked of the provider. */
  readonly bodies: readonly Body[];
  readonly requests: readonly Request[];
}

/** The parts of a request's body that these tests look at. */
interface Body {
  readonly model?: string;
  readonly instructions?: string;
  readonly input?: readonly { content: readonly Record<string, unknown>[] }[];
  readonly reasoning?: { readonly effort: string };
  readonly text?: unknown;
}

interface Given extends Omit<MemoryHostOptions, "fetch"> {
  readonly replies?: readonly Reply[];
  /** False for a person without a sign-in. */
  readonly signedIn?: boolean;
  /** Statements that the database went through. */
  readonly sql?: string;
  /** Changes the host once it is built. */
  readonly prepare?: (host: MemoryHost) => void;
}

/** Runs meka in memory, but for the database, which is in a folder of its own. */
async function meka(argv: readonly string[], given: Given = {}): Promise<Run> {
  const { replies = [], signedIn = true, sql, prepare, ...options } = given;
  const folder = await Deno.makeTempDir({ prefix: "meka-" });
  const script = scriptedFetch(...replies);
  const host = memoryHost({
    stdin: "",
    ...options,
    env: {
      MEKA_CONFIG_DIR: "/config",
      MEKA_DATA_DIR: folder,
      ...MODEL,
      ...options.env,
    },
    fetch: script.fetch,
  });
  try {
    if (signedIn) await signIn(`${folder}/sessions.db`, host);
    if (sql !== undefined) exec(`${folder}/sessions.db`, sql);
    prepare?.(host);
    const code = await run(argv, host);
    script.end();
    const [stdout, stderr] = [host.stdout(), host.stderr()];
    // Contract, section 2: never a token, and never a stack unless it is asked for.
    assert.ok(!`${stdout}${stderr}`.includes(TOKEN), "the token was shown");
    if (!options.env?.MEKA_DEBUG) assert.doesNotMatch(stderr, /^\s+at /m);
    const bodies: Body[] = await Promise.all(
      script.requests.map((request) => request.clone().json()),
    );
    return { code, stdout, stderr, bodies, requests: script.requests };
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

async function signIn(path: string, host: MemoryHost): Promise<void> {
  const { database } = await openDatabase(path, host);
  writeTokens(database, tokenRow({ accessToken: TOKEN }));
  database.close();
}

function exec(path: string, sql: string): void {
  const database = new DatabaseSync(path);
  database.exec(sql);
  database.close();
}

interface Ending {
  readonly status?: "completed" | "incomplete" | "cut";
  readonly reasoning?: string;
}

/** A stream that says these deltas. */
function answer(deltas: readonly string[], ending: Ending = {}): Reply {
  const { status = "completed", reasoning } = ending;
  const events = [
    ...reasoning === undefined ? [] : [{
      type: "response.reasoning_summary_text.delta",
      item_id: "rs",
      output_index: 0,
      summary_index: 0,
      delta: reasoning,
    }],
    ...deltas.map((delta) => ({
      type: "response.output_text.delta",
      item_id: "msg",
      output_index: 1,
      delta,
    })),
    ...status === "cut" ? [] : [{
      type: `response.${status}`,
      response: {
        id: "resp",
        incomplete_details: { reason: "max_output_tokens" },
        usage: { input_tokens: 12, output_tokens: 3, total_tokens: 15 },
      },
    }],
  ];
  const body = events.map((event) => `data: ${JSON.stringify(event)}\n\n`);
  return () =>
    new Response(body.join(""), {
      headers: { "content-type": "text/event-stream" },
    });
}

function refusal(
  status: number,
  error: Readonly<Record<string, unknown>> = {},
  headers: Readonly<Record<string, string>> = {},
): Reply {
  return () => Response.json({ error }, { status, headers });
}

/** What the model was asked, of the one request that there must be. */
function promptOf({ bodies }: Run): unknown {
  assert.equal(bodies.length, 1);
  return bodies[0]?.input?.[0]?.content[0]?.text;
}

function linesOf(stdout: string): Record<string, unknown>[] {
  assert.match(stdout, /\n$/);
  return stdout.trimEnd().split("\n").map((line) => JSON.parse(line));
}

// argv, what is on stdout
const TOLD = [
  [["--help"], help("ask")],
  [["-h"], help("ask")],
  [["help"], help("ask")],
  [["help", "help"], help("ask")],
  [["help", "--help"], help("ask")],
  [["help", "setup"], help("setup")],
  [["setup", "--help"], help("setup")],
  [["setup", "-h"], help("setup")],
  [["--json", "--help"], help("ask")],
  [["say", "hi", "--help"], help("ask")],
  [["--version"], `meka ${VERSION}\n`],
  [["-V"], `meka ${VERSION}\n`],
  [["setup", "--version"], `meka ${VERSION}\n`],
  [["--help", "--version"], `meka ${VERSION}\n`],
] as const;

for (const [argv, stdout] of TOLD) {
  Deno.test(`run() answers [${argv.join("|")}] before it reads anything`, async () => {
    const host = memoryHost({
      files: { [CONFIG]: "no TOML" },
      env: { MEKA_CONFIG_DIR: "/config" },
    });
    assert.equal(await run(argv, host), 0);
    assert.equal(host.stdout(), stdout);
    assert.equal(host.stderr(), "");
    assert.equal(host.stdin.locked, false);
  });
}

const NEAREST = "`meka --help` lists them all";

// argv, stderr
const USAGE = [
  [
    ["--modle", "x"],
    `meka: There is no option \`--modle\`\nThe nearest is \`--model\`; ${NEAREST}\n`,
  ],
  [
    ["--model"],
    "meka: `--model` needs a value: NAME\nWrite `--model=NAME` if it begins with a dash\n",
  ],
  [["--quiet=1", "x"], 'meka: `--quiet` takes no value: "1"\n'],
  [
    ["completions", "bash"],
    "meka: There is no command `completions` yet\nTo send it as a prompt, write `meka -- completions`\n",
  ],
  [
    ["help", "completions"],
    'meka: There is no help on "completions"\n`meka help` lists what there is\n',
  ],
  [
    ["--provider", "openai", "x"],
    'meka: `--provider` cannot be "openai"; allowed: openai-codex, openai-api\nThe nearest is `openai-api`\n',
  ],
  [
    ["--base-url", "http://example.com", "x"],
    'meka: `--base-url` would send your credentials unencrypted: "http://example.com"\nUse https, or a loopback address\n',
  ],
  [
    ["--no-stream", "x"],
    "meka: openai-codex streams only; --no-stream is not available for it\n",
  ],
  [
    ["--timeout", "soon", "x"],
    'meka: `--timeout` must be a number of seconds above 0, not "soon"\n',
  ],
  [
    ["--timeout", "0", "x"],
    'meka: `--timeout` must be a number of seconds above 0, not "0"\n',
  ],
  [
    ["--timeout=-1", "x"],
    'meka: `--timeout` must be a number of seconds above 0, not "-1"\n',
  ],
  [
    ["--timeout", "1e3", "x"],
    'meka: `--timeout` must be a number of seconds above 0, not "1e3"\n',
  ],
  [
    ["--image", "none.png", "x"],
    'meka: There is no file "none.png" for `--image`\n',
  ],
  [
    ["--schema", "none.json", "x"],
    'meka: There is no file "none.json" for `--schema`\n',
  ],
  [
    [],
    'meka: The prompt is empty\nPass one, as in `meka "say hi"`, or pipe it in\n',
  ],
  [
    ["--no-stdin"],
    'meka: The prompt is empty\nPass one, as in `meka "say hi"`, or pipe it in\n',
  ],
] as const;

for (const [argv, stderr] of USAGE) {
  for (const json of [false, true]) {
    Deno.test(`run() refuses [${argv.join("|")}]${json ? " with --json" : ""}, and sends nothing`, async () => {
      const flags = json ? ["--json"] : [];
      // What cannot be read as an option must not hide one.
      const { code, ...told } = await meka([...flags, ...argv]);
      assert.equal(code, 2);
      assert.equal(told.stderr, json ? told.stderr : stderr);
      if (!json) return assert.equal(told.stdout, "");
      const [line, ...rest] = linesOf(told.stdout);
      assert.deepEqual(rest, []);
      assert.equal(line?.type, "error");
      assert.deepEqual([line?.code, line?.exit], ["usage", 2]);
      assert.ok(told.stderr.startsWith(`meka: ${line?.message}\n`));
    });
  }
}

// the file, stderr
const CONFIGS = [
  [
    "[provider]\nmodle = 'x'",
    `meka: ${CONFIG}:2: unknown key "provider.modle"; allowed are name, model, effort, base_url, issuer, api_key\n`,
  ],
  [
    "[provider]\nbase_url = 'http://example.com'",
    `meka: ${CONFIG}:2: "provider.base_url" would send your credentials unencrypted: "http://example.com"\nUse https, or a loopback address\n`,
  ],
  ["nonsense", /^meka: \/config\/config\.toml:1: not valid TOML: .+\n$/],
] as const;

for (const [file, stderr] of CONFIGS) {
  Deno.test(`run() refuses the config ${JSON.stringify(file)}`, async () => {
    const told = await meka(["hi"], { files: { [CONFIG]: file } });
    assert.equal(told.code, 2);
    if (typeof stderr === "string") assert.equal(told.stderr, stderr);
    else assert.match(told.stderr, stderr);
    const json = await meka(["--json", "hi"], { files: { [CONFIG]: file } });
    assert.deepEqual(linesOf(json.stdout).map(({ code }) => code), ["config"]);
  });
}

// argv, stdin, what is asked
const PROMPTS = [
  [["say", "hi"], "", "say hi"],
  [["--", "setup"], "", "setup"],
  [["status of X"], "", "status of X"],
  [["-p", "say", "hi"], "", "say hi"],
  [["sum", "up"], "a\nb\n", "sum up\n\na\nb\n"],
  [["-"], "from stdin\n", "from stdin\n"],
  [[], "from stdin\n", "from stdin\n"],
  [["hi", "--no-stdin"], "not read", "hi"],
  [["--", "--json"], "", "--json"],
] as const;

for (const [argv, stdin, prompt] of PROMPTS) {
  Deno.test(`run() asks ${JSON.stringify(prompt)} for [${argv.join("|")}] and ${JSON.stringify(stdin)}`, async () => {
    const ran = await meka(argv, { stdin, replies: [answer(["ok"])] });
    assert.deepEqual([ran.code, ran.stdout, ran.stderr], [0, "ok\n", ""]);
    assert.equal(promptOf(ran), prompt);
  });
}

Deno.test("run() refuses bytes that are no text, names the offset and sends nothing", async () => {
  const { code, stderr } = await meka(["hi"], {
    stdin: new Uint8Array([0x61, 0xc3, 0x28]),
  });
  assert.equal(code, 2);
  assert.equal(
    stderr,
    "meka: Standard input is not valid UTF-8: the byte at offset 1 does not fit\n" +
      "Convert it to UTF-8 first, for instance with `iconv`\n",
  );
});

for (const quiet of [false, true]) {
  Deno.test(`run() goes on without a silent pipe${quiet ? ", and says nothing with --quiet" : " and says so"}`, async () => {
    const ran = await meka(quiet ? ["-q", "hi"] : ["hi"], {
      stdin: new ReadableStream(),
      napMs: 3_000,
      replies: [answer(["ok"])],
    });
    assert.deepEqual([ran.code, ran.stdout], [0, "ok\n"]);
    assert.equal(
      ran.stderr,
      quiet
        ? ""
        : "note: Nothing came on standard input for 3 s; going on without it\n",
    );
    assert.equal(promptOf(ran), "hi");
  });
}

for (const argv of [[], ["--json"], ["-q"]]) {
  Deno.test(`run() tells how to begin where nobody sees an answer, for [${argv.join("|")}]`, async () => {
    const { code, stderr } = await meka(argv, {
      terminal: ["stdin", "stderr"],
    });
    assert.equal(code, 2);
    assert.equal(stderr, shortHelp());
  });
}

Deno.test("run() hands a turn's options on to the request", async () => {
  const { code, bodies } = await meka([
    ...["--model", "gpt-5.1", "--effort", "low", "--system", "Be brief."],
    ...["--image", "/a.gif", "-i", "/b.gif", "--schema", "/s.json", "look"],
  ], {
    files: { "/a.gif": "GIF89a", "/b.gif": "GIF87a", "/s.json": '{"x":1}' },
    replies: [answer(["{}"])],
  });
  assert.equal(code, 0);
  const [body] = bodies;
  assert.equal(body?.model, "gpt-5.1");
  assert.equal(body?.instructions, "Be brief.");
  assert.equal(body?.reasoning?.effort, "low");
  assert.match(JSON.stringify(body?.text), /"schema":\{"x":1\}/);
  assert.deepEqual(body?.input?.[0]?.content, [
    { type: "input_text", text: "look" },
    {
      type: "input_image",
      image_url: `data:image/gif;base64,${btoa("GIF89a")}`,
    },
    {
      type: "input_image",
      image_url: `data:image/gif;base64,${btoa("GIF87a")}`,
    },
  ]);
});

for (const system of ["", "  "]) {
  Deno.test(`run() never sends empty instructions, for --system ${JSON.stringify(system)}`, async () => {
    const { bodies } = await meka(["--system", system, "hi"], {
      replies: [answer(["ok"])],
    });
    assert.match(bodies[0]?.instructions ?? "", /\S/);
  });
}

// what, reply, stdout as a terminal, exit, stdout
const ENDS = [
  ["a whole answer", answer(["a", "b"]), false, 0, "ab\n"],
  ["an answer with its newline", answer(["ab\n"]), false, 0, "ab\n"],
  ["a whole answer", answer(["ab"]), true, 0, "ab\n"],
  [
    "control characters",
    answer(["a\x1b[1mb\r\t\x9b\x07"]),
    false,
    0,
    "a\x1b[1mb\r\t\x9b\x07\n",
  ],
  [
    "control characters",
    answer(["a\x1b[1mb\r\t\x9b\x07"]),
    true,
    0,
    "a[1mb\t\n",
  ],
  ["a pair in two deltas", answer(["\ud83d", "\ude00"]), false, 0, "😀\n"],
  ["a cut answer", answer(["ab"], { status: "cut" }), false, 7, "ab"],
  ["a cut answer", answer(["ab"], { status: "cut" }), true, 7, "ab\n"],
  [
    "an answer that is too long",
    answer(["ab"], { status: "incomplete" }),
    false,
    7,
    "ab",
  ],
] as const;

for (const [what, reply, terminal, code, stdout] of ENDS) {
  Deno.test(`run() writes ${what} to a ${terminal ? "terminal" : "pipe"}, exit ${code}`, async () => {
    const ran = await meka(["hi"], {
      terminal: terminal ? ["stdout"] : [],
      replies: [reply],
    });
    assert.equal(ran.stdout, stdout);
    assert.equal(ran.code, code);
    if (code === 0) assert.equal(ran.stderr, "");
    else assert.match(ran.stderr, /^meka: .+\n/);
  });
}

const DIM = "\x1b[2mhm\x1b[22m\n";

// what, terminals, environment, reasoning on stderr
const COLORS = [
  ["a terminal", ["stderr"], {}, DIM],
  ["a pipe", ["stdout"], {}, "hm\n"],
  ["a terminal with NO_COLOR", ["stderr"], { NO_COLOR: "1" }, "hm\n"],
  ["a terminal with an empty NO_COLOR", ["stderr"], { NO_COLOR: "" }, DIM],
  ["a dumb terminal", ["stderr"], { TERM: "dumb" }, "hm\n"],
  ["another terminal", ["stderr"], { TERM: "xterm" }, DIM],
] as const;

for (const [what, terminal, env, stderr] of COLORS) {
  Deno.test(`run() colors as ${what} wants it`, async () => {
    const ran = await meka(["--reasoning", "hi"], {
      terminal,
      env,
      replies: [answer(["ok"], { reasoning: "hm" })],
    });
    assert.deepEqual([ran.code, ran.stdout, ran.stderr], [0, "ok\n", stderr]);
  });
}

Deno.test("run() shows reasoning and usage only when they are asked for", async () => {
  const replies = [answer(["ok"], { reasoning: "\x1b[2Jhm" })];
  const plain = await meka(["hi"], { replies });
  assert.equal(plain.stderr, "");
  const asked = await meka(["--reasoning", "--usage", "hi"], { replies });
  assert.equal(
    asked.stderr,
    "[2Jhm\nusage: 12 input, 3 output, 15 total\n",
  );
});

const OVERLOADED = refusal(503);
const FOREVER = [OVERLOADED, OVERLOADED, OVERLOADED, OVERLOADED, OVERLOADED];
const PAGE: Reply = () =>
  new Response("<html>", {
    status: 403,
    headers: { "content-type": "text/html", "cf-ray": "abc-1" },
  });

// what, replies, exit, its name, what stderr holds
const FAILURES = [
  [
    "a usage limit",
    [refusal(429, {
      type: "usage_limit_reached",
      plan_type: "plus",
      resets_in_seconds: 3600,
    })],
    4,
    "limit",
    /usage limit of your ChatGPT Plus plan/,
  ],
  ["a quota", [refusal(402)], 4, "limit", /quota/],
  ["an overload that stays", FOREVER, 5, "network", /status 503/],
  [
    "a redirect",
    [() =>
      new Response(null, {
        status: 302,
        headers: { location: "https://evil.example/x?code=1" },
      })],
    5,
    "network",
    /redirect to https:\/\/evil\.example,/,
  ],
  [
    "a web page",
    [() =>
      new Response("<html>", { headers: { "content-type": "text/html" } })],
    5,
    "network",
    /web page/,
  ],
  [
    "a long wait",
    [refusal(503, {}, { "retry-after": "3600" })],
    5,
    "network",
    /try again at .+, in 1 h/,
  ],
  [
    "a bad request",
    [refusal(400, { message: "no \x1b[31mgood\nat all" })],
    6,
    "refused",
    /no \[31mgood at all/,
  ],
  ["no leave", [refusal(403)], 6, "refused", /status 403/],
  ["a challenge", [PAGE], 8, "blocked", /abc-1/],
] as const;

for (const [what, replies, code, name, says] of FAILURES) {
  Deno.test(`run() ends with ${code} for ${what}`, async () => {
    const ran = await meka(["hi"], { replies, napMs: 10_000 });
    assert.equal(ran.code, code);
    assert.equal(ran.stdout, "");
    assert.match(ran.stderr, says);
    assert.match(ran.stderr, /^meka: \S.*[^.\n]$/m);
    const json = await meka(["--json", "hi"], { replies, napMs: 10_000 });
    const [first, ...rest] = linesOf(json.stdout);
    assert.equal(first?.type, "start");
    const last = rest.at(-1);
    assert.deepEqual(
      [last?.type, last?.code, last?.exit],
      ["error", name, code],
    );
    assert.ok(json.stderr.includes(`meka: ${last?.message}\n`));
  });
}

Deno.test("run() notes each retry, and none with --quiet", async () => {
  const replies = [OVERLOADED, OVERLOADED, answer(["ok"])];
  const loud = await meka(["hi"], { replies, napMs: 10_000 });
  assert.deepEqual([loud.code, loud.stdout], [0, "ok\n"]);
  assert.match(loud.stderr, /^note: .+ \(1 of 4\)\nnote: .+ \(2 of 4\)\n$/);
  const quiet = await meka(["-q", "hi"], { replies, napMs: 10_000 });
  assert.deepEqual([quiet.code, quiet.stderr], [0, ""]);
});

Deno.test("run() writes JSON lines from start to done", async () => {
  const { code, stdout, stderr } = await meka(["--json", "hi"], {
    replies: [answer(["a", "b"], { reasoning: "hm" })],
  });
  assert.equal(code, 0);
  assert.equal(stderr, "");
  const [start, ...rest] = linesOf(stdout);
  assert.match(`${start?.session}`, /^[\da-f-]{36}$/);
  assert.deepEqual({ ...start, session: "" }, {
    type: "start",
    v: 1,
    provider: "openai-codex",
    model: "gpt-5",
    session: "",
  });
  const texts = rest.filter(({ type }) => type === "text");
  assert.equal(texts.map(({ delta }) => delta).join(""), "ab");
  assert.deepEqual(rest.filter(({ type }) => type !== "text"), [
    { type: "reasoning", delta: "hm" },
    { type: "usage", input_tokens: 12, output_tokens: 3, total_tokens: 15 },
    { type: "done", status: "completed", text: "ab" },
  ]);
});

Deno.test("run() ends JSON lines of a cut answer with done, and says why", async () => {
  const { code, stdout, stderr } = await meka(["--json", "hi"], {
    replies: [answer(["ab"], { status: "cut" })],
  });
  assert.equal(code, 7);
  const last = linesOf(stdout).at(-1);
  assert.deepEqual(
    [last?.type, last?.status, last?.text, last?.code],
    ["done", "incomplete", "ab", "incomplete"],
  );
  assert.ok(stderr.startsWith(`meka: ${last?.message}\n`));
});

const SIGN_IN = "meka: Not signed in to ChatGPT\nRun `meka setup`\n";

// what, how the person is, exit, stderr
const SIGNED_OUT = [
  ["nobody signed in", { signedIn: false }, 3, SIGN_IN],
  [
    "the row was deleted",
    { sql: "DELETE FROM oauth_tokens WHERE provider = 'openai-codex'" },
    3,
    SIGN_IN,
  ],
  [
    "nobody signed in and no model is chosen",
    { signedIn: false, env: { MEKA_MODEL: "" } },
    3,
    SIGN_IN,
  ],
  [
    "no model is chosen",
    { env: { MEKA_MODEL: "" } },
    2,
    "meka: No model is chosen\nPass `--model NAME`, or run `meka setup`\n",
  ],
] as const;

for (const [what, given, code, stderr] of SIGNED_OUT) {
  Deno.test(`run() ends with ${code} when ${what}`, async () => {
    const ran = await meka(["hi"], given);
    assert.deepEqual([ran.code, ran.stdout, ran.stderr], [code, "", stderr]);
  });
}

const NEWER = { sql: "PRAGMA user_version = 99" };

Deno.test("run() refuses a newer store, exit 1", async () => {
  const { code, stderr } = await meka(["hi"], NEWER);
  assert.equal(code, 1);
  assert.match(
    stderr,
    /^meka: The database ".+" was written by a newer version of meka\n.+\n$/,
  );
});

Deno.test("run() answers past a newer store with a token from the environment, and warns", async () => {
  const ran = await meka(["hi"], {
    ...NEWER,
    env: { OPENAI_CODEX_TOKEN: TOKEN },
    replies: [answer(["ok"])],
  });
  assert.deepEqual([ran.code, ran.stdout], [0, "ok\n"]);
  assert.match(
    ran.stderr,
    /^warning: .+newer.+; nothing of this run is kept\n$/,
  );
});

// kind of the signal, exit
const SIGNALS = [["Interrupted", 130], ["Terminated", 143]] as const;

for (const [message, code] of SIGNALS) {
  const reason = new MekaError("interrupted", message, { exit: code });
  for (const json of [false, true]) {
    Deno.test(`run() ends with ${code} in mid-request${json ? ", with --json" : ""}`, async () => {
      let interrupt = (): void => {};
      const ran = await meka([...json ? ["--json"] : [], "hi"], {
        prepare: (host) => {
          interrupt = () => host.abort(reason);
        },
        replies: [(request) => {
          const waiting = silence(request);
          interrupt();
          return waiting;
        }],
      });
      assert.equal(ran.code, code);
      assert.equal(ran.stderr, `meka: ${message}\n`);
      if (!json) return assert.equal(ran.stdout, "");
      const last = linesOf(ran.stdout).at(-1);
      assert.deepEqual([last?.code, last?.exit], ["interrupted", code]);
    });
  }

  Deno.test(`run() ends with ${code} while it reads stdin`, async () => {
    const ran = await meka([], {
      stdin: new ReadableStream(),
      prepare: (host) => void queueMicrotask(() => host.abort(reason)),
    });
    assert.deepEqual(
      [ran.code, ran.stdout, ran.stderr],
      [code, "", `meka: ${message}\n`],
    );
  });
}

// argv, which write to stdout finds it closed, the replies by then
const CLOSED = [
  [["--help"], 1, []],
  [["--version"], 1, []],
  [["hi"], 1, [answer(["ok"])]],
  [["--json", "hi"], 1, []],
  [["--json", "hi"], 2, [answer(["ok"])]],
  [["--json"], 1, []],
] as const;

for (const [argv, at, replies] of CLOSED) {
  Deno.test(`run() ends silently with 141 when write ${at} of [${argv.join("|")}] finds stdout closed`, async () => {
    let writes = 0;
    const ran = await meka(argv, {
      replies,
      prepare: (host) => {
        const { write } = host;
        host.write = async (output: Output): Promise<void> => {
          const closed = output.to === "stdout" && ++writes >= at;
          if (closed) throw new ClosedOutput();
          await write(output);
        };
      },
    });
    assert.deepEqual([ran.code, ran.stderr], [141, ""]);
  });
}

Deno.test("run() shows the requests with --verbose, and no secret of them", async () => {
  const { code, stdout, stderr, requests } = await meka(["-v", "hi"], {
    replies: [answer(["ok"])],
  });
  assert.deepEqual([code, stdout], [0, "ok\n"]);
  assert.equal(requests[0]?.headers.get("authorization"), `Bearer ${TOKEN}`);
  assert.match(stderr, /^> POST https:\/\/chatgpt\.com\/backend-api\//);
  assert.match(stderr, /^> authorization: \[redacted\]$/m);
  assert.match(stderr, /^< 200 after \d+ ms$/m);
});

Deno.test("run() hides a token that the service says in its error, wherever it is cut", async () => {
  for (const before of [0, 900, 960, 990]) {
    const { code, stderr } = await meka(["hi"], {
      replies: [refusal(400, { message: `${"x".repeat(before)} ${TOKEN}` })],
    });
    assert.equal(code, 6);
    assert.ok(!stderr.includes(TOKEN.slice(0, 12)), stderr);
  }
});

for (const debug of [false, true]) {
  Deno.test(`run() calls what nobody foresaw an internal error${debug ? ", and shows its stack in debug mode" : ""}`, async () => {
    const ran = await meka(["hi"], {
      env: debug ? { MEKA_DEBUG: "1" } : {},
      prepare: (host) => {
        host.randomBytes = () => {
          throw new Error(`out of\nluck \x1b[31m${TOKEN}`);
        };
      },
    });
    assert.equal(ran.code, 1);
    const [error, hint, ...stack] = ran.stderr.trimEnd().split("\n");
    assert.equal(
      error,
      "meka: Something went wrong inside meka: out of luck [31m[redacted]",
    );
    assert.equal(hint, "Set `MEKA_DEBUG=1` to see where");
    assert.equal(stack.some((line) => /^\s+at /.test(line)), debug);
    assert.ok(!ran.stderr.includes("\x1b"));
  });
}
