import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import Provider from "oidc-provider";
import type { Fetch } from "../../src/http/fetch.ts";
import { CLIENT_ID } from "../../src/auth/wire.ts";

/** A certified authorization server on loopback, set up like the issuer that meka knows. */
export interface OidcIssuer extends AsyncDisposable {
  readonly url: URL;
  /**
   * For meka's requests to it. It understands forms only (RFC 6749, section 4.1.3 and 6; RFC 7009, section 2.1), while
   * the first-party client, and so meka, refreshes and revokes with JSON: that is translated here, and nothing else.
   */
  readonly fetch: Fetch;
  /** Plays the browser of a person who agrees, or not; gives the address that it is sent to in the end. */
  visit(page: URL, options?: { readonly deny?: boolean }): Promise<string>;
}

const SCOPES = "openid profile email offline_access";

/** Starts a server with one account: PKCE required, refresh tokens rotated and used once. */
export async function startOidcIssuer(): Promise<OidcIssuer> {
  const server = createServer();
  await new Promise<void>((resolve) =>
    server.listen(0, "127.0.0.1", () => resolve())
  );
  const { port } = server.address() as AddressInfo;
  const url = new URL(`http://127.0.0.1:${port}`);
  const provider = new Provider(url.origin, await configuration());
  const answer = provider.callback();
  let denies = false;
  server.on("request", async (request, response) => {
    if (!request.url?.startsWith("/interaction/")) {
      return answer(request, response);
    }
    // The person's page: signs in and agrees, or refuses, at once.
    const accountId = "someone";
    const grant = new provider.Grant({ accountId, clientId: CLIENT_ID });
    grant.addOIDCScope(SCOPES);
    const result = denies
      ? { error: "access_denied", ["error_description"]: "They said no" }
      : { login: { accountId }, consent: { grantId: await grant.save() } };
    await provider.interactionFinished(request, response, result);
  });
  return {
    url,
    fetch: async (request) => await fetch(await asForm(request)),
    visit: async (page, { deny = false } = {}) => {
      denies = deny;
      return await follow(page);
    },
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}

async function configuration(): Promise<Record<string, unknown>> {
  const { privateKey } = await crypto.subtle.generateKey(
    {
      name: "RSASSA-PKCS1-v1_5",
      modulusLength: 2048,
      publicExponent: new Uint8Array([1, 0, 1]),
      hash: "SHA-256",
    },
    true,
    ["sign", "verify"],
  );
  const key = await crypto.subtle.exportKey("jwk", privateKey);
  return {
    clients: [{
      ["client_id"]: CLIENT_ID,
      ["application_type"]: "native",
      ["token_endpoint_auth_method"]: "none",
      ["grant_types"]: ["authorization_code", "refresh_token"],
      ["redirect_uris"]: [1455, 1457].map((port) =>
        `http://localhost:${port}/auth/callback`
      ),
    }],
    routes: {
      authorization: "/oauth/authorize",
      token: "/oauth/token",
      revocation: "/oauth/revoke",
    },
    pkce: { required: () => true },
    rotateRefreshToken: true,
    issueRefreshToken: () => true,
    // What ChatGPT's tokens say about their owner.
    claims: {
      openid: ["sub", "https://api.openai.com/auth"],
      email: ["email"],
    },
    conformIdTokenClaims: false,
    findAccount: (_: unknown, accountId: string) => ({
      accountId,
      claims: () => ({
        sub: accountId,
        email: "someone@example.com",
        "https://api.openai.com/auth": {
          ["chatgpt_account_id"]: "acct-someone",
          ["chatgpt_plan_type"]: "pro",
        },
      }),
    }),
    features: {
      devInteractions: { enabled: false },
      revocation: { enabled: true, allowedPolicy: () => true },
    },
    cookies: { keys: ["a key of no worth"] },
    jwks: { keys: [{ ...key, use: "sig", alg: "RS256", kid: "k" }] },
    ttl: {
      AccessToken: 3600,
      AuthorizationCode: 60,
      Grant: 3600,
      IdToken: 3600,
      Interaction: 3600,
      RefreshToken: 3600,
      Session: 3600,
    },
  };
}

/** Follows redirects with cookies until one leads away. */
async function follow(page: URL): Promise<string> {
  const cookies = new Map<string, string>();
  for (let url = page;;) {
    const cookie = [...cookies].map((pair) => pair.join("=")).join("; ");
    const response = await fetch(url, {
      headers: { cookie },
      redirect: "manual",
    });
    const text = await response.text();
    for (const line of response.headers.getSetCookie()) {
      const [, name = "", value = ""] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
      cookies.set(name, value);
    }
    const location = response.headers.get("location");
    if (location === null) throw new Error(`${response.status}: ${text}`);
    const next = new URL(location, url);
    if (next.origin !== page.origin) return next.href;
    url = next;
  }
}

async function asForm(request: Request): Promise<Request> {
  if (request.headers.get("content-type") !== "application/json") {
    return request;
  }
  const headers = new Headers(request.headers);
  headers.delete("content-type");
  const fields: Record<string, string> = await request.json();
  const { signal, redirect } = request;
  const body = new URLSearchParams(fields);
  return new Request(request.url, {
    method: "POST",
    headers,
    body,
    signal,
    redirect,
  });
}
