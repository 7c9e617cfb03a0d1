import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { approve } from "../../scripts/standin/browser.ts";
import { startStandin } from "../../scripts/standin/mod.ts";
import { PROMPT } from "../../scripts/standin/scenario.ts";
import type { Standin } from "../../scripts/standin/types.ts";
import { link } from "../support/link.ts";
import {
  type Ended,
  type Home,
  makeHome,
  type Meka,
  runMeka,
  signedInHome,
  signIn,
  startMeka,
  type StartOptions,
  storedTokens,
} from "../support/meka.ts";
import {
  holdPort,
  isFree,
  reserveSignInPorts,
  untilFree,
} from "../support/ports.ts";
import { approvingBrowser } from "../support/program.ts";
import { assertNoSecret, secretsOf } from "../support/secrets.ts";
import { assertPlainStderr } from "../support/stderr.ts";

const POSIX = Deno.build.os !== "windows";
const ARGS = ["setup", "--provider", "openai-codex", "--model", "gpt-5"];

/** A test of the sign-in, alone with its ports. */
function signInTest(name: string, fn: () => Promise<void>): void {
  Deno.test({
    name,
    ignore: !POSIX,
    fn: async () => {
      using _ = await reserveSignInPorts();
      await fn();
      // No listener is left behind.
      await untilFree();
    },
  });
}

function optionsOf(
  { standin, home, args = ARGS, ...rest }:
    & Pick<StartOptions, "home">
    & { readonly standin: Standin }
    & Partial<StartOptions>,
): StartOptions {
  return {
    ...rest,
    standin,
    home,
    args,
    // A browser that shows nothing; the test does what a person would.
    env: { MEKA_MODEL: "", BROWSER: "true", ...rest.env },
  };
}

/** Starts `meka setup` and waits for its page's address. */
async function startSetup(
  options: Parameters<typeof optionsOf>[0],
): Promise<{ meka: Meka; url: URL }> {
  const meka = startMeka(optionsOf(options));
  await meka.said("Waiting for you");
  return { meka, url: pageOf(meka.stderr()) };
}

function pageOf(stderr: string): URL {
  const [line = ""] = /^http\S+\/oauth\/authorize\?\S+$/m.exec(stderr) ?? [];
  return new URL(line);
}

/** Signs in with the scripted `$BROWSER`. */
async function setUp(
  standin: Standin,
  home: Home,
  extras: Partial<StartOptions> = {},
): Promise<Ended> {
  const env = { BROWSER: approvingBrowser(), ...extras.env };
  const ended = await runMeka(optionsOf({ standin, home, ...extras, env }));
  assert.equal(ended.code, 0, ended.stderr);
  assertClean(ended, standin, home);
  return ended;
}

function assertClean(
  { stdout, stderr, code }: Pick<Ended, "stdout" | "stderr" | "code">,
  standin: Standin,
  home: Home,
): void {
  const secrets = secretsOf(standin, home);
  assert.equal(stdout, "");
  assertNoSecret(stderr, secrets, "stderr");
  assertPlainStderr(stderr, code);
}

async function ask(standin: Standin, home: Home): Promise<Ended> {
  return await runMeka({
    standin,
    home,
    args: [PROMPT],
    env: { MEKA_MODEL: "" },
  });
}

signInTest("meka setup signs in, and the next run answers", async () => {
  await using standin = await startStandin();
  await using home = await makeHome();
  const { stderr } = await setUp(standin, home, { before: "umask 000" });
  const { authorize, exchanges, refreshes } = standin.counts();
  assert.deepEqual([authorize, exchanges, refreshes], [1, 1, 0]);
  assert.deepEqual(standin.violations, []);
  assert.match(stderr, /person@example\.com/);

  const row = storedTokens(home);
  assert.equal(row?.email, "person@example.com");
  assert.equal(row?.plan, "plus");
  const config = await Deno.readTextFile(home.config);
  assert.match(config, /^\[provider\]$/m);
  assert.match(config, /^name = "openai-codex"$/m);
  assert.match(config, /^model = "gpt-5"$/m);
  const secrets = secretsOf(standin, home);
  assert.ok(secrets.size >= 5);
  assertNoSecret(config, secrets, "the config");

  for (const folder of ["config", "data"]) {
    assert.equal(await modeOf(`${home.folder}/${folder}`), 0o700);
    for await (const { name } of Deno.readDir(`${home.folder}/${folder}`)) {
      const mode = await modeOf(`${home.folder}/${folder}/${name}`);
      assert.equal(mode, 0o600, name);
    }
  }

  const answered = await ask(standin, home);
  assert.equal(answered.code, 0, answered.stderr);
  assert.match(answered.stdout, /say hi/);
  assert.equal(
    JSON.parse(standin.requests.at(-1)?.body ?? "").model,
    "gpt-5",
  );
  assert.deepEqual(standin.violations, []);
});

signInTest(
  "the pages of a sign-in hold no secret, and neither do their addresses",
  async () => {
    await using standin = await startStandin();
    await using home = await makeHome();
    const { meka, url } = await startSetup({
      standin,
      home,
      env: { BROWSER: "false" },
    });
    await using _ = meka;
    const redirectUri = url.searchParams.get("redirect_uri") ?? "";
    assert.match(redirectUri, /^http:\/\/localhost:145[57]\/auth\/callback$/);
    const page = await approve(url);
    const html = await page.text();
    const { code } = await meka.ended;
    assert.equal(code, 0, meka.stderr());
    assert.equal(page.status, 200);
    const last = new URL(page.url);
    assert.equal(last.origin, new URL(redirectUri).origin);
    assert.equal(last.search + last.hash, "");
    const secrets = secretsOf(standin, home);
    assertNoSecret(html, secrets, "the page");
    assertNoSecret(page.url, secrets, "the page's address");
    assert.ok(!html.includes(url.searchParams.get("state") ?? "?"));
    assert.equal(page.headers.get("cache-control"), "no-store");
    assert.equal(page.headers.get("referrer-policy"), "no-referrer");
    assertClean({ stdout: "", stderr: meka.stderr(), code }, standin, home);
  },
);

signInTest("a sign-in that is denied changes nothing", async () => {
  await using standin = await startStandin();
  await using home = await makeHome();
  const { meka, url } = await startSetup({ standin, home });
  await using _ = meka;
  const page = await approve(url, { deny: true });
  assert.doesNotMatch(await page.text(), /signed in/i);
  const { code } = await meka.ended;
  assert.equal(code, 3, meka.stderr());
  assertPlainStderr(meka.stderr(), code);
  assert.match(meka.stderr(), /^meka: .*denied/m);
  assert.equal(standin.counts().exchanges, 0);
  await assertNothingWritten(home);
});

signInTest(
  "a wrong state is turned away, and the right one still counts",
  async () => {
    await using standin = await startStandin();
    await using home = await makeHome();
    const { meka, url } = await startSetup({ standin, home });
    await using _ = meka;
    const state = url.searchParams.get("state") ?? "";
    const wrong = [state.slice(1), `${state}x`, state.toUpperCase(), ""];
    for (const tamperState of wrong) {
      const page = await approve(url, { tamperState });
      await page.body?.cancel();
      assert.equal(page.status, 400);
      assert.equal(standin.counts().exchanges, 0);
    }
    const page = await approve(url);
    await page.body?.cancel();
    assert.equal((await meka.ended).code, 0, meka.stderr());
    assert.equal(standin.counts().exchanges, 1);
    assert.equal(storedTokens(home)?.plan, "plus");
  },
);

const EXCHANGES: readonly [string, number][] = [
  ["invalid_grant", 3],
  ["missing_refresh_token", 3],
  ["server_error", 5],
  ["cloudflare", 8],
];

for (const [outcome, exit] of EXCHANGES) {
  signInTest(
    `an exchange that ends "${outcome}" keeps the sign-in there was`,
    async () => {
      await using standin = await startStandin();
      await using home = await makeHome();
      const tokens = standin.grant();
      await signIn(home, tokens);
      standin.exchangePlan(outcome);
      const env = { BROWSER: approvingBrowser() };
      const ended = await runMeka(optionsOf({ standin, home, env }));
      assert.equal(ended.code, exit, ended.stderr);
      assertClean(ended, standin, home);
      assert.equal(standin.counts().exchanges, 1, "a code is sent once only");
      assert.equal(storedTokens(home)?.refreshToken, tokens.refreshToken);
      await assert.rejects(Deno.stat(home.config), Deno.errors.NotFound);
    },
  );
}

const WAITS: readonly [Deno.Signal, number][] = [
  ["SIGINT", 130],
  ["SIGTERM", 143],
];

for (const [signal, exit] of WAITS) {
  signInTest(
    `${signal} while a sign-in waits for the browser changes nothing`,
    async () => {
      await using standin = await startStandin();
      await using home = await makeHome();
      const { meka } = await startSetup({ standin, home });
      await using _ = meka;
      assert.ok(!isFree(1455));
      meka.kill(signal);
      assert.equal((await meka.ended).code, exit);
      assertPlainStderr(meka.stderr(), exit);
      await assertNothingWritten(home);
    },
  );
}

signInTest("Ctrl-C in the exchange changes nothing", async () => {
  await using standin = await startStandin();
  await using home = await makeHome();
  standin.exchangePlan("hang");
  const { meka, url } = await startSetup({ standin, home });
  await using _ = meka;
  // The browser waits for its page, which may go unanswered.
  const page = approve(url).then((page) => page.text()).catch(() => {});
  await standin.until((requests) =>
    requests.some(({ path }) => path === "/oauth/token")
  );
  meka.kill("SIGINT");
  assert.equal((await meka.ended).code, 130);
  await page;
  await assertNothingWritten(home);
});

signInTest(
  "with port 1455 taken the sign-in uses 1457, and says so to the issuer",
  async () => {
    await using standin = await startStandin();
    await using home = await makeHome();
    using _ = await holdPort(1455);
    const { stderr } = await setUp(standin, home);
    assert.equal(
      pageOf(stderr).searchParams.get("redirect_uri"),
      "http://localhost:1457/auth/callback",
    );
    assert.deepEqual(standin.violations, []);
  },
);

signInTest("with both ports taken the sign-in is not begun", async () => {
  await using standin = await startStandin();
  await using home = await makeHome();
  {
    using _first = await holdPort(1455);
    using _second = await holdPort(1457);
    const ended = await runMeka(optionsOf({ standin, home }));
    assert.equal(ended.code, 3, ended.stderr);
    assertClean(ended, standin, home);
    assert.match(ended.stderr, /1455 and 1457/);
  }
  assert.equal(standin.requests.length, 0);
  await assertNothingWritten(home);
});

signInTest(
  "a config that a person wrote keeps all that is not changed",
  async () => {
    await using standin = await startStandin();
    await using home = await makeHome();
    const kept = `${home.folder}/dotfiles.toml`;
    await Deno.writeTextFile(
      kept,
      '# mine\n\n[provider] # the one\nname   = "openai-codex"\nmodel = "old" # was good\neffort = "low"\n# the end\n',
    );
    await Deno.mkdir(`${home.folder}/config`);
    await link(kept, home.config);
    await setUp(standin, home);
    const expected =
      '# mine\n\n[provider] # the one\nname   = "openai-codex"\nmodel = "gpt-5" # was good\neffort = "low"\n# the end\n';
    assert.equal(await Deno.readTextFile(kept), expected);
    assert.ok((await Deno.lstat(home.config)).isSymlink);
    // Again with the same choice, and with nothing said: the file stays.
    await setUp(standin, home, { args: ["setup"] });
    assert.equal(await Deno.readTextFile(kept), expected);
  },
);

signInTest(
  "deleting the row signs out, and meka setup signs in again with a fresh challenge",
  async () => {
    await using standin = await startStandin();
    await using home = await makeHome();
    await setUp(standin, home);
    {
      using database = new DatabaseSync(home.database);
      database.exec("DELETE FROM oauth_tokens WHERE provider = 'openai-codex'");
    }
    const out = await ask(standin, home);
    assert.equal(out.code, 3);
    assertPlainStderr(out.stderr, 3);
    assert.match(out.stderr, /^meka: Not signed in/);
    assert.match(out.stderr, /meka setup/);
    assert.equal(standin.counts().responses, 0);

    await setUp(standin, home);
    const asked = standin.requests.filter(({ path }) =>
      path === "/oauth/authorize"
    ).map(({ search }) => new URLSearchParams(search));
    assert.equal(asked.length, 2);
    for (const name of ["state", "code_challenge"]) {
      const values = asked.map((query) => query.get(name));
      assert.equal(new Set(values).size, 2, `${name} was used again`);
    }
    assert.equal((await ask(standin, home)).code, 0);
    assert.deepEqual(standin.violations, []);
  },
);

signInTest("meka setup heals a sign-in that the issuer refused", async () => {
  await using standin = await startStandin();
  await using home = await makeHome();
  await signIn(home, standin.grant({ lifetimeSeconds: -10 }));
  await setUpConfig(home);
  standin.refreshPlan("invalidated");
  assert.equal((await ask(standin, home)).code, 3);
  await setUp(standin, home);
  assert.equal(storedTokens(home)?.refusal, undefined);
  assert.equal((await ask(standin, home)).code, 0);
});

async function setUpConfig(home: Home): Promise<void> {
  await Deno.mkdir(`${home.folder}/config`);
  await Deno.writeTextFile(home.config, '[provider]\nmodel = "gpt-5"\n');
}

interface RefusedCase {
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly config?: string;
  readonly says: readonly string[];
}

const REFUSED: readonly RefusedCase[] = [
  { args: [], says: ["--model"] },
  { args: ["--provider", "openai-codex"], says: ["--model"] },
  { args: ["--model", ""], says: ["--model"] },
  { args: ["--model", "x", "--provider", "y"], says: ["--provider"] },
  { args: ["--model", "x", "--effort", "loud"], says: ["--effort", "xhigh"] },
  {
    args: ["--model", "x", "--base-url", "http://example.com"],
    says: ["--base-url"],
  },
  {
    args: ["--model", "x"],
    env: { MEKA_OAUTH_ISSUER: "http://auth.example.com" },
    says: ["MEKA_OAUTH_ISSUER"],
  },
  {
    args: ["--model", "x"],
    config: "[provider]\n\nmodle = 1\n",
    says: ["config.toml:3", "provider.modle"],
  },
  { args: ["--model", "x"], config: "[provider\n", says: ["config.toml", "1"] },
  { args: ["--model", "x", "--json"], says: ["--json"] },
];

Deno.test("meka setup refuses what cannot be before a page is opened", async (t) => {
  await using standin = await startStandin();
  for (const { args, env = {}, config, says } of REFUSED) {
    await t.step(JSON.stringify({ args, env, config }), async () => {
      await using home = await makeHome();
      if (config !== undefined) {
        await Deno.mkdir(`${home.folder}/config`);
        await Deno.writeTextFile(home.config, config);
      }
      const { code, stderr } = await runMeka(
        optionsOf({ standin, home, args: ["setup", ...args], env }),
      );
      assert.equal(code, 2, stderr);
      assertPlainStderr(stderr, 2);
      for (const text of says) {
        assert.ok(stderr.includes(text), `"${text}" is not in: ${stderr}`);
      }
      assert.equal(standin.requests.length, 0);
      if (config !== undefined) {
        assert.equal(await Deno.readTextFile(home.config), config);
      }
    });
  }
});

Deno.test("a run without a terminal opens no browser", async () => {
  await using standin = await startStandin();
  await using home = await signedInHome(standin);
  const mark = `${home.folder}/opened`;
  standin.play("http_401");
  const { code, stderr } = await runMeka({
    standin,
    home,
    args: [PROMPT],
    env: { BROWSER: `touch ${mark}` },
  });
  assert.equal(code, 3);
  assert.match(stderr, /meka setup/);
  assert.equal(standin.counts().authorize, 0);
  await assert.rejects(Deno.stat(mark), Deno.errors.NotFound);
});

/** No config, and no sign-in in the database, which may be there. */
async function assertNothingWritten(home: Home): Promise<void> {
  await assert.rejects(Deno.stat(home.config), Deno.errors.NotFound);
  assert.equal(storedTokens(home), undefined);
}

async function modeOf(path: string): Promise<number> {
  return ((await Deno.stat(path)).mode ?? 0) & 0o777;
}
