// deno-lint-ignore-file camelcase -- names are the server's
import {
  failed as failedEvent,
  messageEvents,
  opening,
  pieces,
} from "../events.ts";
import { partial, type Scenario, shown, whole } from "../scenario.ts";
import { failing } from "./ends.ts";
import { HELLO } from "./plain.ts";

interface Row {
  readonly message: string;
  readonly exit: number;
  readonly requests: number;
  readonly open?: string;
}

/** Every code of section 12.2, with the exit code of the contract. */
const CODES: Readonly<Record<string, Row>> = {
  context_length_exceeded: {
    message: "Your input exceeds the context window of this model.",
    exit: 6,
    requests: 1,
  },
  insufficient_quota: {
    message: "You exceeded your current quota.",
    exit: 4,
    requests: 1,
  },
  credit_balance_exhausted: {
    message: "Your credit balance is used up.",
    exit: 4,
    requests: 1,
  },
  organization_spend_limit_exceeded: {
    message: "The organization's spend limit is reached.",
    exit: 4,
    requests: 1,
  },
  project_spend_limit_exceeded: {
    message: "The project's spend limit is reached.",
    exit: 4,
    requests: 1,
  },
  usage_not_included: {
    message: "Your plan does not include Codex.",
    exit: 6,
    requests: 1,
  },
  invalid_prompt: {
    message: "Your prompt was flagged as invalid.",
    exit: 6,
    requests: 1,
  },
  cyber_policy: {
    message: "This request was blocked by the cyber policy.",
    exit: 6,
    requests: 1,
  },
  bio_policy: {
    message: "This request was blocked by the bio policy.",
    exit: 6,
    requests: 1,
  },
  misalignment_policy_violation: {
    message: "This request was blocked by a policy.",
    exit: 6,
    requests: 1,
  },
  server_is_overloaded: {
    message: "Our servers are currently overloaded.",
    exit: 5,
    requests: 5,
  },
  rate_limit_exceeded: {
    message: "Rate limit reached for this model.",
    exit: 4,
    requests: 5,
  },
  slow_down: {
    message: "Slow down, please.",
    exit: 4,
    requests: 5,
    open:
      "A rate limit in the reference; a 503 with this code stays the service's fault",
  },
  flex_unavailable: {
    message: "No flex capacity is available.",
    exit: 5,
    requests: 1,
    open:
      "Fatal in the reference and not in the contract's list of retries; the service has no room, so exit 5",
  },
  usage_limit_reached: {
    message: "The usage limit has been reached.",
    exit: 4,
    requests: 1,
  },
};

const AFTER_TEXT = [
  "rate_limit_exceeded",
  "server_is_overloaded",
  "context_length_exceeded",
  "cyber_policy",
];

/** Scenarios that end in `response.failed`. */
export const FAILED: Readonly<Record<string, Scenario>> = {
  ...Object.fromEntries(
    Object.entries(CODES).map(([code, { message, exit, requests, open }]) => [
      `failed_${code}`,
      {
        ...failing({ code, message }, { exit, requests }),
        ...(open === undefined ? {} : { open }),
      },
    ]),
  ),
  ...Object.fromEntries(
    AFTER_TEXT.map((code) => [
      `failed_${code}_after_text`,
      failing(
        { code, message: CODES[code]?.message },
        { exit: 7, requests: 1 },
        true,
      ),
    ]),
  ),
  failed_unknown: failing({
    code: "brand_new_code",
    message: "Something new went wrong.",
  }, {
    exit: 5,
    requests: 5,
    stderr: ["Something new went wrong"],
  }),
  failed_unknown_after_text: failing({
    code: "brand_new_code",
    message: "Something new went wrong.",
  }, {
    exit: 7,
    requests: 1,
    stderr: ["Something new went wrong"],
  }, true),
  failed_null: failing(null, { exit: 5, requests: 5 }),
  failed_null_after_text: failing(null, { exit: 7, requests: 1 }, true),
  failed_rate_limit_retry_after: {
    what: "Fails once with a retry-after of 1 s inside the error, then answers",
    expect: { stdout: shown(HELLO), exit: 0, requests: 2 },
    answer: (play) => {
      if (play.attempt > 1) return whole(play, messageEvents(pieces(HELLO)));
      const message = "Rate limit reached for this model.";
      const error = {
        code: "rate_limit_exceeded",
        message,
        headers: { "retry-after": "1" },
      };
      return partial([...opening(play), failedEvent(play, error)]);
    },
  },
  failed_rate_limit_try_again: {
    what: "Fails once with the delay in the message only, then answers",
    expect: { stdout: shown(HELLO), exit: 0, requests: 2 },
    answer: (play) => {
      if (play.attempt > 1) return whole(play, messageEvents(pieces(HELLO)));
      const message =
        "Rate limit reached for this model. Please try again in 350ms.";
      return partial([
        ...opening(play),
        failedEvent(play, { code: "rate_limit_exceeded", message }),
      ]);
    },
  },
  failed_rate_limit_long: {
    what: "Fails with a retry-after of an hour inside the error",
    expect: { stdout: "", exit: 4, requests: 1 },
    answer: (play) => {
      const error = {
        code: "rate_limit_exceeded",
        message: "Rate limit reached.",
        headers: { "retry-after": "3600" },
      };
      return partial([...opening(play), failedEvent(play, error)]);
    },
  },
};
