import { oneLine } from "../http/redact.ts";

/** The public client that the Codex sign-in is registered under; it has no secret (RFC 6749, section 2.1). */
export const CLIENT_ID = "app_EMoamEEZ73f0CkXaXp7hrann";

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

/** A sign-in that waits for a person to enter its code on the issuer's page. */
export interface DeviceCode {
  /** Stands for this sign-in in each question about it. */
  readonly id: string;
  /** What the person enters. */
  readonly userCode: string;
  /** The time between two questions. */
  readonly intervalMs: number;
}

/** What a sign-in with a device code ends in; the issuer made the PKCE pair itself. */
export interface DeviceGrant {
  readonly code: string;
  readonly verifier: string;
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

/** The JSON body that starts a sign-in with a device code. */
export function deviceStartBody(): string {
  return JSON.stringify({ client_id: CLIENT_ID });
}

/** The JSON body that asks whether the code was entered. */
export function devicePollBody(device: DeviceCode): string {
  return JSON.stringify({
    device_auth_id: device.id,
    user_code: device.userCode,
  });
}

/** Reads the code that a person is to enter; a text says which field is missing or wrong. */
export function readDeviceCode(body: unknown): DeviceCode | string {
  const answer = fields(body);
  const id = nonEmpty(answer.device_auth_id);
  if (id === undefined) return "device_auth_id";
  // Two spellings are in use; an answer with both could mean either.
  if (answer.user_code !== undefined && answer.usercode !== undefined) {
    return "user_code and usercode together";
  }
  const userCode = headerValue(answer.user_code ?? answer.usercode);
  if (userCode === undefined || userCode.length > 64) return "user_code";
  const seconds = deviceInterval(answer.interval);
  if (seconds === undefined) return "interval";
  return { id, userCode, intervalMs: seconds * 1000 };
}

/** Reads what the issuer hands over once the code was entered; a text says which field is missing or wrong. */
export function readDeviceGrant(body: unknown): DeviceGrant | string {
  const answer = fields(body);
  const code = nonEmpty(answer.authorization_code);
  if (code === undefined) return "authorization_code";
  const verifier = nonEmpty(answer.code_verifier);
  if (verifier === undefined) return "code_verifier";
  return { code, verifier };
}

/** The JSON body that asks the issuer to end a sign-in (RFC 7009, section 2.1). */
export function revokeBody(
  token: string,
  type: "refresh_token" | "access_token",
): string {
  return JSON.stringify({
    token,
    token_type_hint: type,
    client_id: CLIENT_ID,
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

/** Sent as text; a number means the same. RFC 8628, section 3.2, has a default where none is named. */
function deviceInterval(value: unknown): number | undefined {
  if (value === undefined) return 5;
  const text = typeof value === "number" ? String(value) : value;
  if (typeof text !== "string" || !/^\d{1,4}$/.test(text)) return undefined;
  return Math.min(Math.max(Number(text), 1), 60);
}
