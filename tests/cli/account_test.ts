// deno-lint-ignore-file camelcase -- names are the server's
import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { startStandin } from "../../scripts/standin/mod.ts";
import { INSTRUCTIONS_MARK, MODELS } from "../../scripts/standin/models.ts";
import type { MODELS_OUTCOMES } from "../../scripts/standin/models_endpoint.ts";
import { REVOKE_OUTCOMES } from "../../scripts/standin/revoke_endpoint.ts";
import { PROMPT } from "../../scripts/standin/scenario.ts";
import type { Standin } from "../../scripts/standin/types.ts";
import type { USAGE_OUTCOMES } from "../../scripts/standin/usage_endpoint.ts";
import type { USAGE_REPORTS } from "../../scripts/standin/usage_reports.ts";
import {
  type Ended,
  type Home,
  makeHome,
  runMeka,
  signedInHome,
  signIn,
  startMeka,
  type StartOptions,
  storedTokens,
} from "../support/meka.ts";
import { assertNoSecret, secretsOf } from "../support/secrets.ts";
import { assertPlainStderr } from "../support/stderr.ts";

/** Nobody listens there. */
const NOWHERE = "http://127.0.0.1:2";
const AWAY = { MEKA_BASE_URL: NOWHERE, MEKA_OAUTH_ISSUER: NOWHERE };

/** A person, and the service that knows them. */
interface Place {
  readonly standin: Standin;
  readonly home: Home;
}

/** Runs a command whose both streams must be fit for a person and a script. */
async function meka(
  { standin, home }: Place,
  args: readonly string[],
  more: Partial<StartOptions> = {},
): Promise<Ended> {
  const ended = await runMeka({ standin, home, args, ...more });
  assertPlainStderr(ended.stderr, ended.code);
  const secrets = secretsOf(standin, home);
  assertNoSecret(ended.stdout, secrets, "stdout");
  assertNoSecret(ended.stderr, secrets, "stderr");
  return ended;
}

/** The one JSON object on stdout. */
function json({ stdout }: Ended): Record<string, unknown> {
  assert.match(stdout, /^\{.*\}\n$/);
  return JSON.parse(stdout);
}

function accountTest(
  name: string,
  fn: (place: Place) => Promise<void>,
): void {
  Deno.test(name, async () => {
    await using standin = await startStandin();
    await using home = await signedInHome(standin);
    await fn({ standin, home });
    // What is refused is noted, too.
    const violations = standin.violations.filter((text) =>
      !text.includes(": refused: ")
    );
    assert.deepEqual(violations, []);
  });
}

accountTest("meka status --json tells all of the contract", async (place) => {
  const { standin, home } = place;
  const ended = await meka(place, ["status", "--json"]);
  assert.equal(ended.code, 0, ended.stderr);
  assert.equal(ended.stderr, "");
  const row = storedTokens(home);
  const now = Math.floor((standin.requests[0]?.at ?? 0) / 1000);
  const told = json(ended);
  assert.ok(Math.abs(Number(told.limits_told_at) - now) <= 5);
  assert.deepEqual({ ...told, limits_told_at: now }, {
    provider: "openai-codex",
    model: "gpt-5",
    effort: "high",
    base_url: standin.baseUrl.href,
    signed_in: true,
    account: {
      email: "person@example.com",
      plan: "plus",
      id: "7a1f0b52-4c3d-4e8f-9a6b-0d2c4e6f8a10",
    },
    token: {
      expires_at: row?.expiresAt,
      refreshed_at: Math.floor((row?.refreshedAt ?? 0) / 1000),
    },
    limits: {
      primary: {
        used_percent: 15,
        window_minutes: 300,
        resets_at: now + 17_778,
      },
      secondary: {
        used_percent: 60,
        window_minutes: 10_080,
        resets_at: now + 259_200,
      },
    },
    limits_told_at: now,
    credits: { has_credits: false, unlimited: false, balance: "0" },
    origins: {
      provider: "default",
      model: "environment",
      effort: "default",
      base_url: "environment",
    },
  });
  assert.deepEqual(pathsOf(standin), ["/backend-api/wham/usage"]);
});

accountTest("meka status tells people the same", async (place) => {
  const { code, stdout, stderr } = await meka(place, ["status"]);
  assert.equal(code, 0, stderr);
  assert.equal(stderr, "");
  const lines = stdout.split("\n");
  const expected = [
    /^Provider {2}openai-codex \(default\)$/,
    /^Model {5}gpt-5 \(environment\)$/,
    /^Effort {4}high \(default\)$/,
    /^Base URL {2}http:\/\/127\.0\.0\.1:\d+\/ \(environment\)$/,
    /^Account {3}person@example\.com, plus, 7a1f0b52…$/,
    /^Token {5}expires \d{4}-\d\d-\d\d \d\d:\d\d \(in (59 min( \d+ s)?|1 h)\)$/,
    /^Refreshed \d{4}-\d\d-\d\d \d\d:\d\d \(.* ago\)$/,
    /^5-hour {4}██░{14} {3}15% used, resets \d{4}-\d\d-\d\d \d\d:\d\d \(in 4 h 57 min\)$/,
    /^Weekly {4}█{10}░{6} {3}60% used, resets \d{4}-\d\d-\d\d \d\d:\d\d \(in 3 days\)$/,
    /^Credits {3}none$/,
    /^$/,
  ];
  assert.equal(lines.length, expected.length, stdout);
  for (const [at, pattern] of expected.entries()) {
    assert.match(lines[at] ?? "", pattern);
    assert.ok((lines[at] ?? "").length <= 80);
  }
});

function pathsOf(standin: Standin): readonly string[] {
  return standin.requests.map(({ path }) => path);
}

/** The usage report, what a person reads of it, and its limits' percentages. */
const REPORTS: Readonly<
  Record<keyof typeof USAGE_REPORTS, readonly [RegExp, (number | null)[]]>
> = {
  ok: [/^Credits {3}none$/m, [15, 60]],
  both_exhausted: [/^Weekly {4}█{16} {2}100% used/m, [100, 100]],
  no_secondary: [/^5-hour {4}░{16} {2}0\.4% used/m, [0.4, null]],
  free: [/^Account {3}person@example\.com, free,/m, [80, null]],
  credits: [/^Credits {3}37\.50$/m, [15, 60]],
  unlimited_credits: [/^Credits {3}unlimited$/m, [15, 60]],
  nulls: [/^Limits {4}none told$/m, [null, null]],
  empty: [/^Limits {4}none told$/m, [null, null]],
};

for (const [outcome, [line, percents]] of Object.entries(REPORTS)) {
  accountTest(
    `meka status tells a usage report "${outcome}"`,
    async (place) => {
      place.standin.usagePlan(outcome);
      const text = await meka(place, ["status"]);
      assert.equal(text.code, 0, text.stderr);
      assert.match(text.stdout, line);
      const { limits, signed_in } = json(
        await meka(place, ["status", "--json"]),
      );
      assert.equal(signed_in, true);
      assert.deepEqual(
        ["primary", "secondary"].map((name) =>
          Object.entries(Object(limits)).find(([key]) => key === name)?.[1]
        ).map((window) => window === null ? null : Object(window).used_percent),
        percents,
      );
    },
  );
}

/** What goes wrong, and what the warning says. */
const FAILURES: readonly (readonly [
  Exclude<
    typeof USAGE_OUTCOMES[number] & typeof MODELS_OUTCOMES[number],
    "ok" | "empty" | "hang"
  >,
  RegExp,
  number,
])[] = [
  ["server_error", /The service failed \(status 500\)/, 5],
  ["not_json", /A web page came where the service's answer was due/, 5],
  ["challenge", /Cloudflare stopped the request .*ray ID/, 8],
  ["drop", /Cannot ask 127\.0\.0\.1:\d+ for the/, 5],
];

for (const [outcome, says] of FAILURES) {
  accountTest(
    `meka status keeps what it knows through "${outcome}"`,
    async (place) => {
      const { standin } = place;
      standin.usagePlan("ok", outcome);
      await meka(place, ["status"]);
      const { code, stdout, stderr } = await meka(place, ["status"]);
      assert.equal(code, 0, stderr);
      assert.match(stderr, /^warning: /);
      assert.match(stderr, says);
      assert.match(stdout, /^Account {3}person@example\.com, plus, /m);
      assert.match(stdout, / 15% used, resets /);
      const quiet = await meka(place, ["status", "-q", "--json"]);
      assert.equal(quiet.stderr, "");
      assert.equal(json(quiet).signed_in, true);
    },
  );
}

for (const [outcome, says, exit] of FAILURES) {
  accountTest(
    `meka models falls back to its list through "${outcome}"`,
    async (place) => {
      const { standin } = place;
      standin.modelsPlan(outcome, "ok", outcome);
      const without = await meka(place, ["models"]);
      assert.equal(without.code, exit, without.stderr);
      assert.equal(without.stdout, "");
      assert.match(without.stderr, says);
      const fresh = await meka(place, ["models", "--json"]);
      const kept = await meka(place, ["models", "--json"]);
      assert.equal(kept.code, 0, kept.stderr);
      assert.equal(kept.stdout, fresh.stdout);
      assert.match(kept.stderr, says);
      assert.match(kept.stderr, /^warning: The list of models is .* old$/m);
      assert.equal(standin.counts().models, 3);
    },
  );
}

Deno.test("a usage report and a list that never come end by Ctrl-C", async (t) => {
  await using standin = await startStandin();
  await using home = await signedInHome(standin);
  standin.usagePlan("hang");
  standin.modelsPlan("hang");
  for (const command of ["status", "models"]) {
    await t.step(command, async () => {
      standin.reset();
      standin.usagePlan("hang");
      standin.modelsPlan("hang");
      await using run = startMeka({ standin, home, args: [command] });
      await standin.until((requests) => requests.length === 1);
      run.kill("SIGINT");
      assert.equal((await run.ended).code, 130, run.stderr());
      assertPlainStderr(run.stderr(), 130);
    });
  }
});

accountTest(
  "a refused token is refreshed once, and then told",
  async (place) => {
    const { standin, home } = place;
    standin.invalidateAccessTokens();
    assert.equal((await meka(place, ["status"])).code, 0);
    assert.equal(standin.counts().refreshes, 1);
    standin.usagePlan("unauthorized");
    standin.modelsPlan("unauthorized");
    for (const command of ["status", "models"]) {
      const { code, stderr } = await meka(place, [command]);
      assert.equal(code, 3, stderr);
      assert.match(stderr, /`meka setup`/);
    }
    assert.notEqual(storedTokens(home), undefined);
  },
);

accountTest(
  "meka status with an expired token renews it and says when it ends",
  async (place) => {
    const { standin, home } = place;
    await signIn(home, standin.grant({ lifetimeSeconds: -10 }));
    const { stdout, code } = await meka(place, ["status"]);
    assert.equal(code, 0);
    assert.match(stdout, /^Token {5}expires .* \(in (59 min|1 h)/m);
    assert.match(stdout, /^Refreshed .* \((\d+|0\.\d) s ago\)$/m);
    assert.equal(standin.counts().refreshes, 1);
  },
);

accountTest(
  "meka status without a network tells what it kept, and its age",
  async (place) => {
    const { standin, home } = place;
    await signIn(home, standin.grant({ lifetimeSeconds: 900 }));
    standin.play("limit_headers");
    assert.equal((await meka(place, [PROMPT])).code, 0);
    exec(home, "UPDATE limits SET told_at = told_at - 7200000");
    exec(home, "UPDATE oauth_tokens SET expires_at = expires_at - 1000");
    const { code, stdout, stderr } = await meka(place, ["status"], {
      env: AWAY,
    });
    assert.equal(code, 0, stderr);
    assert.match(
      stderr,
      /^warning: Cannot refresh the sign-in: no connection to "127\.0\.0\.1:2": connection refused\. /,
    );
    assert.match(stdout, /^Token {5}expired .* ago\)$/m);
    assert.match(stdout, /^5-hour {4}██░{14} {3}12% used, resets /m);
    assert.match(stdout, /^As of {5}.* \(2 h( \d min)? ago\)$/m);
    const told = json(
      await meka(place, ["status", "--json", "-q"], { env: AWAY }),
    );
    const age = Date.now() / 1000 - Number(told.limits_told_at);
    assert.ok(age >= 7200 && age < 7400);
  },
);

accountTest(
  "windows that have ended meanwhile are not told as used",
  async (place) => {
    const { home } = place;
    assert.equal((await meka(place, ["status"])).code, 0);
    exec(
      home,
      "UPDATE limits SET usage = json_set(usage, '$.limits.primary.resetsAt', 1000000000, '$.limits.primary.usedPercent', 99)",
    );
    const away = { env: { MEKA_BASE_URL: NOWHERE } };
    const { stdout } = await meka(place, ["status"], away);
    assert.match(stdout, /^5-hour {4}has started anew since then$/m);
    const args = ["status", "--fail-over", "60"];
    assert.equal((await meka(place, args, away)).code, 0);
  },
);

for (const args of [["status"], ["status", "--json"]]) {
  Deno.test(`meka ${args.join(" ")} of nobody exits 3 and tells the settings`, async () => {
    await using standin = await startStandin();
    await using home = await makeHome();
    const ended = await meka({ standin, home }, args);
    assert.equal(ended.code, 3);
    assert.match(
      ended.stderr,
      /^meka: Not signed in to ChatGPT\nRun `meka setup`\n$/,
    );
    if (args.length === 1) {
      assert.match(ended.stdout, /^Account {3}not signed in$/m);
      assert.match(ended.stdout, /^Model {5}gpt-5 \(environment\)$/m);
      assert.doesNotMatch(ended.stdout, /^Token/m);
    } else {
      const told = json(ended);
      assert.equal(told.signed_in, false);
      assert.equal(told.provider, "openai-codex");
      assert.equal(told.model, "gpt-5");
      assert.deepEqual(told.account, { email: null, plan: null, id: null });
      assert.deepEqual(told.token, { expires_at: null, refreshed_at: null });
      assert.deepEqual(told.limits, { primary: null, secondary: null });
    }
    assert.deepEqual(standin.requests, []);
  });
}

accountTest(
  "meka status of a refused sign-in says whose it was",
  async (place) => {
    const { standin, home } = place;
    await signIn(home, standin.grant({ lifetimeSeconds: -10 }));
    standin.refreshPlan("invalidated");
    const text = await meka(place, ["status"]);
    assert.equal(text.code, 3, text.stderr);
    assert.match(
      text.stdout,
      /^Account {3}not signed in \(person@example\.com\)$/m,
    );
    const ended = await meka(place, ["status", "--json"]);
    assert.equal(ended.code, 3);
    assert.equal(json(ended).signed_in, false);
    assert.equal(standin.counts().usage, 0);
  },
);

Deno.test("meka status takes the token of the environment for what it is", async () => {
  await using standin = await startStandin();
  await using home = await makeHome();
  const tokens = standin.grant({ email: "eve@example.com", plan: "pro" });
  const env = { OPENAI_CODEX_TOKEN: tokens.accessToken };
  const place = { standin, home };
  const { code, stdout, stderr } = await meka(place, ["status"], { env });
  assert.equal(code, 0, stderr);
  assert.match(stdout, /^Account {3}eve@example\.com, pro, 7a1f0b52…$/m);
  assert.match(stdout, /^Token {5}expires .*, from OPENAI_CODEX_TOKEN$/m);
  assert.doesNotMatch(stdout, /^Refreshed/m);
  const told = json(await meka(place, ["status", "--json"], { env }));
  assert.equal(told.signed_in, true);
  assert.equal(storedTokens(home), undefined);
  standin.invalidateAccessTokens();
  const refused = await meka(place, ["status"], { env });
  assert.equal(refused.code, 3);
  assert.match(refused.stderr, /`OPENAI_CODEX_TOKEN`/);
});

/** Arguments, the usage report, the exit status. */
const FAIL_OVER: readonly (readonly [string, string, number])[] = [
  ["60", "ok", 0],
  ["59", "ok", 4],
  ["59.9%", "ok", 4],
  ["100", "both_exhausted", 0],
  ["99.5", "both_exhausted", 4],
  ["0", "no_secondary", 4],
  ["80", "free", 0],
  ["79", "free", 4],
  ["50", "empty", 0],
  ["50", "server_error", 5],
  ["101", "ok", 2],
  ["-1", "ok", 2],
  ["%", "ok", 2],
  ["0x10", "ok", 2],
  ["1e1", "ok", 2],
  ["", "ok", 2],
  ["many", "ok", 2],
];

for (const [percent, outcome, exit] of FAIL_OVER) {
  accountTest(
    `meka status --fail-over=${percent} exits ${exit} with "${outcome}"`,
    async (place) => {
      place.standin.usagePlan(outcome);
      const args = ["status", "--json", `--fail-over=${percent}`];
      const ended = await meka(place, args);
      assert.equal(ended.code, exit, ended.stderr);
      if (exit === 2) {
        assert.match(ended.stderr, /`--fail-over` must be a percentage/);
        return;
      }
      assert.equal(json(ended).signed_in, true);
      if (exit !== 4) return;
      assert.match(
        ended.stderr,
        /^meka: The (5-hour|weekly) window is [\d.]+% used, which is over [\d.]+%; it resets at \d{4}-\d\d-\d\d \d\d:\d\d, in .+\n$/,
      );
    },
  );
}

accountTest("meka models --json has the contract's fields", async (place) => {
  const { standin } = place;
  const ended = await meka(place, ["models", "--json"]);
  assert.equal(ended.code, 0, ended.stderr);
  assert.equal(ended.stderr, "");
  const { models } = json(ended);
  assert.deepEqual(Object(models)[0], {
    id: "gpt-6.1-sol",
    name: "GPT-6.1 Sol",
    efforts: ["low", "medium", "high", "xhigh", "max", "ultra"],
    default_effort: "low",
    context_window: 372_000,
    modalities: ["text", "image"],
  });
  assert.deepEqual(
    [...Object(models)].map((model) => Object(model).id),
    [
      "gpt-6.1-sol",
      "gpt-6-astra",
      "gpt-5.5",
      "gpt-6-luna",
      "gpt-5",
      "gpt-5.4-spark",
    ],
  );
  const [request] = standin.requests;
  assert.equal(request?.search, "?client_version=0.169.0");
});

accountTest(
  "meka models lists a model a line, tab-separated in a pipe",
  async (place) => {
    const { stdout } = await meka(place, ["models"]);
    const [first, ...rest] = stdout.trimEnd().split("\n");
    assert.equal(
      first,
      "gpt-6.1-sol\t372k\ttext image\tlow* medium high xhigh max ultra",
    );
    assert.equal(rest.length, 5);
  },
);

accountTest("a list without models, and one without an end", async (place) => {
  const { standin } = place;
  standin.modelsPlan("empty", "huge");
  const empty = await meka(place, ["models", "--json"]);
  assert.equal(empty.code, 0);
  assert.deepEqual(json(empty).models, []);
  assert.equal(empty.stderr, "warning: The account has no models\n");
  const huge = await meka(place, ["models"]);
  assert.equal(huge.code, 0, huge.stderr);
  assert.match(huge.stderr, /far longer than any/);
  await standin.until(([, request]) => request?.aborted === true);
});

Deno.test("meka models of nobody exits 3", async () => {
  await using standin = await startStandin();
  await using home = await makeHome();
  const { code, stdout, stderr } = await meka({ standin, home }, ["models"]);
  assert.equal(code, 3);
  assert.equal(stdout, "");
  assert.match(stderr, /Not signed in/);
});

const EVIL = "\x1b[31m\u202e\u0085\r\n\tred";

Deno.test("what the service writes cannot drive a terminal", async () => {
  await using standin = await startStandin({ email: EVIL, plan: EVIL });
  await using home = await signedInHome(standin);
  const [model] = MODELS;
  assert.ok(model);
  standin.useModels([
    { ...model, slug: EVIL },
    { ...model, slug: "", display_name: "nameless" },
    {
      ...model,
      slug: "odd",
      display_name: EVIL,
      supported_reasoning_levels: [EVIL, 1, null, { effort: 5 }],
      default_reasoning_level: {},
      context_window: 1.5,
      input_modalities: [EVIL, 7],
      priority: "first",
    },
    { ...model, slug: "odd", display_name: "twice" },
  ]);
  const place = { standin, home };
  for (const args of [["status"], ["models"], ["logout"]]) {
    const { code, stdout, stderr } = await meka(place, args);
    assert.equal(code, 0, stderr);
    // deno-lint-ignore no-control-regex -- these are what must not be there
    assert.doesNotMatch(stdout, /[\x00-\x08\x0b-\x1f\x7f-\x9f\u202e]/);
    if (args[0] === "models") {
      assert.equal(stdout, "odd\t\t[31m red\t[31m red\n");
    }
  }
});

/** Sends one turn, and gives the body that the service got. */
async function turn(
  place: Place,
  ...args: string[]
): Promise<Record<string, unknown>> {
  const { code, stderr } = await meka(place, [...args, PROMPT]);
  assert.equal(code, 0, stderr);
  const last = place.standin.requests.at(-1);
  assert.equal(last?.path, "/backend-api/codex/responses");
  return JSON.parse(last.body);
}

accountTest(
  "a turn makes no request but its own, with a list or without, old or new",
  async (place) => {
    const { standin, home } = place;
    await turn(place, "-m", "gpt-5");
    await meka(place, ["models"]);
    const [first] = MODELS;
    assert.ok(first);
    standin.useModels([first]);
    exec(home, "UPDATE catalogues SET told_at = 0");
    await turn(place, "-m", "gpt-5.5");
    await turn(place, "-m", "brand-new");
    assert.deepEqual(
      pathsOf(standin).filter((path) => !/responses/.test(path)),
      [
        "/backend-api/codex/models",
      ],
    );
  },
);

Deno.test("a lite model gets the lite shape once the list is known", async () => {
  await using standin = await startStandin({ strictLite: true });
  await using home = await signedInHome(standin);
  const place = { standin, home };
  const before = await meka(place, ["-m", "gpt-6-luna", "-e", "low", PROMPT]);
  assert.equal(before.code, 6);
  await meka(place, ["models"]);
  standin.reset();
  const body = await turn(place, "-m", "gpt-6-luna", "-e", "low");
  assert.equal("instructions" in body, false);
  assert.equal("tools" in body, false);
  assert.equal(body.parallel_tool_calls, false);
  assert.deepEqual(body.reasoning, {
    effort: "low",
    summary: "auto",
    context: "all_turns",
  });
  const { headers } = standin.requests.at(-1) ?? {};
  assert.equal(headers?.get("x-openai-internal-codex-responses-lite"), "true");
  assert.ok(!JSON.stringify(body).includes(INSTRUCTIONS_MARK));

  const classic = await turn(place, "-m", "gpt-5");
  assert.equal(typeof classic.instructions, "string");
  assert.deepEqual(standin.violations, []);
});

/** Arguments, the effort that is sent. */
const EFFORTS: readonly (readonly [readonly string[], string])[] = [
  [["-m", "gpt-6.1-sol", "-e", "ultra"], "xhigh"],
  [["-m", "gpt-6-astra", "-e", "ultra"], "max"],
  [["-m", "gpt-5.5", "-e", "ultra"], "xhigh"],
  [["-m", "gpt-5.5"], "high"],
  [["-m", "gpt-6-luna"], "medium"],
  [["-m", "gpt-6-luna", "-e", "none"], "none"],
  [["-m", "gpt-5-hidden"], "medium"],
  [["-m", "brand-new", "-e", "max"], "max"],
];

Deno.test("efforts are sent as the list has them", async (t) => {
  await using standin = await startStandin();
  await using home = await signedInHome(standin);
  const place = { standin, home };
  await meka(place, ["models"]);
  for (const [args, effort] of EFFORTS) {
    await t.step(args.join(" "), async () => {
      const { reasoning } = await turn(place, ...args);
      assert.equal(Object(reasoning).effort, effort);
    });
  }
  assert.deepEqual(standin.violations, []);
});

Deno.test("an effort that the model does not offer is an error that lists those it does", async (t) => {
  await using standin = await startStandin();
  await using home = await signedInHome(standin);
  const place = { standin, home };
  await meka(place, ["models"]);
  standin.reset();
  const cases: readonly (readonly [
    readonly string[],
    Readonly<Record<string, string>>,
    string,
  ])[] = [
    [["-m", "gpt-6-luna", "-e", "high"], {}, "none, low, medium"],
    [["-m", "gpt-5", "-e", "ultra"], {}, "minimal, low, medium, high"],
    [["-m", "gpt-5", "-e", "max"], {}, "minimal, low, medium, high"],
    [["-m", "gpt-6-luna"], { MEKA_EFFORT: "max" }, "none, low, medium"],
  ];
  for (const [args, env, offers] of cases) {
    await t.step(JSON.stringify([args, env]), async () => {
      const text = await meka(place, [...args, PROMPT], { env });
      assert.equal(text.code, 2, text.stderr);
      assert.equal(text.stdout, "");
      assert.match(text.stderr, /^meka: The model "gpt-\S+" does not offer/);
      assert.ok(text.stderr.includes(`it offers: ${offers}\n`), text.stderr);
      const ended = await meka(place, ["--json", ...args, PROMPT], { env });
      assert.equal(ended.code, 2);
      assert.equal(json(ended).type, "error");
    });
  }
  assert.deepEqual(standin.requests, []);
});

for (const model of ["no-such-model", "gpt-5.3-codex", "gpt-5.6-luna"]) {
  accountTest(
    `a refusal of ${model} names the models that the account has`,
    async (place) => {
      const unknown = await meka(place, ["-m", model, PROMPT]);
      assert.equal(unknown.code, 6);
      assert.match(unknown.stderr, /`meka models` lists those of your account/);
      await meka(place, ["models"]);
      const { code, stderr } = await meka(place, ["-m", model, PROMPT]);
      assert.equal(code, 6);
      assert.match(
        stderr,
        /your account has: gpt-6\.1-sol, gpt-6-astra, gpt-5\.5, gpt-6-luna, gpt-5, gpt-5\.4-spark$/m,
      );
    },
  );
}

accountTest(
  "lists and limits are those of the account that is signed in",
  async (place) => {
    const { standin, home } = place;
    await meka(place, ["models"]);
    await meka(place, ["status"]);
    const other = standin.grant({ accountId: "another-account" });
    await signIn(home, other);
    const away = { env: { MEKA_BASE_URL: NOWHERE } };
    const { stdout } = await meka(place, ["status"], away);
    assert.match(stdout, /^Limits {4}not known$/m);
    assert.equal((await meka(place, ["models"], away)).code, 5);
  },
);

/** Every file below a folder, as bytes in a string. */
async function* contents(folder: string): AsyncGenerator<[string, string]> {
  for await (const { name, isDirectory } of Deno.readDir(folder)) {
    const path = `${folder}/${name}`;
    if (isDirectory) yield* contents(path);
    else {yield [
        path,
        new TextDecoder("latin1").decode(await Deno.readFile(path)),
      ];}
  }
}

for (const args of [["logout"], ["logout", "openai-codex", "--revoke"]]) {
  accountTest(
    `meka ${args.join(" ")} leaves no byte of any token`,
    async (place) => {
      const { standin, home } = place;
      const secrets = new Set<string>();
      // Tokens that were replaced lie in other pages than the last ones.
      for (let round = 0; round < 4; round++) {
        await signIn(home, standin.grant({ lifetimeSeconds: -10 }));
        for (const secret of secretsOf(standin, home)) secrets.add(secret);
        await turn(place);
        await meka(place, ["models"]);
        for (const secret of secretsOf(standin, home)) secrets.add(secret);
      }
      assert.ok(secrets.size > 30);
      const { code, stdout, stderr } = await meka(place, args);
      assert.equal(code, 0, stderr);
      assert.equal(stdout, "");
      assert.match(
        stderr,
        /^The sign-in of person@example\.com is forgotten on this machine\.\n/,
      );
      assert.match(
        stderr,
        args.length === 1
          ? /The issuer was not told/
          : /other programs that use the same sign-in may be signed out, too\.\n$/,
      );
      assert.equal(standin.counts().revokes, args.length === 1 ? 0 : 1);
      for await (const [path, text] of contents(home.folder)) {
        assertNoSecret(text, secrets, path);
        assert.ok(!text.includes("person@example.com"), path);
      }
      assert.equal((await meka(place, [PROMPT])).code, 3);
      const again = await meka(place, args);
      assert.equal(again.code, 0);
      assert.equal(
        again.stderr,
        "There was no sign-in of openai-codex to forget.\n",
      );
    },
  );
}

for (const outcome of REVOKE_OUTCOMES) {
  // 10 seconds of patience are tested where the clock is not a real one.
  if (outcome === "ok" || outcome === "hang") continue;
  accountTest(
    `meka logout --revoke forgets the sign-in when the issuer answers "${outcome}"`,
    async (place) => {
      const { standin, home } = place;
      standin.revokePlan(outcome);
      const { code, stderr } = await meka(place, ["logout", "--revoke"]);
      assert.equal(code, 0, stderr);
      assert.match(stderr, /^warning: Cannot revoke the sign-in: /);
      assert.match(stderr, /security settings\n/);
      assert.match(stderr, /is forgotten on this machine\.\n$/);
      assert.equal(storedTokens(home), undefined);
      assert.equal(standin.counts().revokes, 1);
    },
  );
}

accountTest(
  "Ctrl-C while the issuer is asked keeps nothing",
  async ({ standin, home }) => {
    standin.revokePlan("hang");
    const args = ["logout", "--revoke"];
    await using run = startMeka({ standin, home, args });
    await standin.until((requests) => requests.length === 1);
    run.kill("SIGINT");
    assert.equal((await run.ended).code, 130);
    assert.equal(storedTokens(home), undefined);
  },
);

Deno.test("meka logout of nobody, of somebody unknown, and without a network", async () => {
  await using standin = await startStandin();
  await using home = await makeHome();
  const place = { standin, home };
  const nobody = await meka(place, ["logout"]);
  assert.equal(nobody.code, 0);
  assert.equal(nobody.stdout, "");
  assert.match(nobody.stderr, /There was no sign-in of openai-codex/);
  const unknown = await meka(place, ["logout", "gemini"]);
  assert.equal(unknown.code, 2);
  assert.match(unknown.stderr, /"gemini"; there are: openai-codex/);
  await signIn(home, standin.grant());
  const away = await meka(place, ["logout", "--revoke"], { env: AWAY });
  assert.equal(away.code, 0, away.stderr);
  assert.match(away.stderr, /^warning: Cannot revoke the sign-in: no connect/);
  assert.equal(storedTokens(home), undefined);
  const quiet = await meka(place, ["logout", "-q"]);
  assert.equal(quiet.stderr, "");
});

accountTest(
  "meka logout says that the environment still holds a token",
  async (place) => {
    const { standin } = place;
    const env = { OPENAI_CODEX_TOKEN: standin.grant().accessToken };
    const { code, stderr } = await meka(place, ["logout"], { env });
    assert.equal(code, 0, stderr);
    assert.match(stderr, /^warning: `OPENAI_CODEX_TOKEN` is set/m);
  },
);

/** What became of the store, and the exit status of status, models and logout. */
const STORES: readonly (readonly [
  string,
  (home: Home) => Promise<void> | void,
  readonly [number, number, number],
])[] = [
  ["is newer", (home) => exec(home, "PRAGMA user_version = 99"), [1, 1, 1]],
  [
    "is damaged",
    (home) => Deno.writeTextFile(home.database, "x".repeat(5000)),
    [3, 3, 3],
  ],
  [
    "has lost its tokens",
    (home) => exec(home, "DROP TABLE oauth_tokens"),
    [3, 3, 1],
  ],
  [
    "has lost its limits and its lists",
    (home) =>
      exec(home, "DROP TABLE limits; DROP TABLE models; DROP TABLE catalogues"),
    [0, 0, 1],
  ],
];

for (const [what, spoil, [status, models, logout]] of STORES) {
  Deno.test(`a store that ${what} is told by status, models and logout`, async () => {
    await using standin = await startStandin();
    await using home = await signedInHome(standin);
    const { accessToken } = standin.grant();
    await spoil(home);
    const run = async (
      args: readonly string[],
      env: Readonly<Record<string, string>> = {},
    ): Promise<Ended> => {
      const ended = await runMeka({ standin, home, args, env });
      assertPlainStderr(ended.stderr, ended.code);
      assert.doesNotMatch(ended.stderr, /Something went wrong/);
      return ended;
    };
    const codes = [
      await run(["status"]),
      await run(["models"]),
      await run(["logout"]),
    ].map(({ code }) => code);
    assert.deepEqual(codes, [status, models, logout]);
    // A token from the environment needs no store.
    const env = { OPENAI_CODEX_TOKEN: accessToken };
    for (const command of ["status", "models"]) {
      const { code, stderr } = await run([command], env);
      assert.equal(code, 0, stderr);
    }
  });
}

function exec(home: Home, sql: string): void {
  using database = new DatabaseSync(home.database);
  database.exec(sql);
}
