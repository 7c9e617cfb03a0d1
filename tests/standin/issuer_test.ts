// deno-lint-ignore-file camelcase -- names are the server's
import assert from "node:assert/strict";
import { approve } from "../../scripts/standin/browser.ts";
import { startStandin } from "../../scripts/standin/mod.ts";
import {
  base64url,
  CLIENT_ID,
  randomText,
} from "../../scripts/standin/tokens.ts";
import type { Standin } from "../../scripts/standin/types.ts";

const STATE = "s".repeat(43);

function authorizeUrl(
  standin: Standin,
  changes: Record<string, string | undefined> = {},
): URL {
  const url = new URL("/oauth/authorize", standin.issuer);
  const query: Record<string, string | undefined> = {
    response_type: "code",
    client_id: CLIENT_ID,
    redirect_uri: "http://localhost:1455/auth/callback",
    code_challenge: "c".repeat(43),
    code_challenge_method: "S256",
    state: STATE,
    scope: "openid profile email offline_access",
    id_token_add_organizations: "true",
    codex_cli_simplified_flow: "true",
    originator: "meka_cli",
    ...changes,
  };
  for (const [name, value] of Object.entries(query)) {
    if (value !== undefined) url.searchParams.set(name, value);
  }
  return url;
}

/** Gets a code the way a script does, without a callback listener. */
async function code(
  standin: Standin,
  changes: Record<string, string> = {},
): Promise<{ code: string; verifier: string }> {
  const verifier = randomText(64);
  const digest = await crypto.subtle.digest(
    "SHA-256",
    new TextEncoder().encode(verifier),
  );
  const url = authorizeUrl(standin, {
    code_challenge: base64url(new Uint8Array(digest)),
    ...changes,
  });
  const page = await (await fetch(url)).text();
  const request = /name="request" value="([^"]+)"/.exec(page)?.[1] ?? "";
  const decided = await fetch(new URL("/oauth/authorize/decision", url), {
    method: "POST",
    body: new URLSearchParams({ request, decision: "approve" }),
    redirect: "manual",
  });
  await decided.body?.cancel();
  assert.equal(decided.status, 302);
  const back = new URL(decided.headers.get("location") ?? "");
  assert.equal(back.searchParams.get("state"), STATE);
  return { code: back.searchParams.get("code") ?? "", verifier };
}

async function exchange(
  standin: Standin,
  fields: Record<string, string>,
  headers: Record<string, string> = {},
): Promise<
  { status: number; body: Record<string, unknown> }
> {
  const body = new URLSearchParams({
    grant_type: "authorization_code",
    client_id: CLIENT_ID,
    redirect_uri: "http://localhost:1455/auth/callback",
    ...fields,
  });
  const response = await fetch(new URL("/oauth/token", standin.issuer), {
    method: "POST",
    body,
    headers,
  });
  return { status: response.status, body: await response.json() };
}

async function refresh(
  standin: Standin,
  token: string,
  options: { form?: boolean; headers?: Record<string, string> } = {},
): Promise<
  { status: number; body: Record<string, unknown> }
> {
  const fields = {
    client_id: CLIENT_ID,
    grant_type: "refresh_token",
    refresh_token: token,
  };
  const response = await fetch(new URL("/oauth/token", standin.issuer), {
    method: "POST",
    headers: {
      ...(options.form ? {} : { "content-type": "application/json" }),
      ...options.headers,
    },
    body: options.form ? new URLSearchParams(fields) : JSON.stringify(fields),
  });
  return { status: response.status, body: await response.json() };
}

function codeOf(reply: { body: Record<string, unknown> }): unknown {
  const error = reply.body["error"];
  return typeof error === "object" && error !== null && "code" in error
    ? error.code
    : error;
}

const WRONG: readonly [string, Record<string, string | undefined>][] = [
  ["response_type", { response_type: "token" }],
  ["client_id", { client_id: "app_other" }],
  ["redirect_uri port", {
    redirect_uri: "http://localhost:9999/auth/callback",
  }],
  ["redirect_uri path", { redirect_uri: "http://localhost:1455/callback" }],
  ["redirect_uri scheme", {
    redirect_uri: "https://localhost:1455/auth/callback",
  }],
  ["redirect_uri host", { redirect_uri: "http://[::1]:1455/auth/callback" }],
  ["code_challenge", { code_challenge: "short" }],
  ["code_challenge_method", { code_challenge_method: "plain" }],
  ["state short", { state: "abc" }],
  ["state missing", { state: undefined }],
  ["scope", { scope: "openid profile email" }],
  ["id_token_add_organizations", { id_token_add_organizations: undefined }],
  ["codex_cli_simplified_flow", { codex_cli_simplified_flow: "1" }],
  ["originator missing", { originator: undefined }],
  ["originator of codex", { originator: "codex_cli_rs" }],
  ["unknown parameter", { nonce: "1" }],
];

Deno.test("authorize page refuses every wrong parameter and redirects nowhere", async () => {
  await using standin = await startStandin();
  for (const [name, changes] of WRONG) {
    const response = await fetch(authorizeUrl(standin, changes), {
      redirect: "manual",
    });
    await response.text();
    assert.equal(response.status, 400, name);
    assert.equal(standin.requests.at(-1)?.violations.length, 1, name);
  }
});

Deno.test("authorize page takes both spellings of the host and both ports", async () => {
  await using standin = await startStandin();
  for (const host of ["localhost", "127.0.0.1"]) {
    for (const port of [1455, 1457]) {
      const url = authorizeUrl(standin, {
        redirect_uri: `http://${host}:${port}/auth/callback`,
      });
      const page = await (await fetch(url)).text();
      assert.match(page, /Continue<\/button>/);
    }
  }
  assert.deepEqual(standin.violations, []);
});

for (const deny of [false, true]) {
  Deno.test(`approve() brings ${deny ? "a denial" : "a code"} to the callback and follows on`, async () => {
    const seen: URL[] = [];
    await using callback = Deno.serve({
      port: 0,
      hostname: "127.0.0.1",
      onListen: () => {},
    }, (request) => {
      const url = new URL(request.url);
      seen.push(url);
      return url.pathname === "/auth/callback"
        ? new Response(null, { status: 302, headers: { location: "/success" } })
        : new Response("done");
    });
    const { port } = callback.addr;
    await using standin = await startStandin({ redirectPorts: [port] });
    const redirect_uri = `http://127.0.0.1:${port}/auth/callback`;
    const response = await approve(authorizeUrl(standin, { redirect_uri }), {
      deny,
    });
    assert.equal(await response.text(), "done");
    assert.deepEqual(seen.map(({ pathname }) => pathname), [
      "/auth/callback",
      "/success",
    ]);
    assert.equal(seen[0]?.searchParams.get("state"), STATE);
    assert.equal(seen[0]?.searchParams.has("code"), !deny);
    assert.equal(
      seen[0]?.searchParams.get("error"),
      deny ? "access_denied" : null,
    );
  });
}

Deno.test("token endpoint exchanges a code once and kills the sign-in on a second use", async () => {
  await using standin = await startStandin({
    email: "a@b.example",
    plan: "pro",
  });
  const { code: first, verifier } = await code(standin);
  const reply = await exchange(standin, {
    code: first,
    code_verifier: verifier,
  });
  assert.equal(reply.status, 200);
  assert.equal(reply.body["token_type"], "Bearer");
  assert.equal(reply.body["expires_in"], 3600);
  const claims = JSON.parse(
    atob(
      String(reply.body["id_token"]).split(".")[1]?.replaceAll("-", "+")
        .replaceAll("_", "/") ?? "",
    ),
  );
  assert.equal(claims.iss, standin.issuer.origin);
  assert.equal(claims.email, "a@b.example");
  assert.equal(claims["https://api.openai.com/auth"].chatgpt_plan_type, "pro");
  assert.deepEqual(standin.violations, []);
  const again = await exchange(standin, {
    code: first,
    code_verifier: verifier,
  });
  assert.equal(codeOf(again), "invalid_grant");
  assert.equal(
    codeOf(await refresh(standin, String(reply.body["refresh_token"]))),
    "refresh_token_invalidated",
  );
  assert.deepEqual(standin.counts().exchanges, 2);
});

const EXCHANGES: readonly [
  string,
  Record<string, string>,
  Record<string, string>,
][] = [
  ["another verifier", { code_verifier: "v".repeat(86) }, {}],
  ["a short verifier", { code_verifier: "v" }, {}],
  ["another spelling of the redirect URI", {
    redirect_uri: "http://127.0.0.1:1455/auth/callback",
  }, {}],
  ["a redirect URI with a slash more", {
    redirect_uri: "http://localhost:1455/auth/callback/",
  }, {}],
  ["an unknown code", { code: "ac_unknown" }, {}],
  ["another client", { client_id: "app_other" }, {}],
  ["a field too many", { client_secret: "x" }, {}],
  ["JSON", {}, { "content-type": "application/json" }],
];

for (const [name, fields, headers] of EXCHANGES) {
  Deno.test(`token endpoint refuses an exchange with ${name}`, async () => {
    await using standin = await startStandin();
    const fresh = await code(standin);
    const reply = await exchange(standin, {
      code: fresh.code,
      code_verifier: fresh.verifier,
      ...fields,
    }, headers);
    assert.ok([400, 401].includes(reply.status));
    assert.notDeepEqual(standin.requests.at(-1)?.violations, []);
  });
}

Deno.test("token endpoint refuses a code after ten minutes", async () => {
  let now = Date.now();
  await using standin = await startStandin({ now: () => now });
  const fresh = await code(standin);
  now += 600_001;
  const reply = await exchange(standin, {
    code: fresh.code,
    code_verifier: fresh.verifier,
  });
  assert.equal(codeOf(reply), "invalid_grant");
});

for (const form of [false, true]) {
  Deno.test(`token endpoint rotates refresh tokens, ${form ? "form" : "JSON"}-encoded`, async () => {
    await using standin = await startStandin();
    const first = standin.grant();
    const second = await refresh(standin, first.refreshToken, { form });
    assert.equal(second.status, 200);
    assert.notEqual(second.body["refresh_token"], first.refreshToken);
    const third = await refresh(standin, String(second.body["refresh_token"]), {
      form,
    });
    assert.equal(third.status, 200);
    assert.deepEqual(standin.violations, []);
    assert.equal(standin.counts().refreshes, 2);
    const replayed = await refresh(standin, first.refreshToken, { form });
    assert.equal(codeOf(replayed), "refresh_token_reused");
    const killed = await refresh(standin, String(third.body["refresh_token"]), {
      form,
    });
    assert.equal(codeOf(killed), "refresh_token_invalidated");
  });
}

Deno.test("token endpoint takes it ill when a refresh brings a cookie or a bearer token", async () => {
  await using standin = await startStandin();
  const headers = { authorization: "Bearer x", cookie: "a=b" };
  await refresh(standin, standin.grant().refreshToken, { headers });
  assert.equal(standin.violations.length, 2);
});

const PLANNED: readonly [string, number, unknown][] = [
  ["expired", 401, "refresh_token_expired"],
  ["reused", 400, "refresh_token_reused"],
  ["invalidated", 401, "refresh_token_invalidated"],
  ["invalid_grant", 400, "invalid_grant"],
  ["other_400", 400, "invalid_request"],
  ["unauthorized", 401, undefined],
  ["server_error", 500, "server_error"],
  ["rate_limited", 429, "rate_limit_exceeded"],
  ["slow", 200, undefined],
];

Deno.test("refreshPlan() plays each failure and spends nothing by it", async () => {
  await using standin = await startStandin();
  const { refreshToken } = standin.grant();
  for (const [outcome, status, error] of PLANNED) {
    standin.refreshPlan(outcome);
    const reply = await refresh(standin, refreshToken);
    assert.equal(reply.status, status, outcome);
    assert.equal(codeOf(reply), error, outcome);
  }
  assert.throws(() => standin.refreshPlan("nonsense"), RangeError);
});

Deno.test("refreshPlan() breaks the connection on drop, and has spent the token on lost", async () => {
  await using standin = await startStandin();
  const { refreshToken } = standin.grant();
  standin.refreshPlan("drop", "lost", "ok");
  await assert.rejects(refresh(standin, refreshToken));
  await assert.rejects(refresh(standin, refreshToken));
  assert.equal(
    codeOf(await refresh(standin, refreshToken)),
    "refresh_token_reused",
  );
});

Deno.test("refreshPlan() answers with an access token alone, and keeps the old refresh token good", async () => {
  await using standin = await startStandin();
  const { refreshToken } = standin.grant();
  standin.refreshPlan("access_only", "ok");
  const reply = await refresh(standin, refreshToken);
  assert.deepEqual(
    ["id_token", "access_token", "refresh_token"].filter((name) =>
      name in reply.body
    ),
    ["access_token"],
  );
  assert.equal((await refresh(standin, refreshToken)).status, 200);
});

Deno.test("exchangePlan() plays each failure", async () => {
  await using standin = await startStandin();
  for (
    const [outcome, status] of [["invalid_grant", 400], ["server_error", 500], [
      "missing_refresh_token",
      200,
    ]] as const
  ) {
    standin.exchangePlan(outcome);
    const fresh = await code(standin);
    const reply = await exchange(standin, {
      code: fresh.code,
      code_verifier: fresh.verifier,
    });
    assert.equal(reply.status, status, outcome);
    assert.equal("refresh_token" in reply.body, false);
  }
});

Deno.test("issuer shows a Cloudflare challenge when planned", async () => {
  await using standin = await startStandin();
  standin.refreshPlan("cloudflare");
  const response = await fetch(new URL("/oauth/token", standin.issuer), {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({
      client_id: CLIENT_ID,
      grant_type: "refresh_token",
      refresh_token: "x",
    }),
  });
  assert.equal(response.status, 403);
  assert.equal(response.headers.get("cf-mitigated"), "challenge");
  assert.match(await response.text(), /Just a moment/);
});

Deno.test("issuer keeps silent on hang until the client leaves", async () => {
  await using standin = await startStandin();
  standin.refreshPlan("hang");
  const leaving = new AbortController();
  const waiting = fetch(new URL("/oauth/token", standin.issuer), {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({
      client_id: CLIENT_ID,
      grant_type: "refresh_token",
      refresh_token: "x",
    }),
    signal: leaving.signal,
  });
  await standin.until((requests) => requests.length === 1);
  leaving.abort();
  await assert.rejects(waiting);
  await standin.until((requests) => requests[0]?.aborted === true);
});

Deno.test("revoke ends the sign-in", async () => {
  await using standin = await startStandin();
  const { refreshToken } = standin.grant();
  const response = await fetch(new URL("/oauth/revoke", standin.issuer), {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({
      token: refreshToken,
      token_type_hint: "refresh_token",
      client_id: CLIENT_ID,
    }),
  });
  assert.equal(response.status, 200);
  await response.text();
  assert.deepEqual(standin.violations, []);
  assert.equal(
    codeOf(await refresh(standin, refreshToken)),
    "refresh_token_invalidated",
  );
  assert.equal(standin.counts().revokes, 1);
});

Deno.test("issuer answers 404 to what it does not know", async () => {
  await using standin = await startStandin();
  const response = await fetch(new URL("/oauth/elsewhere", standin.issuer));
  await response.text();
  assert.equal(response.status, 404);
  assert.equal(standin.counts().unknown, 1);
});
