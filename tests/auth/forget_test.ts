import assert from "node:assert/strict";
import { startStandin } from "../../scripts/standin/mod.ts";
import { renew } from "../../src/auth/refresh.ts";
import {
  forget,
  type ForgetContext,
  type Forgotten,
} from "../../src/auth/forget.ts";
import { MekaError } from "../../src/errors.ts";
import { writeKey } from "../../src/store/api_keys.ts";
import { type Database, openDatabase } from "../../src/store/database.ts";
import {
  readTokens,
  type TokenRow,
  writeTokens,
} from "../../src/store/tokens.ts";
import { type MemoryHost, memoryHost } from "../support/memory_host.ts";
import { scriptedFetch, silence } from "../support/scripted_fetch.ts";
import { tokenRow } from "../support/token_row.ts";

const PROVIDER = "openai-codex";

/** A data folder, and as many processes as a test opens. */
class Machine implements AsyncDisposable {
  readonly folder: string;
  readonly host: MemoryHost = memoryHost();
  readonly hidden: string[] = [];
  readonly #open: Database[] = [];

  constructor(folder: string) {
    this.folder = folder;
  }

  static async create(): Promise<Machine> {
    return new Machine(await Deno.makeTempDir());
  }

  async process(): Promise<Database> {
    const path = `${this.folder}/sessions.db`;
    const { database } = await openDatabase(path, this.host);
    this.#open.push(database);
    return database;
  }

  forget(
    database: Database,
    changes: Partial<ForgetContext> = {},
  ): Promise<Forgotten> {
    return forget({
      provider: PROVIDER,
      database,
      host: this.host,
      fetch: scriptedFetch().fetch,
      issuer: new URL("https://auth.example.com"),
      userAgent: "meka_cli/0",
      signal: this.host.interrupt,
      revoke: false,
      hide: (...secrets) => this.hidden.push(...secrets),
      ...changes,
    });
  }

  /** Every byte that the folder holds, files that are only there while one is open among them. */
  async bytes(): Promise<string> {
    const texts: string[] = [];
    for await (const { name } of Deno.readDir(this.folder)) {
      const bytes = await Deno.readFile(`${this.folder}/${name}`);
      texts.push(new TextDecoder("latin1").decode(bytes));
    }
    return texts.join("\n");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const database of this.#open) if (database.isOpen) database.close();
    await Deno.remove(this.folder, { recursive: true });
  }
}

/** A token of a real one's length, in which every 16 characters are known again. */
function token(name: string, length = 1_900): string {
  const word = `SECRET-${name}-`.padEnd(16, "=");
  return word.repeat(Math.ceil(length / word.length)).slice(0, length);
}

function rowOf(name: string, length?: number): TokenRow {
  return tokenRow({
    accessToken: token(`a${name}`, length),
    refreshToken: token(`r${name}`, 200),
    idToken: token(`i${name}`, length),
  });
}

Deno.test("forget() leaves no byte of a key, of whatever server", async () => {
  await using machine = await Machine.create();
  const database = await machine.process();
  for (const origin of ["https://a.example", "https://b.example"]) {
    for (const turn of ["first", "second"]) {
      const key = token(`k${turn}`, 200);
      writeKey(database, { provider: PROVIDER, origin }, { key, storedAt: 0 });
    }
  }
  assert.match(await machine.bytes(), /SECRET/);
  const { account, keys } = await machine.forget(database);
  assert.deepEqual([account, keys], [undefined, true]);
  assert.doesNotMatch(await machine.bytes(), /SECRET/);
});

Deno.test("forget() leaves no byte of a token, nor of those before it", async () => {
  await using machine = await Machine.create();
  const database = await machine.process();
  const other = await machine.process();
  const lengths = [1_900, 50, 4_050, 12_000, 300, 900, 3_000, 7, 2_500];
  for (const [turn, length] of [...lengths, ...lengths].entries()) {
    // Another provider's row comes and goes beside it, and the two processes take turns.
    const writer = turn % 2 === 0 ? database : other;
    writeTokens(writer, rowOf(`${turn}`, length));
    if (turn % 3 === 0) {
      const neighbor = tokenRow({
        provider: "other",
        accessToken: "kept-".repeat(turn * 90),
      });
      writeTokens(writer, neighbor);
    }
  }
  assert.match(await machine.bytes(), /SECRET/);
  const { account, revoked, warnings } = await machine.forget(database);
  assert.deepEqual(account, {
    email: "someone@example.com",
    plan: "plus",
    accountId: "acct",
  });
  assert.equal(revoked, false);
  assert.deepEqual(warnings, []);
  const bytes = await machine.bytes();
  // The neighbor's own secrets stay; those of the forgotten one are told by their first letters.
  assert.doesNotMatch(bytes, /SECRET-[ari]\d/);
  assert.match(bytes, /kept-kept-/);
  assert.equal(readTokens(other, PROVIDER), undefined);
  assert.equal(readTokens(other, "other")?.idToken, "SECRET-ID");
});

Deno.test("forget() leaves no byte of tokens that were refreshed", async () => {
  await using machine = await Machine.create();
  await using standin = await startStandin();
  const database = await machine.process();
  const secrets = new Set<string>();
  const remember = (row: TokenRow | undefined): TokenRow => {
    assert.ok(row);
    for (const value of [row.accessToken, row.refreshToken, row.idToken]) {
      secrets.add(value ?? "");
    }
    return row;
  };
  const granted = standin.grant();
  writeTokens(database, tokenRow({ ...granted, expiresAt: 1 }));
  for (let times = 0; times < 5; times++) {
    const seen = remember(readTokens(database, PROVIDER));
    const { error } = await renew({ database, writable: true }, seen, {
      provider: PROVIDER,
      store: () => Promise.reject(new Error("not asked")),
      host: machine.host,
      fetch,
      issuer: standin.issuer,
      userAgent: "meka_cli/0",
      signal: machine.host.interrupt,
      reason: "scheduled",
    });
    assert.equal(error, undefined);
  }
  remember(readTokens(database, PROVIDER));
  assert.equal(secrets.size, 18);
  const { account, revoked, warnings } = await machine.forget(database, {
    revoke: true,
    fetch,
    issuer: standin.issuer,
  });
  assert.equal(account?.email, granted.email);
  assert.equal(revoked, true);
  assert.deepEqual(warnings, []);
  assert.deepEqual(standin.violations, []);
  assert.equal(standin.counts().revokes, 1);
  const bytes = await machine.bytes();
  for (const secret of secrets) {
    // The parts of a JWT tell as much as the whole.
    for (const part of secret.split(".")) {
      if (part.length < 12 || part.startsWith("eyJhbGci")) continue;
      assert.ok(!bytes.includes(part.slice(-24)), "a token is left");
    }
  }
});

Deno.test("forget() says when another process keeps the journal, and the next one cleans it", async () => {
  await using machine = await Machine.create();
  const database = await machine.process();
  writeTokens(database, rowOf("0"));
  const reader = await machine.process();
  reader.exec("BEGIN");
  reader.prepare("SELECT * FROM oauth_tokens").all();
  const { account, warnings } = await machine.forget(database);
  assert.ok(account);
  assert.equal(warnings.length, 1);
  assert.match(warnings[0]!, /run `meka logout` again/);
  assert.equal(readTokens(database, PROVIDER), undefined);
  reader.exec("COMMIT");
  const again = await machine.forget(database);
  assert.deepEqual(again, {
    account: undefined,
    keys: false,
    revoked: false,
    warnings: [],
  });
  assert.doesNotMatch(await machine.bytes(), /SECRET/);
});

Deno.test("forget() waits for a reader that is soon done", async () => {
  await using machine = await Machine.create();
  const database = await machine.process();
  writeTokens(database, rowOf("0"));
  const reader = await machine.process();
  reader.exec("BEGIN");
  reader.prepare("SELECT * FROM oauth_tokens").all();
  const { sleep } = machine.host;
  let naps = 0;
  machine.host.sleep = async (ms, signal): Promise<void> => {
    if (++naps === 3) reader.exec("COMMIT");
    await sleep(ms, signal);
  };
  assert.deepEqual((await machine.forget(database)).warnings, []);
  assert.doesNotMatch(await machine.bytes(), /SECRET/);
});

Deno.test("forget() waits for a refresh and deletes what it brought", async () => {
  await using machine = await Machine.create();
  const database = await machine.process();
  writeTokens(database, rowOf("0"));
  const refreshing = await machine.process();
  refreshing.exec("BEGIN IMMEDIATE");
  const { sleep } = machine.host;
  let naps = 0;
  machine.host.sleep = async (ms, signal): Promise<void> => {
    if (++naps === 3) {
      writeTokens(refreshing, rowOf("1"));
      refreshing.exec("COMMIT");
    }
    await sleep(ms, signal);
  };
  await machine.forget(database);
  assert.equal(readTokens(refreshing, PROVIDER), undefined);
  assert.doesNotMatch(await machine.bytes(), /SECRET/);
});

Deno.test("forget() tells that the database stays locked, and deletes nothing", async () => {
  await using machine = await Machine.create();
  const database = await machine.process();
  writeTokens(database, rowOf("0"));
  const writer = await machine.process();
  writer.exec("BEGIN IMMEDIATE");
  await assert.rejects(machine.forget(database, { revoke: true }), {
    kind: "internal",
    message: /another program holds it locked/,
  });
  writer.exec("ROLLBACK");
  assert.ok(readTokens(database, PROVIDER));
});

const REVOCATIONS: readonly (readonly [
  string,
  () => Response | Promise<Response>,
  RegExp,
])[] = [
  ["trouble", () => new Response("SECRET", { status: 500 }), /status 500/],
  ["a refusal", () => Response.json({}, { status: 401 }), /status 401/],
  ["a redirect", () => Response.redirect("https://x.example"), /status 302/],
  [
    "a dead network",
    () => Promise.reject(new TypeError("connection refused")),
    /no connection to "auth\.example\.com": connection refused/,
  ],
  [
    "a challenge",
    () => new Response("", { status: 403, headers: { "cf-mitigated": "x" } }),
    /Cloudflare/,
  ],
];

for (const [name, reply, warning] of REVOCATIONS) {
  Deno.test(`forget() deletes the tokens and tells of ${name} at the issuer`, async () => {
    await using machine = await Machine.create();
    const database = await machine.process();
    writeTokens(database, rowOf("0"));
    const script = scriptedFetch(reply);
    const { fetch } = script;
    const forgotten = await machine.forget(database, { revoke: true, fetch });
    script.end();
    assert.equal(forgotten.revoked, false);
    assert.equal(forgotten.warnings.length, 1);
    assert.match(forgotten.warnings[0]!, warning);
    assert.doesNotMatch(forgotten.warnings[0]!, /SECRET/);
    assert.equal(readTokens(database, PROVIDER), undefined);
    const [request] = script.requests;
    assert.equal(request?.url, "https://auth.example.com/oauth/revoke");
    assert.equal(request?.headers.get("authorization"), null);
    assert.deepEqual(await request?.json(), {
      token: token("r0", 200),
      "token_type_hint": "refresh_token",
      "client_id": "app_EMoamEEZ73f0CkXaXp7hrann",
    });
    assert.ok(machine.hidden.includes(token("r0", 200)));
  });
}

Deno.test("forget() gives a silent issuer ten seconds", async () => {
  await using machine = await Machine.create();
  const database = await machine.process();
  writeTokens(database, rowOf("0"));
  const { fetch } = scriptedFetch(silence);
  const result = machine.forget(database, { revoke: true, fetch });
  await machine.host.sleeps(10_000);
  assert.equal(readTokens(database, PROVIDER), undefined);
  machine.host.wake(10_000);
  const { revoked, warnings } = await result;
  assert.equal(revoked, false);
  assert.match(warnings.join(), /no answer .* within 10 seconds/);
});

Deno.test("forget() ends with the reason of Ctrl-C, the tokens gone", async () => {
  await using machine = await Machine.create();
  const database = await machine.process();
  writeTokens(database, rowOf("0"));
  const { fetch } = scriptedFetch(silence);
  const result = machine.forget(database, { revoke: true, fetch });
  await machine.host.sleeps(10_000);
  machine.host.abort(new MekaError("interrupted", "Interrupted"));
  await assert.rejects(result, { kind: "interrupted" });
  assert.equal(readTokens(database, PROVIDER), undefined);
});

Deno.test("forget() names an access token as one where there is no other", async () => {
  await using machine = await Machine.create();
  const database = await machine.process();
  writeTokens(database, tokenRow({ refreshToken: undefined }));
  const script = scriptedFetch(() => Response.json({}));
  const { fetch } = script;
  assert.ok((await machine.forget(database, { revoke: true, fetch })).revoked);
  assert.deepEqual(await script.requests[0]?.json(), {
    token: "SECRET-ACCESS",
    "token_type_hint": "access_token",
    "client_id": "app_EMoamEEZ73f0CkXaXp7hrann",
  });
});

Deno.test("forget() asks nobody to revoke a sign-in that is not there", async () => {
  await using machine = await Machine.create();
  const database = await machine.process();
  const { account, warnings } = await machine.forget(database, {
    revoke: true,
  });
  assert.equal(account, undefined);
  assert.deepEqual(warnings, []);
});
