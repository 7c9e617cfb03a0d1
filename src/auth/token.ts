import { MekaError } from "../errors.ts";
import { retryAfterMs } from "../http/backoff.ts";
import type { AuthorizationCode } from "./authorize.ts";
import {
  ask,
  challenged,
  isChallenge,
  type IssuerContext,
  issuerUrl,
  postJson,
  type Reply,
  unreachable,
} from "./issuer.ts";
import {
  CLIENT_ID,
  readErrorCode,
  readErrorDescription,
  readTokenAnswer,
  refreshBody,
  type RefreshReason,
  type TokenAnswer,
} from "./wire.ts";

/** Codes after which the refresh token will never work again, whatever the status, in a person's words. */
const PERMANENT_CODES: ReadonlyMap<string | undefined, string> = new Map([
  ["refresh_token_expired", "the refresh token has expired"],
  ["refresh_token_reused", "the refresh token was already used"],
  ["refresh_token_invalidated", "the refresh token was revoked"],
]);

/** How a refresh ended; both failures carry the error to throw if there is no living token to fall back on. */
export type RefreshResult =
  | { readonly class: "renewed"; readonly tokens: TokenAnswer }
  /** The refresh token will never work again; `code` says why in the issuer's word. */
  | {
    readonly class: "permanent";
    readonly code: string;
    readonly error: MekaError;
  }
  /** Nothing was learned about the token; a later try may work. */
  | { readonly class: "transient"; readonly error: MekaError };

/** A whole sign-in: the exchange must bring all three. */
export interface IssuedTokens {
  readonly idToken: string;
  readonly accessToken: string;
  readonly refreshToken: string;
}

/** Asks for new tokens with a refresh token (RFC 6749, section 6), in the JSON encoding of the first-party client. */
export async function refreshTokens(
  refreshToken: string,
  reason: RefreshReason,
  context: IssuerContext,
): Promise<RefreshResult> {
  try {
    const body = refreshBody(refreshToken, reason);
    return classify(await postJson("/oauth/token", body, context), context);
  } catch (error) {
    context.signal.throwIfAborted();
    return {
      class: "transient",
      error: unreachable(error, {
        action: "refresh the sign-in",
        issuer: context.issuer,
        hint: "Check the network, then try again",
      }),
    };
  }
}

/**
 * Trades the code for tokens (RFC 6749, section 4.1.3). Sent once only: after a lost answer the code may be spent
 * (section 4.1.2), and a second use makes an issuer revoke what it issued.
 */
export async function exchangeCode(
  code: AuthorizationCode,
  attempt: { readonly redirectUri: string; readonly verifier: string },
  context: IssuerContext,
): Promise<IssuedTokens> {
  const oauth = await import("oauth4webapi");
  const action = "finish the sign-in";
  let reply: Reply;
  try {
    reply = await ask(context, (signal) =>
      oauth.authorizationCodeGrantRequest(
        {
          issuer: context.issuer.href,
          token_endpoint: issuerUrl(context.issuer, "/oauth/token").href,
        },
        { client_id: CLIENT_ID },
        oauth.None(),
        code,
        attempt.redirectUri,
        attempt.verifier,
        {
          headers: { "user-agent": context.userAgent },
          [oauth.customFetch]: (url, init) =>
            context.fetch(
              new Request(url, {
                method: "POST",
                headers: init.headers,
                body: init.body,
                redirect: "manual",
                credentials: "omit",
                signal,
              }),
            ),
          // The caller has refused plain http to any host but a loopback one.
          [oauth.allowInsecureRequests]: context.issuer.protocol === "http:",
        },
      ));
  } catch (error) {
    context.signal.throwIfAborted();
    throw unreachable(error, {
      action,
      issuer: context.issuer,
      hint: SIGN_IN_AGAIN,
    });
  }
  if (isChallenge(reply)) throw challenged(action, reply);
  if (!reply.ok) throw refusedSignIn(reply);
  const { idToken, accessToken, refreshToken } = readTokenAnswer(reply.body);
  if (
    idToken === undefined || accessToken === undefined ||
    refreshToken === undefined
  ) {
    throw new MekaError(
      "auth",
      "Cannot finish the sign-in: the issuer's answer lacks a token",
      { hint: SIGN_IN_AGAIN },
    );
  }
  return { idToken, accessToken, refreshToken };
}

const SIGN_IN_AGAIN = "Run `meka setup` again";

function classify(reply: Reply, context: IssuerContext): RefreshResult {
  const action = "refresh the sign-in";
  if (isChallenge(reply)) {
    return { class: "transient", error: challenged(action, reply) };
  }
  const code = readErrorCode(reply.body);
  if (!reply.ok && isPermanent(reply.status, code)) {
    return {
      class: "permanent",
      code: code ?? "unauthorized",
      error: refusedRefresh(code),
    };
  }
  const tokens = readTokenAnswer(reply.body);
  if (
    reply.ok &&
    (tokens.accessToken !== undefined || tokens.refreshToken !== undefined)
  ) return { class: "renewed", tokens };
  const what = reply.ok
    ? "sent no token"
    : `answered with status ${reply.status}${code ? ` ("${code}")` : ""}`;
  return {
    class: "transient",
    error: new MekaError(
      "network",
      `Cannot ${action}: "${context.issuer.host}" ${what}`,
      {
        hint: "Try again in a moment",
        retry: { afterMs: retryAfterMs(reply.headers, context.host.now()) },
      },
    ),
  };
}

function isPermanent(status: number, code: string | undefined): boolean {
  return status === 401 || PERMANENT_CODES.has(code) ||
    (status === 400 && code === "invalid_grant");
}

/** The error for a refresh token that is known to be refused. */
export function refusedRefresh(code: string | undefined): MekaError {
  const why = PERMANENT_CODES.get(code) ??
    "the issuer refused the refresh token";
  return new MekaError(
    "auth",
    `Cannot refresh the sign-in: ${why}`,
    { hint: "Run `meka setup`" },
  );
}

/** The error for a sign-in that the issuer did not finish, in its own words. */
export function refusedSignIn(reply: Reply): MekaError {
  const words = readErrorDescription(reply.body) ?? readErrorCode(reply.body);
  const transient = reply.status === 429 || reply.status >= 500 ||
    reply.status < 400;
  return new MekaError(
    transient ? "network" : "auth",
    `Cannot finish the sign-in: the issuer answered with status ${reply.status}${
      words === undefined ? "" : ` ("${words}")`
    }`,
    { hint: SIGN_IN_AGAIN },
  );
}
