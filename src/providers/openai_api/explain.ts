import { type ErrorKind, MekaError } from "../../errors.ts";
import { oneLine } from "../../http/redact.ts";
import type { DecodeContext, Failure } from "../provider.ts";
import { waitOf } from "./wait.ts";
import { parseObject, readError, type WireError } from "./wire.ts";

/** What a server's word for a failure means for a run. */
interface Meaning {
  readonly kind: ErrorKind;
  readonly again?: true;
  readonly says: string;
  readonly hint?: string;
  readonly outgrown?: true;
}

const QUOTA: Meaning = {
  kind: "limit",
  says: "The quota or the credits of this key are used up",
};
const RATE: Meaning = {
  kind: "limit",
  again: true,
  says: "The server limits the rate of requests",
};
const CONTEXT: Meaning = {
  kind: "refused",
  says: "The prompt is longer than the model's context window",
  hint: "Send less, or choose a model with a larger window",
  outgrown: true,
};
const POLICY: Meaning = {
  kind: "refused",
  says: "The server refused the prompt under its content policy",
};
const KEY: Meaning = {
  kind: "auth",
  says: "The server did not accept the key",
  hint: "Set another one in `OPENAI_API_KEY`, or run `meka setup`",
};
const REFUSED: Meaning = {
  kind: "refused",
  says: "The server refused the request",
};
const BROKEN: Meaning = {
  kind: "network",
  again: true,
  says: "The server failed",
};

/** Codes and types that decide whatever status brings them. */
const DECISIVE: ReadonlyMap<string, Meaning> = new Map<string, Meaning>([
  ["insufficient_quota", QUOTA],
  ["billing_hard_limit_reached", QUOTA],
  ["billing_not_active", QUOTA],
  ["context_length_exceeded", CONTEXT],
  ["exceed_context_size_error", CONTEXT],
  ["content_policy_violation", POLICY],
  ["content_filter", POLICY],
  ["invalid_prompt", POLICY],
]);

/** Codes and types that decide where there is no status: in a stream, and under status 200. */
const MEANINGS: ReadonlyMap<string, Meaning> = new Map<string, Meaning>([
  ...DECISIVE,
  ["rate_limit_exceeded", RATE],
  ["rate_limit_error", RATE],
  ["requests", RATE],
  ["tokens", RATE],
  ["invalid_api_key", KEY],
  ["authentication_error", KEY],
  ["model_not_found", REFUSED],
  ["invalid_request_error", REFUSED],
  ["not_found_error", REFUSED],
  ["permission_error", REFUSED],
  ["BadRequestError", REFUSED],
  ["NotFoundError", REFUSED],
]);

/** Every other 4xx is "refused" and every 5xx "network". */
const STATUSES: ReadonlyMap<number, Meaning> = new Map<number, Meaning>([
  [401, KEY],
  [402, QUOTA],
  [403, { kind: "refused", says: "The server does not allow this request" }],
  [408, { kind: "network", again: true, says: "The server gave up waiting" }],
  [429, RATE],
]);

/** Optional fields of a request that are left out when a server refuses them. */
const OPTIONAL = /\b(?:stream_options|include_usage)\b/;

/** Far above any real message; `run` cuts what it shows, once secrets are out of it. */
const MESSAGE_LENGTH = 64 * 1024;

/** Names an answer that is no stream: its kind, whether it may be tried again, and the facts a person needs. */
export function explain(failure: Failure): MekaError {
  const { status, headers, receivedAt } = failure;
  const web = isWebPage(failure);
  if (headers.has("cf-mitigated")) return blocked(headers);
  if (status >= 300 && status < 400) return redirected(headers);
  if (status < 300) return webPage();
  const error = readError(
    web ? {} : parseObject(failure.body) ?? { message: failure.body },
  );
  // A 5xx is the server's fault whatever it calls it.
  const meaning = (status < 500 ? find(DECISIVE, error) : undefined) ??
    byStatus(status);
  return make(meaning, error, {
    status,
    wait: waitOf(headers, receivedAt),
    hint: hintOf(failure, error),
    now: receivedAt,
  });
}

/** Names a failure that came in a stream, or in an answer of status 200. */
export function explainWireError(
  error: WireError,
  context: DecodeContext,
): MekaError {
  const meaning = find(MEANINGS, error) ?? byStatus(error.status ?? 500);
  return make(meaning, error, {
    status: undefined,
    wait: undefined,
    hint: undefined,
    now: context.now(),
  });
}

function find(
  meanings: ReadonlyMap<string, Meaning>,
  { code, type }: WireError,
): Meaning | undefined {
  return meanings.get(code ?? "") ?? meanings.get(type ?? "");
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

function make(meaning: Meaning, error: WireError, facts: Facts): MekaError {
  const { status, wait, now } = facts;
  const said = oneLine(error.message ?? error.code ?? "", MESSAGE_LENGTH)
    .replace(/\.$/, "");
  const number = status === undefined ? "" : ` (status ${status})`;
  return new MekaError(
    meaning.kind,
    `${meaning.says}${number}${said === "" ? "" : `: ${said}`}`,
    {
      hint: facts.hint ?? meaning.hint,
      outgrown: meaning.outgrown,
      retryAt: wait === undefined ? undefined : now + wait,
      retry: isAboutOptional(meaning, error)
        ? { reduced: true }
        : meaning.again
        ? { afterMs: wait }
        : undefined,
    },
  );
}

/** A field's name is no prose: a server that refuses one can tell so in this way only. */
function isAboutOptional(
  meaning: Meaning,
  { param, message }: WireError,
): boolean {
  return meaning.kind === "refused" &&
    (OPTIONAL.test(param ?? "") || OPTIONAL.test(message ?? ""));
}

/** The server names the model that it does not have, or knows nothing under this address. */
function hintOf(failure: Failure, error: WireError): string | undefined {
  const { status, body, model, models } = failure;
  if (status !== 404 && status !== 400 && status !== 405) return undefined;
  const named = model !== undefined && body.includes(model);
  if (named || error.code === "model_not_found") {
    return models.length === 0
      ? "Choose another model with `--model`; `meka models` lists the server's"
      : `Choose another model with \`--model\`; the server has: ${
        models.join(", ")
      }`;
  }
  return status === 400
    ? undefined
    : "Check the base URL: most servers want `/v1` at its end";
}

function blocked(headers: Headers): MekaError {
  const ray = headers.get("cf-ray");
  const id = ray === null ? "" : ` (ray ID ${oneLine(ray, 64)})`;
  return new MekaError(
    "blocked",
    `Cloudflare stopped the request before it reached the server${id}`,
    { hint: "Try again later, or from another network" },
  );
}

function redirected(headers: Headers): MekaError {
  const location = headers.get("location") ?? "";
  const target = URL.canParse(location)
    ? ` to ${new URL(location).origin}`
    : "";
  return new MekaError(
    "network",
    `The server answered with a redirect${target}, which meka does not follow`,
    { hint: "Check the base URL" },
  );
}

function webPage(): MekaError {
  return new MekaError(
    "network",
    "A web page came where the server's answer was due",
    {
      hint:
        "Check the base URL, and whether a proxy or a network sign-in page stands in between",
    },
  );
}

/** Tells whether an answer is HTML, by its content type or its first character. */
function isWebPage({ headers, body }: Failure): boolean {
  return headers.get("content-type")?.includes("html") || /^\s*</.test(body);
}
