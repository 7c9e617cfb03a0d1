import { ACCOUNT_FAILURES } from "./account_replies.ts";
import { Plan } from "./plan.ts";
import type { Exchange } from "./record.ts";
import { json, type Reply } from "./scenario.ts";
import type { Grant } from "./tokens.ts";
import { USAGE_REPORTS } from "./usage_reports.ts";

/** What the usage report can be told to say: one of `USAGE_REPORTS`, or a failure. */
export const USAGE_OUTCOMES = [
  "ok",
  "both_exhausted",
  "no_secondary",
  "free",
  "credits",
  "unlimited_credits",
  "nulls",
  "empty",
  "server_error",
  "not_json",
  "challenge",
  "unauthorized",
  "hang",
  "drop",
] as const;

/** `GET /backend-api/wham/usage` (reference, section 14.3). */
export class UsageEndpoint {
  readonly plan: Plan<typeof USAGE_OUTCOMES[number]> = new Plan(
    USAGE_OUTCOMES,
    "ok",
  );

  /** Makes the reply to one request; it is `completed` when the client can use it. */
  reply({ url, record }: Exchange, grant: Grant): Reply {
    if (url.search !== "") {
      record.violations.push(`the query is "${url.search}"`);
    }
    const outcome = this.plan.next();
    if (!isReport(outcome)) return ACCOUNT_FAILURES[outcome]();
    const report = USAGE_REPORTS[outcome]({ plan: grant.plan, now: record.at });
    return { ...json(200, report), ends: "completed" };
  }
}

function isReport(
  outcome: typeof USAGE_OUTCOMES[number],
): outcome is keyof typeof USAGE_REPORTS {
  return outcome in USAGE_REPORTS;
}
