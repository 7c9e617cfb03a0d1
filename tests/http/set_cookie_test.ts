import assert from "node:assert/strict";
import fc from "fast-check";
import {
  type Cookie,
  COOKIE_LIMITS,
  defaultPath,
  domainMatches,
  pathMatches,
  readSetCookie,
} from "../../src/http/set_cookie.ts";

const NOW = Date.UTC(2026, 0, 1);
const DAY = 86_400_000;

const DOMAINS = [
  ["example.com", "example.com", true],
  ["a.example.com", "example.com", true],
  ["a.b.example.com", "example.com", true],
  ["example.com", "a.example.com", false],
  ["badexample.com", "example.com", false],
  ["example.com", "", false],
  ["example.com.", "", false],
  ["example.com.", "example.com", false],
  ["127.0.0.1", "127.0.0.1", true],
  ["127.0.0.1", "0.0.1", false],
  ["127.0.0.1", "1", false],
  ["[::1]", "[::1]", true],
  ["[::ffff:1.2]", "2]", false],
] as const;

for (const [host, domain, expected] of DOMAINS) {
  Deno.test(`domainMatches() of "${host}" and "${domain}" is ${expected}`, () => {
    assert.equal(domainMatches(host, domain), expected);
  });
}

const PATHS = [
  ["/", "/", true],
  ["/a", "/", true],
  ["/a", "/a", true],
  ["/a/", "/a", true],
  ["/a/b", "/a", true],
  ["/a/b", "/a/", true],
  ["/a", "/a/", false],
  ["/ab", "/a", false],
  ["/A", "/a", false],
  ["/", "/a", false],
] as const;

for (const [request, cookie, expected] of PATHS) {
  Deno.test(`pathMatches() of "${request}" and "${cookie}" is ${expected}`, () => {
    assert.equal(pathMatches(request, cookie), expected);
  });
}

const DEFAULT_PATHS = [
  ["", "/"],
  ["a", "/"],
  ["/", "/"],
  ["/a", "/"],
  ["/a/", "/a"],
  ["/a/b", "/a"],
  ["/a/b/", "/a/b"],
  ["//", "/"],
] as const;

for (const [path, expected] of DEFAULT_PATHS) {
  Deno.test(`defaultPath() of "${path}" is "${expected}"`, () => {
    assert.equal(defaultPath(path), expected);
  });
}

const URL_1 = "https://api.example.com/v1/models";

/** What differs from a host-only cookie "a=b" of URL_1 that lives for a day. */
const READ: readonly (readonly [string, Partial<Cookie>, string?])[] = [
  ["a=b", {}],
  ["  a =\tb  ", {}],
  ["a=b;", {}],
  ["a=b; ; =; x; Secure=x", { secure: true }],
  ["a=", { value: "" }],
  ["a=b=c", { value: "b=c" }],
  ['a="b c"', { value: '"b c"' }],
  ["a=b, c=d", { value: "b, c=d" }],
  ["a=\xe9\x80", { value: "\xe9\x80" }],
  ["a=b; SECURE; httponly", { secure: true, httpOnly: true }],
  // path
  ["a=b; Path=/", { path: "/" }],
  ["a=b; Path=v1", {}],
  ["a=b; Path=", {}],
  ["a=b; Path=/x; Path=/y", { path: "/y" }],
  ["a=b; Path=/x; Path=", {}],
  [`a=b; Path=/${"x".repeat(1024)}`, {}],
  ["a=b", { path: "/" }, "https://api.example.com"],
  // domain
  ["a=b; Domain=example.com", { domain: "example.com", hostOnly: false }],
  ["a=b; Domain=.EXAMPLE.com", { domain: "example.com", hostOnly: false }],
  ["a=b; Domain=api.example.com", { hostOnly: false }],
  ["a=b; Domain=", {}],
  ["a=b; Domain=.", {}],
  ["a=b; Domain=x.org; Domain=example.com", {
    domain: "example.com",
    hostOnly: false,
  }],
  ["a=b; Domain=127.0.0.1", { domain: "127.0.0.1" }, "https://127.0.0.1/v1/x"],
  ["a=b; Domain=[::1]", { domain: "[::1]" }, "https://[::1]/v1/x"],
  ["a=b; Domain=localhost", { domain: "localhost" }, "https://localhost/v1/x"],
  // expiry
  ["a=b; Max-Age=60", { expiresAt: NOW + 60_000 }],
  ["a=b; Max-Age=0", { expiresAt: NOW }],
  ["a=b; Max-Age=-5", { expiresAt: NOW - 5000 }],
  ["a=b; Max-Age=1.5", {}],
  ["a=b; Max-Age=+5", {}],
  ["a=b; Max-Age=", {}],
  ["a=b; Max-Age=5; Max-Age=7", { expiresAt: NOW + 7000 }],
  ["a=b; Max-Age=5; Max-Age=x", { expiresAt: NOW + 5000 }],
  [`a=b; Max-Age=${"9".repeat(400)}`, { expiresAt: NOW + 400 * DAY }],
  ["a=b; Expires=Fri, 02 Jan 2026 12:00:00 GMT", {
    expiresAt: NOW + 1.5 * DAY,
  }],
  ["a=b; Expires=Thu, 01 Jan 1970 00:00:00 GMT", { expiresAt: 0 }],
  ["a=b; Expires=Thu, 01 Jan 2099 00:00:00 GMT", {
    expiresAt: NOW + 400 * DAY,
  }],
  ["a=b; Expires=0", {}],
  ["a=b; Expires=Thu, 01 Jan 1970 00:00:00 GMT; Max-Age=9", {
    expiresAt: NOW + 9000,
  }],
  ["a=b; Max-Age=0; Expires=Thu, 01 Jan 2099 00:00:00 GMT", {
    expiresAt: NOW,
  }],
  // prefixes
  ["__Secure-a=b; Secure", { name: "__Secure-a", secure: true }],
  ["__Host-a=b; Secure; Path=/", {
    name: "__Host-a",
    secure: true,
    path: "/",
  }],
  // size
  [`a=${"b".repeat(4095)}`, { value: "b".repeat(4095) }],
];

for (const [text, expected, url] of READ) {
  const label = `${text.slice(0, 60)}${url === undefined ? "" : ` of ${url}`}`;
  Deno.test(`readSetCookie() reads ${JSON.stringify(label)}`, () => {
    assert.deepEqual(readSetCookie(text, new URL(url ?? URL_1), NOW), {
      domain: "api.example.com",
      path: "/v1",
      name: "a",
      value: "b",
      hostOnly: true,
      secure: false,
      httpOnly: false,
      expiresAt: NOW + DAY,
      createdAt: NOW,
      accessedAt: NOW,
      ...expected,
    });
  });
}

const IGNORED = [
  ["", URL_1],
  ["a", URL_1],
  ["=b", URL_1],
  [" = b", URL_1],
  ["; a=b", URL_1],
  ["a=b\r\nX: y", URL_1],
  ["a=b\0", URL_1],
  ["a=b; Path=/\x1b", URL_1],
  ["a=b\x7f", URL_1],
  ["a=\u{1f36a}", URL_1],
  [`a=${"b".repeat(4096)}`, URL_1],
  ["a=b; Domain=other.example.com", URL_1],
  ["a=b; Domain=v.api.example.com", URL_1],
  ["a=b; Domain=ample.com", URL_1],
  ["a=b; Domain=com", URL_1],
  ["a=b; Domain=.com", URL_1],
  ["a=b; Domain=com.", URL_1],
  ["a=b; Domain=com.", "https://example.com./"],
  ["a=b; Domain=..example.com", URL_1],
  ["a=b; Domain=example.com.", URL_1],
  ["a=b; Domain=example.com; Domain=evil.org", URL_1],
  ["a=b; Domain=1", "https://127.0.0.1/"],
  ["a=b; Domain=0.0.1", "https://127.0.0.1/"],
  ["a=b; Domain=::1", "https://[::1]/"],
  ["__Secure-a=b", URL_1],
  ["__sEcUrE-a=b", URL_1],
  ["__Host-a=b; Path=/", URL_1],
  ["__Host-a=b; Secure", URL_1],
  ["__Host-a=b; Secure; Path=/v1", URL_1],
  ["__Host-a=b; Secure; Path=/; Domain=api.example.com", URL_1],
] as const;

for (const [text, url] of IGNORED) {
  Deno.test(`readSetCookie() ignores ${JSON.stringify(text.slice(0, 60))} of ${url}`, () => {
    assert.equal(readSetCookie(text, new URL(url), NOW), undefined);
  });
}

Deno.test("readSetCookie() never throws, and keeps to its limits", () => {
  const attribute = fc.constantFrom(
    ";",
    "=",
    "Domain=",
    "Path=/",
    "Max-Age=",
    "Expires=",
    "Secure",
    "__Host-",
  );
  const text = fc.array(fc.oneof(attribute, fc.string({ unit: "binary" })))
    .map((parts) => parts.join(""));
  fc.assert(fc.property(text, (setCookie) => {
    const cookie = readSetCookie(setCookie, new URL(URL_1), NOW);
    if (cookie === undefined) return;
    assert.ok(cookie.name !== "" && !/[=;]/.test(cookie.name));
    assert.ok(!cookie.value.includes(";"));
    assert.ok(cookie.path.startsWith("/"));
    assert.ok(domainMatches("api.example.com", cookie.domain));
    assert.ok(cookie.expiresAt <= NOW + COOKIE_LIMITS.lifeMs);
    new Headers({ cookie: `${cookie.name}=${cookie.value}` });
  }));
});
