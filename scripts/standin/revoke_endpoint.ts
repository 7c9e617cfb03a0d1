import { jsonFields, mediaType } from "./form.ts";
import { Plan } from "./plan.ts";
import { type Exchange, silence } from "./record.ts";
import { codedError, dropped } from "./token_replies.ts";
import { CLIENT_ID, type Vault } from "./tokens.ts";

/** What a revocation can be told to do; all but `ok` revoke nothing. */
export const REVOKE_OUTCOMES = [
  "ok",
  "server_error",
  "unauthorized",
  "hang",
  "drop",
] as const;

/** `POST /oauth/revoke` (reference, section 3.8). */
export class RevokeEndpoint {
  readonly plan: Plan<typeof REVOKE_OUTCOMES[number]> = new Plan(
    REVOKE_OUTCOMES,
    "ok",
  );
  readonly #vault: Vault;

  constructor(vault: Vault) {
    this.#vault = vault;
  }

  /** Answers one request. */
  async answer(exchange: Exchange): Promise<Response> {
    const { headers, body, violations } = exchange.record;
    const fields = mediaType(headers) === "application/json"
      ? jsonFields(body)
      : undefined;
    if (fields === undefined) violations.push("revoke without a JSON object");
    if (fields?.get("client_id") !== CLIENT_ID) {
      violations.push("revoke with a wrong client_id");
    }
    if (fields?.get("token_type_hint") !== "refresh_token") {
      violations.push("revoke with a wrong hint");
    }
    for (const name of fields?.keys() ?? []) {
      if (!["token", "token_type_hint", "client_id"].includes(name)) {
        violations.push(`revoke with the field ${name}`);
      }
    }
    for (const name of ["authorization", "cookie"]) {
      if (headers.has(name)) {
        violations.push(`${name} header on /oauth/revoke`);
      }
    }
    switch (this.plan.next()) {
      case "server_error":
        return codedError("server_error", "The server had an error.", 500);
      case "unauthorized":
        return Response.json({ detail: "Unauthorized" }, { status: 401 });
      case "hang":
        return await silence(exchange);
      case "drop":
        return dropped();
      case "ok":
        break;
    }
    const entry = this.#vault.refresh(fields?.get("token") ?? "");
    if (entry === undefined) {
      violations.push("revoke of an unknown refresh token");
    } else entry.grant.alive = false;
    // RFC 7009, section 2.2: an unknown token is answered 200 too.
    return Response.json({});
  }
}
