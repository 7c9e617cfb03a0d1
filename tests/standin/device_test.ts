import assert from "node:assert/strict";
import { approveDevice } from "../../scripts/standin/browser.ts";
import { startStandin } from "../../scripts/standin/mod.ts";
import { CLIENT_ID } from "../../scripts/standin/tokens.ts";
import type { Standin, StandinOptions } from "../../scripts/standin/types.ts";
import { lastViolations } from "./client.ts";

interface Reply {
  readonly status: number;
  readonly body: Record<string, unknown>;
}

/** A stand-in whose clock only the test moves. */
async function clocked(
  options: StandinOptions = {},
): Promise<{ standin: Standin; pass: (ms: number) => void }> {
  let now = 1_790_000_000_000;
  return {
    standin: await startStandin({ now: () => now, ...options }),
    pass: (ms) => now += ms,
  };
}

function post(
  standin: Standin,
  path: string,
  body: string,
  headers: Record<string, string> = {},
): Promise<Response> {
  return fetch(new URL(`/api/accounts/deviceauth/${path}`, standin.issuer), {
    method: "POST",
    headers: { "content-type": "application/json", ...headers },
    body,
  });
}

async function start(standin: Standin): Promise<Reply> {
  const response = await post(
    standin,
    "usercode",
    JSON.stringify({ client_id: CLIENT_ID }),
  );
  return { status: response.status, body: await response.json() };
}

async function poll(
  standin: Standin,
  { body }: Reply,
): Promise<Reply> {
  const { device_auth_id, user_code = body["usercode"] } = body;
  const response = await post(
    standin,
    "token",
    JSON.stringify({ device_auth_id, user_code }),
  );
  return { status: response.status, body: await response.json() };
}

async function decide(
  standin: Standin,
  code: unknown,
  deny = false,
): Promise<number> {
  const page = await approveDevice(standin.issuer, String(code), { deny });
  await page.text();
  return page.status;
}

async function exchange(
  standin: Standin,
  { body }: Reply,
  changes: Record<string, string> = {},
): Promise<Reply> {
  const response = await fetch(new URL("/oauth/token", standin.issuer), {
    method: "POST",
    body: new URLSearchParams({
      grant_type: "authorization_code",
      client_id: CLIENT_ID,
      code: String(body["authorization_code"]),
      redirect_uri: `${standin.issuer.origin}/deviceauth/callback`,
      code_verifier: String(body["code_verifier"]),
      ...changes,
    }),
  });
  return { status: response.status, body: await response.json() };
}

Deno.test("device code goes from usercode over two kinds of not-yet to tokens", async () => {
  const { standin, pass } = await clocked();
  await using _ = standin;
  const started = await start(standin);
  assert.equal(started.status, 200);
  assert.match(String(started.body["user_code"]), /^[A-Z]{4}-[0-9]{5}$/);
  assert.equal(started.body["interval"], "1");
  const statuses: number[] = [];
  for (let n = 0; n < 3; n++) {
    statuses.push((await poll(standin, started)).status);
    pass(1000);
  }
  assert.deepEqual(statuses, [403, 404, 403]);
  assert.equal(await decide(standin, started.body["user_code"]), 200);
  const done = await poll(standin, started);
  assert.deepEqual(Object.keys(done.body), [
    "authorization_code",
    "code_challenge",
    "code_verifier",
  ]);
  const tokens = await exchange(standin, done);
  assert.equal(tokens.status, 200);
  assert.ok(tokens.body["refresh_token"]);
  assert.deepEqual(standin.violations, []);
  const { deviceCodes, devicePolls, exchanges } = standin.counts();
  assert.deepEqual([deviceCodes, devicePolls, exchanges], [1, 4, 1]);
});

const EXCHANGES: readonly [string, Record<string, string>][] = [
  ["the callback of the browser", {
    redirect_uri: "http://localhost:1455/auth/callback",
  }],
  ["a verifier of its own", { code_verifier: "v".repeat(43) }],
];

for (const [name, changes] of EXCHANGES) {
  Deno.test(`device code is not exchanged with ${name}`, async () => {
    const { standin } = await clocked({ approveDeviceAfter: 0 });
    await using _ = standin;
    const done = await poll(standin, await start(standin));
    assert.equal(done.status, 200);
    assert.equal((await exchange(standin, done, changes)).status, 400);
    assert.equal(lastViolations(standin).length, 1);
  });
}

Deno.test("approveDeviceAfter approves after so many polls", async () => {
  const { standin, pass } = await clocked({ approveDeviceAfter: 2 });
  await using _ = standin;
  const started = await start(standin);
  for (const status of [403, 404, 200]) {
    assert.equal((await poll(standin, started)).status, status);
    pass(1000);
  }
  assert.deepEqual(standin.violations, []);
});

const PACES: readonly [string, number, RegExp | undefined][] = [
  ["1", 1000, undefined],
  ["1", 900, undefined],
  ["1", 899, /polled after 899 ms, the interval is 1000 ms/],
  ["5", 1000, /the interval is 5000 ms/],
  ["0", 0, undefined],
];

for (const [deviceInterval, ms, expected] of PACES) {
  Deno.test(`device poll ${ms} ms after the last, interval "${deviceInterval}"`, async () => {
    const { standin, pass } = await clocked({ deviceInterval });
    await using _ = standin;
    const started = await start(standin);
    await poll(standin, started);
    pass(ms);
    await poll(standin, started);
    if (expected === undefined) assert.deepEqual(standin.violations, []);
    else assert.match(standin.violations.join(), expected);
  });
}

/** The outcome, the status of `usercode`, and the fields of its answer. */
const STARTS: readonly [string, number, string][] = [
  ["ok", 200, "device_auth_id user_code interval"],
  ["off", 404, "detail"],
  ["refused", 403, "error"],
  ["server_error", 500, "error"],
  ["number_interval", 200, "device_auth_id user_code interval"],
  ["both_names", 200, "device_auth_id user_code usercode interval"],
  ["alias", 200, "device_auth_id usercode interval"],
];

for (const [outcome, status, names] of STARTS) {
  Deno.test(`devicePlan("${outcome}") answers usercode with ${status}`, async () => {
    const { standin } = await clocked();
    await using _ = standin;
    standin.devicePlan(outcome);
    const reply = await start(standin);
    assert.equal(reply.status, status);
    assert.equal(Object.keys(reply.body).join(" "), names);
    if (status === 200) {
      assert.equal(
        reply.body["interval"],
        outcome === "number_interval" ? 1 : "1",
      );
      assert.equal((await poll(standin, reply)).status, 403);
    }
    assert.deepEqual(standin.violations, []);
  });
}

/** The outcome, and the statuses of three polls; "lost" for a broken connection. */
const POLLS: readonly [string, readonly (number | "lost")[]][] = [
  ["expired", [403, 400]],
  ["refused_400", [403, 400]],
  ["refused_401", [403, 401]],
  ["refused_410", [403, 410]],
  ["poll_server_error", [403, 500, 403]],
  ["poll_drop", [403, "lost", 403]],
];

for (const [outcome, statuses] of POLLS) {
  Deno.test(`devicePlan("${outcome}") answers polls with ${statuses.join()}`, async () => {
    const { standin, pass } = await clocked();
    await using _ = standin;
    standin.devicePlan(outcome);
    const started = await start(standin);
    for (const status of statuses) {
      if (status === "lost") await assert.rejects(poll(standin, started));
      else assert.equal((await poll(standin, started)).status, status);
      pass(1000);
    }
    assert.deepEqual(standin.violations, []);
  });
}

Deno.test("devicePlan() breaks, challenges and hangs, and refuses an unknown outcome", async () => {
  const { standin } = await clocked();
  await using _ = standin;
  standin.devicePlan("drop", "challenge", "hang");
  await assert.rejects(start(standin));
  const body = JSON.stringify({ client_id: CLIENT_ID });
  const page = await post(standin, "usercode", body);
  assert.equal(page.headers.get("cf-mitigated"), "challenge");
  await page.text();
  const leaving = new AbortController();
  const url = new URL("/api/accounts/deviceauth/usercode", standin.issuer);
  const waiting = fetch(url, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body,
    signal: leaving.signal,
  });
  await standin.until((requests) => requests.length === 3);
  leaving.abort();
  await assert.rejects(waiting);
  await standin.until((requests) => requests[2]?.aborted === true);
  assert.throws(() => standin.devicePlan("nonsense"), RangeError);
});

Deno.test("device sign-in that was refused by the person ends for good", async () => {
  const { standin, pass } = await clocked();
  await using _ = standin;
  const started = await start(standin);
  assert.equal(await decide(standin, started.body["user_code"], true), 200);
  assert.equal((await poll(standin, started)).status, 400);
  assert.deepEqual(standin.violations, []);
  pass(1000);
  assert.equal((await poll(standin, started)).status, 400);
  assert.match(lastViolations(standin).join(), /had ended/);
});

Deno.test("device code gives its tokens once", async () => {
  const { standin, pass } = await clocked({ approveDeviceAfter: 0 });
  await using _ = standin;
  const started = await start(standin);
  assert.equal((await poll(standin, started)).status, 200);
  pass(1000);
  assert.equal((await poll(standin, started)).status, 400);
  assert.match(lastViolations(standin).join(), /had ended/);
});

Deno.test("device code ends after 15 minutes, also for the person", async () => {
  const { standin, pass } = await clocked();
  await using _ = standin;
  const started = await start(standin);
  pass(15 * 60_000);
  assert.equal((await poll(standin, started)).status, 403);
  pass(1000);
  assert.equal(await decide(standin, started.body["user_code"]), 400);
  assert.equal((await poll(standin, started)).status, 400);
  assert.deepEqual(standin.violations, []);
  const late = await start(standin);
  pass(15 * 60_000 + 2001);
  await poll(standin, late);
  assert.match(lastViolations(standin).join(), /15 minutes/);
});

const SPELLINGS: readonly [string, (code: string) => string, number][] = [
  ["in lower case", (code) => code.toLowerCase(), 200],
  ["without the hyphen", (code) => code.replace("-", ""), 200],
  ["with spaces", (code) => ` ${code} `, 200],
  ["with a character missing", (code) => code.slice(1), 400],
  ["not at all", () => "", 400],
];

for (const [name, spell, status] of SPELLINGS) {
  Deno.test(`device page answers ${status} to the code ${name}`, async () => {
    const { standin } = await clocked();
    await using _ = standin;
    const { body } = await start(standin);
    assert.equal(
      await decide(standin, spell(String(body["user_code"]))),
      status,
    );
    assert.deepEqual(standin.violations, []);
  });
}

const JSON_TYPE = { "content-type": "application/json" };
const RIGHT = JSON.stringify({ client_id: CLIENT_ID });

/** The path, the body, the headers, and what is noted. */
const WRONG: readonly [string, string, Record<string, string>, RegExp][] = [
  ["usercode", "{}", JSON_TYPE, /client_id/],
  ["usercode", `{"client_id":"app_other"}`, JSON_TYPE, /client_id/],
  ["usercode", `client_id=${CLIENT_ID}`, JSON_TYPE, /fields/],
  [
    "usercode",
    JSON.stringify({ client_id: CLIENT_ID, scope: "openid" }),
    JSON_TYPE,
    /fields are client_id,scope/,
  ],
  ["usercode", RIGHT, { "content-type": "text/plain" }, /content-type/],
  ["usercode", RIGHT, { authorization: "Bearer x" }, /authorization/],
  ["usercode", RIGHT, { cookie: "a=b" }, /cookie/],
  ["usercode", RIGHT, { originator: "codex_cli_rs" }, /poses/],
  ["usercode", RIGHT, { "user-agent": "codex_exec/0.169.0" }, /poses/],
  ["token", "{}", JSON_TYPE, /fields/],
  [
    "token",
    JSON.stringify({ device_auth_id: "x", user_code: "ABCD-12345" }),
    JSON_TYPE,
    /unknown device code/,
  ],
];

for (const [path, body, headers, expected] of WRONG) {
  Deno.test(`device ${path} notes ${body} with ${JSON.stringify(headers)}`, async () => {
    const { standin } = await clocked();
    await using _ = standin;
    await (await post(standin, path, body, headers)).text();
    assert.match(standin.violations.join(), expected);
  });
}
