// deno-lint-ignore-file camelcase -- names are the server's
import { authorizeProblems } from "./authorize.ts";
import {
  CHALLENGE_HEADERS,
  cloudflarePage,
  consentPage,
  refusalPage,
} from "./pages.ts";
import { Plan } from "./plan.ts";
import { type Exchange, silence } from "./record.ts";
import {
  base64url,
  CLIENT_ID,
  type Grant,
  randomText,
  type Tokens,
  type Vault,
} from "./tokens.ts";

/** What a code exchange can be told to do. */
export const EXCHANGE_OUTCOMES = [
  "ok",
  "invalid_grant",
  "server_error",
  "cloudflare",
  "missing_refresh_token",
  "hang",
] as const;

/** What a refresh can be told to do; `lost` spends the token and drops the reply, `slow` answers after 400 ms. */
export const REFRESH_OUTCOMES = [
  "ok",
  "expired",
  "reused",
  "invalidated",
  "invalid_grant",
  "other_400",
  "unauthorized",
  "server_error",
  "rate_limited",
  "cloudflare",
  "hang",
  "drop",
  "lost",
  "slow",
  "access_only",
] as const;

/** What the issuer is built from. */
export interface IssuerOptions {
  readonly vault: Vault;
  readonly now: () => number;
  readonly email: string;
  readonly redirectPorts: readonly number[];
}

interface Authorization {
  readonly redirectUri: string;
  readonly challenge: string;
  readonly state: string;
  readonly scope: string;
}

interface IssuedCode extends Authorization {
  readonly issuedAt: number;
  used?: Grant | "refused";
}

const CODE_LIFETIME_MS = 10 * 60_000;
const EXCHANGE_FIELDS = [
  "grant_type",
  "client_id",
  "code",
  "redirect_uri",
  "code_verifier",
];
const REFRESH_FIELDS = [
  "client_id",
  "grant_type",
  "refresh_token",
  "refresh_reason",
  "scope",
];

/** The stand-in of auth.openai.com. */
export class Issuer {
  readonly exchangePlan: Plan<typeof EXCHANGE_OUTCOMES[number]> = new Plan(
    EXCHANGE_OUTCOMES,
    "ok",
  );
  readonly refreshPlan: Plan<typeof REFRESH_OUTCOMES[number]> = new Plan(
    REFRESH_OUTCOMES,
    "ok",
  );
  readonly #options: IssuerOptions;
  readonly #pending = new Map<string, Authorization>();
  readonly #codes = new Map<string, IssuedCode>();

  constructor(options: IssuerOptions) {
    this.#options = options;
  }

  /** Answers one request. */
  async answer(exchange: Exchange): Promise<Response> {
    const { record } = exchange;
    switch (`${record.method} ${record.path}`) {
      case "GET /oauth/authorize":
        return this.#authorize(exchange);
      case "POST /oauth/authorize/decision":
        return this.#decide(exchange);
      case "POST /oauth/token":
        return await this.#token(exchange);
      case "POST /oauth/revoke":
        return this.#revoke(exchange);
      case "GET /favicon.ico":
        return new Response(null, { status: 204 });
      default:
        record.violations.push(
          `no such endpoint: ${record.method} ${record.path}`,
        );
        return Response.json({ detail: "Not Found" }, { status: 404 });
    }
  }

  #authorize({ url, record }: Exchange): Response {
    const query = url.searchParams;
    const problems = authorizeProblems(query, this.#options.redirectPorts);
    if (problems.length > 0) {
      record.violations.push(...problems);
      return html(refusalPage(problems), 400);
    }
    const request = randomText(18);
    const redirectUri = query.get("redirect_uri") ?? "";
    this.#pending.set(request, {
      redirectUri,
      challenge: query.get("code_challenge") ?? "",
      state: query.get("state") ?? "",
      scope: query.get("scope") ?? "",
    });
    const originator = query.get("originator") ?? "";
    return html(
      consentPage({
        request,
        originator,
        email: this.#options.email,
        redirectUri,
      }),
      200,
    );
  }

  #decide({ record }: Exchange): Response {
    const form = new URLSearchParams(record.body);
    const request = form.get("request") ?? "";
    const pending = this.#pending.get(request);
    if (pending === undefined) {
      return html(refusalPage(["This page has been used or is too old"]), 400);
    }
    this.#pending.delete(request);
    const back = new URL(pending.redirectUri);
    if (form.get("decision") === "approve") {
      const code = `ac_${randomText(32)}`;
      this.#codes.set(code, { ...pending, issuedAt: this.#options.now() });
      back.searchParams.set("code", code);
      back.searchParams.set("scope", pending.scope);
    } else {
      back.searchParams.set("error", "access_denied");
      back.searchParams.set("error_description", "The user denied the request");
    }
    back.searchParams.set("state", pending.state);
    return new Response(null, {
      status: 302,
      headers: { location: back.href },
    });
  }

  async #token(exchange: Exchange): Promise<Response> {
    const { record } = exchange;
    for (const name of ["authorization", "cookie"]) {
      if (record.headers.has(name)) {
        record.violations.push(`${name} header on /oauth/token`);
      }
    }
    const type = mediaType(record.headers);
    const fields = type === "application/json"
      ? jsonFields(record.body)
      : new URLSearchParams(record.body);
    if (fields === undefined) {
      return oauthError(
        "invalid_request",
        "The body is not a JSON object of strings",
      );
    }
    const grantType = fields.get("grant_type");
    if (fields.get("client_id") !== CLIENT_ID) {
      record.violations.push(`client_id is not "${CLIENT_ID}"`);
      return oauthError("invalid_client", "Unknown client", 401);
    }
    if (grantType === "authorization_code") {
      if (type !== "application/x-www-form-urlencoded") {
        record.violations.push(`code exchange as ${type || "no content type"}`);
        return oauthError(
          "invalid_request",
          "The code exchange must be form-encoded",
        );
      }
      return await this.#exchange(exchange, fields);
    }
    if (grantType === "refresh_token") {
      return await this.#refresh(exchange, fields);
    }
    record.violations.push(`grant_type is ${JSON.stringify(grantType)}`);
    return oauthError("unsupported_grant_type", "Unsupported grant type");
  }

  async #exchange(
    exchange: Exchange,
    fields: URLSearchParams,
  ): Promise<Response> {
    const { record } = exchange;
    const names = [...fields.keys()].toSorted().join();
    if (names !== EXCHANGE_FIELDS.toSorted().join()) {
      record.violations.push(
        `code exchange with the fields ${[...fields.keys()].join()}`,
      );
      return oauthError(
        "invalid_request",
        `Exactly these fields: ${EXCHANGE_FIELDS.join()}`,
      );
    }
    const outcome = this.exchangePlan.next();
    if (outcome === "hang") return await silence(exchange);
    if (outcome === "server_error") {
      return oauthError("server_error", "Something went wrong", 500);
    }
    if (outcome === "cloudflare") return challenge();
    if (outcome === "invalid_grant") {
      return oauthError("invalid_grant", "Could not validate your token");
    }
    const issued = this.#codes.get(fields.get("code") ?? "");
    const problem = await this.#codeProblem(issued, fields);
    if (issued === undefined || problem !== undefined) {
      record.violations.push(problem ?? "unknown code");
      if (issued?.used !== undefined && issued.used !== "refused") {
        issued.used.alive = false;
      } else if (issued !== undefined) issued.used = "refused";
      return oauthError("invalid_grant", problem ?? "Unknown code");
    }
    const grant = this.#options.vault.open();
    issued.used = grant;
    const tokens = this.#options.vault.mint(grant);
    if (outcome === "missing_refresh_token") {
      this.#options.vault.withdraw(tokens.refreshToken);
      return this.#tokenReply(tokens, ["id_token", "access_token"]);
    }
    return this.#tokenReply(tokens);
  }

  async #codeProblem(
    issued: IssuedCode | undefined,
    fields: URLSearchParams,
  ): Promise<string | undefined> {
    if (issued === undefined) return "The authorization code is unknown";
    if (issued.used !== undefined) {
      return "The authorization code was used before";
    }
    if (this.#options.now() - issued.issuedAt > CODE_LIFETIME_MS) {
      return "The authorization code has expired";
    }
    if (fields.get("redirect_uri") !== issued.redirectUri) {
      return "redirect_uri is not the one of the authorize request";
    }
    const verifier = fields.get("code_verifier") ?? "";
    if (!/^[A-Za-z0-9._~-]{43,128}$/.test(verifier)) {
      return "code_verifier is not 43 to 128 unreserved characters";
    }
    const digest = await crypto.subtle.digest(
      "SHA-256",
      new TextEncoder().encode(verifier),
    );
    if (base64url(new Uint8Array(digest)) !== issued.challenge) {
      return "code_verifier does not match code_challenge";
    }
    return undefined;
  }

  async #refresh(
    exchange: Exchange,
    fields: URLSearchParams,
  ): Promise<Response> {
    const { record } = exchange;
    const { vault } = this.#options;
    for (const name of fields.keys()) {
      if (!REFRESH_FIELDS.includes(name)) {
        record.violations.push(`refresh with the field ${name}`);
      }
    }
    const outcome = this.refreshPlan.next();
    if (outcome in REFRESH_FAILURES) {
      return REFRESH_FAILURES[outcome]?.() ?? challenge();
    }
    if (outcome === "hang") return await silence(exchange);
    if (outcome === "drop") return dropped();
    const token = fields.get("refresh_token") ?? "";
    const entry = vault.refresh(token);
    if (entry === undefined || (!entry.grant.alive && !entry.spent)) {
      if (entry === undefined) record.violations.push("unknown refresh token");
      return codedError(
        "refresh_token_invalidated",
        "Your refresh token was revoked. Please sign in again.",
      );
    }
    if (entry.spent) {
      record.violations.push("refresh token used twice");
      // Reference, section 5: a replay can kill the grant; here it always does.
      entry.grant.alive = false;
      return codedError(
        "refresh_token_reused",
        "Your refresh token has already been used to generate a new access token. Please try signing in again.",
      );
    }
    if (outcome === "access_only") {
      const tokens = vault.mint(entry.grant);
      vault.withdraw(tokens.refreshToken);
      return this.#tokenReply(tokens, ["access_token"]);
    }
    vault.spend(token);
    const tokens = vault.mint(entry.grant);
    if (outcome === "lost") return dropped();
    if (outcome === "slow") await pause(400, exchange.gone);
    return this.#tokenReply(tokens);
  }

  #revoke({ record }: Exchange): Response {
    const { vault } = this.#options;
    const fields = mediaType(record.headers) === "application/json"
      ? jsonFields(record.body)
      : undefined;
    if (fields === undefined) {
      record.violations.push("revoke without a JSON object");
    }
    if (fields?.get("client_id") !== CLIENT_ID) {
      record.violations.push("revoke with a wrong client_id");
    }
    if (fields?.get("token_type_hint") !== "refresh_token") {
      record.violations.push("revoke with a wrong hint");
    }
    for (const name of ["authorization", "cookie"]) {
      if (record.headers.has(name)) {
        record.violations.push(`${name} header on /oauth/revoke`);
      }
    }
    const entry = vault.refresh(fields?.get("token") ?? "");
    if (entry === undefined) {
      record.violations.push("revoke of an unknown refresh token");
    } else entry.grant.alive = false;
    // RFC 7009, section 2.2: an unknown token is answered 200 too.
    return Response.json({});
  }

  #tokenReply(tokens: Tokens, only?: readonly string[]): Response {
    const reply: Record<string, unknown> = {
      id_token: tokens.idToken,
      access_token: tokens.accessToken,
      refresh_token: tokens.refreshToken,
    };
    const kept = Object.entries(reply).filter(([name]) =>
      only === undefined || only.includes(name)
    );
    const expires_in = Math.round(
      (tokens.expiresAt - this.#options.now()) / 1000,
    );
    const scope = "openid profile email offline_access";
    return Response.json({
      ...Object.fromEntries(kept),
      token_type: "Bearer",
      expires_in,
      scope,
    }, {
      headers: { "cache-control": "no-store" },
    });
  }
}

const REFRESH_FAILURES: Readonly<Record<string, () => Response>> = {
  expired: () =>
    codedError(
      "refresh_token_expired",
      "Your refresh token has expired. Please sign in again.",
    ),
  reused: () =>
    codedError(
      "refresh_token_reused",
      "Your refresh token has already been used.",
      400,
    ),
  invalidated: () =>
    codedError("refresh_token_invalidated", "Your refresh token was revoked."),
  invalid_grant: () =>
    Response.json({ error: "invalid_grant" }, { status: 400 }),
  other_400: () =>
    codedError(
      "invalid_request",
      "Something about this request is wrong.",
      400,
    ),
  unauthorized: () =>
    Response.json({ detail: "Unauthorized" }, { status: 401 }),
  server_error: () =>
    codedError("server_error", "The server had an error.", 500),
  rate_limited: () =>
    codedError("rate_limit_exceeded", "Too many requests.", 429),
  cloudflare: () => challenge(),
};

function codedError(code: string, message: string, status = 401): Response {
  return Response.json({
    error: { message, type: "invalid_request_error", param: null, code },
  }, { status });
}

function oauthError(
  error: string,
  error_description: string,
  status = 400,
): Response {
  return Response.json({ error, error_description }, { status });
}

function challenge(): Response {
  return new Response(cloudflarePage("challenge"), {
    status: 403,
    headers: CHALLENGE_HEADERS,
  });
}

function html(text: string, status: number): Response {
  return new Response(text, {
    status,
    headers: { "content-type": "text/html; charset=utf-8" },
  });
}

/** An answer that breaks before its body: the nearest thing to a dropped connection that an HTTP server can do. */
function dropped(): Response {
  const body = new ReadableStream({
    // Deno.serve reports a stream that fails, but not one that is shorter than its head says.
    pull: (controller): void => controller.close(),
  }, { highWaterMark: 0 });
  const headers = {
    "content-type": "application/json",
    "content-length": "1000",
  };
  return new Response(body, { headers });
}

function pause(ms: number, gone: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    gone.addEventListener("abort", () => {
      clearTimeout(timer);
      resolve();
    }, { once: true });
  });
}

function mediaType(headers: Headers): string {
  return (headers.get("content-type") ?? "").split(";", 1)[0]?.trim()
    .toLowerCase() ?? "";
}

function jsonFields(body: string): URLSearchParams | undefined {
  let value: unknown;
  try {
    value = JSON.parse(body);
  } catch {
    return undefined;
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    return undefined;
  }
  const fields = new URLSearchParams();
  for (const [name, field] of Object.entries(value)) {
    if (typeof field !== "string") return undefined;
    fields.append(name, field);
  }
  return fields;
}
