import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { openAccess, type ProviderAccess } from "../../src/commands/access.ts";
import type { CommandContext } from "../../src/commands/context.ts";
import { resolveSettings } from "../../src/config/resolve.ts";
import type { Credential } from "../../src/message.ts";
import { PROVIDERS } from "../../src/providers/mod.ts";
import { readCookies } from "../../src/store/cookies.ts";
import { openDatabase } from "../../src/store/database.ts";
import { type TokenRow, writeTokens } from "../../src/store/tokens.ts";
import { delay } from "../support/delay.ts";
import { type MemoryHost, memoryHost } from "../support/memory_host.ts";
import { type Reply, scriptedFetch } from "../support/scripted_fetch.ts";
import { tokenRow } from "../support/token_row.ts";
import { accountClaims, jwt } from "../support/tokens.ts";

const SERVICE = "https://chatgpt.com/backend-api/codex/responses";
const TOKEN = jwt(accountClaims("acct", { exp: 1_900_000_000 }));
const GIVEN = jwt(accountClaims("given"));
const ANSWER: Reply = () =>
  new Response("", {
    headers: { "set-cookie": "__cf_bm=SECRET-COOKIE; Secure; Path=/" },
  });

/** One run's worth of access, with a database in a folder of its own. */
interface Place extends AsyncDisposable {
  readonly path: string;
  readonly host: MemoryHost;
  readonly hidden: string[];
  readonly requests: readonly Request[];
  access(...argv: "quiet"[]): Promise<ProviderAccess>;
  cookies(): string[];
}

interface PlaceOptions {
  readonly env?: Readonly<Record<string, string>>;
  readonly replies?: readonly Reply[];
  readonly signedIn?: boolean;
  readonly row?: Partial<TokenRow>;
}

async function place(options: PlaceOptions = {}): Promise<Place> {
  const folder = await Deno.makeTempDir({ prefix: "meka-" });
  const path = `${folder}/sessions.db`;
  const host = memoryHost({ env: options.env ?? {} });
  const { database } = await openDatabase(path, host);
  const row = tokenRow({ accessToken: TOKEN, ...options.row });
  if (options.signedIn !== false) writeTokens(database, row);
  database.close();
  const { fetch, requests } = scriptedFetch(...options.replies ?? []);
  const hidden: string[] = [];
  return {
    path,
    host,
    hidden,
    requests,
    access: async (...flags) => {
      const context: CommandContext = {
        host,
        fetch,
        options: new Map(flags.map((flag) => [flag, [""]])),
        words: [],
        userAgent: "meka_cli/0",
        clean: (text) => text,
        hide: (...secrets) => hidden.push(...secrets),
        onFailure: () => {},
      };
      const settings = await resolveSettings({
        flag: () => undefined,
        host,
        configPath: "/config.toml",
        providers: PROVIDERS,
      });
      return await openAccess(context, {
        settings,
        credential: "oauth",
        databasePath: path,
        fetch,
      });
    },
    cookies: () => {
      using database = new DatabaseSync(path, { readOnly: true });
      return readCookies(database, "chatgpt.com", host.clock)
        .map(({ value }) => value);
    },
    [Symbol.asyncDispose]: () => Deno.remove(folder, { recursive: true }),
  };
}

function exec(path: string, sql: string): void {
  using database = new DatabaseSync(path);
  database.exec(sql);
}

const { signal } = new AbortController();

Deno.test("openAccess() sends nothing by itself", async () => {
  await using there = await place();
  {
    await using access = await there.access();
    const { credential, warnings } = await access.credentials.current(signal);
    assert.equal(tokenOf(credential), TOKEN);
    assert.deepEqual(warnings, []);
  }
  assert.deepEqual(there.requests, []);
  assert.equal(there.host.stderr(), "");
});

Deno.test("openAccess() renews a token once for all who ask for it at the same time", async () => {
  const next = jwt(accountClaims("acct", { exp: 1_900_000_001 }));
  await using there = await place({
    row: { expiresAt: 1 },
    replies: [async () => {
      await delay(20); // so that the others come in between
      return Response.json({ access_token: next, refresh_token: "next" });
    }],
  });
  await using access = await there.access();
  const answers = await Promise.all([
    access.credentials.current(signal),
    access.credentials.current(signal),
    access.credentials.current(signal),
  ]);
  const tokens = answers.map(({ credential }) => tokenOf(credential));
  assert.deepEqual(tokens, [next, next, next]);
  assert.equal(there.requests.length, 1);
});

Deno.test("openAccess() goes on after one who asked for the token was refused", async () => {
  await using there = await place();
  await using access = await there.access();
  const refused = access.credentials.afterUnauthorized(
    { type: "api_key", key: undefined },
    signal,
  );
  const answer = access.credentials.current(signal);
  await assert.rejects(refused, /a sign-in is due here/);
  assert.equal(tokenOf((await answer).credential), TOKEN);
});

Deno.test("openAccess() keeps the service's cookies for the next run", async () => {
  await using there = await place({ replies: [ANSWER, ANSWER] });
  for (const sent of [null, "__cf_bm=SECRET-COOKIE"]) {
    await using access = await there.access();
    await access.fetch(new Request(SERVICE));
    assert.equal(there.requests.at(-1)?.headers.get("cookie"), sent);
  }
  assert.deepEqual(there.cookies(), ["SECRET-COOKIE"]);
});

Deno.test("openAccess() makes the token and the cookies known as secrets at once", async () => {
  await using there = await place({ replies: [ANSWER] });
  await using access = await there.access();
  await access.credentials.current(signal);
  assert.deepEqual(there.hidden, [TOKEN]);
  await access.fetch(new Request(SERVICE));
  assert.deepEqual(there.hidden, [TOKEN, "SECRET-COOKIE"]);
});

Deno.test("openAccess() keeps the cookies of a run that failed", async () => {
  await using there = await place({ replies: [ANSWER] });
  const failing = async (): Promise<void> => {
    await using access = await there.access();
    await access.fetch(new Request(SERVICE));
    throw new Error("cut");
  };
  await assert.rejects(failing(), /cut/);
  assert.deepEqual(there.cookies(), ["SECRET-COOKIE"]);
});

for (const flags of [[], ["quiet"]] as const) {
  Deno.test(`openAccess() warns once when it cannot keep cookies${flags.length > 0 ? ", but not with --quiet" : ""}`, async () => {
    await using there = await place({ replies: [ANSWER] });
    {
      await using access = await there.access(...flags);
      await access.fetch(new Request(SERVICE));
      exec(there.path, "DROP TABLE cookies");
    }
    const warning =
      "warning: Cannot keep the service's cookies: no such table: cookies\n";
    assert.equal(there.host.stderr(), flags.length > 0 ? "" : warning);
  });
}

// what became of the store, the warning beside an answer, the kind of a failure without another token
const STORES = [
  [
    "is newer",
    (path: string) => exec(path, "PRAGMA user_version = 99"),
    /newer version of meka; nothing of this run is kept$/,
    "internal",
  ],
  [
    "is no database",
    (path: string) => Deno.writeTextFileSync(path, "x".repeat(5000)),
    /it is damaged; nothing of this run is kept$/,
    "auth",
  ],
  [
    "has lost its cookies",
    (path: string) => exec(path, "DROP TABLE cookies"),
    /^Cannot read the service's cookies: .+; nothing of this run is kept$/,
    undefined,
  ],
  [
    "has lost its tokens",
    (path: string) => exec(path, "DROP TABLE oauth_tokens"),
    undefined,
    "auth",
  ],
] as const;

for (const [what, spoil, warning, kind] of STORES) {
  Deno.test(`openAccess() answers with a token from the environment when the store ${what}`, async () => {
    await using there = await place({
      env: { OPENAI_CODEX_TOKEN: GIVEN },
      replies: [ANSWER],
    });
    spoil(there.path);
    await using access = await there.access();
    const answer = await access.credentials.current(signal);
    assert.equal(tokenOf(answer.credential), GIVEN);
    assert.equal(answer.warnings.length, warning === undefined ? 0 : 1);
    if (warning !== undefined) assert.match(answer.warnings[0] ?? "", warning);
    assert.equal((await access.fetch(new Request(SERVICE))).status, 200);
  });

  Deno.test(`openAccess() ${kind === undefined ? "answers" : `fails with "${kind}"`} without another token when the store ${what}`, async () => {
    await using there = await place();
    spoil(there.path);
    await using access = await there.access();
    const asking = access.credentials.current(signal);
    if (kind !== undefined) return await assert.rejects(asking, { kind });
    assert.equal(tokenOf((await asking).credential), TOKEN);
  });
}

Deno.test("openAccess() reads a store that cannot be written, and says that it keeps nothing", async () => {
  await using there = await place({ replies: [ANSWER] });
  there.host.createPrivateFile = () => Promise.reject(new Error("EROFS"));
  {
    await using access = await there.access();
    const { credential, warnings } = await access.credentials.current(signal);
    assert.equal(tokenOf(credential), TOKEN);
    assert.deepEqual(warnings, [
      `The database "${there.path}" can only be read; nothing of this run is kept`,
    ]);
    await access.fetch(new Request(SERVICE));
  }
  assert.deepEqual(there.cookies(), []);
  assert.equal(there.host.stderr(), "");
});

function tokenOf(credential: Credential): string | undefined {
  return credential.type === "oauth" ? credential.accessToken : undefined;
}
