import assert from "node:assert/strict";
import { approve } from "../../scripts/standin/browser.ts";
import { startStandin } from "../../scripts/standin/mod.ts";
import type { FlagName } from "../../src/cli/flags.ts";
import type { CommandContext } from "../../src/commands/context.ts";
import { setup } from "../../src/commands/setup.ts";
import { MekaError } from "../../src/errors.ts";
import type { Fetch } from "../../src/http/fetch.ts";
import { openDatabase } from "../../src/store/database.ts";
import { readTokens, type TokenRow } from "../../src/store/tokens.ts";
import {
  type MemoryHost,
  memoryHost,
  type MemoryHostOptions,
} from "../support/memory_host.ts";
import { type Reply, scriptedFetch } from "../support/scripted_fetch.ts";
import { accountClaims, jwt } from "../support/tokens.ts";

const CONFIG = "/config/config.toml";
const ACCESS = jwt(accountClaims("acct", { exp: 1_900_000_000 }));
const ID = jwt(accountClaims("acct"));

const ISSUED: Reply = () =>
  Response.json({
    access_token: ACCESS,
    refresh_token: "SECRET-REFRESH",
    id_token: ID,
  });

/** A person with a folder for data, and a config in memory. */
interface Person extends AsyncDisposable {
  readonly host: MemoryHost;
  readonly hidden: string[];
  run(
    options: Partial<Record<FlagName, string>>,
    fetch?: Fetch,
  ): Promise<number>;
  row(): Promise<TokenRow | undefined>;
}

async function person(
  options: MemoryHostOptions & { config?: string } = {},
): Promise<Person> {
  const folder = await Deno.makeTempDir();
  const env = {
    MEKA_CONFIG_DIR: "/config",
    MEKA_DATA_DIR: folder,
    MEKA_OAUTH_ISSUER: "https://auth.example.com",
    ...options.env,
  };
  const files: Record<string, string> = options.config === undefined
    ? {}
    : { [CONFIG]: options.config };
  const host = memoryHost({ browser: agree, ...options, env, files });
  const hidden: string[] = [];
  return {
    host,
    hidden,
    run: async (given, fetch = scriptedFetch().fetch) => {
      const context: CommandContext = {
        host,
        fetch,
        options: flags(given),
        words: [],
        userAgent: "meka_cli/0",
        clean: (text) => text,
        hide: (...secrets) => hidden.push(...secrets),
        onFailure: () => {},
      };
      return await setup(context);
    },
    row: async () => {
      const path = `${folder}/sessions.db`;
      const { database } = await openDatabase(path, host);
      const row = readTokens(database, "openai-codex");
      database.close();
      return row;
    },
    [Symbol.asyncDispose]: () => Deno.remove(folder, { recursive: true }),
  };
}

function flags(
  given: Partial<Record<FlagName, string>>,
): CommandContext["options"] {
  const entries: [FlagName, string[]][] = [];
  for (const name of ["provider", "model", "effort", "base-url"] as const) {
    const value = given[name];
    if (value !== undefined) entries.push([name, [value]]);
  }
  return new Map(entries);
}

/** A browser in which the person agrees at once. */
async function agree(url: URL, host: MemoryHost): Promise<void> {
  const answer = new URL(url.searchParams.get("redirect_uri") ?? "");
  answer.searchParams.set("code", "SECRET-CODE");
  answer.searchParams.set("state", url.searchParams.get("state") ?? "");
  const redirect = await host.visit(answer.href);
  const next = redirect.headers.get("location") ?? "";
  await host.visit(new URL(next, answer).href);
}

async function deny(url: URL, host: MemoryHost): Promise<void> {
  const answer = new URL(url.searchParams.get("redirect_uri") ?? "");
  answer.searchParams.set("error", "access_denied");
  answer.searchParams.set("state", url.searchParams.get("state") ?? "");
  await host.visit(answer.href);
  await host.visit(new URL("/failed", answer).href);
}

Deno.test("setup() signs in, stores the tokens and writes the config", async () => {
  await using someone = await person();
  const script = scriptedFetch(ISSUED);
  assert.equal(await someone.run({ model: "gpt-5" }, script.fetch), 0);
  const row = await someone.row();
  assert.equal(row?.accessToken, ACCESS);
  assert.equal(row?.refreshToken, "SECRET-REFRESH");
  assert.equal(row?.accountId, "acct");
  assert.equal(row?.expiresAt, 1_900_000_000);
  assert.equal(row?.refreshedAt, someone.host.clock);
  assert.equal(
    someone.host.files.get(CONFIG),
    '[provider]\nname = "openai-codex"\nmodel = "gpt-5"\n',
  );
  const said = someone.host.stderr();
  assert.match(said, /^https:\/\/auth\.example\.com\/oauth\/authorize\?\S+$/m);
  assert.match(said, /Signed in as acct@example\.com \(plan: plus\)/);
  assert.match(said, /\/config\/config\.toml/);
  assert.match(said, /Try it: meka "/);
  assert.doesNotMatch(said, /SECRET|eyJ/);
  assert.ok(someone.host.written.every(({ to }) => to === "stderr"));
  for (const secret of [ACCESS, ID, "SECRET-REFRESH", "SECRET-CODE"]) {
    assert.ok(someone.hidden.includes(secret));
  }
});

Deno.test("setup() keeps the config's other parts and takes what it has for granted", async () => {
  await using someone = await person({
    config: '# mine\n[provider]\nmodel = "gpt-5" # old friend\n',
  });
  await someone.run({ effort: "low" }, scriptedFetch(ISSUED).fetch);
  assert.equal(
    someone.host.files.get(CONFIG),
    '# mine\n[provider]\nmodel = "gpt-5" # old friend\nname = "openai-codex"\neffort = "low"\n',
  );
  assert.deepEqual(someone.host.prompts, []);
});

Deno.test("setup() hands no token to the address of another provider", async () => {
  await using someone = await person({
    config:
      '[provider]\nname = "other"\nmodel = "m"\nbase_url = "https://other.example"\napi_key = "k"\n',
    terminal: true,
    answers: ["openai-codex", "browser", "gpt-5", "yes"],
  });
  await someone.run({}, scriptedFetch(ISSUED).fetch);
  assert.equal(
    someone.host.files.get(CONFIG),
    '[provider]\nname = "openai-codex"\nmodel = "gpt-5"\n# base_url = "https://other.example"\n# api_key = "k"\n',
  );
  assert.equal(someone.host.questions.length, 4);
});

type Refusal = readonly [
  string,
  MemoryHostOptions & { config?: string },
  Partial<Record<FlagName, string>>,
  MekaError["kind"],
  RegExp,
];

const REFUSALS: readonly Refusal[] = [
  ["no model and no terminal", {}, {}, "usage", /pass `--model`/],
  [
    "Ctrl-C at the first question",
    { terminal: true },
    {},
    "interrupted",
    /nothing was changed/,
  ],
  ["an empty model", {}, { model: " " }, "usage", /`--model` must not be/],
  [
    "an unknown provider",
    {},
    { model: "m", provider: "openai" },
    "usage",
    /`--provider` cannot be "openai"; allowed: openai-codex/,
  ],
  [
    "an unknown effort",
    {},
    { model: "m", effort: "hihg" },
    "usage",
    /`--effort` cannot be "hihg"; allowed: none/,
  ],
  [
    "a plain-http base URL",
    {},
    { model: "m", "base-url": "http://example.com" },
    "usage",
    /`--base-url`/,
  ],
  [
    "one in the environment",
    { env: { MEKA_BASE_URL: "http://example.com" } },
    { model: "m" },
    "config",
    /`MEKA_BASE_URL`/,
  ],
  [
    "a plain-http issuer",
    { env: { MEKA_OAUTH_ISSUER: "http://example.com" } },
    { model: "m" },
    "config",
    /`MEKA_OAUTH_ISSUER`/,
  ],
  [
    "one in the config",
    {
      env: { MEKA_OAUTH_ISSUER: "" },
      config: '[provider]\nissuer = "http://example.com"\n',
    },
    { model: "m" },
    "config",
    /`issuer`/,
  ],
  [
    "a config that is no TOML",
    { config: "[provider]\n= 1\n" },
    { model: "m" },
    "config",
    /"\/config\/config\.toml", line 2/,
  ],
  [
    "a config with an unknown key",
    { config: '[provider]\nmodle = "x"\n' },
    { model: "m" },
    "config",
    /config\.toml:2: .*modle/,
  ],
  [
    "two busy ports",
    { busyPorts: [1455, 1457] },
    { model: "m" },
    "auth",
    /1455 and 1457/,
  ],
  ["a denial", { browser: deny }, { model: "m" }, "auth", /it was denied/],
];

for (const [name, options, given, kind, message] of REFUSALS) {
  Deno.test(`setup() changes nothing after ${name}`, async () => {
    await using someone = await person(options);
    await assert.rejects(someone.run(given), { kind, message });
    assert.equal(someone.host.files.get(CONFIG), options.config);
    assert.equal(await someone.row(), undefined);
    if (name !== "a denial") {
      assert.doesNotMatch(someone.host.stderr(), /https?:/);
    }
  });
}

Deno.test("setup() changes nothing when it takes too long", async () => {
  await using someone = await person({
    browser: (_, host) => Promise.resolve(host.wake(300_000)),
  });
  await assert.rejects(someone.run({ model: "m" }), {
    kind: "auth",
    message: /not answered within 5 minutes/,
  });
  assert.equal(someone.host.files.size, 0);
});

Deno.test("setup() changes nothing after Ctrl-C", async () => {
  const reason = new MekaError("interrupted", "Interrupted");
  await using someone = await person({
    browser: (_, host) => Promise.resolve(host.abort(reason)),
  });
  await assert.rejects(someone.run({ model: "m" }), reason);
  assert.equal(someone.host.files.size, 0);
  assert.equal(await someone.row(), undefined);
});

Deno.test("setup() keeps the sign-in when the config cannot be written", async () => {
  await using someone = await person();
  someone.host.replaceFile = () => Promise.reject(new Error("No space left"));
  const { fetch } = scriptedFetch(ISSUED);
  await assert.rejects(someone.run({ model: "m" }, fetch), {
    kind: "config",
    message: /You are signed in, but .* was not written: No space left/,
  });
  assert.equal((await someone.row())?.accessToken, ACCESS);
});

Deno.test("setup() signs in at the stand-in, with a new attempt each time", async () => {
  await using standin = await startStandin();
  const pages: string[] = [];
  await using someone = await person({
    env: { MEKA_OAUTH_ISSUER: standin.issuer.href },
    browser: async (url) => {
      const page = await approve(url);
      assert.equal(page.status, 200);
      assert.match(await page.text(), /You are signed in/);
      pages.push(page.url);
    },
  });
  someone.host.listen = listenOnLoopback;
  const challenges = new Set<string | null>();
  for (const run of [1, 2]) {
    assert.equal(await someone.run({ model: "gpt-5" }, fetch), 0);
    const urls = someone.host.stderr().match(/^http.*$/gm) ?? [];
    const url = new URL(urls.at(-1) ?? "");
    challenges.add(url.searchParams.get("code_challenge"));
    assert.equal(challenges.size, run);
  }
  assert.deepEqual(standin.violations, []);
  for (const page of pages) {
    assert.match(page, /^http:\/\/localhost:145[57]\/success$/);
  }
  const row = await someone.row();
  assert.equal(row?.email, "person@example.com");
  assert.ok((row?.expiresAt ?? 0) * 1000 > Date.now());
});

/** The issuer knows two ports only, so this test needs a real one of them. */
const listenOnLoopback: MemoryHost["listen"] = (address, handle) => {
  try {
    const server = Deno.serve({ ...address, onListen: () => {} }, handle);
    return { close: () => server.shutdown() };
  } catch {
    return undefined;
  }
};
