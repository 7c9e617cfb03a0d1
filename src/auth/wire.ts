import { oneLine } from "../http/redact.ts";

/** The public client that the Codex sign-in is registered under; it has no secret (RFC 6749, section 2.1). */
export const CLIENT_ID = "app_EMoamEEZ73f0CkXaXp7hrann";

/** What meka calls itself towards the issuer and the service. */
export const ORIGINATOR = "meka_cli";

/** Why a refresh is asked for, in the issuer's words. */
export type RefreshReason =
  | "proactive_expiry"
  | "scheduled"
  | "unauthorized_recovery";

/** A token endpoint's answer; a refresh may leave out what it does not replace. */
export interface TokenAnswer {
  readonly idToken: string | undefined;
  readonly accessToken: string | undefined;
  readonly refreshToken: string | undefined;
}

/** What the tokens say about their owner. */
export interface Claims {
  readonly accountId: string | undefined;
  readonly plan: string | undefined;
  readonly email: string | undefined;
  readonly fedramp: boolean;
  /** Epoch seconds; undefined when the access token has no readable `exp`. */
  readonly expiresAt: number | undefined;
}

type Fields = Readonly<Record<string, unknown>>;

/**
 * The claims of a JWT (RFC 7519, section 3), undefined when it is not one. The signature is not checked: the tokens
 * come from the issuer over TLS, and the service checks them.
 *
 * @example An opaque token has no claims
 * ```ts
 * import assert from "node:assert/strict";
 * assert.deepEqual(readJwtPayload(`e30.${btoa('{"exp":1}')}.sig`), { exp: 1 });
 * assert.equal(readJwtPayload("opaque"), undefined);
 * ```
 */
export function readJwtPayload(token: string): Fields | undefined {
  const parts = token.split(".");
  if (parts.length !== 3 || !parts.every(isBase64Url)) return undefined;
  try {
    const binary = atob(parts[1]!.replaceAll("-", "+").replaceAll("_", "/"));
    const bytes = Uint8Array.from(binary, (char) => char.charCodeAt(0));
    const text = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
    const payload: unknown = JSON.parse(text);
    return isFields(payload) ? payload : undefined;
  } catch {
    return undefined;
  }
}

/** Reads who signed in and for how long. An organization id is never taken for an account id: routing refuses it. */
export function readClaims(
  tokens: { idToken?: string | undefined; accessToken: string },
): Claims {
  const id = readJwtPayload(tokens.idToken ?? "") ?? {};
  const access = readJwtPayload(tokens.accessToken) ?? {};
  const idAuth = fields(id["https://api.openai.com/auth"]);
  const accessAuth = fields(access["https://api.openai.com/auth"]);
  return {
    accountId: headerValue(idAuth.chatgpt_account_id) ??
      headerValue(accessAuth.chatgpt_account_id),
    plan: words(idAuth.chatgpt_plan_type) ??
      words(accessAuth.chatgpt_plan_type),
    email: emailOf(id) ?? emailOf(access),
    // The access token's own claim has no effect on the service.
    fedramp: idAuth.chatgpt_account_is_fedramp === true,
    expiresAt: epochSeconds(access.exp),
  };
}

/** Takes the tokens out of an answer; a field that is missing or no usable string is undefined. */
export function readTokenAnswer(body: unknown): TokenAnswer {
  const answer = fields(body);
  return {
    idToken: nonEmpty(answer.id_token),
    accessToken: headerValue(answer.access_token),
    refreshToken: nonEmpty(answer.refresh_token),
  };
}

/** The failure's code in lower case: `error.code`, else `error`, else the top-level `code`. */
export function readErrorCode(body: unknown): string | undefined {
  const answer = fields(body);
  const code = words(fields(answer.error).code) ?? words(answer.error) ??
    words(answer.code);
  return code?.toLowerCase();
}

/** The issuer's own sentence on a failure (RFC 6749, section 5.2), fit for a terminal. */
export function readErrorDescription(body: unknown): string | undefined {
  const answer = fields(body);
  return words(answer.error_description) ??
    words(fields(answer.error).message) ?? words(answer.message);
}

/** The JSON body of a refresh. */
export function refreshBody(
  refreshToken: string,
  reason: RefreshReason,
): string {
  return JSON.stringify({
    client_id: CLIENT_ID,
    grant_type: "refresh_token",
    refresh_reason: reason,
    refresh_token: refreshToken,
  });
}

/** Tells whether a text can stand in a header as it is: visible ASCII (RFC 6750, section 2.1, is narrower still). */
export function isHeaderSafe(text: string): boolean {
  return /^[\x21-\x7e]+$/.test(text);
}

function isBase64Url(part: string): boolean {
  return /^[A-Za-z0-9_-]+$/.test(part);
}

function isFields(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function fields(value: unknown): Fields {
  return isFields(value) ? value : {};
}

function nonEmpty(value: unknown): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}

function words(value: unknown): string | undefined {
  return typeof value === "string" ? nonEmpty(oneLine(value, 300)) : undefined;
}

function headerValue(value: unknown): string | undefined {
  return typeof value === "string" && isHeaderSafe(value) ? value : undefined;
}

function emailOf(claims: Fields): string | undefined {
  return words(claims.email) ??
    words(fields(claims["https://api.openai.com/profile"]).email);
}

function epochSeconds(value: unknown): number | undefined {
  if (typeof value !== "number") return undefined;
  // A NumericDate may have a fraction; SQLite's column and JavaScript's safe integers have a limit.
  const seconds = Math.floor(value);
  return Number.isSafeInteger(seconds) && seconds > 0 ? seconds : undefined;
}
