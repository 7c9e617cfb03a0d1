import {
  type ErrorKind,
  MekaError,
  type MekaErrorOptions,
} from "../../errors.ts";
import { type LimitWindow, windowName } from "../../event.ts";
import {
  formatDuration,
  formatLocalTime,
  retryAfterMs,
} from "../../http/backoff.ts";
import { oneLine } from "../../http/redact.ts";
import type { DecodeContext, Failure } from "../provider.ts";
import {
  parseObject,
  readError,
  readLimitHeaders,
  type WireError,
} from "./wire.ts";

/** What an error code of the service means for a run (reference 12.2). */
interface Meaning {
  readonly kind: ErrorKind;
  readonly again?: true;
  readonly says: string;
  readonly hint?: string;
  readonly outgrown?: true;
}

const QUOTA: Meaning = {
  kind: "limit",
  says: "The quota or the credits of this account are used up",
};
const POLICY: Meaning = {
  kind: "refused",
  says: "The service refused the prompt under its content policy",
};

/** Codes that decide by themselves, whatever status or event brings them. */
const MEANINGS: ReadonlyMap<string, Meaning> = new Map<string, Meaning>([
  ["usage_limit_reached", {
    kind: "limit",
    says: "The usage limit is reached",
  }],
  ["usage_not_included", {
    kind: "refused",
    says: "This ChatGPT plan does not include Codex",
    hint: "Sign in with an account whose plan does: `meka setup`",
  }],
  ["insufficient_quota", QUOTA],
  ["credit_balance_exhausted", QUOTA],
  ["organization_spend_limit_exceeded", QUOTA],
  ["project_spend_limit_exceeded", QUOTA],
  ["context_length_exceeded", {
    kind: "refused",
    says: "The prompt is longer than the model's context window",
    hint: "Send less, or choose a model with a larger window",
    outgrown: true,
  }],
  ["invalid_prompt", POLICY],
  ["cyber_policy", POLICY],
  ["bio_policy", POLICY],
  ["misalignment_policy_violation", POLICY],
  ["flex_unavailable", {
    kind: "network",
    says: "The service has no flex capacity",
  }],
  ["rate_limit_exceeded", {
    kind: "limit",
    again: true,
    says: "The service limits the rate of requests",
  }],
  ["slow_down", {
    kind: "limit",
    again: true,
    says: "The service limits the rate of requests",
  }],
  ["server_is_overloaded", {
    kind: "network",
    again: true,
    says: "The model is overloaded",
  }],
]);

/** Statuses without a code that decides; every other 4xx is "refused" and every 5xx "network". */
const STATUSES: ReadonlyMap<number, Meaning> = new Map<number, Meaning>([
  [401, {
    kind: "auth",
    says: "The service did not accept the sign-in",
    hint: "Run `meka setup`",
  }],
  [402, QUOTA],
  [403, { kind: "refused", says: "The service does not allow this request" }],
  [408, { kind: "network", again: true, says: "The service gave up waiting" }],
  [429, {
    kind: "limit",
    again: true,
    says: "The service limits the rate of requests",
  }],
]);

const REFUSED: Meaning = {
  kind: "refused",
  says: "The service refused the request",
};
const BROKEN: Meaning = {
  kind: "network",
  again: true,
  says: "The service failed",
};

/** Far above any real message; `run` cuts what it shows, once secrets are out of it. */
const MESSAGE_LENGTH = 64 * 1024;

/** Names an answer that is no stream: its kind, whether it may be tried again, and the facts a person needs. */
export function explain(failure: Failure): MekaError {
  const web = isWebPage(failure);
  if (failure.headers.has("cf-mitigated") || (failure.status === 403 && web)) {
    return blocked(failure);
  }
  if (failure.status >= 300 && failure.status < 400) return redirected(failure);
  if (failure.status < 300) return webPage();
  const body = web
    ? {}
    : parseObject(failure.body) ?? { message: failure.body };
  const error = {
    ...codeOfHeaders(failure.headers),
    ...defined(readError(body)),
  };
  const wait = retryAfterMs(failure.headers, failure.receivedAt);
  // A 5xx is the service's fault whatever it calls it.
  const meaning =
    (failure.status < 500 ? MEANINGS.get(error.code ?? "") : undefined) ??
      byStatus(failure.status);
  if (error.code === "usage_limit_reached" && failure.status < 500) {
    return usageLimit(error, failure.receivedAt, failure.headers);
  }
  return make(meaning, error, {
    status: failure.status,
    wait,
    hint: isAboutModel(failure) ? otherModels(failure) : undefined,
    now: failure.receivedAt,
  });
}

/** The service names the model that an account cannot have, and has no code for it; this chooses a hint only. */
function isAboutModel({ status, body, model }: Failure): boolean {
  return (status === 404 || status === 400) && model !== undefined &&
    body.includes(model);
}

function otherModels({ models }: Failure): string {
  if (models.length === 0) {
    return "Choose another model with `--model`; `meka models` lists those of your account";
  }
  return `Choose another model with \`--model\`; your account has: ${
    models.join(", ")
  }`;
}

/** Names a failure that the stream told: `response.failed` or an `error` event. */
export function explainStreamError(
  error: WireError,
  context: DecodeContext,
): MekaError {
  const now = context.now();
  if (error.code === "usage_limit_reached") {
    return usageLimit(error, now, new Headers());
  }
  const status = error.status ?? 500;
  const meaning = MEANINGS.get(error.code ?? "") ?? byStatus(status);
  const told = error.retryAfter === undefined
    ? undefined
    : retryAfterMs(new Headers({ "retry-after": error.retryAfter }), now);
  return make(meaning, error, {
    status: undefined,
    wait: told ?? waitInMessage(error),
    hint: undefined,
    now,
  });
}

function byStatus(status: number): Meaning {
  return STATUSES.get(status) ?? (status >= 500 ? BROKEN : REFUSED);
}

interface Facts {
  readonly status: number | undefined;
  readonly wait: number | undefined;
  readonly hint: string | undefined;
  readonly now: number;
}

function make(
  meaning: Meaning,
  error: Partial<WireError>,
  facts: Facts,
): MekaError {
  const said = oneLine(error.message ?? error.code ?? "", MESSAGE_LENGTH)
    .replace(/\.$/, "");
  const status = facts.status === undefined ? "" : ` (status ${facts.status})`;
  const message = `${meaning.says}${status}${said === "" ? "" : `: ${said}`}`;
  const options: MekaErrorOptions = {
    hint: facts.hint ?? meaning.hint,
    outgrown: meaning.outgrown,
    retry: meaning.again ? { afterMs: facts.wait } : undefined,
    retryAt: facts.wait === undefined ? undefined : facts.now + facts.wait,
  };
  return new MekaError(meaning.kind, message, options);
}

function usageLimit(
  error: Partial<WireError>,
  now: number,
  headers: Headers,
): MekaError {
  const window = reachedWindow(headers, error.resetsAt);
  const inSeconds = error.resetsInSeconds === undefined
    ? undefined
    : now / 1000 + error.resetsInSeconds;
  const resetsAt = error.resetsAt ?? inSeconds ?? window?.resetsAt;
  const plan = error.plan === undefined
    ? "ChatGPT plan"
    : `ChatGPT ${capitalize(oneLine(error.plan, 40))} plan`;
  const which = window?.windowMinutes === undefined
    ? ""
    : ` for the ${windowName(window.windowMinutes)} window`;
  const when = resetsAt === undefined
    ? "the service did not say when it resets"
    : `it resets at ${formatLocalTime(resetsAt * 1000)}, in ${
      formatDuration(resetsAt * 1000 - now)
    }`;
  return new MekaError(
    "limit",
    `The usage limit of your ${plan}${which} is reached: ${when}`,
    {
      retryAt: resetsAt === undefined ? undefined : resetsAt * 1000,
    },
  );
}

/** The window that is used up: the one that resets when the error says, else the fuller one. */
function reachedWindow(
  headers: Headers,
  resetsAt: number | undefined,
): LimitWindow | undefined {
  const { primary, secondary } = readLimitHeaders(headers) ?? {};
  const windows = [primary, secondary].filter((window) => window !== undefined);
  const same = windows.find((window) =>
    resetsAt !== undefined && window.resetsAt === resetsAt
  );
  return same ?? windows.sort((a, b) => b.usedPercent - a.usedPercent)[0];
}

function blocked(failure: Failure): MekaError {
  const ray = failure.headers.get("cf-ray");
  const id = ray === null ? "" : ` (ray ID ${oneLine(ray, 64)})`;
  return new MekaError(
    "blocked",
    `Cloudflare stopped the request before it reached ChatGPT${id}`,
    {
      hint:
        "Open https://chatgpt.com once in a browser on this network, then try again",
    },
  );
}

function redirected(failure: Failure): MekaError {
  const location = failure.headers.get("location") ?? "";
  const target = URL.canParse(location)
    ? ` to ${new URL(location).origin}`
    : "";
  return new MekaError(
    "network",
    `The service answered with a redirect${target}, which meka does not follow`,
    {
      hint: "Check the base URL",
    },
  );
}

function webPage(): MekaError {
  return new MekaError(
    "network",
    "A web page came where the service's answer was due",
    {
      hint:
        "Check the base URL, and whether a proxy or a network sign-in page stands in between",
    },
  );
}

/** Tells whether an answer is HTML, by its content type or its first character. */
function isWebPage(failure: Failure): boolean {
  return failure.headers.get("content-type")?.includes("html") ||
    /^\s*</.test(failure.body);
}

/** The code that `x-error-json` holds: base64 of an error object (reference 10). */
function codeOfHeaders(headers: Headers): Partial<WireError> {
  const encoded = headers.get("x-error-json");
  if (encoded === null) return {};
  try {
    return defined(readError(parseObject(atob(encoded)) ?? {}));
  } catch {
    return {};
  }
}

/** The delay that a rate limit's message tells, which for these two codes is its only place on the wire (reference 13). */
function waitInMessage(error: WireError): number | undefined {
  if (error.code !== "rate_limit_exceeded" && error.code !== "slow_down") {
    return undefined;
  }
  const found = /try again in (\d+(?:\.\d+)?)\s?(ms|s)\b/i.exec(
    error.message ?? "",
  );
  return found === null
    ? undefined
    : Number(found[1]) * (found[2] === "ms" ? 1 : 1000);
}

function defined(error: WireError): Partial<WireError> {
  return Object.fromEntries(
    Object.entries(error).filter(([, value]) => value !== undefined),
  );
}

function capitalize(word: string): string {
  return word.charAt(0).toUpperCase() + word.slice(1);
}
