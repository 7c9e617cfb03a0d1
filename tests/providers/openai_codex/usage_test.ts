// deno-lint-ignore-file camelcase -- names are the server's
import assert from "node:assert/strict";
import { USAGE_REPORTS } from "../../../scripts/standin/usage_reports.ts";
import type { Access } from "../../../src/message.ts";
import { usage } from "../../../src/providers/openai_codex/usage.ts";

const ACCESS: Access = {
  baseUrl: new URL("https://gate.example/x/"),
  credential: {
    type: "oauth",
    accessToken: "at_secret",
    accountId: "acc_1",
    fedramp: true,
  },
  userAgent: "meka_cli/0",
  turnState: "not for this",
  reduced: false,
  signal: AbortSignal.any([]),
};

Deno.test("usage.encode() asks below the base URL's path, with the account", () => {
  const request = usage.encode(ACCESS);
  assert.equal(request.url, "https://gate.example/x/backend-api/wham/usage");
  assert.deepEqual(Object.fromEntries(request.headers), {
    "accept": "application/json",
    "authorization": "Bearer at_secret",
    "chatgpt-account-id": "acc_1",
    "originator": "meka_cli",
    "user-agent": "meka_cli/0",
    "x-openai-fedramp": "true",
  });
});

const NOW = 1_800_000_000_000;
const FIVE_HOURS = { windowMinutes: 300, resetsAt: 1_800_017_778 };
const WEEK = { windowMinutes: 10_080, resetsAt: 1_800_259_200 };
const NO_CREDITS = { hasCredits: false, unlimited: false, balance: "0" };
const NONE = { primary: undefined, secondary: undefined };

const REPORTS: Readonly<
  Record<keyof typeof USAGE_REPORTS, ReturnType<typeof usage.read>>
> = {
  ok: {
    plan: "pro",
    limits: {
      primary: { usedPercent: 15, ...FIVE_HOURS },
      secondary: { usedPercent: 60, ...WEEK },
    },
    credits: NO_CREDITS,
  },
  both_exhausted: {
    plan: "pro",
    limits: {
      primary: { usedPercent: 100, ...FIVE_HOURS },
      secondary: { usedPercent: 100, ...WEEK },
    },
    credits: NO_CREDITS,
  },
  no_secondary: {
    plan: "pro",
    limits: {
      primary: { usedPercent: 0.4, ...FIVE_HOURS },
      secondary: undefined,
    },
    credits: NO_CREDITS,
  },
  free: {
    plan: "free",
    limits: { primary: { usedPercent: 80, ...WEEK }, secondary: undefined },
    credits: undefined,
  },
  credits: {
    plan: "pro",
    limits: {
      primary: { usedPercent: 15, ...FIVE_HOURS },
      secondary: { usedPercent: 60, ...WEEK },
    },
    credits: { hasCredits: true, unlimited: false, balance: "37.50" },
  },
  unlimited_credits: {
    plan: "pro",
    limits: {
      primary: { usedPercent: 15, ...FIVE_HOURS },
      secondary: { usedPercent: 60, ...WEEK },
    },
    credits: { hasCredits: true, unlimited: true, balance: undefined },
  },
  nulls: { plan: "pro", limits: NONE, credits: undefined },
  empty: { plan: undefined, limits: NONE, credits: undefined },
};

for (const [name, report] of Object.entries(USAGE_REPORTS)) {
  Deno.test(`usage.read() reads the report "${name}"`, () => {
    const body = JSON.stringify(report({ plan: "pro", now: NOW }));
    const expected = Object.entries(REPORTS).find(([key]) => key === name);
    assert.deepEqual(usage.read(body, new Headers()), expected?.[1]);
  });
}

/** A window, and what is made of it. */
const WINDOWS: readonly (readonly [unknown, unknown])[] = [
  [{ used_percent: 0, limit_window_seconds: 0, reset_at: 0 }, undefined],
  [{ used_percent: "12" }, undefined],
  [{ used_percent: null, reset_at: 5 }, undefined],
  [{ used_percent: 12 }, {
    usedPercent: 12,
    windowMinutes: undefined,
    resetsAt: undefined,
  }],
  [{ used_percent: 0, limit_window_seconds: 100 }, {
    usedPercent: 0,
    windowMinutes: 2,
    resetsAt: undefined,
  }],
  [{ used_percent: 1, reset_at: "soon" }, {
    usedPercent: 1,
    windowMinutes: undefined,
    resetsAt: undefined,
  }],
  ["12%", undefined],
  [[], undefined],
];

for (const [window, expected] of WINDOWS) {
  Deno.test(`usage.read() makes ${JSON.stringify(expected)} of the window ${JSON.stringify(window)}`, () => {
    const body = JSON.stringify({ rate_limit: { primary_window: window } });
    const { limits } = usage.read(body, new Headers());
    assert.deepEqual(limits.primary, expected);
  });
}

for (const body of ["", "[]", "null", "<html>", '"x"']) {
  Deno.test(`usage.read() refuses ${JSON.stringify(body)}`, () => {
    assert.throws(() => usage.read(body, new Headers()), {
      kind: "network",
      message: "The plan's usage cannot be read",
    });
  });
}
