import assert from "node:assert/strict";
import { startStandin } from "../../scripts/standin/mod.ts";
import { serveControl } from "../../scripts/standin/control.ts";
import type { Tokens } from "../../scripts/standin/tokens.ts";
import type { Standin } from "../../scripts/standin/types.ts";
import { ask } from "./client.ts";
import { read } from "./conversation.ts";

let asked = 0;

/** One turn in a conversation of its own. */
async function turn(
  standin: Standin,
  tokens: Tokens,
  prompt: string,
): Promise<{ status: number; text: string; body: string }> {
  const session = `01990000-0000-7000-8000-${
    String(++asked).padStart(12, "0")
  }`;
  const response = await ask(standin, tokens, { session, prompt });
  return read(response.status, await response.text());
}

Deno.test("fast echoes the prompt in one chunk, and counts", async () => {
  await using standin = await startStandin({
    scenario: "fast",
    expectCookies: false,
  });
  const tokens = standin.grant();
  const prompts = ["one", "two [[scenario:fast]]", "one"];
  for (const prompt of prompts) {
    assert.equal((await turn(standin, tokens, prompt)).text, `echo: ${prompt}`);
  }
  assert.deepEqual(Object.fromEntries(standin.prompts), {
    one: { sent: 2, answered: 2, arrivals: [1, 3] },
    "two [[scenario:fast]]": { sent: 1, answered: 1, arrivals: [2] },
  });
  assert.deepEqual(standin.violations, []);
  standin.reset();
  assert.equal(standin.prompts.size, 0);
});

/** The marker, and the status of each try. */
const FAILURES: readonly [string, readonly number[]][] = [
  ["[[fail:500]]", [500, 500, 500]],
  ["[[fail:500 1]]", [500, 200]],
  ["[[fail:503 2]]", [503, 503, 200]],
  ["[[fail:429]]", [429, 429]],
  ["[[fail:401]]", [401]],
  ["[[fail:refused]]", [400, 400]],
  ["[[fail:cut 1]]", [200, 200]],
  ["[[fail:nonsense]]", [400]],
];

for (const [marker, statuses] of FAILURES) {
  Deno.test(`${marker} answers ${statuses}`, async () => {
    await using standin = await startStandin({
      scenario: "fast",
      expectCookies: false,
    });
    const tokens = standin.grant();
    for (const status of statuses) {
      assert.equal((await turn(standin, tokens, marker)).status, status);
    }
    const answered = marker.includes("cut") || statuses.at(-1) === 200 ? 1 : 0;
    assert.deepEqual(standin.prompts.get(marker)?.sent, statuses.length);
    assert.deepEqual(standin.prompts.get(marker)?.answered, answered);
    assert.equal((await turn(standin, tokens, "another")).status, 200);
  });
}

Deno.test("[[fail:429-limit]] uses the limit of all up until it resets", async () => {
  let now = 1_790_000_000_500;
  await using standin = await startStandin({
    scenario: "fast",
    expectCookies: false,
    now: () => now,
  });
  const tokens = standin.grant({ lifetimeSeconds: 7200 });
  const limiting = "a [[fail:429-limit 90]]";
  const first = await turn(standin, tokens, limiting);
  assert.equal(first.status, 429);
  const { error } = JSON.parse(first.body);
  assert.equal(error.type, "usage_limit_reached");
  assert.deepEqual([error.resets_at, error.resets_in_seconds], [
    1_790_000_091,
    91,
  ]);
  assert.equal((await turn(standin, tokens, "b")).status, 429);
  assert.equal(standin.requests.at(-1)?.scenario, "limited");
  now += 90_000;
  assert.equal((await turn(standin, tokens, "b")).status, 200);
  assert.equal((await turn(standin, tokens, limiting)).status, 200);
  standin.limitUntil(now + 5000);
  assert.equal((await turn(standin, tokens, "c")).status, 429);
  standin.reset();
  assert.equal((await turn(standin, tokens, "c")).status, 200);
});

Deno.test("[[slow]] changes the time of an answer and nothing else", async () => {
  await using standin = await startStandin({ expectCookies: false });
  const tokens = standin.grant();
  for (const scenario of ["fast", "echo", "http_402", "rich"]) {
    const prompt = `[[slow:1]] [[scenario:${scenario}]]`;
    const { status, body } = await turn(standin, tokens, prompt);
    assert.equal(status, scenario === "http_402" ? 402 : 200);
    assert.equal(/response\.completed/.test(body), status === 200);
  }
});

Deno.test("load tells how many requests were open at once", async () => {
  await using standin = await startStandin({
    scenario: "hang_before_head",
    expectCookies: false,
  });
  const tokens = standin.grant();
  const leaving = new AbortController();
  const open = ["a", "b", "c"].map((prompt) =>
    ask(standin, tokens, { prompt, signal: leaving.signal })
  );
  await standin.until(() => standin.load.now === 3);
  leaving.abort();
  await Promise.allSettled(open);
  await standin.until(() => standin.load.now === 0);
  assert.equal(standin.load.most, 3);
  standin.reset();
  assert.equal(standin.load.most, 0);
});

Deno.test("a request is there before the first byte of its answer", async () => {
  await using standin = await startStandin({ expectCookies: false });
  const leaving = new AbortController();
  const prompt = "never answered [[scenario:hang_before_head]]";
  const never = ask(standin, standin.grant(), {
    prompt,
    signal: leaving.signal,
  });
  await standin.until(() => standin.prompts.has(prompt));
  assert.deepEqual(standin.prompts.get(prompt), {
    sent: 1,
    answered: 0,
    arrivals: [1],
  });
  leaving.abort();
  await assert.rejects(never);
  await standin.until((requests) => requests[0]?.aborted === true);
  assert.equal(standin.load.now, 0);
});

Deno.test("remember: counts keeps nothing of a request but counts and violations", async () => {
  await using standin = await startStandin({
    scenario: "fast",
    expectCookies: false,
    remember: "counts",
  });
  const tokens = standin.grant();
  for (let n = 0; n < 20; n++) await turn(standin, tokens, `p${n}`);
  await (await ask(standin, tokens, {
    headers: { originator: undefined },
  })).text();
  assert.deepEqual(standin.requests, []);
  assert.deepEqual(standin.asked(), []);
  assert.equal(standin.counts().responses, 21);
  assert.equal(standin.prompts.size, 21);
  assert.deepEqual(standin.violations, [
    "POST /backend-api/codex/responses: no originator",
  ]);
  standin.reset();
  assert.equal(standin.counts().responses, 0);
  assert.deepEqual(standin.violations, []);
});

Deno.test("another process can steer and look through the control port", async () => {
  await using standin = await startStandin({ expectCookies: false });
  await using control = serveControl(standin, 0);
  const url = `http://127.0.0.1:${control.addr.port}`;
  const post = async (path: string): Promise<Response> =>
    await fetch(url + path, { method: "POST" });
  assert.equal((await post("/play?name=fast")).status, 204);
  const tokens = await (await post("/grant")).json();
  await turn(standin, tokens, "a");
  await turn(standin, tokens, "a");
  const report = await (await fetch(`${url}/report`)).json();
  assert.deepEqual(report.prompts, {
    distinct: 1,
    sent: 2,
    answered: 2,
    most: 2,
  });
  assert.equal(report.counts.responses, 2);
  assert.deepEqual(report.violations, []);
  assert.ok(report.rss > 0);
  const prompts = await (await fetch(`${url}/prompts`)).json();
  assert.deepEqual(Object.keys(prompts), ["a"]);
  await post(`/limit?until=${Date.now() + 60_000}`);
  assert.equal((await turn(standin, tokens, "b")).status, 429);
  await post("/reset");
  assert.equal((await turn(standin, tokens, "b")).status, 200);
  const nothing = await post("/nothing");
  await nothing.body?.cancel();
  assert.equal(nothing.status, 404);
});
