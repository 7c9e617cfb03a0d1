import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { startStandin } from "../../scripts/standin/mod.ts";
import type { Standin, StandinOptions } from "../../scripts/standin/types.ts";
import { EXIT_CODE, MekaError } from "../../src/errors.ts";
import { ClosedOutput } from "../../src/host.ts";
import { run } from "../../src/run.ts";
import { openDatabase } from "../../src/store/database.ts";
import { writeTokens } from "../../src/store/tokens.ts";
import {
  type MemoryHost,
  memoryHost,
  type MemoryHostOptions,
} from "../support/memory_host.ts";
import { tokenRow } from "../support/token_row.ts";

const RESPONSES = "/backend-api/codex/responses";
const HOUR = 3_600_000;

/** A person's folder and the service; a batch is one run in it. */
interface Place extends AsyncDisposable {
  readonly standin: Standin;
  readonly path: string;
  /** Runs `meka batch`. */
  batch(input: Input, options?: BatchOptions): Promise<Ended>;
  /** Starts it, for what happens meanwhile. */
  start(input: Input, options?: BatchOptions): Running;
  /** Lets time go by for the service. */
  pass(ms: number): void;
  /** The prompts that arrived, in their order. */
  asked(): readonly string[];
}

/** Lines, or what is piped in as it is. */
type Input =
  | readonly (string | Readonly<Record<string, unknown>>)[]
  | string
  | ReadableStream<Uint8Array>;

interface BatchOptions extends Omit<MemoryHostOptions, "stdin"> {
  readonly args?: readonly string[];
}

interface Ended {
  readonly code: number;
  /** What the lines on stdout hold. */
  readonly lines: readonly Readonly<Record<string, unknown>>[];
  readonly stderr: string;
  readonly host: MemoryHost;
}

interface Running {
  readonly host: MemoryHost;
  readonly ended: Promise<Ended>;
}

async function place(options: StandinOptions = {}): Promise<Place> {
  const folder = await Deno.makeTempDir({ prefix: "meka-" });
  const path = `${folder}/sessions.db`;
  let now = memoryHost().clock;
  const standin = await startStandin({
    scenario: "fast",
    // Of several answers at once nobody knows which is the last to come.
    expectCookies: false,
    now: () => now,
    ...options,
  });
  const { database } = await openDatabase(path, memoryHost());
  const { expiresAt, ...tokens } = standin.grant({ lifetimeSeconds: 86_400 });
  const seconds = Math.floor(expiresAt / 1000);
  writeTokens(database, tokenRow({ ...tokens, expiresAt: seconds }));
  database.close();
  const start: Place["start"] = (
    input,
    { args = [], env, ...options } = {},
  ) => {
    const host = memoryHost({
      fetch,
      napMs: 5_000,
      ...options,
      stdin: streamOf(input),
      env: {
        MEKA_CONFIG_DIR: "/config",
        MEKA_DATA_DIR: folder,
        MEKA_BASE_URL: standin.baseUrl.origin,
        MEKA_OAUTH_ISSUER: standin.issuer.origin,
        MEKA_MODEL: "gpt-5",
        ...env,
      },
    });
    host.clock = now;
    const ended = run(["batch", ...args], host).then((code) => ({
      code,
      lines: host.stdout().split("\n").slice(0, -1)
        .map((line) => JSON.parse(line)),
      stderr: host.stderr(),
      host,
    }));
    return { host, ended };
  };
  return {
    standin,
    path,
    start,
    batch: (input, options) => start(input, options).ended,
    pass: (ms) => {
      now += ms;
    },
    asked: () =>
      standin.requests.filter((request) => request.path === RESPONSES)
        .map(({ prompt = "" }) => prompt),
    [Symbol.asyncDispose]: async () => {
      await standin.close();
      await Deno.remove(folder, { recursive: true });
    },
  };
}

function streamOf(input: Input): string | ReadableStream<Uint8Array> {
  if (typeof input === "string" || input instanceof ReadableStream) {
    return input;
  }
  return input.map((line) =>
    `${typeof line === "string" ? line : JSON.stringify(line)}\n`
  ).join("");
}

function textsOf({ lines }: Ended): readonly unknown[] {
  return lines.map(({ text }) => text);
}

function bytes(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

/** The statuses, by id. */
function statusesOf({ lines }: Ended): Readonly<Record<string, unknown>> {
  return Object.fromEntries(lines.map(({ id, status }) => [id, status]));
}

function many(count: number): string[] {
  return Array.from({ length: count }, (_, n) => `prompt ${n + 1}`);
}

Deno.test("batch() answers each record with a line, in their order", async () => {
  await using there = await place();
  const ended = await there.batch([
    "say hi [[slow:50]]",
    { prompt: "say ho", id: "second", topic: ["t"], text: "mine" },
  ]);
  assert.equal(
    ended.host.stdout(),
    '{"id":1,"status":"completed","text":"echo: say hi [[slow:50]]","usage":{"input_tokens":6,"output_tokens":7,"total_tokens":13}}\n' +
      '{"id":"second","topic":["t"],"status":"completed","text":"echo: say ho","usage":{"input_tokens":3,"output_tokens":4,"total_tokens":7}}\n',
  );
  assert.equal(ended.code, 0);
  assert.match(ended.stderr, /^note: 2 answered, 20 tokens, .*\n$/);
  assert.deepEqual(there.standin.violations, []);
});

Deno.test("batch() answers nothing where there is nothing to answer", async () => {
  await using there = await place();
  const { code, lines, stderr } = await there.batch("");
  assert.deepEqual([code, lines], [0, []]);
  assert.match(stderr, /^note: 0 answered/);
});

Deno.test("batch() writes answers as they come where no order is asked for", async () => {
  await using there = await place();
  const input = ["first [[slow:100]]", "second"];
  const ended = await there.batch(input, { args: ["--unordered"] });
  assert.deepEqual(ended.lines.map(({ id }) => id), [2, 1]);
});

for (const [args, most] of [[[], 4], [["-j", "7"], 7], [["-j1"], 1]] as const) {
  Deno.test(`batch() asks ${most} records at once${args.length > 0 ? ` with ${args.join(" ")}` : ""}`, async () => {
    await using there = await place({ scenario: "hang_before_head" });
    const { host, ended } = there.start(many(20), { args });
    await there.standin.until((requests) => requests.length === most);
    host.abort(new MekaError("interrupted", "Interrupted"));
    await ended;
    assert.equal(there.standin.load.most, most);
  });
}

const WRONG: readonly (readonly [readonly string[], RegExp])[] = [
  [["--jobs", "0"], /`--jobs` must be a whole number above 0, not "0"/],
  [["--jobs", "65"], /`--jobs` must be 64 at most, not "65"/],
  [["--jobs", "x"], /`--jobs` must be a whole number above 0, not "x"/],
  [["--timeout", "x"], /`--timeout` must be a number of seconds/],
  [["--no-stream"], /openai-codex streams only/],
  [["--schema", "none.json"], /There is no file "none.json" for `--schema`/],
  [["--json"], /There is no option `--json` for `meka batch`/],
  [["x"], /`batch` cannot take the argument "x"/],
  [["--forget", "--wait"], /`--forget` answers nothing, and takes no `--wait`/],
];

for (const [args, message] of WRONG) {
  Deno.test(`batch() refuses ${args.join(" ")} before it reads anything`, async () => {
    await using there = await place();
    const stdin = new ReadableStream<Uint8Array>({
      pull: () => assert.fail("it reads"),
    }, { highWaterMark: 0 });
    const { code, stderr } = await there.batch(stdin, { args });
    assert.equal(code, 2);
    assert.match(stderr, message);
    assert.deepEqual(there.asked(), []);
  });
}

Deno.test("batch() wants its records from a file or a pipe", async () => {
  await using there = await place();
  const { code, stderr } = await there.batch("", { terminal: true });
  assert.equal(code, 2);
  assert.match(stderr, /There are no records on standard input/);
});

Deno.test("batch() fails a record that cannot be read, and answers the others", async () => {
  await using there = await place();
  const ended = await there.batch([
    "say hi",
    "",
    "{",
    { id: "x", prompt: 1 },
    { prompt: "a", image: "none.png" },
    { prompt: "a", schema: { type: "int" } },
    "say ho",
  ]);
  assert.equal(ended.code, 7);
  assert.deepEqual(statusesOf(ended), {
    1: "completed",
    2: "failed",
    3: "failed",
    x: "failed",
    5: "failed",
    6: "failed",
    7: "completed",
  });
  const usage = { code: "usage", exit: 2 };
  assert.deepEqual(ended.lines.map(({ error }) => error), [
    undefined,
    { ...usage, message: "Line 2 is empty" },
    {
      ...usage,
      message: "Line 3 begins with a brace, but is no JSON object",
      hint: "Pass `--text` if all lines are prompts as they stand",
    },
    { ...usage, message: 'Line 4 has a "prompt" that is not a string' },
    { ...usage, message: 'Line 5: There is no file "none.png" for "image"' },
    {
      ...usage,
      message:
        'Line 6: Cannot use the "schema": "/type" cannot be "int"; allowed: null, boolean, object, array, number, string, integer',
    },
    undefined,
  ]);
  assert.match(
    ended.stderr,
    /^note: 2 answered, 5 failed, .*\nmeka: 5 of 7 records have no whole answer\nRun the same command again for the rest: what is answered is kept\n$/,
  );
  assert.deepEqual(there.asked(), ["say hi", "say ho"]);
});

Deno.test("batch() --text takes braces for text", async () => {
  await using there = await place();
  const ended = await there.batch(['{"prompt":"x"}'], { args: ["--text"] });
  assert.deepEqual(textsOf(ended), ['echo: {"prompt":"x"}']);
});

Deno.test("batch() tells how a record failed, and how an answer was cut", async () => {
  await using there = await place();
  const ended = await there.batch([
    "a",
    "b [[fail:refused]]",
    "c [[fail:cut]]",
    "d [[fail:500]]",
    "e [[fail:500 2]]",
  ]);
  assert.equal(ended.code, 7);
  assert.deepEqual(
    ended.lines.map(({ status, error }) => [
      status,
      error && Reflect.get(Object(error), "code"),
    ]),
    [
      ["completed", undefined],
      ["failed", "refused"],
      ["incomplete", "incomplete"],
      ["failed", "network"],
      ["completed", undefined],
    ],
  );
  assert.match(String(ended.lines[2]?.text), /^.+$/s);
  assert.ok(!("text" in (ended.lines[1] ?? {})));
  assert.match(ended.stderr, /^note: 2 answered, 1 cut short, 2 failed/);
});

Deno.test("batch() asks each record's own model, with its own instructions, schema and image", async () => {
  await using there = await place({ scenario: "schema_fits" });
  const schema = { type: "object", properties: { a: { type: "string" } } };
  const { code } = await there.batch([
    { prompt: "a", system: "Be long.", model: "gpt-4o", schema },
    { prompt: "b", image: "a.gif" },
  ], {
    args: ["--system", "Be brief.", "-j1"],
    files: { "a.gif": "GIF89a" },
  });
  assert.equal(code, 0);
  const [first, second] = there.standin.asked();
  assert.equal(first?.body["instructions"], "Be long.");
  assert.equal(first?.body["model"], "gpt-4o");
  assert.match(JSON.stringify(first?.body["text"]), /"properties":{"a"/);
  assert.equal(second?.body["instructions"], "Be brief.");
  assert.equal(second?.body["model"], "gpt-5");
  assert.match(JSON.stringify(second?.input), /input_image/);
  assert.notEqual(first?.request.session, second?.request.session);
});

for (
  const [scenario, status] of [
    ["schema_repair", "completed"],
    ["schema_never", "incomplete"],
  ] as const
) {
  Deno.test(`batch() asks again what does not fit the schema, and calls that ${status} in the end`, async () => {
    await using there = await place({ scenario });
    const schema = {
      type: "object",
      properties: { a: { type: "string" } },
      required: ["a"],
    };
    const { lines, stderr } = await there.batch([{ prompt: "a", schema }]);
    assert.equal(lines[0]?.status, status);
    assert.equal(there.asked().length, 2);
    assert.doesNotMatch(stderr, /asking once more/);
  });
}

Deno.test("batch() run again writes the answers that it has got, and asks for the others only", async () => {
  await using there = await place();
  const input = [...many(5), "prompt 2", "say no [[fail:refused]]"];
  const first = await there.batch(input);
  assert.equal(first.code, 7);
  assert.equal(there.asked().length, 7);
  const again = await there.batch([...input, "prompt 6", "prompt 2"]);
  assert.equal(again.code, 7);
  assert.deepEqual(again.lines.slice(0, 7), first.lines);
  assert.deepEqual(there.asked().slice(7).sort(), [
    "prompt 2",
    "prompt 6",
    "say no [[fail:refused]]",
  ]);
  assert.match(
    again.stderr,
    /^note: 8 answered \(6 of them by an earlier run\), 1 failed, /,
  );
});

Deno.test("batch() carries the fields of this run through, whatever an earlier one had", async () => {
  await using there = await place();
  await there.batch([{ prompt: "a", id: 1, topic: "x" }]);
  const { lines } = await there.batch([{ prompt: "a", id: 2, n: 3 }]);
  assert.deepEqual([lines[0]?.id, lines[0]?.n, lines[0]?.topic], [
    2,
    3,
    undefined,
  ]);
  assert.equal(there.asked().length, 1);
});

const CHANGES: Readonly<Record<string, BatchOptions>> = {
  "another model": { args: ["--model", "gpt-5.1"] },
  "other instructions": { args: ["--system", "Be brief."] },
  "another effort": { args: ["--effort", "low"] },
  "--no-save": { args: ["--no-save"] },
};

for (const [what, options] of Object.entries(CHANGES)) {
  Deno.test(`batch() asks again with ${what}`, async () => {
    await using there = await place();
    await there.batch(["a"]);
    await there.batch(["a"], options);
    assert.equal(there.asked().length, 2);
  });
}

Deno.test("batch() --no-save keeps nothing", async () => {
  await using there = await place();
  const options = { args: ["--no-save"] };
  const { stderr } = await there.batch(["a", ""], options);
  assert.doesNotMatch(stderr, /Run the same command again/);
  await there.batch(["a"]);
  assert.equal(there.asked().length, 2);
});

Deno.test("batch() keeps no conversations", async () => {
  await using there = await place();
  await there.batch(many(3));
  using database = new DatabaseSync(there.path, { readOnly: true });
  const { n } = database.prepare("SELECT count(*) AS n FROM conversations")
    .get() ?? {};
  assert.equal(n, 0);
});

Deno.test("batch() --forget forgets the answers, so that no byte of them is left", async () => {
  await using there = await place();
  const word = "a-word-that-is-nowhere-else";
  await there.batch([word, "b"]);
  const fileOf = async (suffix: string): Promise<string> =>
    new TextDecoder("latin1").decode(
      await Deno.readFile(`${there.path}${suffix}`).catch(() =>
        new Uint8Array()
      ),
    );
  const everything = async (): Promise<string> =>
    await fileOf("") + await fileOf("-wal");
  assert.ok((await everything()).includes(word));
  const stdin = new ReadableStream<Uint8Array>({
    pull: () => assert.fail("it reads"),
  }, { highWaterMark: 0 });
  const forgot = await there.batch(stdin, { args: ["--forget"] });
  assert.equal(forgot.code, 0);
  assert.equal(forgot.stderr, "2 kept answers are forgotten.\n");
  assert.ok(!(await everything()).includes(word));
  const options = { args: ["--forget", "--quiet"] };
  assert.equal((await there.batch("", options)).stderr, "");
  await there.batch(["b"]);
  assert.equal(there.asked().length, 3);
});

Deno.test("batch() forgets answers after 30 days", async () => {
  await using there = await place();
  await there.batch(["a"]);
  there.pass(29 * 24 * HOUR);
  await there.batch(["b"], { env: { OPENAI_CODEX_TOKEN: tokenOf(there) } });
  there.pass(24 * HOUR + 1);
  const env = { OPENAI_CODEX_TOKEN: tokenOf(there) };
  await there.batch(["a", "b"], { env });
  assert.deepEqual(there.asked(), ["a", "b", "a"]);
});

function tokenOf({ standin }: Place): string {
  return standin.grant().accessToken;
}

Deno.test("batch() stops at a usage limit, and leaves the rest to another run", async () => {
  await using there = await place();
  const input = [...many(3), "x [[fail:429-limit 7200]]", ...many(50)];
  const ended = await there.batch(input, { args: ["-j1"] });
  assert.equal(ended.code, 4);
  assert.deepEqual(textsOf(ended), many(3).map((text) => `echo: ${text}`));
  assert.equal(there.asked().length, 4);
  assert.match(
    ended.stderr,
    /^note: 3 answered, .*\nmeka: The usage limit of your ChatGPT Plus plan .* resets at .*\nRun the same command again for the rest: what is answered is kept\. Pass `--wait` to wait for such a limit to end\n$/,
  );
  there.pass(3 * HOUR);
  const again = await there.batch(input, {
    env: { OPENAI_CODEX_TOKEN: tokenOf(there) },
  });
  assert.equal(again.code, 0);
  assert.equal(again.lines.length, 54);
  assert.equal(there.asked().length, 4 + 51);
});

Deno.test("batch() hands on what is under way when it stops at a limit", async () => {
  await using there = await place();
  const pipe = new TransformStream<Uint8Array, Uint8Array>();
  const writer = pipe.writable.getWriter();
  const { ended } = there.start(pipe.readable, { args: ["-j3"] });
  await writer.write(bytes("a [[slow:100]]\nb [[slow:100]]\n"));
  await there.standin.until((requests) => requests.length === 2);
  await writer.write(bytes("x [[fail:429-limit 7200]]\nd\n"));
  const { code, lines } = await ended;
  assert.equal(code, 4);
  assert.deepEqual(lines.map(({ id }) => id), [1, 2]);
});

Deno.test("batch() --wait waits for the limit to end, and goes on", async () => {
  await using there = await place();
  const input = [...many(3), "x [[fail:429-limit 7200]]", "last"];
  const { host, ended } = there.start(input, { args: ["--wait"] });
  await host.sleeps(60_000);
  assert.match(
    host.stderr(),
    /^note: The usage limit .* resets at .*; going on after that\n$/,
  );
  there.pass(2 * HOUR);
  host.clock += 2 * HOUR;
  host.wake(60_000);
  const { code, lines } = await ended;
  assert.equal(code, 0);
  assert.equal(lines.length, 5);
});

Deno.test("batch() --wait ends at Ctrl-C", async () => {
  await using there = await place();
  const input = ["a", "x [[fail:429-limit 7200]]", "last"];
  const { host, ended } = there.start(input, { args: ["--wait", "-j1"] });
  await host.sleeps(60_000);
  host.abort(new MekaError("interrupted", "Interrupted"));
  const { code, lines, stderr } = await ended;
  assert.equal(code, EXIT_CODE.interrupted);
  assert.equal(lines.length, 1);
  assert.match(stderr, /\nmeka: Interrupted\nRun the same command again/);
});

/** Has the clock go on while the run sleeps. */
function ticking({ host, ended }: Running): Promise<Ended> {
  const { sleep } = host;
  host.sleep = async (ms, signal) => {
    await sleep(ms, signal);
    host.clock += ms;
  };
  return ended;
}

Deno.test("batch() sends a record again that met a limit of the rate, and stops where that does not end", async () => {
  await using there = await place();
  const input = ["a", "x [[fail:429 7]]", "b"];
  const { code, lines } = await ticking(there.start(input));
  assert.deepEqual([code, lines.length], [0, 3]);
  // Five tries, a wait, and three more.
  assert.equal(there.asked().length, 2 + 8);
  const options = { napMs: 60_000 };
  const endless = await ticking(there.start(["y [[fail:429]]"], options));
  assert.deepEqual([endless.code, endless.lines], [4, []]);
  assert.equal(there.asked().length, 2 + 8 + 9 * 5);
});

Deno.test("batch() stops where nobody is signed in, before it reads anything", async () => {
  await using there = await place();
  using database = new DatabaseSync(there.path);
  database.exec("DELETE FROM oauth_tokens");
  const stdin = new ReadableStream<Uint8Array>({
    pull: () => assert.fail("it reads"),
  }, { highWaterMark: 0 });
  const { code, stderr } = await there.batch(stdin);
  assert.equal(code, 3);
  assert.match(stderr, /^meka: Not signed in to ChatGPT\n/);
});

Deno.test("batch() stops when the sign-in is not accepted any more, and fails no record for it", async () => {
  await using there = await place();
  const input = [...many(2), "x [[fail:401]]", ...many(20)];
  const ended = await there.batch(input, { args: ["-j1"] });
  assert.equal(ended.code, 3);
  assert.deepEqual(statusesOf(ended), { 1: "completed", 2: "completed" });
  assert.match(ended.stderr, /\nmeka: .*\n.*Run the same command again/);
});

Deno.test("batch() renews a sign-in once for all records", async () => {
  await using there = await place({ tokenLifetimeSeconds: 3600 });
  there.pass(24 * HOUR - 60_000);
  const { code } = await there.batch(many(20), { args: ["-j", "16"] });
  assert.equal(code, 0);
  assert.equal(there.standin.counts().refreshes, 1);
  there.standin.invalidateAccessTokens();
  await there.batch(many(40).slice(20), { args: ["-j", "16"] });
  assert.equal(there.standin.counts().refreshes, 2);
});

Deno.test("batch() stops when the first ten records fail alike", async () => {
  await using there = await place();
  const input = Array.from({ length: 100 }, () => "x [[fail:refused]]");
  const ended = await there.batch(input, { args: ["-j2"] });
  assert.equal(ended.code, 6);
  assert.match(
    ended.stderr,
    /meka: None was answered, and the first 10 records failed alike: The service refused the prompt/,
  );
  assert.ok(ended.lines.length <= 12);
  assert.ok(ended.lines.every(({ status }) => status === "failed"));
});

for (const exit of [130, 143]) {
  Deno.test(`batch() ends with ${exit} at a signal, and writes what is finished`, async () => {
    await using there = await place();
    const input = ["a [[scenario:hang_before_head]]", "b", ...many(50)];
    const { host, ended } = there.start(input, { args: ["-j2"] });
    await there.standin.until((requests) => requests.length > 20);
    host.abort(new MekaError("interrupted", "Stopped", { exit }));
    const { code, lines, stderr } = await ended;
    assert.equal(code, exit);
    assert.ok(lines.length > 15);
    assert.equal(lines[0]?.id, 2);
    assert.match(
      stderr,
      /^note: \d+ answered, .*\nmeka: Stopped\nRun the same/,
    );
    await there.standin.until((requests) =>
      requests.some(({ aborted }) => aborted)
    );
  });
}

Deno.test("batch() ends what is under way when nobody reads its answers any more", async () => {
  await using there = await place();
  const input = ["a", "b [[scenario:hang_before_head]]", ...many(50)];
  const { host, ended } = there.start(input, { args: ["--unordered", "-j2"] });
  host.write = ({ to }) =>
    to === "stdout" ? Promise.reject(new ClosedOutput()) : Promise.resolve();
  assert.equal((await ended).code, 141);
});

Deno.test("batch() does not wait for records that do not come to write the answers to those that did", async () => {
  await using there = await place();
  const pipe = new TransformStream<Uint8Array, Uint8Array>();
  const writer = pipe.writable.getWriter();
  const { host, ended } = there.start(pipe.readable);
  const write = host.write;
  const answered = Promise.withResolvers<void>();
  host.write = async (output) => {
    await write(output);
    if (output.to === "stdout") answered.resolve();
  };
  await writer.write(bytes("a\nb"));
  await answered.promise;
  assert.match(host.stdout(), /"text":"echo: a"/);
  await writer.close();
  assert.deepEqual(textsOf(await ended), ["echo: a", "echo: b"]);
});

Deno.test("batch() reads no more of its input than it works on", async () => {
  await using there = await place({ scenario: "hang_before_head" });
  let lines = 0;
  const stdin = new ReadableStream<Uint8Array>({
    pull: (controller) => controller.enqueue(bytes(`prompt ${++lines}\n`)),
  }, { highWaterMark: 0 });
  const { host, ended } = there.start(stdin);
  await there.standin.until((requests) => requests.length === 4);
  assert.equal(lines, 4);
  host.abort(new MekaError("interrupted", "Interrupted"));
  assert.equal((await ended).code, 130);
});

Deno.test("batch() warns once of a store that cannot be written, and answers", async () => {
  await using there = await place();
  const { host, ended } = there.start(many(8));
  host.createPrivateFile = () => Promise.reject(new Error("EROFS"));
  const { code, lines, stderr } = await ended;
  assert.equal(code, 0);
  assert.equal(lines.length, 8);
  assert.equal(stderr.match(/^warning: /gm)?.length, 1, stderr);
});

Deno.test("batch() --quiet tells errors only", async () => {
  await using there = await place();
  const { stderr } = await there.batch(["a", ""], { args: ["-q"] });
  assert.match(stderr, /^meka: 1 of 2 records/);
});

Deno.test("batch() writes nothing to a terminal that could drive it", async () => {
  await using there = await place();
  const ended = await there.batch(["a\u009b31mb"], {
    terminal: ["stdout", "stderr"],
  });
  assert.deepEqual(textsOf(ended), ["echo: a31mb"]);
});
