// deno-lint-ignore-file camelcase -- names are the server's
import assert from "node:assert/strict";
import { status } from "../../src/commands/status.ts";
import { MekaError } from "../../src/errors.ts";
import { formatLocalTime } from "../../src/http/backoff.ts";
import { accountPlace, NOW, TOKEN } from "../support/account_place.ts";
import { type Reply, silence } from "../support/scripted_fetch.ts";

const SECONDS = NOW / 1000;

/** A usage report with these windows. */
function report(
  primary: unknown,
  secondary: unknown = null,
  more: Readonly<Record<string, unknown>> = {},
): Reply {
  return () =>
    Response.json({
      plan_type: "pro",
      rate_limit: { primary_window: primary, secondary_window: secondary },
      ...more,
    });
}

function window(
  used_percent: number,
  left: number,
  limit_window_seconds = 18_000,
): unknown {
  return { used_percent, limit_window_seconds, reset_at: SECONDS + left };
}

const at = (ms: number): string => formatLocalTime(NOW + ms);

Deno.test("status() tells every fact on a line of its own, at most 80 wide", async () => {
  await using place = await accountPlace({
    replies: [
      report(window(99.96, 17_970), window(7, 600_000, 604_800), {
        credits: { has_credits: true, unlimited: false, balance: "3" },
      }),
    ],
  });
  assert.equal(await status(place.context()), 0);
  assert.equal(
    place.host.stdout(),
    `Provider  openai-codex (default)
Model     gpt-x (environment)
Effort    high (default)
Base URL  https://chatgpt.com/ (default)
Account   someone@example.com, pro, acct
Token     expires ${at(1e11)} (in 1157 days 10 h)
Refreshed ${at(-3_600_000)} (1 h ago)
5-hour    ████████████████  100% used, resets ${at(17_970_000)} (in 5 h)
Weekly    █░░░░░░░░░░░░░░░    7% used, resets ${
      at(600_000_000)
    } (in 6 days 23 h)
Credits   3
`,
  );
  for (const line of place.host.stdout().split("\n")) {
    assert.ok(line.length <= 80, line);
  }
  assert.equal(place.host.stderr(), "");
});

/** A window, and its line after the name. */
const WINDOWS: readonly (readonly [unknown, string])[] = [
  [window(0.04, 60), "░░░░░░░░░░░░░░░░    0% used, resets"],
  [window(50, 60), "████████░░░░░░░░   50% used, resets"],
  [window(250, 60), "████████████████  250% used, resets"],
  [window(-3, 60), "░░░░░░░░░░░░░░░░   -3% used, resets"],
  [window(50, 0), "has started anew since then"],
  [window(50, -9), "has started anew since then"],
  [
    { used_percent: 50, limit_window_seconds: 18_000 },
    "████████░░░░░░░░   50% used\n",
  ],
  [
    { used_percent: 50, limit_window_seconds: 18_000, reset_at: 1e300 },
    "████████░░░░░░░░   50% used, resets an unknown time",
  ],
];

for (const [told, line] of WINDOWS) {
  Deno.test(`status() tells the window ${JSON.stringify(told)}`, async () => {
    await using place = await accountPlace({ replies: [report(told)] });
    await status(place.context());
    assert.ok(
      place.host.stdout().includes(`5-hour    ${line}`),
      place.host.stdout(),
    );
  });
}

const EVIL = "\x1b]0;x\x07\u202e\nred";

Deno.test("status() shows what the service says as one harmless line each", async () => {
  await using place = await accountPlace({
    row: { email: EVIL },
    terminal: true,
    replies: [
      report(null, null, {
        plan_type: EVIL,
        credits: { has_credits: true, unlimited: false, balance: EVIL },
      }),
      report(null, null, { plan_type: "\u009b31m\u202e" }),
    ],
  });
  await status(place.context());
  const lines = place.host.stdout().split("\n");
  assert.ok(lines.includes("Credits   ]0;x red"), place.host.stdout());
  assert.equal(lines.filter((line) => line.startsWith("Account")).length, 1);
  // deno-lint-ignore no-control-regex -- these are what must not be there
  const control = /[\x00-\x09\x0b-\x1f\x7f-\x9f\u202e]/;
  assert.doesNotMatch(place.host.stdout(), control);
  place.host.written.length = 0;
  await status(place.context({ json: "" }));
  assert.doesNotMatch(place.host.stdout(), control);
  assert.equal(
    JSON.parse(place.host.stdout()).account.email,
    "\x1b]0;x\x07\nred",
  );
});

Deno.test("status() says where each setting came from", async () => {
  await using place = await accountPlace({
    files: {
      "/config/config.toml":
        '[provider]\nname = "openai-codex"\neffort = "low"\nmodel = "m-file"\n',
    },
    replies: [report(null)],
  });
  const given = { "base-url": "https://gate.example" };
  await status(place.context({ ...given, json: "" }));
  const { origins, model, effort, base_url } = JSON.parse(place.host.stdout());
  assert.deepEqual(origins, {
    provider: "file",
    model: "environment",
    effort: "file",
    base_url: "flag",
  });
  assert.deepEqual([model, effort, base_url], [
    "gpt-x",
    "low",
    "https://gate.example/",
  ]);
});

Deno.test("status() without a model says so", async () => {
  await using place = await accountPlace({
    env: { MEKA_MODEL: "" },
    replies: [report(null), report(null)],
  });
  await status(place.context());
  assert.match(place.host.stdout(), /^Model {5}none$/m);
  place.host.written.length = 0;
  await status(place.context({ json: "" }));
  assert.equal(JSON.parse(place.host.stdout()).model, null);
});

Deno.test("status() gives up on a service that stays silent, and tells what it kept", async () => {
  await using place = await accountPlace({
    replies: [report(window(15, 60_000)), silence],
  });
  await status(place.context());
  place.host.written.length = 0;
  place.host.clock += 7_200_000;
  const asking = status(place.context());
  await place.host.sleeps(15_000);
  place.host.wake(15_000);
  assert.equal(await asking, 0);
  assert.equal(
    place.host.stderr(),
    "warning: No answer within 15 s from chatgpt.com\n",
  );
  assert.match(place.host.stdout(), /15% used/);
  assert.match(place.host.stdout(), /^As of {5}.* \(2 h ago\)$/m);
});

Deno.test("status() of nobody throws after telling what can be told", async () => {
  for (const given of [{}, { json: "" }]) {
    await using place = await accountPlace({ row: false });
    await assert.rejects(status(place.context(given)), { kind: "auth" });
    const [output, ...more] =
      place.ending(new MekaError("auth", "Not signed in")) ?? [];
    assert.deepEqual(more, []);
    assert.equal(output?.to, "stdout");
    assert.match(output.text, /not signed in|"signed_in":false/);
  }
});

Deno.test("status() --fail-over does not count a window that has ended", async () => {
  await using place = await accountPlace({
    replies: [
      report(window(99, 100), window(20, 60_000, 604_800)),
      () => Promise.reject(new TypeError("connection refused")),
    ],
  });
  const given = { "fail-over": "50" };
  await assert.rejects(status(place.context(given)), {
    kind: "limit",
    retryAt: NOW + 100_000,
  });
  assert.deepEqual(place.ending(new MekaError("limit", "x")), []);
  place.host.clock += 101_000;
  assert.equal(await status(place.context(given)), 0);
});

Deno.test("status() of a token from the environment stores nothing without a store", async () => {
  await using place = await accountPlace({
    row: false,
    env: { OPENAI_CODEX_TOKEN: TOKEN },
    replies: [report(window(1, 60))],
  });
  assert.equal(await status(place.context()), 0);
  assert.match(
    place.host.stdout(),
    /^Account {3}acct@example\.com, pro, acct$/m,
  );
  assert.match(place.host.stdout(), /, from OPENAI_CODEX_TOKEN$/m);
});
