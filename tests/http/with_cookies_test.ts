import assert from "node:assert/strict";
import { CookieJar } from "../../src/http/cookie_jar.ts";
import { withCookies } from "../../src/http/with_cookies.ts";

const NOW = Date.UTC(2026, 0, 1);
const BASE = new URL("https://chatgpt.com");

/** A server that sets a cookie with each response, and what it was sent. */
function setUp(status = 200): {
  jar: CookieJar;
  requests: Request[];
  send: (url: string, init?: RequestInit) => Promise<Response>;
} {
  const jar = new CookieJar();
  const requests: Request[] = [];
  const fetch = withCookies((request) => {
    requests.push(request);
    const cookie = `n=${requests.length}; Path=/; Secure`;
    const headers = [["set-cookie", cookie], ["set-cookie", "other=1"]];
    return Promise.resolve(
      new Response(null, { status, headers: headers as [string, string][] }),
    );
  }, { jar, baseUrl: BASE, now: () => NOW });
  return { jar, requests, send: (url, init) => fetch(new Request(url, init)) };
}

for (const status of [200, 302, 403, 429, 503]) {
  Deno.test(`withCookies() sends again what came with status ${status}`, async () => {
    const { jar, requests, send } = setUp(status);
    await send("https://chatgpt.com/backend-api/models");
    assert.equal(requests[0]?.headers.get("cookie"), null);
    assert.equal(jar.changed, true);
    await send("https://chatgpt.com/backend-api/models");
    assert.equal(requests[1]?.headers.get("cookie"), "other=1; n=1");
    await send("https://chatgpt.com/");
    assert.equal(requests[2]?.headers.get("cookie"), "n=2");
  });
}

const ELSEWHERE = [
  "https://auth.openai.com/oauth/token",
  "https://api.chatgpt.com/",
  "https://chatgpt.com:8443/",
  "http://chatgpt.com/",
];

for (const url of ELSEWHERE) {
  Deno.test(`withCookies() neither sends nor stores cookies for ${url}`, async () => {
    const { jar, requests, send } = setUp();
    await send(url);
    assert.equal(jar.changed, false);
    jar.store(BASE, ["a=1; Domain=chatgpt.com"], NOW);
    await send(url);
    assert.equal(requests[1]?.headers.get("cookie"), null);
  });
}

Deno.test("withCookies() leaves method, body, signal and redirect mode alone", async () => {
  const { jar, requests, send } = setUp();
  jar.store(BASE, ["a=1"], NOW);
  const { signal } = new AbortController();
  await send("https://chatgpt.com/x", {
    method: "POST",
    body: "hello",
    redirect: "manual",
    signal,
    headers: { "x-own": "1" },
  });
  const [request] = requests;
  assert.equal(request?.method, "POST");
  assert.equal(await request?.text(), "hello");
  assert.equal(request?.redirect, "manual");
  assert.equal(request?.headers.get("x-own"), "1");
  assert.equal(request?.headers.get("cookie"), "a=1");
});

Deno.test("withCookies() passes a failure on", async () => {
  const failure = new TypeError("fetch failed");
  const fetch = withCookies(() => Promise.reject(failure), {
    jar: new CookieJar(),
    baseUrl: BASE,
    now: () => NOW,
  });
  await assert.rejects(fetch(new Request(BASE)), failure);
});
