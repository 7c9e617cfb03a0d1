import assert from "node:assert/strict";
import {
  awaitDevice,
  type DeviceContext,
  type DeviceResult,
} from "../../src/auth/device.ts";
import { MekaError } from "../../src/errors.ts";
import { type MemoryHost, memoryHost } from "../support/memory_host.ts";
import {
  type Reply,
  type ScriptedFetch,
  scriptedFetch,
} from "../support/scripted_fetch.ts";

const STARTED = {
  "device_auth_id": "SECRET-DEVICE",
  "user_code": "ABCD-12345",
  interval: "5",
};
const GRANTED = {
  "authorization_code": "SECRET-CODE",
  "code_challenge": "c",
  "code_verifier": "SECRET-VERIFIER",
};
const MINUTES_15 = 15 * 60_000;

function json(body: unknown, status = 200): Reply {
  return () => Response.json(body, { status });
}

const PENDING = json({ error: { code: "authorization_pending" } }, 403);
const PENDING_404 = json({}, 404);
const LOST: Reply = () => Promise.reject(new TypeError("refused"));
const CHALLENGE: Reply = () =>
  new Response("<html>", {
    status: 403,
    headers: { "content-type": "text/html", "cf-ray": "9a-VIE" },
  });

interface Try {
  readonly script: ScriptedFetch;
  readonly host: MemoryHost;
  readonly hidden: string[];
  readonly result: Promise<DeviceResult>;
}

/** A sign-in with these answers of the issuer, its waits of 5 seconds passing by themselves. */
function begin(
  replies: readonly Reply[],
  options: { readonly terminal?: boolean; readonly napMs?: number } = {},
): Try {
  const host = memoryHost({ napMs: 5_000, ...options });
  const script = scriptedFetch(...replies);
  const hidden: string[] = [];
  const context: DeviceContext = {
    issuer: new URL("https://auth.example.com/"),
    fetch: script.fetch,
    host,
    userAgent: "meka_cli/0",
    signal: host.interrupt,
    hide: (...secrets) => hidden.push(...secrets),
  };
  return { script, host, hidden, result: awaitDevice(context) };
}

Deno.test("awaitDevice() shows the code, asks slowly, and brings the grant", async () => {
  const { script, host, hidden, result } = begin(
    [json(STARTED), PENDING, PENDING_404, json(GRANTED)],
  );
  const ended = await result;
  script.end();
  assert.ok(ended.type === "answer");
  assert.equal(ended.answer.code.get("code"), "SECRET-CODE");
  assert.equal(ended.answer.verifier, "SECRET-VERIFIER");
  assert.equal(
    ended.answer.redirectUri,
    "https://auth.example.com/deviceauth/callback",
  );
  assert.deepEqual(
    script.requests.map(({ method, url }) => [method, new URL(url).pathname]),
    [
      ["POST", "/api/accounts/deviceauth/usercode"],
      ...Array(3).fill(["POST", "/api/accounts/deviceauth/token"]),
    ],
  );
  assert.deepEqual(await script.requests[0]?.json(), {
    "client_id": "app_EMoamEEZ73f0CkXaXp7hrann",
  });
  assert.deepEqual(await script.requests[1]?.json(), {
    "device_auth_id": "SECRET-DEVICE",
    "user_code": "ABCD-12345",
  });
  assert.equal(script.requests[1]?.headers.get("authorization"), null);
  assert.equal(host.elapsed(), 15_000);
  assert.deepEqual(hidden, ["SECRET-DEVICE", "SECRET-CODE", "SECRET-VERIFIER"]);
  const said = host.stderr();
  assert.match(said, /^https:\/\/auth\.example\.com\/codex\/device$/m);
  assert.match(said, /^ {4}ABCD-12345$/m);
  assert.match(said, /must be allowed in ChatGPT's security settings/);
  assert.match(said, /15 minutes at most/);
  assert.doesNotMatch(said, /SECRET|\r/);
  assert.equal(host.stdout(), "");
});

Deno.test("awaitDevice() shows the time left in one line of a terminal", async () => {
  const { host, result } = begin(
    [json(STARTED), PENDING, PENDING, json(GRANTED)],
    { terminal: true },
  );
  await result;
  const times = host.stderr().split("\r").slice(1);
  assert.deepEqual(times, [
    "Waiting for you there: 15:00 left ",
    "Waiting for you there: 14:55 left ",
    "Waiting for you there: 14:50 left \n",
  ]);
});

const ODD_STARTS: readonly (readonly [string, unknown, number | RegExp])[] = [
  ["a number", { ...STARTED, interval: 5 }, 5_000],
  ["no interval", { ...STARTED, interval: undefined }, 5_000],
  ["a short interval", { ...STARTED, interval: "0" }, 1_000],
  ["a long interval", { ...STARTED, interval: "9000" }, 60_000],
  [
    "the other spelling",
    { ...STARTED, "user_code": undefined, usercode: "ABCD-12345" },
    5_000,
  ],
  ["both spellings", { ...STARTED, usercode: "ABCD-12345" }, /usercode/],
  ["a worded interval", { ...STARTED, interval: "five" }, /interval/],
  ["a negative interval", { ...STARTED, interval: -5 }, /interval/],
  ["no code", { ...STARTED, "user_code": "" }, /user_code/],
  ["a code that drives the terminal", {
    ...STARTED,
    "user_code": "\x1b]0;x\x07",
  }, /user_code/],
  ["no id", { ...STARTED, "device_auth_id": 1 }, /device_auth_id/],
  ["no JSON object", [], /device_auth_id/],
];

for (const [name, body, wanted] of ODD_STARTS) {
  Deno.test(`awaitDevice() takes a first answer with ${name} for what it is`, async () => {
    const { host, result } = begin(
      [json(body), json(GRANTED)],
      { napMs: 60_000 },
    );
    if (typeof wanted === "number") {
      assert.equal((await result).type, "answer");
      assert.equal(host.elapsed(), wanted);
    } else {
      await assert.rejects(result, { kind: "auth", message: wanted });
      assert.equal(host.stderr(), "");
    }
  });
}

const REFUSALS: readonly (readonly [string, readonly Reply[], RegExp])[] = [
  ["the feature is off", [json({ detail: "Not Found" }, 404)], /not allowed/],
  [
    "the workspace refuses",
    [json({ error: { code: "x", message: "Ask an admin." } }, 403)],
    /the issuer says "Ask an admin\."/,
  ],
  [
    "the workspace refuses later",
    [json(STARTED), PENDING, json({ message: "Ask an admin." }, 400)],
    /the issuer says "Ask an admin\."/,
  ],
];

for (const [name, replies, message] of REFUSALS) {
  Deno.test(`awaitDevice() names the other ways when ${name}`, async () => {
    const { script, result } = begin(replies);
    const ended = await result;
    script.end();
    assert.ok(ended.type === "refused");
    assert.equal(ended.error.kind, "auth");
    assert.match(ended.error.message, message);
    assert.match(ended.error.hint ?? "", /security settings; a workspace/);
    assert.match(ended.error.hint ?? "", /`meka setup` .*`meka setup --no-/);
  });
}

const FAILURES: readonly (readonly [
  string,
  readonly Reply[],
  MekaError["kind"],
  RegExp,
])[] = [
  ["trouble at the start", [json({}, 500)], "network", /status 500/],
  ["a challenge at the start", [CHALLENGE], "blocked", /9a-VIE/],
  ["a dead network", [LOST], "network", /no connection/],
  ["trouble later", [json(STARTED), json({}, 502)], "network", /status 502/],
  ["too many questions", [json(STARTED), json({}, 429)], "network", /429/],
  ["a challenge later", [json(STARTED), CHALLENGE], "blocked", /9a-VIE/],
  [
    "a denial",
    [json(STARTED), json({ error: { code: "access_denied" } }, 400)],
    "auth",
    /it was denied/,
  ],
  [
    "an expired code",
    [json(STARTED), json({ error: { code: "expired_token" } }, 400)],
    "auth",
    /not entered within 15 minutes/,
  ],
  [
    "a grant without a verifier",
    [json(STARTED), json({ ...GRANTED, "code_verifier": "" })],
    "auth",
    /code_verifier/,
  ],
  [
    "a network that is gone",
    [json(STARTED), PENDING, LOST, LOST, LOST],
    "network",
    /no connection/,
  ],
];

for (const [name, replies, kind, message] of FAILURES) {
  Deno.test(`awaitDevice() ends with ${name}`, async () => {
    const { script, host, result } = begin(replies);
    await assert.rejects(result, (error) => {
      assert.ok(error instanceof MekaError);
      assert.equal(error.kind, kind);
      assert.match(error.message, message);
      assert.doesNotMatch(Deno.inspect(error), /SECRET/);
      return true;
    });
    script.end();
    assert.deepEqual(host.sleeping, []);
  });
}

Deno.test("awaitDevice() bears a network that comes and goes", async () => {
  const { script, result } = begin(
    [json(STARTED), LOST, LOST, PENDING, LOST, LOST, json(GRANTED)],
  );
  assert.equal((await result).type, "answer");
  script.end();
});

Deno.test("awaitDevice() ends after 15 minutes", async () => {
  const polls = MINUTES_15 / 5_000;
  const { script, host, result } = begin(
    [json(STARTED), ...Array<Reply>(polls).fill(PENDING)],
  );
  await assert.rejects(result, {
    kind: "auth",
    message: /not entered within 15 minutes/,
  });
  script.end();
  assert.equal(host.elapsed(), MINUTES_15);
});

Deno.test("awaitDevice() ends with the reason of Ctrl-C", async () => {
  const { host, result } = begin([json(STARTED)], {
    napMs: 0,
    terminal: true,
  });
  await host.sleeps(5_000);
  host.abort(new MekaError("interrupted", "Interrupted"));
  await assert.rejects(result, { kind: "interrupted" });
  assert.ok(host.stderr().endsWith("\n"));
  assert.deepEqual(host.sleeping, []);
});
