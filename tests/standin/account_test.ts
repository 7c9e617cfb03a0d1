import assert from "node:assert/strict";
import { startStandin } from "../../scripts/standin/mod.ts";
import {
  INSTRUCTIONS_MARK,
  type Model,
  MODELS,
} from "../../scripts/standin/models.ts";
import type { Tokens } from "../../scripts/standin/tokens.ts";
import type { Standin } from "../../scripts/standin/types.ts";
import { USAGE_OUTCOMES } from "../../scripts/standin/usage_endpoint.ts";
import { USAGE_REPORTS } from "../../scripts/standin/usage_reports.ts";
import { ask, cookiesOf, identity, lastViolations } from "./client.ts";

const MODELS_PATH = "/backend-api/codex/models?client_version=0.169.0";
const USAGE_PATH = "/backend-api/wham/usage";

function get(
  standin: Standin,
  path: string,
  options: {
    tokens?: Tokens;
    headers?: Record<string, string | undefined>;
    signal?: AbortSignal;
  } = {},
): Promise<Response> {
  const headers = new Headers(identity(options.tokens ?? standin.grant()));
  for (const [name, value] of Object.entries(options.headers ?? {})) {
    if (value === undefined) headers.delete(name);
    else headers.set(name, value);
  }
  return fetch(new URL(path, standin.baseUrl), {
    headers,
    ...(options.signal === undefined ? {} : { signal: options.signal }),
  });
}

Deno.test("models are of every kind that a client has to tell apart", () => {
  const visible = (entry: Model): boolean => entry["visibility"] === "list";
  assert.ok(MODELS.some((entry) => entry.use_responses_lite));
  assert.ok(MODELS.some((entry) => !entry.use_responses_lite));
  assert.ok(MODELS.some((entry) => !visible(entry)));
  assert.ok(
    MODELS.some((entry) => visible(entry) && !entry["supported_in_api"]),
  );
  const ultra = MODELS.map((entry) => entry["multi_agent_reasoning_effort"]);
  assert.deepEqual(
    ultra.filter((effort) => effort !== undefined).toSorted(),
    ["max", "xhigh"],
  );
  for (const entry of MODELS) {
    const text = String(entry["base_instructions"]);
    assert.equal(text.length, 20_480);
    assert.ok(text.startsWith(INSTRUCTIONS_MARK));
    assert.ok(
      JSON.stringify(entry["supported_reasoning_levels"]).includes(
        `"effort":"${entry["default_reasoning_level"]}","description":"`,
      ),
    );
  }
  const priorities = new Set(MODELS.map((entry) => entry["priority"]));
  assert.equal(priorities.size, MODELS.length);
});

/** The outcome, the status, and a piece of the body. */
const FAILURES: readonly [string, number, string][] = [
  ["server_error", 500, "server_error"],
  ["not_json", 200, "<h1>"],
  ["challenge", 403, "Just a moment"],
  ["unauthorized", 401, "token_invalidated"],
];

for (const [outcome, status, piece] of FAILURES) {
  Deno.test(`modelsPlan("${outcome}") and usagePlan("${outcome}") answer ${status}`, async () => {
    await using standin = await startStandin();
    standin.modelsPlan(outcome, "ok");
    standin.usagePlan(outcome, "ok");
    for (const path of [MODELS_PATH, USAGE_PATH]) {
      const response = await get(standin, path);
      assert.equal(response.status, status);
      assert.ok((await response.text()).includes(piece));
      const next = await get(standin, path);
      assert.equal(next.status, 200);
      await next.json();
    }
    assert.deepEqual(standin.violations, []);
  });
}

for (const path of [MODELS_PATH, USAGE_PATH]) {
  Deno.test(`drop and hang, at ${path}`, async () => {
    await using standin = await startStandin();
    standin.modelsPlan("drop", "hang");
    standin.usagePlan("drop", "hang");
    await assert.rejects((await get(standin, path)).text());
    const leaving = new AbortController();
    const waiting = get(standin, path, { signal: leaving.signal });
    await standin.until((requests) => requests.length === 2);
    leaving.abort();
    await assert.rejects(waiting);
    await standin.until((requests) => requests[1]?.aborted === true);
    assert.throws(() => standin.modelsPlan("nonsense"), RangeError);
    assert.throws(() => standin.usagePlan("nonsense"), RangeError);
  });
}

Deno.test('modelsPlan("empty") answers a list without models', async () => {
  await using standin = await startStandin();
  standin.modelsPlan("empty");
  const response = await get(standin, MODELS_PATH);
  assert.deepEqual(await response.json(), { models: [] });
});

Deno.test('modelsPlan("huge") is a list that goes on for 64 MiB, and stops when the client leaves', async () => {
  await using standin = await startStandin();
  standin.modelsPlan("huge");
  const response = await get(standin, MODELS_PATH);
  const reader = response.body?.getReader();
  const first = await reader?.read();
  const text = new TextDecoder().decode(first?.value);
  assert.ok(text.startsWith(`{"models":[{"slug":"gpt-5"`));
  await reader?.cancel();
  await standin.until((requests) => requests[0]?.aborted === true);
});

Deno.test("models have an ETag that answers announce and that a new catalogue changes", async () => {
  await using standin = await startStandin({ expectCookies: false });
  const tokens = standin.grant();
  const etag = async (): Promise<string | null> => {
    const response = await get(standin, MODELS_PATH, { tokens });
    await response.text();
    return response.headers.get("etag");
  };
  const first = await etag();
  assert.match(String(first), /^W\/"[0-9a-f]{32}"$/);
  standin.useModels(MODELS.slice(0, 1));
  const answer = await ask(standin, tokens);
  await answer.text();
  const announced = answer.headers.get("x-models-etag");
  assert.notEqual(announced, first);
  assert.equal(announced, standin.modelsEtag);
  assert.equal(await etag(), announced);
  standin.reset();
  assert.equal(standin.modelsEtag, first);
});

Deno.test('modelsPlan("not_modified") answers 304 to the right ETag only', async () => {
  await using standin = await startStandin({ expectCookies: false });
  standin.modelsPlan("not_modified");
  const right = await get(standin, MODELS_PATH, {
    headers: { "if-none-match": standin.modelsEtag },
  });
  assert.equal(right.status, 304);
  assert.equal(await right.text(), "");
  assert.deepEqual(standin.violations, []);
  const wrong = await get(standin, MODELS_PATH);
  assert.equal(wrong.status, 200);
  await wrong.text();
  assert.match(standin.violations.join(), /if-none-match/);
});

for (const [outcome, report] of Object.entries(USAGE_REPORTS)) {
  Deno.test(`usagePlan("${outcome}") sends just what USAGE_REPORTS has`, async () => {
    await using standin = await startStandin({ plan: "pro" });
    standin.usagePlan(outcome);
    const response = await get(standin, USAGE_PATH);
    const now = standin.requests[0]?.at ?? 0;
    assert.deepEqual(await response.json(), report({ plan: "pro", now }));
    assert.deepEqual(standin.violations, []);
  });
}

Deno.test("every usage report can be planned", () => {
  const names: readonly string[] = USAGE_OUTCOMES;
  for (const name of Object.keys(USAGE_REPORTS)) {
    assert.ok(names.includes(name), name);
  }
});

/** Headers to change, the status, and what is noted at `models`. */
const HEADERS: readonly [
  Record<string, string | undefined>,
  number,
  RegExp,
][] = [
  [{ authorization: undefined }, 401, /no bearer token/],
  [{ authorization: "Bearer x" }, 401, /unknown access token/],
  [{ "chatgpt-account-id": undefined }, 403, /chatgpt-account-id/],
  [{ "chatgpt-account-id": "org-standin" }, 403, /chatgpt-account-id/],
  [{ "user-agent": "curl/8" }, 200, /user-agent/],
  [{ originator: "codex_cli_rs" }, 200, /poses/],
  [{ "x-codex-turn-state": "ts_1" }, 200, /no turn/],
  [{ "x-openai-internal-codex-responses-lite": "true" }, 200, /no turn/],
  [{ accept: "text/event-stream" }, 200, /JSON/],
  [{ cookie: "a=b" }, 200, /never set/],
];

for (const path of [MODELS_PATH, USAGE_PATH]) {
  for (const [headers, status, expected] of HEADERS) {
    Deno.test(`${path} notes ${JSON.stringify(Object.entries(headers))}`, async () => {
      await using standin = await startStandin();
      const response = await get(standin, path, { headers });
      await response.text();
      assert.equal(response.status, status);
      assert.match(standin.violations.join(), expected);
    });
  }
}

const QUERIES: readonly string[] = [
  "/backend-api/codex/models?client_version=0.169.0&originator=meka",
  "/backend-api/codex/models?client_version=0.169.0&client_version=0.169.0",
  "/backend-api/wham/usage?client_version=0.169.0",
];

for (const path of QUERIES) {
  Deno.test(`${path} has a query that is noted`, async () => {
    await using standin = await startStandin();
    await (await get(standin, path)).text();
    assert.match(standin.violations.join(), /the query is/);
  });
}

Deno.test("originator is wanted at models and not at usage", async () => {
  await using standin = await startStandin();
  const headers = { originator: undefined };
  await (await get(standin, USAGE_PATH, { headers })).text();
  assert.deepEqual(standin.violations, []);
  await (await get(standin, MODELS_PATH, { headers })).text();
  assert.deepEqual(lastViolations(standin), ["no originator"]);
});

for (const path of [MODELS_PATH, USAGE_PATH]) {
  Deno.test(`cookies set by ${path} are expected back by answers`, async () => {
    await using standin = await startStandin();
    const tokens = standin.grant();
    const response = await get(standin, path, { tokens });
    await response.text();
    const cookie = cookiesOf(response);
    assert.match(cookie, /__cf_bm=/);
    await (await ask(standin, tokens, { headers: { cookie } })).text();
    assert.deepEqual(standin.violations, []);
    await (await get(standin, path, { tokens })).text();
    assert.match(lastViolations(standin).join(), /__cf_bm did not come back/);
  });
}

Deno.test("cookies set by a failing answer may come back but need not", async () => {
  await using standin = await startStandin();
  const tokens = standin.grant();
  standin.usagePlan("challenge", "server_error", "ok");
  const first = await get(standin, USAGE_PATH, { tokens });
  await first.text();
  const headers = { cookie: cookiesOf(first) };
  await (await get(standin, USAGE_PATH, { tokens, headers })).text();
  await (await get(standin, USAGE_PATH, { tokens })).text();
  assert.deepEqual(standin.violations, []);
});
