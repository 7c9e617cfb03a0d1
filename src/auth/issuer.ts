import { MekaError } from "../errors.ts";
import type { Host } from "../host.ts";
import { explainConnect } from "../http/connect_failure.ts";
import type { Fetch } from "../http/fetch.ts";
import { ORIGINATOR } from "../version.ts";

/** How long the issuer may take for one answer. */
const DEADLINE_MS = 30_000;

/** What every request to the issuer needs. */
export interface IssuerContext {
  readonly issuer: URL;
  /** Must carry no cookies: the issuer is not the service. */
  readonly fetch: Fetch;
  readonly host: Pick<Host, "now" | "sleep">;
  readonly userAgent: string;
  readonly signal: AbortSignal;
  /** Milliseconds that one answer may take; 30 seconds by default. */
  readonly deadlineMs?: number;
}

/** An endpoint of the issuer, whose URL may have a path of its own. */
export function issuerUrl(issuer: URL, path: `/${string}`): URL {
  return new URL(
    `${issuer.origin}${issuer.pathname.replace(/\/+$/, "")}${path}`,
  );
}

/** A read response: never handed on, because its body may hold tokens. */
export interface Reply {
  readonly ok: boolean;
  readonly status: number;
  readonly headers: Headers;
  /** The JSON, or undefined when the body is none. */
  readonly body: unknown;
}

class Overdue extends Error {
  readonly afterMs: number;

  constructor(afterMs: number) {
    super();
    this.afterMs = afterMs;
  }
}

/** Posts JSON to an endpoint of the issuer, with meka's name and without any credential header. */
export async function postJson(
  path: `/${string}`,
  body: string,
  context: IssuerContext,
): Promise<Reply> {
  return await ask(context, (signal) =>
    context.fetch(
      new Request(issuerUrl(context.issuer, path), {
        method: "POST",
        headers: {
          "content-type": "application/json",
          "accept": "application/json",
          "originator": ORIGINATOR,
          "user-agent": context.userAgent,
        },
        body,
        redirect: "manual",
        credentials: "omit",
        signal,
      }),
    ));
}

/** Sends a request to the issuer and reads its answer, both within the deadline. */
export async function ask(
  context: IssuerContext,
  send: (signal: AbortSignal) => Promise<Response>,
): Promise<Reply> {
  context.signal.throwIfAborted();
  const overdue = new AbortController();
  const answered = new AbortController();
  const { deadlineMs = DEADLINE_MS } = context;
  const timer = context.host.sleep(deadlineMs, answered.signal).then(
    () => overdue.abort(new Overdue(deadlineMs)),
    () => {},
  );
  try {
    const signal = AbortSignal.any([context.signal, overdue.signal]);
    const response = await send(signal);
    const text = await response.text();
    return {
      ok: response.ok,
      status: response.status,
      headers: response.headers,
      body: parse(text),
    };
  } catch (error) {
    throw overdue.signal.aborted ? overdue.signal.reason : error;
  } finally {
    answered.abort();
    await timer;
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** The error for a request that had no answer. */
export function unreachable(
  error: unknown,
  { action, issuer, hint }: {
    readonly action: string;
    readonly issuer: URL;
    readonly hint: string;
  },
): MekaError {
  if (error instanceof MekaError) return error;
  const failure = explainConnect(error);
  const why = failure.why === undefined ? "" : `: ${failure.why}`;
  const what = error instanceof Overdue
    ? `no answer from "${issuer.host}" within ${error.afterMs / 1000} seconds`
    : `no connection to "${issuer.host}"${why}`;
  // A network error's own text has the address and the reason, never the body that was sent.
  return new MekaError("network", `Cannot ${action}: ${what}`, {
    hint: failure.hint ?? hint,
    retry: failure.lasting ? undefined : {},
    cause: error instanceof TypeError ? error : undefined,
  });
}

/** Tells whether Cloudflare answered in the place of the issuer. */
export function isChallenge(reply: Reply): boolean {
  if (reply.headers.has("cf-mitigated")) return true;
  const type = reply.headers.get("content-type") ?? "";
  return reply.status === 403 && /^text\/html\b/i.test(type);
}

/** The error for a request that Cloudflare stopped; it says nothing about the tokens. */
export function challenged(action: string, reply: Reply): MekaError {
  const ray = reply.headers.get("cf-ray");
  const named = ray !== null && /^[\w-]{1,64}$/.test(ray)
    ? ` (ray ${ray})`
    : "";
  return new MekaError(
    "blocked",
    `Cannot ${action}: Cloudflare asks for a check that only a browser can pass${named}`,
    {
      hint:
        "Open https://chatgpt.com once in a browser on this network, then try again",
    },
  );
}
