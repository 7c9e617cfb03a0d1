// deno-lint-ignore-file camelcase -- names are the server's
import type { WireEvent } from "./events.ts";

/** The short window, in minutes. */
export const FIVE_HOURS = 300;
/** The long window, in minutes. */
export const WEEK = 10_080;
/** Seconds until the short window resets. */
export const PRIMARY_RESET = 17_778;
/** Seconds until the long window resets: three days. */
export const SECONDARY_RESET = 259_200;

/** What limit data depends on. */
export interface LimitFacts {
  readonly plan: string;
  /** Milliseconds. */
  readonly now: number;
  /** When the short window resets, in milliseconds; the usual time when absent. */
  readonly resetsAt?: number;
}

/** The rate-limit headers of an answer (reference, section 14.1); the two windows reset in 17,778 s and in three days. */
export function limitHeaders(
  facts: LimitFacts,
  used: readonly [number, number],
): Record<string, string> {
  const [primary, secondary] = resets(facts);
  return {
    "x-codex-active-limit": "codex",
    "x-codex-plan-type": facts.plan,
    "x-codex-primary-used-percent": String(used[0]),
    "x-codex-primary-window-minutes": String(FIVE_HOURS),
    "x-codex-primary-reset-at": String(primary),
    "x-codex-primary-reset-after-seconds": String(resetSeconds(facts)),
    "x-codex-secondary-used-percent": String(used[1]),
    "x-codex-secondary-window-minutes": String(WEEK),
    "x-codex-secondary-reset-at": String(secondary),
    "x-codex-secondary-reset-after-seconds": String(SECONDARY_RESET),
    "x-codex-primary-over-secondary-limit-percent": "0",
    "x-codex-credits-has-credits": "False",
    "x-codex-credits-unlimited": "False",
    "x-codex-credits-balance": "",
  };
}

/** The body of a 429 for a window that is used up. */
export function usageLimitBody(facts: LimitFacts): Record<string, unknown> {
  const [resets_at] = resets(facts);
  return {
    error: {
      type: "usage_limit_reached",
      message: "The usage limit has been reached",
      plan_type: facts.plan,
      resets_at,
      resets_in_seconds: resetSeconds(facts),
      eligible_promo: null,
    },
  };
}

/** The event that brings limits in mid-stream (reference, section 14.2). */
export function rateLimitsEvent(facts: LimitFacts): WireEvent {
  const [primary, secondary] = resets(facts);
  return {
    type: "codex.rate_limits",
    plan_type: facts.plan,
    rate_limits: {
      allowed: true,
      limit_reached: false,
      primary: {
        used_percent: 12,
        window_minutes: FIVE_HOURS,
        reset_at: primary,
      },
      secondary: {
        used_percent: 34,
        window_minutes: WEEK,
        reset_at: secondary,
      },
    },
    credits: { has_credits: false, unlimited: false, balance: null },
    metered_limit_name: null,
    limit_name: null,
  };
}

function resets(facts: LimitFacts): [number, number] {
  const seconds = Math.floor(facts.now / 1000);
  return [seconds + resetSeconds(facts), seconds + SECONDARY_RESET];
}

/** Whole seconds, and not before the time. */
function resetSeconds({ now, resetsAt }: LimitFacts): number {
  return resetsAt === undefined
    ? PRIMARY_RESET
    : Math.ceil(resetsAt / 1000) - Math.floor(now / 1000);
}
