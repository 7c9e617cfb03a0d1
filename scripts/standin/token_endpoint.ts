// deno-lint-ignore-file camelcase -- names are the server's
import type { CodeBook } from "./codes.ts";
import { jsonFields, mediaType } from "./form.ts";
import { Plan } from "./plan.ts";
import { type Exchange, silence } from "./record.ts";
import {
  challenge,
  codedError,
  dropped,
  oauthError,
  REFRESH_FAILURES,
} from "./token_replies.ts";
import { CLIENT_ID, type Tokens, type Vault } from "./tokens.ts";

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

/** The endpoint that exchanges codes and refreshes tokens. */
export class TokenEndpoint {
  readonly exchangePlan: Plan<typeof EXCHANGE_OUTCOMES[number]> = new Plan(
    EXCHANGE_OUTCOMES,
    "ok",
  );
  readonly refreshPlan: Plan<typeof REFRESH_OUTCOMES[number]> = new Plan(
    REFRESH_OUTCOMES,
    "ok",
  );
  readonly #vault: Vault;
  readonly #codes: CodeBook;
  readonly #now: () => number;

  constructor(options: { vault: Vault; codes: CodeBook; now: () => number }) {
    this.#vault = options.vault;
    this.#codes = options.codes;
    this.#now = options.now;
  }

  /** Answers one request to `/oauth/token`. */
  async answer(exchange: Exchange): Promise<Response> {
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
      record.violations.push("the body is not a JSON object of strings");
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
    const grant = await this.#codes.redeem(fields);
    if (typeof grant === "string") {
      record.violations.push(grant);
      return oauthError("invalid_grant", grant);
    }
    const tokens = this.#vault.mint(grant);
    if (outcome === "missing_refresh_token") {
      this.#vault.withdraw(tokens.refreshToken);
      return this.#tokenReply(tokens, ["id_token", "access_token"]);
    }
    return this.#tokenReply(tokens);
  }

  async #refresh(
    exchange: Exchange,
    fields: URLSearchParams,
  ): Promise<Response> {
    const { record } = exchange;
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
    const entry = this.#vault.refresh(token);
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
      const tokens = this.#vault.mint(entry.grant);
      this.#vault.withdraw(tokens.refreshToken);
      return this.#tokenReply(tokens, ["access_token"]);
    }
    this.#vault.spend(token);
    const tokens = this.#vault.mint(entry.grant);
    if (outcome === "lost") return dropped();
    if (outcome === "slow") await pause(400, exchange.gone);
    return this.#tokenReply(tokens);
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
    const expires_in = Math.ceil(
      (tokens.expiresAt - this.#now()) / 1000,
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

function pause(ms: number, gone: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    gone.addEventListener("abort", () => {
      clearTimeout(timer);
      resolve();
    }, { once: true });
  });
}
