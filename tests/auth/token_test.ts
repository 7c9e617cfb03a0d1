import assert from "node:assert/strict";
import { createAttempt, readCallback } from "../../src/auth/authorize.ts";
import type { AuthorizationCode } from "../../src/auth/authorize.ts";
import {
  exchangeCode,
  type IssuedTokens,
  refreshTokens,
} from "../../src/auth/token.ts";
import type { IssuerContext } from "../../src/auth/issuer.ts";
import { MekaError } from "../../src/errors.ts";
import { memoryHost } from "../support/memory_host.ts";
import { scriptedFetch, silence } from "../support/scripted_fetch.ts";

const ISSUER = new URL("https://auth.example.com/");

function context(
  fetch: IssuerContext["fetch"],
  host = memoryHost(),
): IssuerContext {
  return {
    issuer: ISSUER,
    fetch,
    host,
    userAgent: "meka_cli/0",
    signal: host.interrupt,
  };
}

function json(status: number, body: unknown): () => Response {
  return () => Response.json(body, { status });
}

async function authorizationCode(
  code = "SECRET-CODE",
): Promise<AuthorizationCode> {
  const { state } = await createAttempt(memoryHost());
  const reading = readCallback(new URLSearchParams({ code, state }), {
    state,
    issuer: ISSUER,
  });
  assert.ok(reading.type === "code");
  return reading.code;
}

async function exchange(given: IssuerContext): Promise<IssuedTokens> {
  const attempt = {
    redirectUri: "http://localhost:1455/auth/callback",
    verifier: "SECRET-VERIFIER",
  };
  return await exchangeCode(await authorizationCode(), attempt, given);
}

Deno.test("refreshTokens() sends the issuer's JSON and no credential header", async () => {
  const script = scriptedFetch(json(200, { access_token: "new" }));
  const result = await refreshTokens(
    "old",
    "proactive_expiry",
    context(script.fetch),
  );
  assert.deepEqual(result, {
    class: "renewed",
    tokens: {
      accessToken: "new",
      idToken: undefined,
      refreshToken: undefined,
    },
  });
  const request = script.requests[0]!;
  assert.equal(request.url, "https://auth.example.com/oauth/token");
  assert.equal(request.method, "POST");
  assert.equal(request.redirect, "manual");
  assert.deepEqual(Object.fromEntries(request.headers), {
    "accept": "application/json",
    "content-type": "application/json",
    "originator": "meka_cli",
    "user-agent": "meka_cli/0",
  });
  assert.deepEqual(await request.json(), {
    client_id: "app_EMoamEEZ73f0CkXaXp7hrann",
    grant_type: "refresh_token",
    refresh_reason: "proactive_expiry",
    refresh_token: "old",
  });
});

const CHALLENGE = new Response("<html>Just a moment…", {
  status: 403,
  headers: { "content-type": "text/html; charset=UTF-8", "cf-ray": "9a-VIE" },
});

const REFRESHES: readonly (readonly [
  string,
  () => Response,
  "permanent" | "transient",
  string,
])[] = [
  ...["expired", "reused", "invalidated"].map((end) =>
    [
      `code refresh_token_${end}`,
      json(400, { error: { code: `refresh_token_${end}` } }),
      "permanent",
      "auth",
    ] as const
  ),
  ["401 and any body", json(401, { x: 1 }), "permanent", "auth"],
  ["invalid_grant", json(400, { error: "invalid_grant" }), "permanent", "auth"],
  ["another 400", json(400, { error: "bad" }), "transient", "network"],
  ["403 JSON", json(403, {}), "transient", "network"],
  ["429", json(429, { error: "invalid_grant" }), "transient", "network"],
  ["500", json(500, {}), "transient", "network"],
  ["a challenge", () => CHALLENGE.clone(), "transient", "blocked"],
  [
    "cf-mitigated with 401",
    () => new Response("", { status: 401, headers: { "cf-mitigated": "x" } }),
    "transient",
    "blocked",
  ],
  [
    "a redirect",
    () => new Response(null, { status: 307, headers: { location: "/x" } }),
    "transient",
    "network",
  ],
  ["200 without a token", json(200, {}), "transient", "network"],
  ["200 that is no JSON", () => new Response("hi"), "transient", "network"],
];

for (const [name, reply, wanted, kind] of REFRESHES) {
  Deno.test(`refreshTokens() calls ${name} ${wanted}`, async () => {
    const script = scriptedFetch(reply);
    const result = await refreshTokens(
      "SECRET",
      "scheduled",
      context(script.fetch),
    );
    assert.ok(result.class !== "renewed");
    assert.equal(result.class, wanted);
    assert.equal(result.error.kind, kind);
    assert.doesNotMatch(JSON.stringify(result.error.message), /SECRET/);
    if (name === "a challenge") assert.match(result.error.message, /9a-VIE/);
  });
}

Deno.test("refreshTokens() heeds Retry-After in a transient failure", async () => {
  const script = scriptedFetch(() =>
    new Response("{}", { status: 503, headers: { "retry-after": "7" } })
  );
  const result = await refreshTokens("r", "scheduled", context(script.fetch));
  assert.ok(result.class === "transient");
  assert.deepEqual(result.error.retry, { afterMs: 7000 });
});

Deno.test("refreshTokens() gives up after 30 seconds", async () => {
  const host = memoryHost();
  const script = scriptedFetch(silence);
  const result = refreshTokens("r", "scheduled", context(script.fetch, host));
  await host.sleeps(30_000);
  host.wake(30_000);
  const ended = await result;
  assert.ok(ended.class === "transient");
  assert.match(ended.error.message, /no answer .* within 30 seconds/);
});

Deno.test("refreshTokens() throws the reason of an abort", async () => {
  const host = memoryHost();
  const script = scriptedFetch(silence);
  const result = refreshTokens("r", "scheduled", context(script.fetch, host));
  await host.sleeps(30_000);
  host.abort(new MekaError("interrupted", "Interrupted"));
  await assert.rejects(result, { kind: "interrupted" });
  assert.deepEqual(host.sleeping, []);
});

Deno.test("exchangeCode() posts the form once and reads all three tokens", async () => {
  const script = scriptedFetch(
    json(200, { access_token: "a", id_token: "i", refresh_token: "r" }),
  );
  assert.deepEqual(await exchange(context(script.fetch)), {
    accessToken: "a",
    idToken: "i",
    refreshToken: "r",
  });
  const request = script.requests[0]!;
  assert.match(
    request.headers.get("content-type") ?? "",
    /^application\/x-www-form-urlencoded/,
  );
  assert.equal(request.headers.get("authorization"), null);
  assert.equal(request.headers.get("user-agent"), "meka_cli/0");
  assert.equal(request.redirect, "manual");
  const form = new URLSearchParams(await request.text());
  assert.deepEqual(Object.fromEntries(form), {
    grant_type: "authorization_code",
    client_id: "app_EMoamEEZ73f0CkXaXp7hrann",
    code: "SECRET-CODE",
    redirect_uri: "http://localhost:1455/auth/callback",
    code_verifier: "SECRET-VERIFIER",
  });
});

const EXCHANGES: readonly (readonly [
  string,
  (request: Request) => Response | Promise<Response>,
  string,
  RegExp,
])[] = [
  [
    "a refusal",
    json(400, { error: "invalid_grant", error_description: "Code is spent" }),
    "auth",
    /status 400 \("Code is spent"\)/,
  ],
  [
    "a missing token",
    json(200, { access_token: "a" }),
    "auth",
    /lacks a token/,
  ],
  ["trouble", json(502, {}), "network", /status 502/],
  ["a challenge", () => CHALLENGE.clone(), "blocked", /ray 9a-VIE/],
  [
    "a dead network",
    () => Promise.reject(new TypeError("refused")),
    "network",
    /no connection to "auth.example.com"/,
  ],
];

for (const [name, reply, kind, message] of EXCHANGES) {
  Deno.test(`exchangeCode() tells ${name} apart, once, without a secret`, async () => {
    const script = scriptedFetch(reply);
    await assert.rejects(exchange(context(script.fetch)), (error) => {
      assert.ok(error instanceof MekaError);
      assert.equal(error.kind, kind);
      assert.match(error.message, message);
      assert.doesNotMatch(Deno.inspect(error), /SECRET/);
      return true;
    });
    script.end();
  });
}

Deno.test("exchangeCode() does not ask again when the answer is lost", async () => {
  const host = memoryHost();
  const script = scriptedFetch(silence);
  const result = exchange(context(script.fetch, host));
  result.catch(() => {});
  await host.sleeps(30_000);
  host.wake(30_000);
  await assert.rejects(result, { kind: "network" });
  script.end();
});

Deno.test("exchangeCode() takes nothing but a checked callback", async () => {
  const forged = new URLSearchParams({ code: "x" }) as AuthorizationCode;
  const attempt = { redirectUri: "http://localhost:1455/", verifier: "v" };
  await assert.rejects(
    exchangeCode(forged, attempt, context(scriptedFetch().fetch)),
  );
});
