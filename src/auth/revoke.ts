import type { TokenRow } from "../store/tokens.ts";
import {
  challenged,
  isChallenge,
  type IssuerContext,
  postJson,
  type Reply,
  unreachable,
} from "./issuer.ts";
import { revokeBody } from "./wire.ts";

/** Less than other questions get: nothing waits for the answer. */
const DEADLINE_MS = 10_000;

const ACTION = "revoke the sign-in";

/**
 * Asks the issuer, once, to end a sign-in (RFC 7009), and with it whatever else uses the same one; says why it did not.
 *
 * @throws only the reason of the signal.
 */
export async function revokeTokens(
  { refreshToken, accessToken }: Pick<TokenRow, "refreshToken" | "accessToken">,
  context: IssuerContext,
): Promise<string | undefined> {
  const body = refreshToken === undefined
    ? revokeBody(accessToken, "access_token")
    : revokeBody(refreshToken, "refresh_token");
  let reply: Reply;
  try {
    const limited = { ...context, deadlineMs: DEADLINE_MS };
    reply = await postJson("/oauth/revoke", body, limited);
  } catch (error) {
    context.signal.throwIfAborted();
    const { issuer } = context;
    return unreachable(error, { action: ACTION, issuer, hint: "" }).message;
  }
  if (isChallenge(reply)) return challenged(ACTION, reply).message;
  if (reply.ok) return undefined;
  return `Cannot ${ACTION}: "${context.issuer.host}" answered with status ${reply.status}`;
}
