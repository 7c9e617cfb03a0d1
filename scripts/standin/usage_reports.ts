// deno-lint-ignore-file camelcase -- names are the server's
import {
  FIVE_HOURS,
  type LimitFacts,
  PRIMARY_RESET,
  SECONDARY_RESET,
  WEEK,
} from "./limits.ts";

type Report = Record<string, unknown>;

const NO_CREDITS = { has_credits: false, unlimited: false, balance: "0" };

/**
 * The answers of `/backend-api/wham/usage` by name (reference, section 14.3). `now` of a request is its `at`, so a test
 * can make exactly what was sent: `USAGE_REPORTS.credits({ plan, now: request.at })`.
 */
export const USAGE_REPORTS = {
  /** Both windows in use, no credits. */
  ok: (facts: LimitFacts): Report => report(facts),
  /** Both windows used up. */
  both_exhausted: (facts: LimitFacts): Report =>
    report(facts, {
      rate_limit: {
        allowed: false,
        limit_reached: true,
        primary_window: primary(facts, 100),
        secondary_window: secondary(facts, 100),
      },
      rate_limit_reached_type: "rate_limit_reached",
    }),
  /** The long window is null, and the short one has a fraction of a percent. */
  no_secondary: (facts: LimitFacts): Report =>
    report(facts, {
      rate_limit: {
        allowed: true,
        limit_reached: false,
        primary_window: primary(facts, 0.4),
        secondary_window: null,
      },
    }),
  /** The free plan, whatever the claims say: one window of a week, in the place of the short one. */
  free: (facts: LimitFacts): Report =>
    report({ ...facts, plan: "free" }, {
      rate_limit: {
        allowed: true,
        limit_reached: false,
        primary_window: secondary(facts, 80),
        secondary_window: null,
      },
      credits: null,
    }),
  /** Credits, as the text that the service writes. */
  credits: (facts: LimitFacts): Report =>
    report(facts, {
      credits: { has_credits: true, unlimited: false, balance: "37.50" },
    }),
  /** Credits without an end or a balance. */
  unlimited_credits: (facts: LimitFacts): Report =>
    report(facts, {
      credits: { has_credits: true, unlimited: true, balance: null },
    }),
  /** Every field there and nothing in it. */
  nulls: (facts: LimitFacts): Report =>
    report(facts, {
      rate_limit: null,
      credits: null,
      spend_control: null,
    }),
  /** An object without fields. */
  empty: (): Report => ({}),
} satisfies Readonly<Record<string, (facts: LimitFacts) => Report>>;

function report(facts: LimitFacts, changes: Report = {}): Report {
  return {
    plan_type: facts.plan,
    rate_limit: {
      allowed: true,
      limit_reached: false,
      primary_window: primary(facts, 15),
      secondary_window: secondary(facts, 60),
    },
    credits: NO_CREDITS,
    spend_control: { reached: false },
    rate_limit_reached_type: null,
    ...changes,
  };
}

function primary({ now }: LimitFacts, used_percent: number): Report {
  return {
    used_percent,
    limit_window_seconds: FIVE_HOURS * 60,
    reset_after_seconds: PRIMARY_RESET,
    reset_at: Math.floor(now / 1000) + PRIMARY_RESET,
  };
}

function secondary({ now }: LimitFacts, used_percent: number): Report {
  return {
    used_percent,
    limit_window_seconds: WEEK * 60,
    reset_after_seconds: SECONDARY_RESET,
    reset_at: Math.floor(now / 1000) + SECONDARY_RESET,
  };
}
