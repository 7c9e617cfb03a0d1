import assert from "node:assert/strict";
import { startChatStandin } from "../../scripts/standin/chat/mod.ts";
import type { ChatStandin } from "../../scripts/standin/chat/types.ts";
import { startStandin } from "../../scripts/standin/mod.ts";
import type { AskedRequest, Standin } from "../../scripts/standin/types.ts";
import {
  type Ended,
  type Home,
  type Meka,
  runMeka,
  signedInHome,
  startMeka,
  type StartOptions,
} from "../support/meka.ts";
import { storedConversations, textsOf } from "../support/stored.ts";
import { assertPlainStderr } from "../support/stderr.ts";

// What a run says and what the service then gets to hear of earlier runs, end to end.

const UUID =
  /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;
const POSIX = Deno.build.os !== "windows";

/** Somebody signed in to a stand-in of their own, in a folder of their own. */
interface Person extends AsyncDisposable {
  readonly standin: Standin;
  readonly home: Home;
  start(args: readonly string[], extras?: Extras): Meka;
  run(args: readonly string[], extras?: Extras): Promise<Ended>;
  /** A run that must end well. */
  ask(args: readonly string[], extras?: Extras): Promise<Ended>;
}

type Extras = Partial<Omit<StartOptions, "stdin">> & {
  /** The working folder. */
  readonly folder?: string;
};

async function person(scenario?: string): Promise<Person> {
  const standin = await startStandin(
    scenario === undefined ? {} : { scenario },
  );
  const home = await signedInHome(standin);
  const options = (args: readonly string[], extras: Extras = {}) => {
    const { folder = home.folder, ...others } = extras;
    return { standin, home, args, before: `cd '${folder}'`, ...others };
  };
  const run: Person["run"] = (args, extras) => runMeka(options(args, extras));
  return {
    standin,
    home,
    start: (args, extras) => startMeka(options(args, extras)),
    run,
    ask: async (args, extras) => {
      const ended = await run(args, extras);
      assert.equal(ended.code, 0, ended.stderr);
      assertPlainStderr(ended.stderr, 0);
      return ended;
    },
    [Symbol.asyncDispose]: async () => {
      await home[Symbol.asyncDispose]();
      await standin[Symbol.asyncDispose]();
    },
  };
}

/** The request for an answer that came last. */
function last(standin: Pick<Standin | ChatStandin, "asked">): AskedRequest {
  const request = standin.asked().at(-1);
  assert.ok(request);
  return request;
}

/** What all requests have said of the conversation they belong to. */
function sessions(standin: Standin): unknown[] {
  const named = standin.asked().map(({ request, body }) => {
    const id = request.headers.get("session-id");
    assert.equal(body.prompt_cache_key, id);
    return id;
  });
  return [...new Set(named)];
}

/** The texts of an input, with the kind of all that has none. */
function heard({ input }: AskedRequest): unknown[] {
  return input.map(({ type, role, content }) => {
    if (type !== "message" && role === undefined) return type;
    if (typeof content === "string") return content;
    return Object.values(content ?? []).map((part) =>
      Object(part).text ?? "[image]"
    )
      .join("");
  });
}

Deno.test("-c replays the first turn exactly, and what was said anew", async () => {
  await using who = await person("rich");
  const { standin, home } = who;
  const first = await who.ask(["first"]);
  assert.equal(first.stderr, "");
  const second = await who.ask(["-c", "second"]);
  const [one, two] = standin.asked();
  assert.ok(one && two);
  assert.deepEqual(two.input.slice(0, one.input.length), one.input);
  assert.deepEqual(two.input.map(({ type, role }) => role ?? type), [
    "user",
    "reasoning",
    "reasoning",
    "assistant",
    "user",
  ]);
  assert.equal(heard(two).at(-1), "second");
  // All but what was said is as before, and the stand-in knows its items again.
  assert.deepEqual({ ...two.body, input: one.body.input }, one.body);
  assert.deepEqual(standin.violations, []);
  const [id, ...others] = sessions(standin);
  assert.match(String(id), UUID);
  assert.deepEqual(others, []);
  assert.equal(second.stderr.split("\n").length, 2, second.stderr);
  assert.match(
    second.stderr,
    RegExp(`^note: Going on with the conversation ${id}: 1 turn`),
  );
  const [stored, ...more] = storedConversations(home);
  assert.deepEqual(more, []);
  assert.equal(stored?.id, id);
  assert.deepEqual(stored?.turns.map(({ status }) => status), [
    "completed",
    "completed",
  ]);
});

Deno.test("a message of half a character goes back as it came", async () => {
  await using who = await person("rich_surrogates");
  await who.ask(["first"]);
  await who.ask(["-c", "second"]);
  assert.deepEqual(who.standin.violations, []);
});

Deno.test("a prompt is replayed byte for byte, NUL and all", async () => {
  await using who = await person("recall");
  const prompt = "a\0b\tc\u2028d\ufeffe  \n\n";
  await who.ask([], { input: prompt } as Extras);
  await who.ask(["-c", "second"]);
  assert.deepEqual(heard(last(who.standin))[0], prompt);
});

Deno.test("-c replays a conversation of a server of Chat Completions", async () => {
  await using chat = await startChatStandin({ profile: "openai" });
  await using who = await person();
  const env = apiEnvironment(chat);
  await who.ask(["[[say:x]] first"], { env });
  await who.ask(["-c", "second"], { env });
  const [one, two] = chat.asked();
  assert.ok(one && two);
  assert.deepEqual(two.input.slice(0, one.input.length), one.input);
  assert.deepEqual(two.input.map(({ role }) => role), [
    "system",
    "user",
    "assistant",
    "user",
  ]);
  assert.deepEqual({ ...two.body, messages: one.body.messages }, one.body);
  assert.deepEqual(chat.violations, []);
});

Deno.test("--session names a conversation, which begins with its first run", async () => {
  await using who = await person("recall");
  const first = await who.ask(["--session", "notes", "one"]);
  assert.equal(
    first.stderr,
    'note: There is no conversation "notes" yet; beginning it\n',
  );
  await who.ask(["something else"]);
  const second = await who.ask(["--session", "notes", "two"]);
  assert.equal(second.stdout, "1. one\n2. two\n");
  assert.match(
    second.stderr,
    /^note: Going on with the conversation \S+ "notes": 1 turn/,
  );
  // It is found by its name, its id and the beginning of that; from any folder.
  const [{ id } = { id: "" }] = storedConversations(who.home);
  for (const name of ["notes", id, id.slice(0, 20).toUpperCase()]) {
    const folder = "/";
    const { stdout } = await who.ask(["--no-save", "-r", name, "x"], {
      folder,
    });
    assert.equal(stdout, "1. one\n2. two\n3. x\n");
  }
});

Deno.test("-r lists the conversations that an ambiguous id stands for", async () => {
  await using who = await person();
  await who.ask(["one"]);
  await who.ask(["--session", "notes", "two"]);
  const ids = storedConversations(who.home).map(({ id }) => id);
  const { code, stdout, stderr } = await who.run(["-r", "0", "three"]);
  assert.equal(code, 2);
  assert.equal(stdout, "");
  assertPlainStderr(stderr, 2);
  for (const id of ids) assert.ok(stderr.includes(id), stderr);
  assert.match(stderr, /"notes"/);
  assert.equal(who.standin.asked().length, 2);
});

const REFUSED: readonly (readonly [string, readonly string[], RegExp])[] = [
  ["an id that nobody has", ["-r", "ffff"], /There is no conversation "ffff"/],
  ["an empty id", ["-r", ""], /There is no conversation ""/],
  ["an id that is a pattern", ["-r", "%"], /There is no conversation "%"/],
  ["two ways to name one", ["-c", "-r", "0"], /--continue.+--resume/],
  ["two names", ["--session", "a", "-c"], /--continue.+--session/],
  ["a copy of nothing", ["--fork"], /--fork.+needs a conversation/],
  ["a name of spaces", ["--session", " a "], /name/],
  ["no name", ["--session", ""], /name/],
  ["a name on two lines", ["--session", "a\nb"], /name/],
  ["a name that drives the screen", ["--session", "a\x1b[2J"], /name/],
  ["a long name", ["--session", "x".repeat(101)], /name/],
];

Deno.test("what names no conversation is refused with exit 2, and nothing is sent", async (t) => {
  await using who = await person();
  await who.ask(["one"]);
  for (const [name, args, says] of REFUSED) {
    await t.step(name, async () => {
      const { code, stdout, stderr } = await who.run([...args, "two"]);
      assert.equal(code, 2, stderr);
      assert.equal(stdout, "");
      assertPlainStderr(stderr, 2);
      assert.match(stderr, says);
    });
  }
  assert.equal(who.standin.asked().length, 1);
  assert.equal(storedConversations(who.home).length, 1);
});

Deno.test("-c goes by the folder, and begins where there is nothing to continue", async () => {
  await using who = await person("recall");
  const there = `${who.home.folder}/there`;
  await Deno.mkdir(there);
  const first = await who.ask(["-c", "one"]);
  assert.equal(
    first.stderr,
    "note: There is no conversation in this folder yet; beginning one\n",
  );
  await who.ask(["two"]);
  const other = await who.ask(["-c", "three"], { folder: there });
  assert.equal(other.stdout, "1. three\n");
  assert.match(other.stderr, /beginning one/);
  // The newest of the folder, which is the one that was used last.
  const again = await who.ask(["-c", "four"]);
  assert.equal(again.stdout, "1. two\n2. four\n");
  const [{ id } = { id: "" }] = storedConversations(who.home);
  await who.ask(["-r", id, "five"], { folder: there });
  const { stdout } = await who.ask(["-c", "six"]);
  assert.equal(stdout, "1. one\n2. five\n3. six\n");
});

Deno.test("--fork goes on with a copy, and leaves the original as it is", async () => {
  await using who = await person("recall");
  const { standin, home } = who;
  await who.ask(["--session", "notes", "one"]);
  const forked = await who.ask(["--session", "notes", "--fork", "two"]);
  assert.equal(forked.stdout, "1. one\n2. two\n");
  const original = await who.ask(["--session", "notes", "three"]);
  assert.equal(original.stdout, "1. one\n2. three\n");
  // The copy is the newest but one, and has no name.
  const [first, copy] = storedConversations(home);
  assert.equal(copy?.parent, first?.id);
  assert.equal(copy?.name, undefined);
  const { stdout } = await who.ask(["-r", copy?.id ?? "", "four"]);
  assert.equal(stdout, "1. one\n2. two\n3. four\n");
  assert.deepEqual(sessions(standin), [first?.id, copy?.id]);
});

Deno.test("--no-save keeps nothing, and goes on with what is kept", async () => {
  await using who = await person("recall");
  await who.ask(["--no-save", "secret"]);
  assert.deepEqual(storedConversations(who.home), []);
  await who.ask(["one"]);
  const before = storedConversations(who.home);
  for (const choice of [["-c"], ["-r", "0"], ["-c", "--fork"]]) {
    const args = [...choice, "--no-save", "secret"];
    const { stdout } = await who.ask(args);
    assert.equal(stdout, "1. one\n2. secret\n");
  }
  await who.ask(["--session", "new", "--no-save", "secret"]);
  assert.deepEqual(storedConversations(who.home), before);
  const bytes = new TextDecoder("latin1")
    .decode(await Deno.readFile(who.home.database));
  assert.ok(!bytes.includes("secret"));
});

Deno.test("a conversation goes on with another provider and comes back", async () => {
  await using chat = await startChatStandin({ profile: "openai" });
  await using who = await person("rich");
  const env = apiEnvironment(chat);
  const first = await who.ask(["one"]);
  const second = await who.ask(["-c", "two"], { env });
  const there = last(chat);
  assert.deepEqual(there.input.map(({ role }) => role), [
    "system",
    "user",
    "assistant",
    "user",
  ]);
  assert.equal(`${there.input[2]?.content}\n`, first.stdout);
  await who.ask(["-c", "three"]);
  const back = last(who.standin);
  // What openai-codex made comes back to it as it was; of the rest, what was said.
  assert.deepEqual(back.input.map(({ type, role }) => role ?? type), [
    "user",
    "reasoning",
    "reasoning",
    "assistant",
    "user",
    "assistant",
    "user",
  ]);
  assert.equal(`${heard(back)[5]}\n`, second.stdout);
  assert.deepEqual(back.input[5], {
    type: "message",
    role: "assistant",
    content: [{ type: "output_text", text: second.stdout.trimEnd() }],
  });
  assert.deepEqual(who.standin.violations, []);
  assert.deepEqual(chat.violations, []);
  assert.equal(sessions(who.standin).length, 1);
  const [stored] = storedConversations(who.home);
  assert.equal(stored?.provider, "openai-codex");
});

Deno.test("what one account's model thought is not sent for another", async () => {
  await using who = await person("rich");
  const { standin } = who;
  const first = await who.ask(["one"]);
  const other = standin.grant({ accountId: "another-account" }).accessToken;
  await who.ask(["-c", "two"], { env: { OPENAI_CODEX_TOKEN: other } });
  const asked = last(standin);
  assert.deepEqual(asked.input.map(({ type, role }) => role ?? type), [
    "user",
    "assistant",
    "user",
  ]);
  assert.equal(`${heard(asked)[1]}\n`, first.stdout);
  assert.equal(asked.input[1]?.id, undefined);
  // The first account still finds its own, and nothing of the other's.
  await who.ask(["-c", "three"]);
  assert.deepEqual(last(standin).input.map(({ type, role }) => role ?? type), [
    "user",
    "reasoning",
    "reasoning",
    "assistant",
    "user",
    "assistant",
    "user",
  ]);
  assert.deepEqual(standin.violations, []);
});

Deno.test("a picture is sent again with its message, and stored once", async () => {
  await using who = await person("recall");
  const picture = `${who.home.folder}/a.png`;
  await Deno.writeFile(picture, PNG);
  await who.ask(["--session", "a", "-i", picture, "-i", picture, "look"]);
  await who.ask(["--session", "b", "-i", picture, "look again"]);
  const { stdout } = await who.ask(["--session", "a", "and now"]);
  assert.equal(stdout, "1. look (2 images)\n2. and now\n");
  const [one] = who.standin.asked();
  assert.deepEqual(last(who.standin).input[0], one?.input[0]);
  assert.equal(await countIn(who.home, "images"), 1);
  const { DatabaseSync } = await import("node:sqlite");
  using database = new DatabaseSync(who.home.database);
  const { bytes } = database.prepare("SELECT bytes FROM images").get() ?? {};
  assert.deepEqual(bytes, PNG);
});

Deno.test("--system is that of the conversation, until another one is given", async () => {
  await using who = await person();
  await who.ask(["-s", "Be brief.", "one"]);
  await who.ask(["-c", "two"]);
  await who.ask(["-c", "-s", "Be kind.", "three"]);
  await who.ask(["-c", "four"]);
  const told = who.standin.asked().map(({ body }) => body.instructions);
  assert.deepEqual(told, ["Be brief.", "Be brief.", "Be kind.", "Be kind."]);
});

const MENDED = ["[[fail:500 2]]", "[[fail:429 1]]", "[[fail:401 1]]"];

Deno.test("what was sent again is stored once", async (t) => {
  for (const marker of MENDED) {
    await t.step(marker, async () => {
      await using who = await person();
      await who.ask([`one ${marker}`]);
      assert.ok(who.standin.asked().length > 1);
      await who.ask(["-c", "two"]);
      const roles = last(who.standin).input.map(({ role }) => role);
      assert.deepEqual(roles, ["user", "assistant", "user"]);
      const [stored] = storedConversations(who.home);
      assert.equal(stored?.turns[0]?.status, "completed");
    });
  }
});

interface Cut {
  readonly name: string;
  readonly scenario: string;
  readonly args?: readonly string[];
  /** What to wait for on stdout, and what to do then. */
  readonly until?: string;
  readonly then?: (meka: Meka) => Promise<void> | void;
  readonly code: number;
  /** What must be stored of the answer: all that the person saw. */
  readonly kept: RegExp;
  readonly status: string;
  readonly ignore?: boolean;
}

const CUTS: readonly Cut[] = [
  {
    name: "a stream that broke",
    scenario: "cut_after_3",
    code: 7,
    kept: /^Once upon a$/,
    status: "incomplete",
  },
  {
    name: "a connection that broke",
    scenario: "reset_mid_stream",
    code: 7,
    kept: /^Once upon a$/,
    status: "incomplete",
  },
  {
    name: "--timeout",
    scenario: "first_then_silence",
    args: ["--timeout", "1"],
    code: 7,
    kept: /^first$/,
    status: "incomplete",
  },
  {
    name: "Ctrl-C",
    scenario: "first_then_silence",
    until: "first",
    then: (meka) => meka.kill("SIGINT"),
    code: 130,
    kept: /^first$/,
    status: "incomplete",
  },
  {
    name: "SIGTERM",
    scenario: "first_then_silence",
    until: "first",
    then: (meka) => meka.kill("SIGTERM"),
    code: 143,
    kept: /^first$/,
    status: "incomplete",
    ignore: !POSIX,
  },
  {
    name: "a reader that leaves",
    scenario: "endless",
    until: "line 2 of",
    then: (meka) => meka.stdout.close(),
    code: 141,
    kept: /^line 1 of[^]+line 2 of/,
    status: "incomplete",
  },
  {
    name: "an output limit",
    scenario: "incomplete_max_output_tokens",
    code: 7,
    kept: /\S/,
    status: "incomplete",
  },
];

Deno.test("an answer that was cut is stored as far as it came, and replayed", async (t) => {
  for (const row of CUTS) {
    await t.step({
      name: row.name,
      ignore: row.ignore ?? false,
      fn: () => checkCut(row),
    });
  }
});

async function checkCut(row: Cut): Promise<void> {
  await using who = await person(row.scenario);
  await using meka = who.start([...row.args ?? [], "one"]);
  if (row.until !== undefined) await meka.stdout.until(row.until);
  await row.then?.(meka);
  const { code } = await meka.ended;
  assert.equal(code, row.code, meka.stderr());
  assertPlainStderr(meka.stderr(), code);
  assert.doesNotMatch(meka.stderr(), /warning/);
  const [stored] = storedConversations(who.home);
  const [turn] = stored?.turns ?? [];
  assert.equal(turn?.status, row.status);
  const [said, answer] = textsOf(turn ?? { items: [] })
    .filter((text) => text !== "reasoning");
  assert.equal(said, "one");
  assert.match(answer ?? "", row.kept);
  who.standin.play("text");
  await who.ask(["-c", "two"]);
  const heardTexts = heard(last(who.standin)).filter((text) =>
    text !== "reasoning"
  );
  assert.deepEqual(heardTexts, ["one", answer, "two"]);
  assert.deepEqual(who.standin.violations, []);
}

Deno.test("a message that got no answer is said again with the next", async () => {
  await using who = await person("recall");
  const failed = await who.run(["one [[fail:refused]]"]);
  assert.equal(failed.code, 6);
  const [stored] = storedConversations(who.home);
  assert.deepEqual(stored?.turns.map(({ status }) => status), ["failed"]);
  const { stdout } = await who.ask(["-c", "two"]);
  assert.equal(stdout, "1. one [[fail:refused]]\n2. two\n");
});

Deno.test("--json tells which conversation it is", async () => {
  await using who = await person();
  const first = await who.ask(["--json", "one"]);
  const second = await who.ask(["--json", "-c", "two"]);
  const ids = [first, second].map(({ stdout }) =>
    JSON.parse(stdout.split("\n")[0] ?? "").session
  );
  const [stored] = storedConversations(who.home);
  assert.deepEqual(ids, [stored?.id, stored?.id]);
});

Deno.test("--quiet goes on without a word", async () => {
  await using who = await person();
  await who.ask(["-q", "-c", "one"]);
  assert.equal((await who.ask(["-q", "-c", "two"])).stderr, "");
  assert.equal((await who.ask(["-q", "--session", "a", "two"])).stderr, "");
});

Deno.test("a run that goes on with the same conversation waits for the first one", async (t) => {
  const CHOICES = [["-c"], ["--session", "notes"], ["-r", "notes"]];
  for (const choice of CHOICES) {
    await t.step(choice.join(" "), async () => {
      await using who = await person("recall");
      // Both have theirs from the start.
      who.standin.expectCookies(false);
      await who.ask(["--session", "notes", "one"]);
      const slow = "two [[scenario:slow]]";
      await using first = who.start(["-r", "notes", slow]);
      await first.stdout.until("one");
      await using second = who.start([...choice, "three"]);
      await second.said("waiting for it to end");
      assert.equal(who.standin.asked().length, 2);
      assert.equal((await first.ended).code, 0, first.stderr());
      const { code } = await second.ended;
      assert.equal(code, 0, second.stderr());
      const asked = heard(last(who.standin)).filter((text) =>
        text !== "reasoning"
      );
      assert.equal(asked.length, 5);
      assert.deepEqual([asked[2], asked[4]], [slow, "three"]);
      assert.equal(asked[3], SLOW);
      assert.match(second.stderr(), /2 turns/);
      assert.deepEqual(who.standin.violations, []);
    });
  }
});

Deno.test("two runs that begin a conversation of one name make one", async () => {
  await using who = await person("recall");
  const runs = ["one", "two"].map((prompt) =>
    who.ask(["--session", "notes", prompt])
  );
  await Promise.all(runs);
  const [stored, ...more] = storedConversations(who.home);
  assert.deepEqual(more, []);
  assert.equal(stored?.turns.length, 2);
  // The second one knew of the first one.
  assert.match(
    textsOf(stored?.turns[1] ?? { items: [] }).at(-1) ?? "",
    /^1\. .+\n2\. /,
  );
});

Deno.test("a new conversation is waited for, too, once it can be found", async () => {
  await using who = await person("first_then_silence");
  await using first = who.start(["one"]);
  await first.stdout.until("first");
  who.standin.play("recall");
  await using second = who.start(["-c", "two"]);
  await second.said("waiting for it to end");
  first.kill("SIGINT");
  await first.ended;
  assert.equal((await second.ended).code, 0);
  assert.deepEqual(heard(last(who.standin)), ["one", "first", "two"]);
});

Deno.test("a conversation whose run was killed is free at once", async () => {
  await using who = await person("first_then_silence");
  await using first = who.start(["--session", "notes", "one"]);
  await first.stdout.until("first");
  who.standin.play("recall");
  await using second = who.start(["--session", "notes", "two"]);
  await second.said("waiting for it to end");
  first.kill("SIGKILL");
  await first.ended;
  assert.equal((await second.ended).code, 0, second.stderr());
  assert.deepEqual(heard(last(who.standin)), ["one", "first", "two"]);
  // Its file, which nobody removed, does no harm; the others' are gone.
  await who.ask(["--session", "notes", "three"]);
  assert.deepEqual(await lockFiles(who.home), []);
});

Deno.test("Ctrl-C ends the wait for another run, and harms nothing", async () => {
  await using who = await person("first_then_silence");
  await using first = who.start(["--session", "notes", "one"]);
  await first.stdout.until("first");
  await using second = who.start(["--session", "notes", "two"]);
  await second.said("waiting for it to end");
  second.kill("SIGINT");
  assert.equal((await second.ended).code, 130);
  assertPlainStderr(second.stderr(), 130);
  assert.equal(who.standin.asked().length, 1);
  first.kill("SIGINT");
  await first.ended;
  who.standin.play("recall");
  const { stdout } = await who.ask(["--session", "notes", "three"]);
  assert.equal(stdout, "1. one\n2. three\n");
});

Deno.test("copies of one conversation are made side by side", async () => {
  await using who = await person("first_then_silence");
  const copies = ["one", "two"];
  who.standin.play("recall");
  await who.ask(["--session", "notes", "zero"]);
  who.standin.play("first_then_silence");
  await using stack = new AsyncDisposableStack();
  for (const copy of copies) {
    const meka = stack.use(who.start(["-r", "notes", "--fork", copy]));
    await meka.stdout.until("first");
  }
  who.standin.play("recall");
  const { stdout } = await who.ask(["--session", "notes", "three"]);
  assert.equal(stdout, "1. zero\n2. three\n");
});

Deno.test("runs without anything in common do not wait for each other", async () => {
  await using who = await person("first_then_silence");
  await using first = who.start(["one"]);
  await first.stdout.until("first");
  who.standin.play("recall");
  const { stdout, stderr } = await who.ask(["two"]);
  assert.equal(stdout, "1. two\n");
  assert.equal(stderr, "");
});

const SLOW = "one two three four five six seven eight nine ten";

Deno.test("32 runs at once keep 32 conversations", async () => {
  await using who = await person("recall");
  who.standin.expectCookies(false);
  const prompts = Array.from({ length: 32 }, (_, n) => `prompt ${n}`);
  const ended = await Promise.all(prompts.map((prompt) => who.ask([prompt])));
  for (const [n, { stdout, stderr }] of ended.entries()) {
    assert.equal(stdout, `1. prompt ${n}\n`);
    assert.equal(stderr, "");
  }
  const stored = storedConversations(who.home);
  const said = stored.map(({ turns: [turn] }) => turn && textsOf(turn)[0]);
  assert.deepEqual(said.sort(), prompts.toSorted());
  for (const { turns } of stored) {
    assert.deepEqual(turns.map(({ status }) => status), ["completed"]);
    assert.equal(turns[0]?.items.length, 2);
  }
});

/** A picture of one pixel. */
const PNG = Uint8Array.fromBase64(
  "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==",
);

function apiEnvironment(chat: ChatStandin): Record<string, string> {
  return {
    MEKA_PROVIDER: "openai-api",
    MEKA_BASE_URL: chat.baseUrl.href,
    MEKA_MODEL: chat.model,
    ...chat.key === undefined ? {} : { OPENAI_API_KEY: chat.key },
  };
}

async function countIn(home: Home, table: string): Promise<unknown> {
  const { DatabaseSync } = await import("node:sqlite");
  using database = new DatabaseSync(home.database);
  return database.prepare(`SELECT count(*) AS n FROM ${table}`).get()?.n;
}

async function lockFiles(home: Home): Promise<string[]> {
  const names: string[] = [];
  const folder = home.database.replace(/[^/]+$/, "");
  for await (const { name } of Deno.readDir(folder)) {
    if (name.endsWith(".lock")) names.push(name);
  }
  return names;
}
