import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { startChatStandin } from "../../scripts/standin/chat/mod.ts";
import { startStandin } from "../../scripts/standin/mod.ts";
import { SMALL_MODELS } from "../../scripts/standin/models.ts";
import type { AskedRequest } from "../../scripts/standin/types.ts";
import {
  type Ended,
  type Home,
  makeHome,
  runMeka,
  signedInHome,
  type StartOptions,
} from "../support/meka.ts";
import { storedConversations } from "../support/stored.ts";
import { assertPlainStderr } from "../support/stderr.ts";

// Conversations with models that have room for 2000 tokens, which the stand-in counts. Whoever is asked without a marker
// answers `summary of N messages, M characters`.

/** About 350 tokens. */
const LONG = "a word and another one ".repeat(60);
const NOTE =
  /^note: The conversation outgrew the model's window; its first (?:\d+ turns|turn) will be summarized from now on, and stays stored$/m;

type Service = Pick<StartOptions, "standin" | "env">;

interface Talk {
  readonly home: Home;
  readonly service: Service;
}

function say(
  { home, service }: Talk,
  prompt: string,
  ...args: readonly string[]
): Promise<Ended> {
  return runMeka({
    ...service,
    home,
    before: `cd '${home.folder}'`,
    args: [...args, prompt],
  });
}

/** Says long things until the conversation had to be shortened; returns what the last run said, and how many there were. */
async function untilShortened(
  talk: Talk,
): Promise<{ readonly ended: Ended; readonly turns: number }> {
  for (let turns = 1; turns < 12; turns++) {
    const ended = await say(talk, `${turns}: ${LONG}`, "--session", "s");
    assert.equal(ended.code, 0, ended.stderr);
    assertPlainStderr(ended.stderr, 0);
    if (NOTE.test(ended.stderr)) return { ended, turns };
  }
  assert.fail("it was never shortened");
}

/** What each message of a request says, and what has no message. */
function heard({ input }: AskedRequest): unknown[] {
  return input.map(({ role, type, content }) => {
    if (typeof content === "string") return content;
    const [part] = Object.values(content ?? []);
    return role === undefined ? type : Object(part).text;
  });
}

function isSummary({ body }: AskedRequest): boolean {
  return JSON.stringify(body).includes("You summarize the older part");
}

for (const model of ["standin-small", "standin-small-lite"]) {
  Deno.test(`a conversation that outgrows ${model} is summarized before it is refused`, async () => {
    await using standin = await startStandin({ scenario: "digest" });
    standin.useModels(SMALL_MODELS);
    await using home = await signedInHome(standin);
    const service = { standin, env: { MEKA_MODEL: model } };
    const talk = { home, service };
    const models = await runMeka({ ...service, home, args: ["models"] });
    assert.equal(models.code, 0, models.stderr);

    const { turns } = await untilShortened(talk);
    assert.deepEqual(standin.violations, []);
    const asked = standin.asked();
    const [summary, answer] = asked.slice(-2);
    assert.ok(summary && answer);
    assert.deepEqual(asked.map(isSummary).lastIndexOf(true), asked.length - 2);
    // What was asked before was never refused.
    assert.equal(asked.length, turns + 1);
    // The summary is made of the oldest turns, word for word.
    const material = String(heard(summary).at(-1));
    assert.ok(material.includes(`Person: 1: ${LONG.trim()}`));
    assert.ok(material.includes("Assistant: summary of 1 messages"));
    // It stands for them from now on, and the recent ones follow as they were.
    const said = heard(answer).filter((text) => text !== "additional_tools");
    const at = said.findIndex((text) =>
      /^This conversation began/.test(`${text}`)
    );
    assert.match(`${said[at]}`, /\n\nsummary of 1 messages, \d+ characters$/);
    const recent = said.slice(at + 1);
    const before = heard(asked.at(-3) ?? answer);
    assert.equal(recent.at(-1), `${turns}: ${LONG}`);
    assert.ok(recent.length < before.length);
    assert.deepEqual(
      recent.slice(0, -2),
      before.slice(before.length - recent.length + 2),
    );
    // The same conversation all the time.
    const sessions = new Set(asked.map(({ body }) => body.prompt_cache_key));
    assert.equal(sessions.size, 1);

    // It is not made again; and all of what was said is still there.
    const next = await say(talk, "and now", "--session", "s");
    assert.equal(next.code, 0, next.stderr);
    assert.doesNotMatch(next.stderr, NOTE);
    assert.equal(standin.asked().filter(isSummary).length, 1);
    assert.equal(heard(standin.asked().at(-1) ?? answer)[at], said[at]);
    const [stored] = storedConversations(home);
    assert.equal(stored?.turns.length, turns + 1);

    // A copy goes on from the summary, too.
    const copy = await say(talk, "in a copy", "--session", "s", "--fork");
    assert.equal(copy.code, 0, copy.stderr);
    assert.equal(standin.asked().filter(isSummary).length, 1);
    assert.equal(heard(standin.asked().at(-1) ?? answer)[at], said[at]);
    assert.equal(storedConversations(home)[1]?.turns.length, turns + 2);
    assert.deepEqual(standin.violations, []);
  });
}

for (const model of ["standin-small", "standin-small-400"]) {
  Deno.test(`a conversation that ${model} refuses is summarized, and sent once more`, async () => {
    await using standin = await startStandin({ scenario: "digest" });
    await using home = await signedInHome(standin);
    // Nothing is known of this model: no list was asked for.
    const talk = { home, service: { standin, env: { MEKA_MODEL: model } } };
    const { ended, turns } = await untilShortened(talk);
    assert.match(ended.stdout, /^summary of \d+ messages, \d+ characters\n$/);
    const asked = standin.asked();
    assert.equal(asked.length, turns + 2);
    const [refused, summary, answer] = asked.slice(-3);
    assert.ok(refused && summary && answer);
    assert.ok(isSummary(summary) && !isSummary(refused));
    assert.ok(heard(answer).length < heard(refused).length);
    assert.equal(heard(answer).at(-1), `${turns}: ${LONG}`);
    assert.deepEqual(standin.violations, []);
    const [stored] = storedConversations(home);
    assert.equal(stored?.turns.length, turns);
    assert.deepEqual(stored?.turns.at(-1)?.items.map(({ type }) => type), [
      "user",
      "answer",
    ]);
  });
}

Deno.test("a conversation with a server of Chat Completions is summarized when it is refused", async () => {
  await using chat = await startChatStandin({
    profile: "openai",
    contextWindow: 2000,
    scenario: "digest",
  });
  await using home = await makeHome();
  const env = {
    MEKA_PROVIDER: "openai-api",
    MEKA_BASE_URL: chat.baseUrl.href,
    MEKA_MODEL: chat.model,
    OPENAI_API_KEY: chat.key ?? "",
  };
  const { ended } = await untilShortened({ home, service: { env } });
  assert.match(ended.stdout, /^summary of \d+ messages/);
  assert.equal(chat.asked().filter(isSummary).length, 1);
  assert.deepEqual(chat.violations, []);
});

Deno.test("--json tells of one turn, whatever it took", async () => {
  await using standin = await startStandin({ scenario: "digest" });
  await using home = await signedInHome(standin);
  const service = { standin, env: { MEKA_MODEL: "standin-small" } };
  const talk = { home, service };
  const { turns } = await untilShortened(talk);
  for (let n = 0; n < 8; n++) {
    const args = ["--json", "--session", "s"];
    const { stdout, stderr } = await say(talk, `${n}: ${LONG}`, ...args);
    if (!NOTE.test(stderr)) continue;
    const events = stdout.trimEnd().split("\n").map((line) => JSON.parse(line));
    const types = events.map(({ type }) => type);
    assert.equal(types[0], "start");
    for (const once of ["start", "usage", "done"]) {
      assert.equal(types.filter((type) => type === once).length, 1, stdout);
    }
    // The summary has its price.
    const usage = events.find(({ type }) => type === "usage");
    assert.ok(usage.total_tokens > 1500, JSON.stringify(usage));
    return;
  }
  assert.fail(`never again after ${turns} turns`);
});

Deno.test("--no-compact has a conversation refused that outgrew the window", async () => {
  await using standin = await startStandin({ scenario: "digest" });
  await using home = await signedInHome(standin);
  const service = { standin, env: { MEKA_MODEL: "standin-small" } };
  const talk = { home, service };
  for (let n = 1; n < 12; n++) {
    const args = ["--no-compact", "--session", "s"];
    const { code, stdout, stderr } = await say(talk, `${n}: ${LONG}`, ...args);
    if (code === 0) continue;
    assert.equal(code, 6, stderr);
    assert.equal(stdout, "");
    assertPlainStderr(stderr, 6);
    assert.equal(standin.asked().filter(isSummary).length, 0);
    // It goes on without the option.
    const next = await say(talk, "and now", "--session", "s");
    assert.equal(next.code, 0, next.stderr);
    assert.match(next.stderr, NOTE);
    return;
  }
  assert.fail("it was never refused");
});

Deno.test("a conversation too long for one summary is summarized piece by piece", async () => {
  await using standin = await startStandin({ scenario: "digest" });
  await using home = await signedInHome(standin);
  const large = { home, service: { standin } };
  for (let n = 1; n <= 3; n++) {
    const prompt = `${n}: ${LONG.repeat(4)}`;
    assert.equal((await say(large, prompt, "--session", "s")).code, 0);
  }
  const small = {
    home,
    service: { standin, env: { MEKA_MODEL: "standin-small" } },
  };
  const { code, stderr } = await say(small, "and now", "--session", "s");
  assert.equal(code, 0, stderr);
  assert.match(stderr, NOTE);
  const summaries = standin.asked().filter(isSummary);
  assert.ok(summaries.length > 3, `${summaries.length} requests`);
  const parts = summaries.map((request) => String(heard(request).at(-1)));
  const told = parts.filter((part) => part.startsWith("Summary so far:"));
  assert.ok(told.length >= 2);
  // Nothing falls between two pieces.
  for (const n of [1, 2, 3]) {
    assert.ok(parts.some((part) => part.includes(`Person: ${n}: `)));
  }
  const last = heard(standin.asked().at(-1) ?? assert.fail());
  assert.equal(last.length, 2);
  assert.equal(last[1], "and now");
});

Deno.test("a message too long by itself is refused, and costs no summary", async () => {
  await using standin = await startStandin({ scenario: "digest" });
  standin.useModels(SMALL_MODELS);
  await using home = await signedInHome(standin);
  const service = { standin, env: { MEKA_MODEL: "standin-small" } };
  const talk = { home, service };
  await runMeka({ ...service, home, args: ["models"] });
  await say(talk, "one", "--session", "s");
  const { code, stderr } = await say(talk, LONG.repeat(9), "--session", "s");
  assert.equal(code, 6, stderr);
  assert.equal(standin.asked().filter(isSummary).length, 0);
});

Deno.test("a conversation that no summary can be had of is told so", async () => {
  await using standin = await startStandin({ scenario: "empty_answer" });
  await using home = await signedInHome(standin);
  const service = { standin, env: { MEKA_MODEL: "standin-small" } };
  const talk = { home, service };
  for (let n = 1; n < 12; n++) {
    const { code, stdout, stderr } = await say(
      talk,
      `${n}: ${LONG}`,
      "--session",
      "s",
    );
    if (code === 0) continue;
    assert.equal(code, 7, stderr);
    assert.equal(stdout, "");
    assertPlainStderr(stderr, 7);
    assert.match(stderr, /gave no summary/);
    assert.equal(summariesIn(home), 0);
    return;
  }
  assert.fail("it was never too long");
});

function summariesIn(home: Home): unknown {
  using database = new DatabaseSync(home.database);
  return database.prepare("SELECT count(*) AS n FROM summaries").get()?.n;
}
