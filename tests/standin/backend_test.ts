import assert from "node:assert/strict";
import { startStandin } from "../../scripts/standin/mod.ts";
import {
  ask,
  cookiesOf,
  identity,
  lastViolations,
  rightBody,
  SESSION,
  user,
} from "./client.ts";

const OTHER_SESSION = "01990000-0000-7000-8000-000000000002";

Deno.test("backend answers a right request without a violation", async () => {
  await using standin = await startStandin();
  const response = await ask(standin, standin.grant());
  assert.equal(response.status, 200);
  assert.match(await response.text(), /event: response\.completed\n/);
  assert.deepEqual(standin.violations, []);
  assert.deepEqual(standin.counts().responses, 1);
  assert.equal(standin.requests[0]?.answered, true);
});

const HEADERS: readonly [string, Record<string, string | undefined>, RegExp][] =
  [
    ["no originator", { originator: undefined }, /^no originator$/],
    ["codex's originator", { originator: "codex_cli_rs" }, /poses/],
    ["another user agent", {
      "user-agent": "codex_exec/0.169.0 (Debian 12.0.0; x86_64) xterm",
    }, /user-agent/],
    ["accept", { accept: "*/*" }, /accept/],
    ["content type", { "content-type": "text/plain" }, /content-type/],
    ["session of version 4", { "session-id": crypto.randomUUID() }, /UUIDv7/],
    ["another session", { "session-id": OTHER_SESSION }, /prompt_cache_key/],
    [
      "a compressed body",
      { "content-encoding": "identity" },
      /content-encoding/,
    ],
    ["a cookie nobody set", { cookie: "oai-did=1" }, /never set/],
    ["a turn state nobody sent", { "x-codex-turn-state": "x" }, /another turn/],
    ["first-party metadata", { "x-codex-turn-metadata": "{}" }, /first-party/],
  ];

Deno.test("backend notes every wrong header", async () => {
  await using standin = await startStandin({ expectCookies: false });
  for (const [name, headers, expected] of HEADERS) {
    standin.reset();
    await (await ask(standin, standin.grant(), { headers })).text();
    assert.ok(
      lastViolations(standin).some((text) => expected.test(text)),
      name,
    );
  }
});

const BODIES: readonly [
  string,
  Record<string, unknown>,
  readonly string[],
  RegExp,
][] = [
  ["no include", {}, ["include"], /include/],
  ["another include", { include: [] }, [], /include/],
  ["no reasoning", {}, ["reasoning"], /no reasoning/],
  ["no summary", { reasoning: { effort: "low" } }, [], /summary/],
  ["first-party metadata", { ["client_metadata"]: {} }, [], /client_metadata/],
];

Deno.test("backend notes what it would take but the contract does not", async () => {
  await using standin = await startStandin({ expectCookies: false });
  for (const [name, body, without, expected] of BODIES) {
    standin.reset();
    const response = await ask(standin, standin.grant(), { body, without });
    await response.text();
    assert.equal(response.status, 200, name);
    assert.ok(
      lastViolations(standin).some((text) => expected.test(text)),
      name,
    );
  }
});

Deno.test("backend refuses a body that is no JSON object", async () => {
  await using standin = await startStandin();
  for (const text of ["", "{", "[]", "null", '"x"']) {
    const response = await ask(standin, standin.grant(), { text });
    assert.equal(response.status, 400);
    assert.match(await response.text(), /detail/);
  }
});

Deno.test("backend answers 401 to a token that is unknown, expired or invalidated", async () => {
  let now = Date.now();
  await using standin = await startStandin({
    now: () => now,
    expectCookies: false,
  });
  const tokens = standin.grant({ lifetimeSeconds: 60 });
  const status = async (
    headers: Record<string, string | undefined>,
  ): Promise<number> => {
    const response = await ask(standin, tokens, { headers });
    await response.text();
    return response.status;
  };
  assert.equal(await status({}), 200);
  assert.equal(await status({ authorization: undefined }), 401);
  assert.equal(await status({ authorization: "Bearer nonsense" }), 401);
  assert.equal(await status({ "chatgpt-account-id": "org-standin" }), 403);
  now += 60_000;
  assert.equal(await status({}), 401);
  now -= 60_000;
  standin.invalidateAccessTokens();
  assert.equal(await status({}), 401);
});

Deno.test("grant() makes an opaque access token on request", async () => {
  await using standin = await startStandin({ expectCookies: false });
  const tokens = standin.grant({
    unreadable: true,
    accountId: "acc-2",
    plan: "free",
  });
  assert.equal(tokens.accessToken.includes("."), false);
  assert.equal(tokens.accountId, "acc-2");
  const response = await ask(standin, tokens);
  await response.text();
  assert.equal(response.status, 200);
});

Deno.test("backend wants the turn state echoed in a retry and not in the next turn", async () => {
  await using standin = await startStandin({ expectCookies: false });
  const tokens = standin.grant();
  standin.play("http_500", "text");
  const first = await ask(standin, tokens);
  await first.text();
  const state = first.headers.get("x-codex-turn-state") ?? "";
  assert.notEqual(state, "");
  const echo = { "x-codex-turn-state": state };
  const second = await ask(standin, tokens, { headers: echo });
  await second.text();
  assert.equal(second.headers.get("x-codex-turn-state"), state);
  assert.deepEqual(standin.violations, []);
  await (await ask(standin, tokens, { headers: echo })).text();
  assert.match(lastViolations(standin).join(), /another turn/);
  standin.play("http_500");
  await (await ask(standin, tokens, { session: OTHER_SESSION })).text();
  await (await ask(standin, tokens, { session: OTHER_SESSION })).text();
  assert.match(lastViolations(standin).join(), /not echoed/);
});

Deno.test("backend goes on with the turn after a function call", async () => {
  await using standin = await startStandin({
    scenario: "function_call",
    expectCookies: false,
  });
  const tokens = standin.grant();
  const first = await ask(standin, tokens);
  const items = [
    ...(await first.text()).matchAll(
      /^data: (.*"response\.output_item\.done".*)$/gm,
    ),
  ]
    .map((match) => JSON.parse(match[1] ?? "").item);
  const call = items.find((item) => item.type === "function_call");
  const output = {
    type: "function_call_output",
    ["call_id"]: call.call_id,
    output: "forty-two",
  };
  const reply = items.map(({ logprobs: _, ...item }) => item).map((item) =>
    item.type === "message" ? { ...item, content: item.content } : item
  );
  const input = [user("say hi"), ...reply, output];
  const headers = {
    "x-codex-turn-state": first.headers.get("x-codex-turn-state") ?? "",
  };
  const second = await ask(standin, tokens, { body: { input }, headers });
  assert.equal(second.status, 200);
  assert.match(await second.text(), /forty-two/);
  assert.deepEqual(standin.violations, []);
});

Deno.test("backend expects its cookies back, once an answer was whole", async () => {
  await using standin = await startStandin();
  const tokens = standin.grant();
  const sessions = Array.from(
    { length: 4 },
    (_, n) => `01990000-0000-7000-8000-00000000001${n}`,
  );
  const first = await ask(standin, tokens, { session: sessions[0] ?? "" });
  await first.text();
  await (await ask(standin, tokens, {
    session: sessions[1] ?? "",
    headers: { cookie: cookiesOf(first) },
  })).text();
  assert.deepEqual(standin.violations, []);
  await (await ask(standin, tokens, { session: sessions[2] ?? "" })).text();
  assert.equal(
    lastViolations(standin).filter((text) => text.endsWith("did not come back"))
      .length,
    5,
  );
  standin.expectCookies(false);
  await (await ask(standin, tokens, { session: sessions[3] ?? "" })).text();
  assert.deepEqual(lastViolations(standin), []);
});

Deno.test("backend plays the queue, then repeats its last scenario", async () => {
  await using standin = await startStandin({ expectCookies: false });
  const tokens = standin.grant();
  standin.play("http_402", "http_403");
  const statuses: number[] = [];
  for (let n = 0; n < 3; n++) {
    const response = await ask(standin, tokens, {
      session: `01990000-0000-7000-8000-00000000002${n}`,
    });
    await response.text();
    statuses.push(response.status);
  }
  assert.deepEqual(statuses, [402, 403, 403]);
  assert.deepEqual(standin.requests.map(({ scenario }) => scenario), [
    "http_402",
    "http_403",
    "http_403",
  ]);
  assert.throws(() => standin.play("nonsense"), RangeError);
});

Deno.test("backend plays the scenario that the prompt names", async () => {
  await using standin = await startStandin({ expectCookies: false });
  const response = await ask(standin, standin.grant(), {
    prompt: "please [[scenario:http_402]]",
  });
  await response.text();
  assert.equal(response.status, 402);
});

Deno.test("backend sees the client leave", async () => {
  await using standin = await startStandin();
  standin.play("endless");
  const leaving = new AbortController();
  const response = await ask(standin, standin.grant(), {
    signal: leaving.signal,
  });
  await response.body?.getReader().read();
  leaving.abort();
  await standin.until((requests) => requests[0]?.aborted === true);
});

Deno.test("redirect_307 points to an origin that tells on whoever follows", async () => {
  await using standin = await startStandin();
  standin.play("redirect_307");
  const response = await ask(standin, standin.grant());
  await response.text();
  assert.equal(response.status, 307);
  const location = response.headers.get("location") ?? "";
  assert.equal(new URL(location).origin, standin.elsewhere.origin);
  await (await fetch(location, {
    method: "POST",
    headers: { authorization: "Bearer x" },
  })).text();
  assert.equal(standin.counts().elsewhere, 1);
  assert.match(
    standin.violations.join(),
    /the bearer token went to another origin/,
  );
});

const VERSIONS: readonly [string, number, number][] = [
  ["", 400, 0],
  ["?client_version=", 400, 0],
  ["?client_version=new", 400, 0],
  ["?client_version=0.7.0", 200, 0],
  ["?client_version=0.100.0", 200, 3],
  ["?client_version=0.169.0", 200, 7],
  ["?client_version=1.0.0", 200, 8],
];

for (const [search, status, length] of VERSIONS) {
  Deno.test(`models${search} answers ${status} with ${length} models`, async () => {
    await using standin = await startStandin();
    const response = await fetch(
      new URL(`/backend-api/codex/models${search}`, standin.baseUrl),
      {
        headers: identity(standin.grant()),
      },
    );
    assert.equal(response.status, status);
    const body = await response.json();
    if (status !== 200) return;
    assert.equal(body.models.length, length);
    assert.ok(response.headers.has("etag"));
    assert.deepEqual(standin.violations, []);
  });
}

Deno.test("usage reports both windows", async () => {
  await using standin = await startStandin({ plan: "pro" });
  const { originator: _, ...headers } = identity(standin.grant());
  const response = await fetch(
    new URL("/backend-api/wham/usage", standin.baseUrl),
    { headers },
  );
  const body = await response.json();
  assert.equal(body.plan_type, "pro");
  assert.equal(body.rate_limit.secondary_window.limit_window_seconds, 604_800);
  assert.deepEqual(standin.violations, []);
});

Deno.test("startStandin() fails on a busy port and leaves nothing behind", async () => {
  await using standin = await startStandin();
  await assert.rejects(
    startStandin({ backendPort: Number(standin.baseUrl.port) }),
    Deno.errors.AddrInUse,
  );
  await assert.rejects(startStandin({ scenario: "nonsense" }), RangeError);
});

Deno.test("reset() forgets requests, and a short right body stays short", async () => {
  await using standin = await startStandin();
  await (await ask(standin, standin.grant())).text();
  standin.reset();
  assert.equal(standin.requests.length, 0);
  assert.equal(
    JSON.stringify(rightBody({ session: SESSION })).length < 1000,
    true,
  );
});
