import { authorizeProblems } from "./authorize.ts";
import { type Authorization, CodeBook } from "./codes.ts";
import { jsonFields, mediaType } from "./form.ts";
import { consentPage, refusalPage } from "./pages.ts";
import type { Exchange } from "./record.ts";
import { TokenEndpoint } from "./token_endpoint.ts";
import { CLIENT_ID, randomText, type Vault } from "./tokens.ts";

/** What the issuer is built from. */
export interface IssuerOptions {
  readonly vault: Vault;
  readonly now: () => number;
  readonly email: string;
  readonly redirectPorts: readonly number[];
}

/** The stand-in of auth.openai.com. */
export class Issuer {
  readonly tokens: TokenEndpoint;
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
}

function html(text: string, status: number): Response {
  return new Response(text, {
    status,
    headers: { "content-type": "text/html; charset=utf-8" },
  });
}
