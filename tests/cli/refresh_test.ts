import assert from "node:assert/strict";
import { startStandin } from "../../scripts/standin/mod.ts";
import { PROMPT } from "../../scripts/standin/scenario.ts";
import type {
  GrantOptions,
  RecordedRequest,
  Standin,
} from "../../scripts/standin/types.ts";
import type { Tokens } from "../../scripts/standin/tokens.ts";
import type { TokenRow } from "../../src/store/tokens.ts";
import {
  type Ended,
  type Home,
  makeHome,
  runMeka,
  signIn,
  startMeka,
  storedTokens,
} from "../support/meka.ts";
import { stepsInPool } from "../support/pool.ts";
import { assertNoSecret, secretsOf } from "../support/secrets.ts";
import { assertPlainStderr } from "../support/stderr.ts";

const DAY_MS = 24 * 60 * 60 * 1000;

/** Still accepted, and due for a refresh. */
const LIVING: GrantOptions = { lifetimeSeconds: 200 };
const DEAD: GrantOptions = { lifetimeSeconds: -10 };

/** A person whose token the test has made, at a stand-in of their own. */
interface Scene extends AsyncDisposable {
  readonly standin: Standin;
  readonly home: Home;
  readonly tokens: Tokens;
}

async function makeScene(
  grant: GrantOptions,
  changes: Partial<TokenRow> = {},
): Promise<Scene> {
  const standin = await startStandin();
  const home = await makeHome();
  const tokens = standin.grant(grant);
  await signIn(home, tokens, changes);
  return {
    standin,
    home,
    tokens,
    [Symbol.asyncDispose]: async () => {
      await standin.close();
      await home[Symbol.asyncDispose]();
    },
  };
}

/** One run, of which nothing secret may show. */
async function run({ standin, home }: Scene): Promise<Ended> {
  const ended = await runMeka({ standin, home, args: [PROMPT] });
  const secrets = secretsOf(standin, home);
  assertNoSecret(ended.stderr, secrets, "stderr");
  assertNoSecret(ended.stdout, secrets, "stdout");
  assertPlainStderr(ended.stderr, ended.code);
  return ended;
}

function isTurn({ path }: RecordedRequest): boolean {
  return path === "/backend-api/codex/responses";
}

function isRefresh({ path }: RecordedRequest): boolean {
  return path === "/oauth/token";
}

interface DueCase {
  readonly what: string;
  readonly grant: GrantOptions;
  readonly row?: Partial<TokenRow>;
  readonly refreshes: number;
}

const undated = { unreadable: true };
const DUE: readonly DueCase[] = [
  { what: "299 s to live", grant: { lifetimeSeconds: 299 }, refreshes: 1 },
  { what: "305 s to live", grant: { lifetimeSeconds: 305 }, refreshes: 0 },
  { what: "no time to live", grant: DEAD, refreshes: 1 },
  {
    what: "an hour to live, signed in 9 days ago",
    grant: {},
    row: { refreshedAt: Date.now() - 9 * DAY_MS },
    refreshes: 0,
  },
  {
    what: "no readable end, refreshed 9 days ago",
    grant: undated,
    row: { expiresAt: undefined, refreshedAt: Date.now() - 9 * DAY_MS },
    refreshes: 1,
  },
  {
    what: "no readable end, refreshed 7 days ago",
    grant: undated,
    row: { expiresAt: undefined, refreshedAt: Date.now() - 7 * DAY_MS },
    refreshes: 0,
  },
];

for (const { what, grant, row, refreshes } of DUE) {
  Deno.test(`meka refreshes a token with ${what} ${refreshes} times`, async () => {
    await using scene = await makeScene(grant, row);
    const { code, stderr } = await run(scene);
    assert.equal(code, 0, stderr);
    const { standin, home, tokens } = scene;
    assert.equal(standin.counts().refreshes, refreshes);
    assert.equal(standin.counts().responses, 1);
    assert.deepEqual(standin.violations, []);
    const kept = storedTokens(home)?.accessToken === tokens.accessToken;
    assert.equal(kept, refreshes === 0);
    // The refresh comes first, and is told why it is asked for.
    const [first] = standin.requests;
    if (refreshes === 0) return;
    assert.equal(first?.path, "/oauth/token");
    const { refresh_reason: reason } = JSON.parse(first.body);
    assert.equal(reason, grant.unreadable ? "scheduled" : "proactive_expiry");
  });
}

for (
  const [what, grant] of [["about to end", LIVING], ["dead", DEAD]] as const
) {
  Deno.test(`16 processes at once with a token ${what} make one refresh and 16 answers`, async () => {
    await using scene = await makeScene(grant);
    scene.standin.expectCookies(false);
    scene.standin.refreshPlan("slow");
    const ended = await Promise.all(
      Array.from({ length: 16 }, () => run(scene)),
    );
    for (const { code, stderr } of ended) assert.equal(code, 0, stderr);
    const { refreshes, responses } = scene.standin.counts();
    assert.deepEqual([refreshes, responses], [1, 16]);
    assert.deepEqual(scene.standin.violations, []);
    const bearers = new Set(
      scene.standin.requests.filter(isTurn).map(({ headers }) =>
        headers.get("authorization")
      ),
    );
    assert.deepEqual([...bearers], [
      `Bearer ${storedTokens(scene.home)?.accessToken}`,
    ]);
  });
}

interface FailureCase {
  readonly outcome: string;
  /** The exit status with a dead token. */
  readonly exit: number;
  readonly permanent?: true;
  /** Refreshes asked for with a dead token, by one run. */
  readonly refreshes: number;
}

const FAILURES: readonly FailureCase[] = [
  { outcome: "expired", exit: 3, permanent: true, refreshes: 1 },
  { outcome: "reused", exit: 3, permanent: true, refreshes: 1 },
  { outcome: "invalidated", exit: 3, permanent: true, refreshes: 1 },
  { outcome: "invalid_grant", exit: 3, permanent: true, refreshes: 1 },
  { outcome: "unauthorized", exit: 3, permanent: true, refreshes: 1 },
  { outcome: "other_400", exit: 5, refreshes: 5 },
  { outcome: "server_error", exit: 5, refreshes: 5 },
  { outcome: "rate_limited", exit: 5, refreshes: 5 },
  { outcome: "drop", exit: 5, refreshes: 5 },
  { outcome: "cloudflare", exit: 8, refreshes: 1 },
];

const FAILURES_BY_NAME = new Map(FAILURES.map((row) => [row.outcome, row]));

Deno.test("meka answers with a living token when its refresh fails, unless it is refused for good", (t) =>
  stepsInPool(t, FAILURES_BY_NAME, async ({ outcome, permanent }) => {
    await using scene = await makeScene(LIVING);
    const { standin, home, tokens } = scene;
    standin.refreshPlan(outcome);
    for (const round of [1, 2]) {
      const { code, stdout, stderr } = await run(scene);
      if (permanent) {
        assert.equal(code, 3, stderr);
        assert.match(stderr, /meka setup/);
        // A refused pair is not asked for again.
        assert.equal(standin.counts().refreshes, 1);
        assert.equal(standin.counts().responses, 0);
        continue;
      }
      assert.equal(code, 0, stderr);
      assert.match(stdout, /say hi/);
      assert.match(stderr, /^warning: Cannot refresh the sign-in: /m);
      assert.equal(standin.counts().responses, round);
      assert.equal(standin.counts().refreshes, round);
    }
    assertSamePair(home, tokens);
    assert.deepEqual(standin.violations, []);
  }));

Deno.test("meka tells the failed refresh of a dead token by its class", (t) =>
  stepsInPool(t, FAILURES_BY_NAME, async (row) => {
    const { outcome, exit, permanent, refreshes } = row;
    await using scene = await makeScene(DEAD);
    const { standin, home, tokens } = scene;
    standin.refreshPlan(outcome);
    const { code, stdout, stderr } = await run(scene);
    assert.equal(code, exit, stderr);
    assert.equal(stdout, "");
    assert.equal(standin.counts().refreshes, refreshes);
    assert.equal(standin.counts().responses, 0);
    if (permanent) assert.match(stderr, /meka setup/);
    assertSamePair(home, tokens);

    standin.refreshPlan("ok");
    const again = await run(scene);
    assert.equal(again.code, permanent ? 3 : 0, again.stderr);
    if (permanent) assert.match(again.stderr, /meka setup/);
    // A refused pair is not asked for again.
    const asked = permanent ? refreshes : refreshes + 1;
    assert.equal(standin.counts().refreshes, asked);
    assert.deepEqual(standin.violations, []);
  }));

Deno.test("meka keeps what a refresh does not replace", async () => {
  await using scene = await makeScene(DEAD);
  scene.standin.refreshPlan("access_only");
  const { code, stderr } = await run(scene);
  assert.equal(code, 0, stderr);
  const row = storedTokens(scene.home);
  assert.equal(row?.refreshToken, scene.tokens.refreshToken);
  assert.equal(row?.idToken, scene.tokens.idToken);
  assert.notEqual(row?.accessToken, scene.tokens.accessToken);
});

Deno.test("meka says that it is signed out when an answer with the new pair got lost", async () => {
  await using scene = await makeScene(DEAD);
  scene.standin.refreshPlan("lost", "ok");
  const { code, stderr } = await run(scene);
  assert.equal(code, 3, stderr);
  assert.match(stderr, /meka setup/);
  assert.equal(scene.standin.counts().responses, 0);
});

Deno.test("meka refreshes once after a 401 and tries once more", async () => {
  await using scene = await makeScene({});
  const { standin, home, tokens } = scene;
  standin.invalidateAccessTokens();
  const { code, stderr } = await run(scene);
  assert.equal(code, 0, stderr);
  const { refreshes, responses } = standin.counts();
  assert.deepEqual([refreshes, responses], [1, 2]);
  assert.notEqual(storedTokens(home)?.refreshToken, tokens.refreshToken);
  const body = standin.requests.find(isRefresh)?.body ?? "{}";
  assert.equal(JSON.parse(body).refresh_reason, "unauthorized_recovery");
  assert.deepEqual(standin.violations, []);
});

Deno.test("8 processes with a token that was revoked make one refresh", async () => {
  await using scene = await makeScene({});
  const { standin } = scene;
  standin.expectCookies(false);
  standin.invalidateAccessTokens();
  standin.refreshPlan("slow");
  const ended = await Promise.all(Array.from({ length: 8 }, () => run(scene)));
  for (const { code, stderr } of ended) assert.equal(code, 0, stderr);
  assert.equal(standin.counts().refreshes, 1);
  assert.deepEqual(standin.violations, []);
});

for (
  const [outcome, exit] of [["invalidated", 3], ["unauthorized", 3]] as const
) {
  Deno.test(`meka ends with ${exit} after a 401 and a refresh that ends "${outcome}"`, async () => {
    await using scene = await makeScene({});
    scene.standin.invalidateAccessTokens();
    scene.standin.refreshPlan(outcome);
    const { code, stderr } = await run(scene);
    assert.equal(code, exit, stderr);
    assert.match(stderr, /meka setup/);
    const { refreshes, responses } = scene.standin.counts();
    assert.deepEqual([refreshes, responses], [1, 1]);
    assertSamePair(scene.home, scene.tokens);
  });
}

Deno.test("meka stores a new pair before it uses it", async () => {
  await using scene = await makeScene(DEAD);
  const { standin, home, tokens } = scene;
  standin.play("hang_before_head");
  await using meka = startMeka({ standin, home, args: [PROMPT] });
  await standin.until((requests) => requests.some(isTurn));
  meka.kill("SIGKILL");
  await meka.ended;
  const row = storedTokens(home);
  assert.notEqual(row?.refreshToken, tokens.refreshToken);
  const sent = standin.requests.find(isTurn)?.headers.get("authorization");
  assert.equal(sent, `Bearer ${row?.accessToken}`);
});

Deno.test("kill -9 at any moment of a refresh leaves a whole database with the old pair or a working one", async (t) => {
  const rounds = new Map(
    Array.from({ length: 20 }, (_, n) => [`round ${n}`, n]),
  );
  await stepsInPool(t, rounds, async (round) => {
    await using scene = await makeScene(DEAD);
    const { standin, home, tokens } = scene;
    standin.expectCookies(false);
    standin.refreshPlan(round % 4 === 0 ? "hang" : "slow", "ok");
    await using meka = startMeka({ standin, home, args: [PROMPT] });
    await standin.until((requests) => requests.some(isRefresh));
    // Not to wait for something: the moments spread over the 400 ms of the refresh and what follows.
    const timer = Promise.withResolvers<void>();
    setTimeout(timer.resolve, round * 30);
    await Promise.race([timer.promise, meka.ended]);
    try {
      meka.kill("SIGKILL");
    } catch {
      // It was done before.
    }
    await meka.ended;
    await timer.promise;

    const row = storedTokens(home);
    const spent = round % 4 !== 0;
    const old = row?.refreshToken === tokens.refreshToken;
    if (old) assertSamePair(home, tokens);
    const { code, stderr } = await run(scene);
    // The issuer took the old one and its answer died with the process: nobody can do better than to say so.
    assert.equal(code, old && spent ? 3 : 0, stderr);
  });
});

Deno.test("meka ends a refresh at Ctrl-C and keeps the pair", async () => {
  await using scene = await makeScene(DEAD);
  const { standin, home, tokens } = scene;
  standin.refreshPlan("hang");
  await using meka = startMeka({ standin, home, args: [PROMPT] });
  await standin.until((requests) => requests.some(isRefresh));
  meka.kill("SIGINT");
  assert.equal((await meka.ended).code, 130);
  assertPlainStderr(meka.stderr(), 130);
  await standin.until((requests) => requests.some(({ aborted }) => aborted));
  assertSamePair(home, tokens);
  assert.equal(standin.counts().responses, 0);
});

Deno.test("meka stores the pair of a refresh that Ctrl-C comes into", async () => {
  await using scene = await makeScene(DEAD);
  const { standin, home, tokens } = scene;
  standin.refreshPlan("slow");
  await using meka = startMeka({ standin, home, args: [PROMPT] });
  await standin.until((requests) => requests.some(isRefresh));
  meka.kill("SIGINT");
  assert.equal((await meka.ended).code, 130);
  assert.notEqual(storedTokens(home)?.refreshToken, tokens.refreshToken);
  assert.equal(standin.counts().responses, 0);
  // The pair works.
  assert.equal((await run(scene)).code, 0);
});

function assertSamePair(home: Home, tokens: Tokens): void {
  const row = storedTokens(home);
  assert.equal(row?.accessToken, tokens.accessToken);
  assert.equal(row?.refreshToken, tokens.refreshToken);
}
