import { parseCookieDate } from "./cookie_date.ts";

const DAY_MS = 86_400_000;

/** How many cookies a jar holds, and how large they may be; the RFC asks for 50, 3000 and 4096 at least or more. */
export const COOKIE_LIMITS = {
  perDomain: 50,
  total: 200,
  nameAndValueBytes: 4096,
  attributeBytes: 1024,
  headerBytes: 8192,
  lifeMs: 400 * DAY_MS,
  /** For one without an expiry: a program that runs for a minute has no session to tie it to. */
  sessionMs: DAY_MS,
} as const;

/** One row of the table `cookies`: the fields of RFC 6265, section 5.3, times in epoch milliseconds. */
export interface Cookie {
  /** The host that set it, or the `Domain` it named, without a dot in front. */
  readonly domain: string;
  readonly path: string;
  readonly name: string;
  readonly value: string;
  readonly hostOnly: boolean;
  readonly secure: boolean;
  readonly httpOnly: boolean;
  readonly expiresAt: number;
  readonly createdAt: number;
  readonly accessedAt: number;
}

interface Attributes {
  readonly domain: string;
  readonly path: string | undefined;
  readonly secure: boolean;
  readonly httpOnly: boolean;
  readonly expiresAt: number;
}

/**
 * Reads one `Set-Cookie` value into the cookie it asks for, undefined when the rules say to ignore it (RFC 6265,
 * sections 5.2 and 5.3). An `expiresAt` that is not ahead of `now` asks for a deletion.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * const url = new URL("https://chatgpt.com/backend-api/models");
 * const cookie = readSetCookie("a=b; Max-Age=60; Path=/", url, 1000);
 * assert.equal(cookie?.domain, "chatgpt.com");
 * assert.equal(cookie?.expiresAt, 61_000);
 * assert.equal(readSetCookie("a=b; Domain=openai.com", url, 0), undefined);
 * ```
 */
export function readSetCookie(
  setCookie: string,
  url: URL,
  now: number,
): Cookie | undefined {
  if (!isHeaderText(setCookie)) return undefined;
  const [pair = "", ...rest] = setCookie.split(";");
  const [name, value] = splitPair(pair);
  if (name === "" || value === undefined) return undefined;
  if (name.length + value.length > COOKIE_LIMITS.nameAndValueBytes) {
    return undefined;
  }
  const attributes = readAttributes(rest, now);
  const scope = readScope(attributes.domain, url.hostname);
  if (scope === undefined) return undefined;
  if (!prefixHolds(name, attributes, scope.hostOnly)) return undefined;
  return {
    ...scope,
    path: attributes.path ?? defaultPath(url.pathname),
    name,
    value,
    secure: attributes.secure,
    httpOnly: attributes.httpOnly,
    expiresAt: attributes.expiresAt,
    createdAt: now,
    accessedAt: now,
  };
}

/**
 * Tells whether a request's host falls under a cookie's domain (RFC 6265, section 5.1.3); both in lower case.
 *
 * @example A shared ending is not enough, and an address has no parents
 * ```ts
 * import assert from "node:assert/strict";
 * assert.equal(domainMatches("api.example.com", "example.com"), true);
 * assert.equal(domainMatches("badexample.com", "example.com"), false);
 * assert.equal(domainMatches("127.0.0.1", "0.0.1"), false);
 * ```
 */
export function domainMatches(host: string, domain: string): boolean {
  if (host === domain) return true;
  return domain !== "" && host.endsWith(`.${domain}`) && !isAddress(host);
}

/**
 * Tells whether a request's path lies at or below a cookie's path (RFC 6265, section 5.1.4).
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * assert.equal(pathMatches("/docs/api", "/docs"), true);
 * assert.equal(pathMatches("/documents", "/doc"), false);
 * ```
 */
export function pathMatches(requestPath: string, cookiePath: string): boolean {
  return requestPath === cookiePath ||
    requestPath.startsWith(
      cookiePath.endsWith("/") ? cookiePath : `${cookiePath}/`,
    );
}

/**
 * The path of a cookie that names none: that of the URL up to its last slash (RFC 6265, section 5.1.4).
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * assert.equal(defaultPath("/backend-api/models"), "/backend-api");
 * assert.equal(defaultPath("/models"), "/");
 * ```
 */
export function defaultPath(urlPath: string): string {
  if (!urlPath.startsWith("/")) return "/";
  return urlPath.slice(0, urlPath.lastIndexOf("/")) || "/";
}

/** The last attribute of a name wins; `Max-Age` wins over `Expires`. */
function readAttributes(pairs: readonly string[], now: number): Attributes {
  let domain = "";
  let path: string | undefined;
  let secure = false;
  let httpOnly = false;
  let expires: number | undefined;
  let maxAge: number | undefined;
  for (const pair of pairs) {
    const [name, value = ""] = splitPair(pair);
    if (value.length > COOKIE_LIMITS.attributeBytes) continue;
    switch (name.toLowerCase()) {
      case "domain":
        if (value !== "") domain = value.replace(/^\./, "").toLowerCase();
        break;
      case "path":
        path = value.startsWith("/") ? value : undefined;
        break;
      case "secure":
        secure = true;
        break;
      case "httponly":
        httpOnly = true;
        break;
      case "expires":
        expires = parseCookieDate(value) ?? expires;
        break;
      case "max-age":
        if (/^-?\d+$/.test(value)) maxAge = Number(value);
        break;
    }
  }
  const expiresAt = maxAge !== undefined
    ? now + maxAge * 1000
    : expires ?? now + COOKIE_LIMITS.sessionMs;
  return {
    domain,
    path,
    secure,
    httpOnly,
    expiresAt: Math.min(expiresAt, now + COOKIE_LIMITS.lifeMs),
  };
}

/** Whom the cookie is for (RFC 6265, section 5.3, steps 5 and 6); undefined when the host may not say that. */
function readScope(
  domain: string,
  host: string,
): Pick<Cookie, "domain" | "hostOnly"> | undefined {
  if (domain === "") return { domain: host, hostOnly: true };
  if (!domainMatches(host, domain)) return undefined;
  // Without a list of public suffixes, only a lone label is known to be one.
  if (isAddress(host) || !/[^.]\.[^.]/.test(domain)) {
    return host === domain ? { domain, hostOnly: true } : undefined;
  }
  return { domain, hostOnly: false };
}

/** The prefixes of RFC 6265bis, section 4.1.3. */
function prefixHolds(
  name: string,
  { secure, path }: Attributes,
  hostOnly: boolean,
): boolean {
  const prefix = /^__(secure|host)-/i.exec(name)?.[1]?.toLowerCase();
  if (prefix === undefined) return true;
  return secure && (prefix === "secure" || (hostOnly && path === "/"));
}

function splitPair(pair: string): [name: string, value: string | undefined] {
  const equals = pair.indexOf("=");
  if (equals < 0) return [trim(pair), undefined];
  return [trim(pair.slice(0, equals)), trim(pair.slice(equals + 1))];
}

/** Only what RFC 6265 calls WSP; `String.trim` would take a no-break space too. */
function trim(text: string): string {
  let start = 0;
  let end = text.length;
  while (start < end && (text[start] === " " || text[start] === "\t")) start++;
  while (end > start && (text[end - 1] === " " || text[end - 1] === "\t")) {
    end--;
  }
  return text.slice(start, end);
}

/** Bytes, as `Headers` holds them, and no control character but the tab. */
function isHeaderText(text: string): boolean {
  return !/[^\t\x20-\x7e\x80-\xff]/.test(text);
}

function isAddress(host: string): boolean {
  return host.startsWith("[") || /^\d+\.\d+\.\d+\.\d+$/.test(host);
}
