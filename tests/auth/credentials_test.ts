import assert from "node:assert/strict";
import {
  afterUnauthorized,
  type CredentialContext,
  currentCredential,
  refreshReason,
} from "../../src/auth/credentials.ts";
import { MekaError } from "../../src/errors.ts";
import type { Fetch } from "../../src/http/fetch.ts";
import type { OauthCredential } from "../../src/message.ts";
import { type Database, openDatabase } from "../../src/store/database.ts";
import {
  readTokens,
  type TokenRow,
  writeTokens,
} from "../../src/store/tokens.ts";
import { type MemoryHost, memoryHost } from "../support/memory_host.ts";
import {
  type Reply,
  scriptedFetch,
  silence,
} from "../support/scripted_fetch.ts";
import { accountClaims, jwt } from "../support/tokens.ts";

const PROVIDER = "openai-codex";
const NOW = Date.UTC(2026, 10, 22);
const DAY = 24 * 60 * 60 * 1000;

function accessToken(secondsLeft: number, more = {}): string {
  return jwt(accountClaims("acct", { exp: NOW / 1000 + secondsLeft, ...more }));
}

function tokenRow(secondsLeft: number, more: Partial<TokenRow> = {}): TokenRow {
  return {
    provider: PROVIDER,
    accessToken: accessToken(secondsLeft),
    refreshToken: "refresh-1",
    idToken: jwt(accountClaims("acct")),
    accountId: "acct",
    email: "acct@example.com",
    plan: "plus",
    fedramp: false,
    expiresAt: NOW / 1000 + secondsLeft,
    refreshedAt: NOW - DAY,
    attemptedAt: undefined,
    refusal: undefined,
    ...more,
  };
}

const RENEWED = accessToken(3600, { jti: "renewed" });

function renewal(more: Readonly<Record<string, unknown>> = {}): Reply {
  return () =>
    Response.json({
      access_token: RENEWED,
      refresh_token: "refresh-2",
      id_token: jwt(accountClaims("other", { email: "new@example.com" })),
      ...more,
    });
}

function refusal(status: number, code: string): Reply {
  return () => Response.json({ error: { code } }, { status });
}

/** One machine: a database file and as many processes as a test opens. */
class Machine implements AsyncDisposable {
  readonly path: string;
  readonly host: MemoryHost;
  readonly #folder: string;
  readonly #open: Database[] = [];

  constructor(folder: string, env: Readonly<Record<string, string>> = {}) {
    this.#folder = folder;
    this.path = `${folder}/sessions.db`;
    this.host = memoryHost({ now: NOW, env });
  }

  static async create(
    row?: TokenRow,
    env: Readonly<Record<string, string>> = {},
  ): Promise<Machine> {
    const machine = new Machine(await Deno.makeTempDir(), env);
    const database = await machine.connect();
    if (row !== undefined) writeTokens(database, row);
    return machine;
  }

  async connect(): Promise<Database> {
    const { database } = await openDatabase(this.path, this.host);
    this.#open.push(database);
    return database;
  }

  async process(
    fetch: Fetch,
    more: Partial<CredentialContext> = {},
  ): Promise<CredentialContext> {
    const database = await this.connect();
    return {
      provider: PROVIDER,
      store: () => Promise.resolve({ database, writable: true }),
      host: this.host,
      fetch,
      issuer: new URL("https://auth.example.com"),
      userAgent: "meka_cli/0",
      signal: this.host.interrupt,
      ...more,
    };
  }

  row(): TokenRow | undefined {
    return readTokens(this.#open[0]!, PROVIDER);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const database of this.#open) database.close();
    await Deno.remove(this.#folder, { recursive: true });
  }
}

function oauth(token: string, accountId: string | undefined): OauthCredential {
  return { type: "oauth", accessToken: token, accountId, fedramp: false };
}

const DUE: readonly (readonly [
  string,
  Pick<TokenRow, "expiresAt" | "refreshedAt">,
  string | undefined,
])[] = [
  ["305 s left", tokenRow(305), undefined],
  ["301 s left", tokenRow(301), undefined],
  ["300 s left", tokenRow(300), "proactive_expiry"],
  ["299 s left", tokenRow(299), "proactive_expiry"],
  ["long dead", tokenRow(-1e9), "proactive_expiry"],
  [
    "dated, 9 days old",
    tokenRow(900, { refreshedAt: NOW - 9 * DAY }),
    undefined,
  ],
  [
    "undated, 8 days old",
    { expiresAt: undefined, refreshedAt: NOW - 8 * DAY },
    undefined,
  ],
  [
    "undated, older",
    { expiresAt: undefined, refreshedAt: NOW - 8 * DAY - 1 },
    "scheduled",
  ],
  [
    "undated, from a moment ahead",
    { expiresAt: undefined, refreshedAt: NOW + 1000 },
    undefined,
  ],
  [
    "undated, from the future",
    { expiresAt: undefined, refreshedAt: NOW + DAY },
    "scheduled",
  ],
];

for (const [name, row, wanted] of DUE) {
  Deno.test(`refreshReason() for a token ${name} is ${wanted}`, () => {
    assert.equal(refreshReason(row, NOW), wanted);
  });
}

Deno.test("currentCredential() uses a fresh token and asks nobody", async () => {
  await using machine = await Machine.create(tokenRow(305, { fedramp: true }));
  const context = await machine.process(scriptedFetch().fetch);
  assert.deepEqual(await currentCredential(context), {
    credential: { ...oauth(accessToken(305), "acct"), fedramp: true },
    warnings: [],
  });
});

Deno.test("currentCredential() says so when nobody is signed in", async () => {
  await using machine = await Machine.create();
  const context = await machine.process(scriptedFetch().fetch);
  await assert.rejects(currentCredential(context), {
    kind: "auth",
    message: "Not signed in to ChatGPT",
    hint: "Run `meka setup`",
  });
});

Deno.test("currentCredential() takes the environment's token without the store", async () => {
  const token = accessToken(-5);
  await using machine = await Machine.create(undefined, {
    OPENAI_CODEX_TOKEN: `${token}\n`,
  });
  const context = await machine.process(scriptedFetch().fetch, {
    store: () => assert.fail("opened"),
  });
  const { credential } = await currentCredential(context);
  assert.deepEqual(credential, oauth(token, "acct"));
  await assert.rejects(afterUnauthorized(credential, context), {
    kind: "auth",
    message: /OPENAI_CODEX_TOKEN/,
  });
});

Deno.test("currentCredential() stores the new pair and keeps the account", async () => {
  await using machine = await Machine.create(tokenRow(299));
  const script = scriptedFetch(renewal());
  const context = await machine.process(script.fetch);
  assert.deepEqual(await currentCredential(context), {
    credential: oauth(RENEWED, "acct"),
    warnings: [],
  });
  const row = machine.row()!;
  assert.equal(row.accessToken, RENEWED);
  assert.equal(row.refreshToken, "refresh-2");
  assert.equal(row.accountId, "acct");
  assert.equal(row.email, "new@example.com");
  assert.equal(row.expiresAt, NOW / 1000 + 3600);
  assert.equal(row.refreshedAt, NOW);
  const body = await script.requests[0]!.json();
  assert.equal(body.refresh_reason, "proactive_expiry");
  assert.equal(body.refresh_token, "refresh-1");
});

Deno.test("currentCredential() keeps what the answer leaves out", async () => {
  const before = tokenRow(10, { fedramp: true });
  await using machine = await Machine.create(before);
  const script = scriptedFetch(() => Response.json({ access_token: RENEWED }));
  await currentCredential(await machine.process(script.fetch));
  assert.deepEqual(machine.row(), {
    ...before,
    accessToken: RENEWED,
    expiresAt: NOW / 1000 + 3600,
    refreshedAt: NOW,
  });
});

Deno.test("currentCredential() keeps a lone new refresh token", async () => {
  await using machine = await Machine.create(tokenRow(10));
  const script = scriptedFetch(() => Response.json({ refresh_token: "next" }));
  const context = await machine.process(script.fetch);
  const { credential, warnings } = await currentCredential(context);
  assert.equal(credential.accessToken, accessToken(10));
  assert.match(warnings.join(), /no access token/);
  assert.equal(machine.row()!.refreshToken, "next");
});

const FAILURES: readonly (readonly [
  string,
  Reply,
  MekaError["kind"],
  "attemptedAt" | "refusal",
])[] = [
  ["transient", refusal(503, "busy"), "network", "attemptedAt"],
  [
    "a challenge",
    () => new Response("<p>", { headers: { "cf-mitigated": "challenge" } }),
    "blocked",
    "attemptedAt",
  ],
  ["reused", refusal(400, "refresh_token_reused"), "auth", "refusal"],
  ["401", refusal(401, "x"), "auth", "refusal"],
];

for (const [name, reply, kind, mark] of FAILURES) {
  Deno.test(`currentCredential() uses a living token when a refresh fails, unless for good: ${name}`, async () => {
    await using machine = await Machine.create(tokenRow(100));
    const context = await machine.process(scriptedFetch(reply).fetch);
    if (kind === "auth") {
      await assert.rejects(currentCredential(context), { kind });
      return;
    }
    const { credential, warnings } = await currentCredential(context);
    assert.equal(credential.accessToken, accessToken(100));
    assert.equal(warnings.length, 1);
    assert.match(warnings[0]!, /Cannot refresh the sign-in: .* is used while/);
  });

  Deno.test(`currentCredential() throws "${kind}" for a dead token: ${name}`, async () => {
    const before = tokenRow(-1);
    await using machine = await Machine.create(before);
    const context = await machine.process(scriptedFetch(reply).fetch);
    await assert.rejects(currentCredential(context), { kind });
    const after = machine.row()!;
    assert.notEqual(after[mark], undefined);
    assert.deepEqual({ ...after, [mark]: undefined }, before);
  });
}

Deno.test("currentCredential() never asks again with a refused pair", async () => {
  const row = tokenRow(-1, { refusal: "refresh_token_expired" });
  await using machine = await Machine.create(row);
  const context = await machine.process(scriptedFetch().fetch);
  await assert.rejects(currentCredential(context), {
    kind: "auth",
    message: /the refresh token has expired/,
    hint: "Run `meka setup`",
  });
});

Deno.test("currentCredential() still uses a pair that could not be stored", async () => {
  await using machine = await Machine.create(tokenRow(-1));
  (await machine.connect()).exec(`
    CREATE TRIGGER full BEFORE INSERT ON oauth_tokens
    BEGIN SELECT RAISE(FAIL, 'no room'); END`);
  const context = await machine.process(scriptedFetch(renewal()).fetch);
  const { credential, warnings } = await currentCredential(context);
  assert.equal(credential.accessToken, RENEWED);
  assert.match(warnings.join(), /Cannot store the renewed sign-in: no room/);
  assert.equal(machine.row()!.refreshToken, "refresh-1");
});

for (const [left, name] of [[100, "living"], [-1, "dead"]] as const) {
  Deno.test(`currentCredential() spends no refresh token on a read-only store: ${name}`, async () => {
    await using machine = await Machine.create(tokenRow(left));
    const database = await machine.connect();
    const context = await machine.process(scriptedFetch().fetch, {
      store: () => Promise.resolve({ database, writable: false }),
    });
    const result = currentCredential(context);
    if (left < 0) {
      await assert.rejects(result, { kind: "internal", message: /read-only/ });
    } else {
      assert.match((await result).warnings.join(), /read-only/);
    }
  });

  Deno.test(`currentCredential() does not wait for ever for a lock: ${name}`, async () => {
    await using machine = await Machine.create(tokenRow(left));
    const holder = await machine.connect();
    holder.exec("BEGIN IMMEDIATE");
    const context = await machine.process(scriptedFetch().fetch);
    // Each poll takes a second of this host's clock.
    const host: MemoryHost = Object.create(machine.host);
    let elapsed = 0;
    host.elapsed = () => elapsed += 1000;
    const result = currentCredential({ ...context, host });
    if (left < 0) {
      await assert.rejects(result, { kind: "internal", message: /locked/ });
    } else {
      assert.match((await result).warnings.join(), /locked/);
    }
    holder.exec("ROLLBACK");
  });
}

Deno.test("currentCredential() waits for a lock without stopping the program", async () => {
  await using machine = await Machine.create(tokenRow(-1));
  const holder = await machine.connect();
  holder.exec("BEGIN IMMEDIATE");
  const context = await machine.process(scriptedFetch().fetch);
  const result = currentCredential(context);
  machine.host.abort(new MekaError("interrupted", "Interrupted"));
  await assert.rejects(result, { kind: "interrupted" });
  holder.exec("ROLLBACK");
  const { database } = await context.store();
  const timeout = database.prepare("PRAGMA busy_timeout").get()?.timeout;
  assert.equal(timeout, 2000);
});

Deno.test("currentCredential() refreshes once for 16 processes at a real issuer", async () => {
  await using machine = await Machine.create(tokenRow(30));
  const served: string[] = [];
  await using server = Deno.serve({
    hostname: "127.0.0.1",
    port: 0,
    onListen: () => {},
  }, async (request) => {
    const { refresh_token: token } = await request.json();
    const again = served.includes(token);
    served.push(token);
    return again
      ? Response.json({ error: { code: "refresh_token_reused" } }, {
        status: 400,
      })
      : Response.json({
        access_token: accessToken(60, { jti: "short" }),
        refresh_token: "refresh-2",
      });
  });
  const issuer = new URL(`http://127.0.0.1:${server.addr.port}`);
  const contexts = await Promise.all(
    Array.from({ length: 16 }, () => machine.process(fetch, { issuer })),
  );
  const results = await Promise.all(contexts.map(currentCredential));
  // The new token is short-lived too, and that is no reason to ask again.
  assert.deepEqual(served, ["refresh-1"]);
  for (const { credential, warnings } of results) {
    assert.equal(credential.accessToken, accessToken(60, { jti: "short" }));
    assert.deepEqual(warnings, []);
  }
});

Deno.test("currentCredential() lets one of 8 waiting processes fail for all", async () => {
  await using machine = await Machine.create(tokenRow(-1));
  const script = scriptedFetch(refusal(503, "busy"), refusal(503, "busy"));
  const contexts = await Promise.all(
    Array.from({ length: 8 }, () => machine.process(script.fetch)),
  );
  for (const round of [1, 2]) {
    const results = await Promise.allSettled(contexts.map(currentCredential));
    for (const result of results) {
      assert.ok(result.status === "rejected");
      assert.equal(result.reason.kind, "network");
    }
    // A process that begins after a failure tries anew, even in the same millisecond.
    assert.equal(script.requests.length, round);
  }
});

Deno.test("currentCredential() notices a sign-out while it waited", async () => {
  await using machine = await Machine.create(tokenRow(-1));
  const holder = await machine.connect();
  holder.exec("BEGIN IMMEDIATE");
  const context = await machine.process(scriptedFetch().fetch);
  const host: MemoryHost = Object.create(machine.host);
  host.sleep = (ms, signal) => {
    if (holder.isTransaction) {
      holder.exec("DELETE FROM oauth_tokens; COMMIT");
    }
    return machine.host.sleep(ms, signal);
  };
  await assert.rejects(currentCredential({ ...context, host }), {
    kind: "auth",
    message: "Not signed in to ChatGPT",
  });
});

Deno.test("currentCredential() stores an answer that comes a moment after Ctrl-C", async () => {
  await using machine = await Machine.create(tokenRow(-1));
  const answer = Promise.withResolvers<Response>();
  const script = scriptedFetch(() => answer.promise);
  const result = currentCredential(await machine.process(script.fetch));
  result.catch(() => {});
  await machine.host.sleeps(30_000);
  machine.host.abort(new MekaError("interrupted", "Interrupted"));
  answer.resolve(await renewal()(new Request("http://localhost")));
  await assert.rejects(result, { kind: "interrupted" });
  assert.equal(machine.row()!.refreshToken, "refresh-2");
});

Deno.test("currentCredential() gives a silent issuer one second after Ctrl-C", async () => {
  const before = tokenRow(-1);
  await using machine = await Machine.create(before);
  const script = scriptedFetch(silence);
  const result = currentCredential(await machine.process(script.fetch));
  result.catch(() => {});
  await machine.host.sleeps(30_000);
  machine.host.abort(new MekaError("interrupted", "Interrupted"));
  await machine.host.sleeps(1000);
  machine.host.wake(1000);
  await assert.rejects(result, { kind: "interrupted" });
  assert.deepEqual(machine.row(), before);
  assert.deepEqual(machine.host.sleeping, []);
});

Deno.test("afterUnauthorized() refreshes a token that seemed fresh", async () => {
  await using machine = await Machine.create(tokenRow(3000));
  const script = scriptedFetch(renewal());
  const used = oauth(accessToken(3000), "acct");
  const context = await machine.process(script.fetch);
  const { credential } = await afterUnauthorized(used, context);
  assert.equal(credential.accessToken, RENEWED);
  const body = await script.requests[0]!.json();
  assert.equal(body.refresh_reason, "unauthorized_recovery");
});

Deno.test("afterUnauthorized() takes another process's newer token instead", async () => {
  await using machine = await Machine.create(tokenRow(3000));
  const context = await machine.process(scriptedFetch().fetch);
  const used = oauth("older", "acct");
  const { credential } = await afterUnauthorized(used, context);
  assert.equal(credential.accessToken, accessToken(3000));
});

Deno.test("afterUnauthorized() does not change the account within a turn", async () => {
  await using machine = await Machine.create(tokenRow(3000));
  const context = await machine.process(scriptedFetch().fetch);
  await assert.rejects(afterUnauthorized(oauth("older", "else"), context), {
    kind: "auth",
    message: /another account/,
  });
});

for (const [name, reply, kind] of FAILURES) {
  Deno.test(`afterUnauthorized() throws "${kind}" however long the token has: ${name}`, async () => {
    await using machine = await Machine.create(tokenRow(3000));
    const context = await machine.process(scriptedFetch(reply).fetch);
    const used = oauth(accessToken(3000), "acct");
    await assert.rejects(afterUnauthorized(used, context), { kind });
  });
}
