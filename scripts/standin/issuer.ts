import { authorizeProblems } from "./authorize.ts";
import { type Authorization, CodeBook } from "./codes.ts";
import { DeviceEndpoint } from "./device_endpoint.ts";
import { consentPage, refusalPage } from "./pages.ts";
import type { Exchange } from "./record.ts";
import { RevokeEndpoint } from "./revoke_endpoint.ts";
import { TokenEndpoint } from "./token_endpoint.ts";
import { randomText, type Vault } from "./tokens.ts";

/** What the issuer is built from. */
export interface IssuerOptions {
  readonly vault: Vault;
  readonly now: () => number;
  readonly email: string;
  readonly redirectPorts: readonly number[];
  /** The issuer's own origin. */
  readonly origin: () => string;
  /** Seconds between polls for a device code, as the text that is sent. */
  readonly deviceInterval: string;
  /** After so many polls a device code counts as approved. */
  readonly approveDeviceAfter: number;
}

/** The stand-in of auth.openai.com. */
export class Issuer {
  readonly tokens: TokenEndpoint;
  readonly device: DeviceEndpoint;
  readonly revoke: RevokeEndpoint;
  readonly #options: IssuerOptions;
  readonly #codes: CodeBook;
  readonly #pending = new Map<string, Authorization>();

  constructor(options: IssuerOptions) {
    this.#options = options;
    this.#codes = new CodeBook(options.vault, options.now);
    this.tokens = new TokenEndpoint({
      vault: options.vault,
      codes: this.#codes,
      now: options.now,
    });
    this.device = new DeviceEndpoint({
      codes: this.#codes,
      origin: options.origin,
      interval: options.deviceInterval,
      approveAfter: options.approveDeviceAfter,
    });
    this.revoke = new RevokeEndpoint(options.vault);
  }

  /** Forgets what is planned. */
  reset(): void {
    this.tokens.refreshPlan.set([]);
    this.tokens.exchangePlan.set([]);
    this.device.plan.set([]);
    this.revoke.plan.set([]);
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
        return await this.tokens.answer(exchange);
      case "POST /oauth/revoke":
        return await this.revoke.answer(exchange);
      case "POST /api/accounts/deviceauth/usercode":
        return await this.device.userCode(exchange);
      case "POST /api/accounts/deviceauth/token":
        return await this.device.token(exchange);
      case "GET /codex/device":
        return this.device.page();
      case "POST /codex/device/decision":
        return this.device.decide(exchange);
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
      const code = this.#codes.issue(pending);
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
}

function html(text: string, status: number): Response {
  return new Response(text, {
    status,
    headers: { "content-type": "text/html; charset=utf-8" },
  });
}
