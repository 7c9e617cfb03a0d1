/** A proxy, and the variable that names it. */
export interface Proxy {
  readonly variable: string;
  /** May hold a user and a password, so it is shown as {@linkcode proxyName} only. */
  readonly url: URL;
}

/** In the order in which the runtime looks at them. */
const VARIABLES = {
  "http:": ["ALL_PROXY", "all_proxy", "HTTP_PROXY", "http_proxy"],
  "https:": ["ALL_PROXY", "all_proxy", "HTTPS_PROXY", "https_proxy"],
} as const;

/** What the runtime can speak to a proxy. */
const SCHEMES = /^(?:https?|socks5h?):$/;

/**
 * The proxy that the runtime takes for a URL: it reads these variables by itself, so this is for telling of them only.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * const env = (name: string) =>
 *   ({ HTTPS_PROXY: "proxy.corp:3128", NO_PROXY: ".intra.corp" })[name];
 * const found = findProxy(new URL("https://chatgpt.com"), env);
 * assert.equal(found?.variable, "HTTPS_PROXY");
 * assert.equal(found?.url.host, "proxy.corp:3128");
 * const inside = new URL("https://git.intra.corp");
 * assert.equal(findProxy(inside, env), undefined);
 * ```
 */
export function findProxy(
  target: URL,
  env: (name: string) => string | undefined,
): Proxy | undefined {
  const variables = target.protocol === "https:"
    ? VARIABLES["https:"]
    : VARIABLES["http:"];
  if (isExempt(target.hostname, env("NO_PROXY") ?? env("no_proxy") ?? "")) {
    return undefined;
  }
  for (const variable of variables) {
    const url = readProxy(env(variable) ?? "");
    if (url !== undefined) return { variable, url };
  }
  return undefined;
}

/** A proxy's address without the user and the password in it. */
export function proxyName({ url }: Proxy): string {
  return url.port === "" ? `${url.hostname}:${defaultPort(url)}` : url.host;
}

/** The port that a scheme means without one. */
export function defaultPort(url: URL): number {
  if (url.protocol === "https:") return 443;
  return url.protocol === "http:" ? 80 : 1080;
}

/** The runtime passes over what it cannot read, and so does this. */
function readProxy(text: string): URL | undefined {
  if (text === "") return undefined;
  const named = text.includes("://") ? text : `http://${text}`;
  const url = URL.parse(named);
  return url !== null && SCHEMES.test(url.protocol) && url.hostname !== ""
    ? url
    : undefined;
}

/** Names count with all that is below them; addresses also as a range, which is not worth its arithmetic here. */
function isExempt(hostname: string, list: string): boolean {
  const host = hostname.replace(/^\[(.*)\]$/, "$1");
  const isAddress = /^[\d.]+$|:/.test(host);
  return list.split(",").map((entry) => entry.trim()).some((entry) => {
    if (entry === "") return false;
    if (entry === "*" || entry === host) return true;
    if (isAddress) return entry.includes("/");
    const name = entry.replace(/^\./, "");
    return host === name || host.endsWith(`.${name}`);
  });
}
