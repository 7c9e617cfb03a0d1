import { ORIGINATOR } from "../../version.ts";
import type { Access } from "../../message.ts";

/** The Codex release that this was checked against, for the endpoints that grade their answer by it (reference 9, 17). */
export const CLIENT_VERSION = "0.169.0";

/** What proves who we are and says what we are, on each request to the service (contract, section 6). */
export function identify(
  access: Pick<Access, "credential" | "userAgent">,
): Headers {
  const { credential } = access;
  if (credential.type !== "oauth") throw new Error("a sign-in is due here");
  const { accessToken, accountId, fedramp } = credential;
  const headers = new Headers({
    "authorization": `Bearer ${accessToken}`,
    "originator": ORIGINATOR,
    "user-agent": access.userAgent,
  });
  if (accountId !== undefined) headers.set("chatgpt-account-id", accountId);
  if (fedramp) headers.set("x-openai-fedramp", "true");
  return headers;
}

/** An endpoint of the service, whose base URL may have a path of its own. */
export function endpoint(baseUrl: URL, path: string): URL {
  const url = new URL(baseUrl);
  url.pathname = `${url.pathname.replace(/\/+$/, "")}/backend-api/${path}`;
  url.search = "";
  url.hash = "";
  return url;
}
