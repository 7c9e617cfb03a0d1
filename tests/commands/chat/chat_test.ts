import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { startChatStandin } from "../../../scripts/standin/chat/mod.ts";
import { startStandin } from "../../../scripts/standin/mod.ts";
import type { Standin } from "../../../scripts/standin/types.ts";
import { MekaError } from "../../../src/errors.ts";
import type { Output } from "../../../src/host.ts";
import { run } from "../../../src/run.ts";
import { openDatabase } from "../../../src/store/database.ts";
import { writeTokens } from "../../../src/store/tokens.ts";
import {
  type MemoryHost,
  memoryHost,
  type MemoryHostOptions,
} from "../../support/memory_host.ts";
import { tokenRow } from "../../support/token_row.ts";

/** What the model is asked for to tell what it was told: one line for each message. */
const RECALL = "[[scenario:recall]]";

/** A person's folder and the service; a chat is one run in it. */
interface Place extends AsyncDisposable {
  readonly standin: Standin;
  readonly folder: string;
  /** Runs meka on a terminal on which these lines are typed, then Ctrl-D. */
  chat(
    lines: NonNullable<MemoryHostOptions["lines"]>,
    options?: ChatOptions,
  ): Promise<Chatted>;
  /** Lets time go by for the service. */
  pass(ms: number): void;
  sql(statement: string): readonly Readonly<Record<string, unknown>>[];
}

interface ChatOptions extends Omit<MemoryHostOptions, "lines"> {
  readonly args?: readonly string[];
  /** Called with the host before the chat begins. */
  readonly prepare?: (host: MemoryHost) => void;
}

interface Chatted {
  readonly code: number;
  readonly host: MemoryHost;
  /** What stood on the screen, colors and all. */
  readonly screen: string;
}

async function place({ signedIn = true } = {}): Promise<Place> {
  const folder = await Deno.makeTempDir({ prefix: "meka-" });
  const path = `${folder}/sessions.db`;
  let now = memoryHost().clock;
  const standin = await startStandin({ now: () => now });
  const { database } = await openDatabase(path, memoryHost());
  const { expiresAt, ...tokens } = standin.grant();
  if (signedIn) {
    const seconds = Math.floor(expiresAt / 1000);
    writeTokens(database, tokenRow({ ...tokens, expiresAt: seconds }));
  }
  database.close();
  return {
    standin,
    folder,
    chat: async (lines, { args = [], env, prepare, ...options } = {}) => {
      const host = memoryHost({
        terminal: true,
        fetch,
        ...options,
        lines,
        env: {
          MEKA_CONFIG_DIR: "/config",
          MEKA_DATA_DIR: folder,
          MEKA_BASE_URL: standin.baseUrl.origin,
          MEKA_OAUTH_ISSUER: standin.issuer.origin,
          MEKA_MODEL: "gpt-5",
          NO_COLOR: "1",
          ...env,
        },
      });
      prepare?.(host);
      const code = await run(args, host);
      return { code, host, screen: textOf(host.written) };
    },
    pass: (ms) => {
      now += ms;
    },
    sql: (statement) => {
      using database = new DatabaseSync(path);
      return database.prepare(statement).all().map((row) => ({ ...row }));
    },
    [Symbol.asyncDispose]: async () => {
      assert.deepEqual(standin.violations, []);
      await standin[Symbol.asyncDispose]();
      await Deno.remove(folder, { recursive: true });
    },
  };
}

function textOf(written: readonly Output[]): string {
  return written.map(({ text }) => text).join("");
}

function promptsOf({ lineReads }: MemoryHost): readonly string[] {
  return lineReads.map(({ prompt }) => prompt);
}

Deno.test("chat() greets, answers, and tells how to go on", async () => {
  await using there = await place();
  const { code, host, screen } = await there.chat([`${RECALL} hi`]);
  assert.equal(code, 0);
  assert.equal(host.stdout(), `1. ${RECALL} hi\n`);
  assert.match(screen, /^meka \S+: gpt-5 \(high\), openai-codex\n\/help/);
  assert.match(screen, /note: `meka -r [0-9a-f]{8,}` goes on with this/);
  assert.deepEqual(promptsOf(host), ["gpt-5 (read) › ", "gpt-5 (read) › "]);
});

/** A terminal in each of whose streams a person sees something. */
const STORED = "SELECT name, instructions FROM conversations";

Deno.test("chat() stores nothing before something is said", async () => {
  await using there = await place();
  const { code, screen } = await there.chat(["", "   ", "/help"]);
  assert.equal(code, 0);
  assert.deepEqual(there.sql(STORED), []);
  assert.doesNotMatch(screen, /goes on with this/);
});

Deno.test("chat() goes on with what was said before", async () => {
  await using there = await place();
  const { host } = await there.chat(["one", `${RECALL} two`]);
  assert.match(host.stdout(), /\n1\. one\n2\. \S+ two\n$/);
  assert.equal(there.sql(STORED).length, 1);
});

Deno.test("chat() tells once of conversations that cannot be read", async () => {
  await using there = await place();
  await there.chat(["one"]);
  there.sql("DROP TABLE items");
  const { code, host, screen } = await there.chat(
    ["two", `${RECALL} three`],
    { args: ["-c"] },
  );
  assert.equal(code, 0);
  assert.match(host.stdout(), /\n1\. two\n2\. \S+ three\n$/);
  assert.equal(screen.match(/^warning: /gm)?.length, 1, screen);
});

Deno.test("chat() keeps nothing with --no-save, and still goes on", async () => {
  await using there = await place();
  const args = ["--no-save"];
  const { host, screen } = await there.chat(["one", `${RECALL} two`], { args });
  assert.match(host.stdout(), /\n1\. one\n2\. \S+ two\n$/);
  assert.doesNotMatch(screen, /goes on with this/);
  assert.deepEqual(there.sql(STORED), []);
});

Deno.test("chat() takes the newest conversation up, and shows its last exchange", async () => {
  await using there = await place();
  await there.chat(["one", "two\nlines"]);
  const { host, screen } = await there.chat([`${RECALL} three`], {
    args: ["-c"],
  });
  assert.match(screen, /note: Going on with the conversation \S+: 2 turns/);
  assert.match(screen, /\n› two\nlines\n\nHi! You asked: “two\nlines”/);
  assert.match(host.stdout(), /\n1\. one\n2\. two\nlines\n3\. \S+ three\n$/);
});

Deno.test("chat() begins a conversation of a name, and takes it up by it", async () => {
  await using there = await place();
  const args = ["--session", "plan"];
  const first = await there.chat(["one"], { args });
  assert.match(first.screen, /no conversation "plan" yet; beginning it/);
  const { host } = await there.chat([`${RECALL} two`], { args });
  assert.match(host.stdout(), /1\. one\n2\. /);
  assert.deepEqual(there.sql(STORED), [{ name: "plan", instructions: null }]);
});

Deno.test("chat() goes on with a copy with --fork", async () => {
  await using there = await place();
  await there.chat(["one"]);
  await there.chat([`${RECALL} two`], { args: ["-c", "--fork"] });
  assert.equal(there.sql(STORED).length, 2);
});

Deno.test("chat() tells the model what the person wants it to be", async () => {
  await using there = await place();
  const args = ["-s", "You are a pirate."];
  await there.chat(["one"], { args });
  await there.chat(["two", "/new", "three"], { args: ["-c"] });
  const told = there.standin.asked().map(({ body }) => body.instructions);
  assert.equal(told[0], "You are a pirate.");
  assert.equal(told[1], "You are a pirate.");
  assert.match(String(told[2]), /^You talk with a person in a terminal/);
});

Deno.test("chat() asks for what the options say, and what the person says later", async () => {
  await using there = await place();
  await there.chat(
    ["one", "/effort medium", "two", "/model gpt-5.5", "three"],
    { args: ["-m", "gpt-5", "-e", "low"] },
  );
  const asked = there.standin.asked().map(({ body: { model, reasoning } }) => [
    model,
    reasoning,
  ]);
  const summary = "auto";
  assert.deepEqual(asked, [
    ["gpt-5", { effort: "low", summary }],
    ["gpt-5", { effort: "medium", summary }],
    ["gpt-5.5", { effort: "medium", summary }],
  ]);
});

Deno.test("chat() sends a picture with the first message only", async () => {
  await using there = await place();
  const files = { "/project/a.gif": "GIF89a" };
  const { code, screen } = await there.chat(["one", "two"], {
    args: ["-i", "/project/a.gif"],
    files,
  });
  assert.equal(code, 0, screen);
  const images = there.standin.asked().map(({ input }) =>
    JSON.stringify(input.at(-1)).includes("input_image")
  );
  assert.deepEqual(images, [true, false]);
});

const REFUSED: readonly [
  name: string,
  options: ChatOptions,
  code: number,
  screen: RegExp,
][] = [
  ["JSON", { args: ["--json"] }, 2, /`--json` needs a prompt/],
  ["a schema", { args: ["--schema", "a"] }, 2, /`--schema` needs a prompt/],
  [
    "--no-stream, which the provider has not",
    { args: ["--no-stream"] },
    2,
    /streams only/,
  ],
  [
    "a conversation that there is not",
    { args: ["-r", "01"] },
    2,
    /no conversation "01"/,
  ],
  [
    "a level that there is not",
    { args: ["--permission", "all"] },
    2,
    /`--permission` cannot be "all"/,
  ],
  ["a picture that there is not", { args: ["-i", "/a.gif"] }, 2, /a\.gif/],
  [
    "a stdout that nobody sees",
    { terminal: ["stdin", "stderr"] },
    2,
    /^Usage: meka/,
  ],
  [
    "a stderr that nobody sees",
    { terminal: ["stdin", "stdout"] },
    2,
    /^Usage: meka/,
  ],
];

for (const [name, options, code, screen] of REFUSED) {
  Deno.test(`chat() refuses ${name}`, async () => {
    await using there = await place();
    const chatted = await there.chat(["one"], options);
    assert.equal(chatted.code, code);
    assert.match(chatted.screen, screen);
    assert.deepEqual(there.standin.requests, []);
  });
}

Deno.test("chat() lets nobody type who is not signed in", async () => {
  await using there = await place({ signedIn: false });
  const { code, host, screen } = await there.chat(["one"]);
  assert.equal(code, 3);
  assert.deepEqual(promptsOf(host), []);
  assert.match(screen, /^meka: Not signed in to ChatGPT\nRun `meka setup`\n$/);
});

const FAILURES: readonly [name: string, kind: string, screen: RegExp][] = [
  ["a refused request", "refused", /\nmeka: /],
  ["a limit", "429-limit 1", /\nmeka: .*limit/],
  ["an answer that was cut", "cut", /\nmeka: /],
];

for (const [name, kind, told] of FAILURES) {
  Deno.test(`chat() tells of ${name}, and goes on`, async () => {
    await using there = await place();
    const { code, screen } = await there.chat([
      `[[fail:${kind}]] one`,
      "/undo",
      "two",
    ]);
    assert.equal(code, 0);
    assert.match(screen, told);
    assert.equal(there.standin.asked().at(-1)?.input.length, 1);
    assert.match(
      screen,
      /`\/retry` asks anew, `\/undo` takes the message back/,
    );
  });
}

Deno.test("chat() tells somebody whose sign-in has ended what to do", async () => {
  await using there = await place();
  there.standin.invalidateAccessTokens();
  there.standin.refreshPlan("reused");
  const { code, screen } = await there.chat(["one"]);
  assert.equal(code, 0);
  assert.match(screen, /\nmeka: .*\n.*`meka setup`/);
});

Deno.test("chat() is quiet with --quiet", async () => {
  await using there = await place();
  const { host } = await there.chat([`${RECALL} one`], { args: ["-q"] });
  assert.equal(host.stderr().trim(), "");
});

Deno.test("chat() shows Markdown in color, and the text itself without", async () => {
  await using there = await place();
  const said = ["[[say:# Title]][[call:nothing {}]]"];
  const colored = await there.chat(said, { env: { NO_COLOR: "" } });
  assert.match(colored.screen, /\[[\d;]+mTitle.\[0m\n/);
  const looks: ChatOptions[] = [
    { env: { NO_COLOR: "" }, args: ["--plain"] },
    { env: { NO_COLOR: "1" } },
    { env: { NO_COLOR: "", TERM: "dumb" } },
  ];
  for (const options of looks) {
    const typed = [...said, "/quit"];
    const { host } = await there.chat(said, { typed, ...options });
    assert.match(host.stdout(), /^# Title\n/);
  }
});

Deno.test("chat() leaves the line to a terminal that knows no control sequences", async () => {
  await using there = await place();
  const { code, host, screen } = await there.chat([], {
    typed: ["one", "/undo", `${RECALL} two`, "/quit"],
    env: { TERM: "dumb" },
  });
  assert.equal(code, 0);
  assert.deepEqual(host.lineEditors, []);
  assert.match(screen, /Taken back[^]*\none\n/);
  assert.match(host.stdout(), /\n1\. \S+ two\n$/);
  assert.ok(!screen.includes("\x1b"), screen);
});

/** Commands without a failure, and what they say. */
const COMMANDS: readonly [lines: readonly string[], screen: RegExp][] = [
  [["/help"], /\/model \[NAME\] .*\n/],
  [["/model"], /\n\* {2}gpt-5 +272k +minimal low medium high\n/],
  [["/model gpt-5.5"], /gpt-5\.5 answers from now on\n/],
  [
    ["/model", "/model gpt-x"],
    /list has no model of this name; the nearest is gpt-5/,
  ],
  [["/effort"], /none minimal low medium high\* xhigh max ultra/],
  [["/model", "/effort"], /minimal low medium high\*\n/],
  [["/effort loud"], /meka: There is no effort "loud"\nChoose one of: /],
  [["/permission"], /\n\* read +it may look around by itself\n/],
  [["/permission write"], /From now on it changes and runs things by itself/],
  [["/permission all"], /meka: There is no level "all"/],
  [
    ["/usage"],
    /Last turn +not known\nConversation +not known\nContext +not known/,
  ],
  [
    ["one", "/usage"],
    /Last turn +\d+ input.*\nConversation +\d+ input.*\nContext +\d+ tokens/,
  ],
  [["/model", "one", "/usage"], /Context +\d+ of 272000 tokens \([\d.]+%\)/],
  [["/name"], /It has no name yet/],
  [
    ["/name plan", "/name"],
    /`meka --session "plan"` takes it up again\n[^]*It is "plan"/,
  ],
  [["/retry"], /Nothing was said yet/],
  [["/undo"], /Nothing was said yet/],
  [["/copy"], /There is no answer to copy yet/],
  [["/save a.md"], /There is nothing to save yet/],
  [["/save"], /meka: `\/save` needs the name of a file/],
  [["/resume"], /There is no other conversation in this folder/],
  [["/resume 01"], /meka: There is no conversation "01"/],
  [["one", "/new", `${RECALL} two`], /A new conversation[^]*\n1\. \S+ two\n/],
  [["/modle"], /meka: There is no command `\/modle`\nThe nearest is `\/model`/],
  [["/constructor"], /meka: There is no command `\/constructor`/],
  [["/new york"], /meka: `\/new` takes nothing behind it/],
  [[`//etc ${RECALL}`], /1\. \/etc \S+\n/],
  [[` /etc ${RECALL}`], /1\. {1,2}\/etc \S+\n/],
];

for (const [lines, screen] of COMMANDS) {
  Deno.test(`chat() does what is meant by ${lines.join(", ")}`, async () => {
    await using there = await place();
    const chatted = await there.chat(lines);
    assert.equal(chatted.code, 0);
    assert.match(chatted.screen, screen);
  });
}

for (const line of ["/quit", "/exit"]) {
  Deno.test(`chat() ends with ${line}`, async () => {
    await using there = await place();
    const { code, host } = await there.chat([line, "one"]);
    assert.equal(code, 0);
    assert.equal(promptsOf(host).length, 1);
  });
}

Deno.test("/retry asks anew, and the answer before does not count", async () => {
  await using there = await place();
  const { host } = await there.chat(["one", `${RECALL} two`, "/retry"]);
  assert.match(host.stdout(), /(?:1\. one\n2\. \S+ two\n){2}$/);
});

Deno.test("/retry asks anew for what was said with a picture", async () => {
  await using there = await place();
  await there.chat(["one", "/retry"], {
    args: ["-i", "/a.gif"],
    files: { "/a.gif": "GIF89a" },
  });
  const [first, second] = there.standin.asked().map(({ input }) => input);
  assert.deepEqual(first, second);
});

Deno.test("/usage tells what is left of the plan", async () => {
  await using there = await place();
  there.standin.play("limit_headers");
  const { screen } = await there.chat(["one", "/usage"]);
  assert.match(screen, /\n5-hour +[█░]+ +[\d.]+% used/);
});

Deno.test("/copy hands the last answer to a program, else to the terminal", async () => {
  await using there = await place();
  const lines = [RECALL, "/copy"];
  const near = await there.chat(lines, { clipboard: "wl-copy" });
  assert.deepEqual(near.host.copied, [`1. ${RECALL}`]);
  assert.match(near.screen, /Copied with `wl-copy`/);
  const far = await there.chat(lines);
  const base64 = btoa(`1. ${RECALL}`);
  assert.ok(far.screen.includes(`\x1b]52;c;${base64}\x07`), far.screen);
});

Deno.test("/save writes the last answer, or all of the conversation", async () => {
  await using there = await place();
  const lines = ["one", RECALL, "/save a.md", "/save --all ~/b.md"];
  const { host, screen } = await there.chat(lines, { env: { HOME: "/home" } });
  assert.equal(host.files.get("/project/a.md"), `1. one\n2. ${RECALL}\n`);
  assert.match(
    host.files.get("/home/b.md") ?? "",
    /^# one\n[^]*\n## You, .*\n\none\n\n## gpt-5\n[^]*\n1\. one\n/,
  );
  assert.match(screen, /Written to \/project\/a\.md/);
});

Deno.test("/save writes all that was said where nothing is kept", async () => {
  await using there = await place();
  const { host } = await there.chat(["one", "/save --all a.md"], {
    args: ["--no-save"],
  });
  assert.match(
    host.files.get("/project/a.md") ?? "",
    /^# one\n[^]*\n## You, .*\n\none\n\n## gpt-5\n\nHi!/,
  );
});

Deno.test("/save asks before a file is lost", async () => {
  await using there = await place();
  const files = { "/project/a.md": "mine" };
  for (
    const [answer, saved] of [
      ["keep", "mine"],
      ["replace", `1. ${RECALL}\n`],
    ] as const
  ) {
    const lines = [RECALL, "/save a.md"];
    const { host } = await there.chat(lines, { files, answers: [answer] });
    assert.deepEqual(host.questions, [
      "There is a file /project/a.md already. keep replace",
    ]);
    assert.equal(host.files.get("/project/a.md"), saved);
  }
});

Deno.test("/resume goes on with a conversation that is chosen, or named", async () => {
  await using there = await place();
  await there.chat(["/name plan", "one"]);
  const [{ id }] = there.sql("SELECT id FROM conversations") as [
    { id: string },
  ];
  for (
    const line of ["/resume", "/resume plan", `/resume ${id.slice(0, 30)}`]
  ) {
    const { host, screen } = await there.chat(
      [line, `${RECALL} two`, "/undo"],
      {
        answers: [id],
      },
    );
    assert.match(screen, /Going on with the conversation \S+ "plan"/);
    assert.match(screen, /\n› one\n\nHi!/);
    assert.match(host.stdout(), /1\. one\n2\. \S+ two\n$/);
  }
});

Deno.test("/undo puts the message back for another try", async () => {
  await using there = await place();
  const { host } = await there.chat(["one", "two", "/undo", `${RECALL} three`]);
  assert.deepEqual(host.lineReads.map(({ initial }) => initial), [
    ...["", "", "", "two", ""],
  ]);
  assert.match(host.stdout(), /\n1\. one\n2\. \S+ three\n$/);
});

Deno.test("chat() brings back what was said in any conversation, and each line of this one", async () => {
  await using there = await place();
  await there.chat(["one", "/new", "two", "/help"]);
  const { host } = await there.chat(["/help", "/help", "", "three"]);
  assert.deepEqual(host.lineReads.map(({ history }) => history), [
    ["one", "two"],
    ["one", "two", "/help"],
    ["one", "two", "/help"],
    ["one", "two", "/help"],
    ["one", "two", "/help", "three"],
  ]);
});

Deno.test("chat() completes commands, models, efforts, levels and names", async () => {
  await using there = await place();
  const { host } = await there.chat(["/model", "/name plan", "one"]);
  const complete = host.lineEditors[0]?.complete;
  const cases: readonly (readonly [string, readonly string[]])[] = [
    ["/mo", ["/model "]],
    ["/model gpt-5.", ["gpt-5.5", "gpt-5.4-spark"]],
    ["/effort m", ["minimal", "medium"]],
    ["/permission w", ["write"]],
    ["/help x", []],
    ["/nothing x", []],
    ["one", []],
  ];
  for (const [line, candidates] of cases) {
    const found = await complete?.(line, line.length);
    assert.deepEqual(found?.candidates, candidates, line);
  }
  // What stands behind the cursor stays there.
  assert.deepEqual(await complete?.("/qu x", 3), {
    from: 0,
    candidates: ["/quit"],
  });
});

Deno.test("chat() ends with a second Ctrl-C in a row, and not before", async () => {
  await using there = await place();
  const cancel = { type: "cancel" } as const;
  const { code, host, screen } = await there.chat([
    ...[cancel, "/help", cancel, cancel, "one"],
  ]);
  assert.equal(code, 130);
  assert.equal(promptsOf(host).length, 4);
  assert.equal(screen.split("Ctrl-C again ends the chat").length, 3);
});

/** The service, where something happens as soon as its first answer begins. */
function whenAnswerBegins(
  act: () => void,
): (request: Request) => Promise<Response> {
  let hasBegun = false;
  return async (request) => {
    const response = await fetch(request);
    if (hasBegun || response.body === null) return response;
    const acting = new TransformStream<Uint8Array, Uint8Array>({
      transform: (chunk, controller): void => {
        controller.enqueue(chunk);
        const text = new TextDecoder().decode(chunk);
        if (hasBegun || !text.includes("output_text.delta")) return;
        hasBegun = true;
        act();
      },
    });
    return new Response(response.body.pipeThrough(acting), {
      headers: response.headers,
    });
  };
}

Deno.test("Ctrl-C stops an answer, keeps what came of it, and the chat goes on", async () => {
  for (const args of [[], ["--no-save"]]) {
    await using there = await place();
    let press = (): void => {};
    const { code, host, screen } = await there.chat(
      ["[[scenario:hang_after_text]] one", "[[scenario:history]] two"],
      {
        args,
        fetch: whenAnswerBegins(() => press()),
        prepare: (host) => press = host.pressCtrlC,
      },
    );
    assert.equal(code, 0, screen);
    assert.match(screen, /\nnote: Stopped\nnote: `\/retry` asks anew/);
    const [partial = ""] = host.stdout().split("1 user");
    assert.notEqual(partial.trim(), "");
    // The model is told of the part that was shown.
    const told = `2 assistant ${partial.trim()}`.replaceAll("\n", " ");
    assert.ok(
      host.stdout().replaceAll("\n", " ").includes(told),
      host.stdout(),
    );
    const turns = there.sql("SELECT status FROM turns");
    assert.deepEqual(
      turns.map(({ status }) => status),
      args.length === 0 ? ["incomplete", "completed"] : [],
    );
  }
});

Deno.test("SIGTERM ends the chat in mid-answer, with what came of it stored", async () => {
  await using there = await place();
  let end = (): void => {};
  const { code } = await there.chat(
    ["[[scenario:hang_after_text]] one", "two"],
    {
      fetch: whenAnswerBegins(() => end()),
      prepare: (host) => {
        const reason = new MekaError("interrupted", "Terminated", {
          exit: 143,
        });
        end = () => host.abort(reason);
      },
    },
  );
  assert.equal(code, 143);
  assert.deepEqual(there.sql("SELECT status FROM turns"), [
    { status: "incomplete" },
  ]);
});

Deno.test("chat() refreshes a token that expires while nobody talks", async () => {
  await using there = await place();
  let later = (): void => {};
  const { code, screen } = await there.chat(["one", "two"], {
    fetch: whenAnswerBegins(() => later()),
    prepare: (host) => {
      later = () => {
        host.clock += 3_500_000;
        there.pass(3_500_000);
      };
    },
  });
  assert.equal(code, 0);
  assert.doesNotMatch(screen, /meka: /);
  const { responses, refreshes } = there.standin.counts();
  assert.deepEqual([responses, refreshes], [2, 1]);
});

Deno.test("chat() talks with a server of one's own, and fetches its list of models", async () => {
  await using there = await place({ signedIn: false });
  await using server = await startChatStandin({ profile: "ollama" });
  const { code, host, screen } = await there.chat(
    ["/model", "one", `${RECALL} two`, "/retry"],
    {
      env: {
        MEKA_PROVIDER: "openai-api",
        MEKA_BASE_URL: server.baseUrl.href,
        MEKA_MODEL: "gpt-oss:20b",
      },
    },
  );
  assert.equal(code, 0, screen);
  assert.match(screen, /^meka \S+: gpt-oss:20b \(high\), openai-api\n/);
  assert.match(screen, /\n\* {2}gpt-oss:20b\n/);
  assert.match(host.stdout(), /(?:1\. one\n2\. \S+ two\n){2}$/);
  assert.deepEqual(server.violations, []);
});
