import assert from "node:assert/strict";
import { receiveCallback } from "../../src/auth/callback.ts";
import { successPage } from "../../src/auth/pages.ts";
import { MekaError } from "../../src/errors.ts";
import {
  type MemoryHost,
  memoryHost,
  type MemoryHostOptions,
} from "../support/memory_host.ts";

const STATE = "s".repeat(43);
const ISSUER = new URL("https://auth.example.com");
const BASE = "http://localhost:1455";
const GOOD = `${BASE}/auth/callback?code=SECRET&state=${STATE}`;

interface Waiting {
  readonly host: MemoryHost;
  readonly result: Promise<string>;
  readonly redirectUri: string;
  readonly codes: (string | null)[];
}

/** Starts to wait for a callback, up to where the browser has its turn. */
async function wait(
  options: MemoryHostOptions = {},
  finish: () => Promise<string> = () => Promise.resolve("signed in"),
): Promise<Waiting> {
  const host = memoryHost(options);
  const begun = Promise.withResolvers<string>();
  const codes: (string | null)[] = [];
  const result = receiveCallback<string>({
    host,
    signal: host.interrupt,
    issuer: ISSUER,
    state: STATE,
    begin: ({ redirectUri }) => Promise.resolve(begun.resolve(redirectUri)),
    successPage: (email) => successPage({ email, plan: undefined }),
    finish: (code) => {
      codes.push(code.get("code"));
      return finish();
    },
  });
  result.catch(begun.reject);
  return { host, result, redirectUri: await begun.promise, codes };
}

/** Ends a wait that a test has no more use for. */
async function stop({ host, result }: Waiting): Promise<void> {
  await host.visit(`${BASE}/cancel`);
  await assert.rejects(result, { message: "The sign-in was cancelled" });
}

Deno.test("receiveCallback() ends a sign-in on a page without a secret", async () => {
  const { host, result, redirectUri, codes } = await wait();
  assert.equal(redirectUri, `${BASE}/auth/callback`);
  assert.deepEqual([...host.listening], ["127.0.0.1:1455", "[::1]:1455"]);
  const redirect = await host.visit(GOOD);
  assert.equal(redirect.status, 302);
  assert.equal(redirect.headers.get("location"), "/success");
  assert.equal(redirect.headers.get("cache-control"), "no-store");
  const page = await host.visit(`${BASE}/success`);
  assert.match(await page.text(), /You are signed in/);
  assert.equal(await result, "signed in");
  assert.deepEqual(codes, ["SECRET"]);
  assert.deepEqual([...host.listening], []);
  assert.deepEqual(host.sleeping, []);
});

Deno.test("receiveCallback() answers on ::1 as well", async () => {
  const { host, result } = await wait();
  await host.visit(GOOD.replace("localhost", "[::1]"));
  await host.visit("http://[::1]:1455/success");
  assert.equal(await result, "signed in");
});

Deno.test("receiveCallback() does without IPv6", async () => {
  const waiting = await wait({ ipv6: false });
  assert.deepEqual([...waiting.host.listening], ["127.0.0.1:1455"]);
  await stop(waiting);
});

Deno.test("receiveCallback() takes 1457 when 1455 is busy", async () => {
  const { host, result, redirectUri } = await wait({ busyPorts: [1455] });
  assert.equal(redirectUri, "http://localhost:1457/auth/callback");
  const base = "http://127.0.0.1:1457";
  // The name of the other port is not this listener's.
  const stray = await host.visit(base, { headers: { host: "localhost:1455" } });
  assert.equal(stray.status, 421);
  await host.visit(`${base}/auth/callback?code=c&state=${STATE}`);
  await host.visit(`${base}/success`);
  assert.equal(await result, "signed in");
});

Deno.test("receiveCallback() names both ports when neither is free", async () => {
  await assert.rejects(wait({ busyPorts: [1455, 1457] }), {
    kind: "auth",
    message: /ports 1455 and 1457 are in use/,
  });
});

const STRAY: readonly (readonly [string, string, RequestInit, number])[] = [
  ["no state", "/auth/callback?code=x", {}, 400],
  ["a wrong state", "/auth/callback?code=x&state=y", {}, 400],
  ["an error without the state", "/auth/callback?error=x", {}, 400],
  [
    "two states",
    `/auth/callback?code=x&state=${STATE}&state=${STATE}`,
    {},
    400,
  ],
  ["an icon", "/favicon.ico", {}, 404],
  ["the root", "/", {}, 404],
  ["a page before its time", "/success", {}, 404],
  ["the other page", "/failed", {}, 404],
  ["POST", `/auth/callback?code=x&state=${STATE}`, { method: "POST" }, 405],
  ["HEAD", `/auth/callback?code=x&state=${STATE}`, { method: "HEAD" }, 405],
  [
    "a rebound name",
    `/auth/callback?code=x&state=${STATE}`,
    { headers: { host: "evil.example:1455" } },
    421,
  ],
  ["a name without a port", "/cancel", { headers: { host: "localhost" } }, 421],
  [
    "another site's image",
    "/cancel",
    { headers: { "sec-fetch-site": "cross-site" } },
    403,
  ],
];

for (const [name, path, init, status] of STRAY) {
  Deno.test(`receiveCallback() answers ${status} to ${name} and waits on`, async () => {
    const { host, result, codes } = await wait();
    const response = await host.visit(`${BASE}${path}`, init);
    assert.equal(response.status, status);
    assert.match(response.headers.get("content-type") ?? "", /^text\/plain/);
    assert.deepEqual(codes, []);
    await host.visit(GOOD);
    await host.visit(`${BASE}/success`);
    assert.equal(await result, "signed in");
  });
}

Deno.test("receiveCallback() exchanges once, however often it is called back", async () => {
  const exchange = Promise.withResolvers<string>();
  const { host, result, codes } = await wait({}, () => exchange.promise);
  const first = host.visit(GOOD);
  assert.equal((await host.visit(GOOD)).status, 409);
  const denial = `${BASE}/auth/callback?error=access_denied&state=${STATE}`;
  assert.equal((await host.visit(denial)).status, 409);
  assert.equal((await host.visit(`${BASE}/cancel`)).status, 409);
  exchange.resolve("signed in");
  assert.equal((await first).status, 302);
  assert.equal((await host.visit(GOOD)).status, 409);
  await host.visit(`${BASE}/success`);
  assert.equal(await result, "signed in");
  assert.equal(codes.length, 1);
});

const ENDS: readonly (readonly [string, string, RegExp])[] = [
  ["denied", `error=access_denied&state=${STATE}`, /it was denied/],
  ["no code", `state=${STATE}`, /holds no code/],
];

for (const [name, query, message] of ENDS) {
  Deno.test(`receiveCallback() fails in plain words: ${name}`, async () => {
    const { host, result, codes } = await wait();
    result.catch(() => {});
    const redirect = await host.visit(`${BASE}/auth/callback?${query}`);
    assert.equal(redirect.headers.get("location"), "/failed");
    const page = await host.visit(`${BASE}/failed`);
    assert.match(await page.text(), message);
    await assert.rejects(result, { kind: "auth", message });
    assert.deepEqual(codes, []);
  });
}

Deno.test("receiveCallback() shows why the exchange failed", async () => {
  const error = new MekaError("network", "Cannot finish the sign-in: <gone>");
  const { host, result } = await wait({}, () => Promise.reject(error));
  result.catch(() => {});
  await host.visit(GOOD);
  const page = await host.visit(`${BASE}/failed`);
  assert.match(await page.text(), /&lt;gone&gt;/);
  await assert.rejects(result, error);
});

Deno.test("receiveCallback() waits two seconds at most for the browser", async () => {
  const { host, result } = await wait();
  await host.visit(GOOD);
  await host.sleeps(2000);
  host.wake(2000);
  assert.equal(await result, "signed in");
  assert.deepEqual([...host.listening], []);
});

Deno.test("receiveCallback() ends after five minutes", async () => {
  const { host, result } = await wait();
  host.wake(300_000);
  await assert.rejects(result, {
    kind: "auth",
    message: /not answered within 5 minutes/,
  });
  assert.deepEqual([...host.listening], []);
});

Deno.test("receiveCallback() lets an exchange under way end after five minutes", async () => {
  const exchange = Promise.withResolvers<string>();
  const { host, result } = await wait({}, () => exchange.promise);
  const redirect = host.visit(GOOD);
  host.wake(300_000);
  exchange.resolve("late");
  await redirect;
  await host.visit(`${BASE}/success`);
  assert.equal(await result, "late");
});

Deno.test("receiveCallback() ends with the reason of Ctrl-C", async () => {
  const { host, result } = await wait();
  host.abort(new MekaError("interrupted", "Interrupted"));
  await assert.rejects(result, { kind: "interrupted" });
  assert.deepEqual([...host.listening], []);
  assert.deepEqual(host.sleeping, []);
});

Deno.test("receiveCallback() shows a page when it is cancelled", async () => {
  const { host, result } = await wait();
  result.catch(() => {});
  const page = await host.visit(`${BASE}/cancel`);
  assert.equal(page.status, 200);
  assert.match(await page.text(), /Sign-in cancelled/);
  await assert.rejects(result, { kind: "auth" });
});
