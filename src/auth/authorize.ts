import * as oauth from "oauth4webapi";
import { MekaError } from "../errors.ts";
import type { Host } from "../host.ts";
import { oneLine } from "../http/redact.ts";
import { issuerUrl } from "./issuer.ts";
import { ORIGINATOR } from "../version.ts";
import { CLIENT_ID } from "./wire.ts";

declare const checked: unique symbol;

/**
 * A callback whose state was compared, or a code that came from the issuer itself; only {@linkcode readCallback} and
 * {@linkcode codeFromIssuer} make one, and the exchange takes nothing else.
 */
export type AuthorizationCode = URLSearchParams & { readonly [checked]: true };

/** The secrets of one sign-in, made anew each time. */
export interface Attempt {
  /** PKCE code verifier (RFC 7636, section 4.1). */
  readonly verifier: string;
  /** Its S256 challenge (RFC 7636, section 4.2). */
  readonly challenge: string;
  /** Ties the callback to this process (RFC 6749, section 10.12). */
  readonly state: string;
}

/** What a request to the callback turned out to be. */
export type CallbackReading =
  /** Not an answer to this sign-in: nothing else in it was looked at. */
  | { readonly type: "foreign" }
  | { readonly type: "failed"; readonly error: MekaError }
  | { readonly type: "code"; readonly code: AuthorizationCode };

/** Draws a verifier of 86 and a state of 43 characters. */
export async function createAttempt(
  host: Pick<Host, "randomBytes">,
): Promise<Attempt> {
  const verifier = base64url(host.randomBytes(64));
  return {
    verifier,
    challenge: await oauth.calculatePKCECodeChallenge(verifier),
    state: base64url(host.randomBytes(32)),
  };
}

/** The page on which a person signs in; `redirectUri` must be byte for byte that of the exchange. */
export function authorizeUrl(
  attempt: Attempt,
  options: { readonly issuer: URL; readonly redirectUri: string },
): URL {
  const url = issuerUrl(options.issuer, "/oauth/authorize");
  url.search = new URLSearchParams([
    ["response_type", "code"],
    ["client_id", CLIENT_ID],
    ["redirect_uri", options.redirectUri],
    ["code_challenge", attempt.challenge],
    ["code_challenge_method", "S256"],
    ["state", attempt.state],
    ["scope", "openid profile email offline_access"],
    ["id_token_add_organizations", "true"],
    ["codex_cli_simplified_flow", "true"],
    ["originator", ORIGINATOR],
  ]).toString();
  return url;
}

/** Judges a callback: the state first and in constant time, then the rest (RFC 6749, section 4.1.2). */
export function readCallback(
  parameters: URLSearchParams,
  expected: { readonly state: string; readonly issuer: URL },
): CallbackReading {
  const [state, ...more] = parameters.getAll("state");
  if (
    state === undefined || more.length > 0 ||
    !equalInConstantTime(state, expected.state)
  ) return { type: "foreign" };
  const error = parameters.get("error");
  if (error !== null) {
    return failed(deniedWords(error, parameters.get("error_description")));
  }
  // RFC 6749, section 3.1: no parameter may come twice.
  const codes = parameters.getAll("code");
  if (codes.length !== 1 || codes[0] === "") {
    return failed("the issuer's answer holds no code");
  }
  try {
    const valid = oauth.validateAuthResponse(
      { issuer: issuerName(expected.issuer, parameters.get("iss")) },
      { client_id: CLIENT_ID },
      parameters,
      expected.state,
    );
    return { type: "code", code: valid as AuthorizationCode };
  } catch {
    // The library's error carries the parameters, the code among them.
    return failed("the issuer's answer is not a valid one");
  }
}

/** A code from the body of the issuer's own answer: no redirect carried it, so there is no state to compare. */
export function codeFromIssuer(code: string, issuer: URL): AuthorizationCode {
  const valid = oauth.validateAuthResponse(
    { issuer: issuerName(issuer, null) },
    { client_id: CLIENT_ID },
    new URLSearchParams({ code }),
    oauth.expectNoState,
  );
  return valid as AuthorizationCode;
}

function equalInConstantTime(given: string, wanted: string): boolean {
  const encoder = new TextEncoder();
  const left = encoder.encode(given);
  const right = encoder.encode(wanted);
  let difference = left.length ^ right.length;
  for (const [index, byte] of left.entries()) {
    difference |= byte ^ (right[index % right.length] ?? 0);
  }
  return difference === 0;
}

function deniedWords(error: string, description: string | null): string {
  if (error === "access_denied" && !description) return "it was denied";
  return `the issuer says "${oneLine(description || error, 300)}"`;
}

function failed(words: string): CallbackReading {
  return {
    type: "failed",
    error: new MekaError("auth", `The sign-in failed: ${words}`, {
      hint: "Run `meka setup` again",
    }),
  };
}

/** An issuer's name has a slash at its end or not; RFC 9207, section 2.4, compares it as a string. */
function issuerName(issuer: URL, named: string | null): string {
  const bare = issuer.href.replace(/\/+$/, "");
  return named === `${bare}/` ? named : bare;
}

function base64url(bytes: Uint8Array): string {
  return btoa(String.fromCharCode(...bytes))
    .replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}
