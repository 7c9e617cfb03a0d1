import {
  afterUnauthorized,
  type CredentialContext,
  currentCredential,
  environmentCredential,
} from "../auth/credentials.ts";
import { readClaims } from "../auth/wire.ts";
import { readAccountId, readTokens } from "../store/tokens.ts";
import { NOBODY, type SignIn, type SignInContext } from "./sign_in.ts";

/** The token of the environment, else that of `meka setup`. */
export function signInOauth(
  { context, settings, store, fetch }: SignInContext,
): SignIn {
  const { host, userAgent } = context;
  const provider = settings.provider.value;
  const given = environmentCredential(host);
  const issuer = settings.issuer.value;
  const source: Omit<CredentialContext, "signal"> = {
    provider,
    store,
    host,
    fetch,
    issuer,
    userAgent,
  };
  return {
    given: given !== undefined,
    cookies: true,
    owner: (database) =>
      given === undefined ? readAccountId(database, provider) : given.accountId,
    identity: (database) => {
      if (given !== undefined) {
        return { ...readClaims(given), refreshedAt: undefined };
      }
      const row = database && readTokens(database, provider);
      return row ?? NOBODY;
    },
    current: (signal) => currentCredential({ ...source, signal }),
    afterUnauthorized: (spent, signal) => {
      if (spent.type !== "oauth") throw new Error("a sign-in is due here");
      return afterUnauthorized(spent, { ...source, signal });
    },
  };
}
