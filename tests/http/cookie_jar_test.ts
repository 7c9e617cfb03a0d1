import assert from "node:assert/strict";
import fc from "fast-check";
import { CookieJar } from "../../src/http/cookie_jar.ts";
import type { Cookie } from "../../src/http/set_cookie.ts";

const NOW = Date.UTC(2026, 0, 1);
const DAY = 86_400_000;
const HOME = new URL("https://example.com/a/b");

function row(fields: Partial<Cookie> & { name: string }): Cookie {
  return {
    domain: "example.com",
    path: "/",
    value: "v",
    hostOnly: true,
    secure: false,
    httpOnly: false,
    expiresAt: NOW + DAY,
    createdAt: NOW,
    accessedAt: NOW,
    ...fields,
  };
}

function names(header: string | undefined): string[] {
  return header?.split("; ").map((pair) => pair.split("=")[0] ?? "") ?? [];
}

// set by, asked for, Set-Cookie, what is sent
const SENT = [
  ["https://example.com/", "https://example.com/", "a=b", "a=b"],
  ["https://example.com/", "https://example.com:8443/x?y", "a=b", "a=b"],
  ["https://EXAMPLE.com/", "https://example.com/", "a=b", "a=b"],
  ["https://example.com/", "https://api.example.com/", "a=b", undefined],
  [
    "https://example.com/",
    "https://api.example.com/",
    "a=b; Domain=example.com",
    "a=b",
  ],
  [
    "https://api.example.com/",
    "https://www.example.com/",
    "a=b; Domain=example.com",
    "a=b",
  ],
  [
    "https://api.example.com/",
    "https://badexample.com/",
    "a=b; Domain=example.com",
    undefined,
  ],
  ["https://a.com/", "https://b.com/", "a=b; Domain=com", undefined],
  ["https://a.com/", "https://b.com/", "a=b; Domain=b.com", undefined],
  ["https://a.com/x/y", "https://a.com/x", "a=b", "a=b"],
  ["https://a.com/x/y", "https://a.com/xy", "a=b", undefined],
  ["https://a.com/x/y", "https://a.com/", "a=b", undefined],
  ["https://a.com/", "http://a.com/", "a=b", undefined],
  ["http://a.com/", "https://a.com/", "a=b", undefined],
  ["http://127.0.0.1:1/", "http://127.0.0.1:2/", "a=b; Secure", "a=b"],
  ["http://[::1]:1/", "http://[::1]:2/", "a=b; Secure", "a=b"],
  ["http://localhost/", "http://localhost/", "a=b; Domain=localhost", "a=b"],
  ["http://localhost/", "http://x.localhost/", "a=b", undefined],
  ["http://127.0.0.1/", "http://127.0.0.2/", "a=b", undefined],
  ["http://127.evil.com/", "http://127.evil.com/", "a=b", undefined],
  ["http://10.0.0.1/", "http://10.0.0.1/", "a=b", undefined],
  ["ftp://a.com/", "https://a.com/", "a=b", undefined],
] as const;

for (const [from, to, setCookie, expected] of SENT) {
  Deno.test(`CookieJar sends ${expected} to ${to} for "${setCookie}" of ${from}`, () => {
    const jar = new CookieJar();
    jar.store(new URL(from), [setCookie], NOW);
    assert.equal(jar.header(new URL(to), NOW + 1), expected);
  });
}

Deno.test("CookieJar puts longer paths first, then older cookies", () => {
  const jar = new CookieJar();
  jar.store(HOME, ["r=1; Path=/", "p=1; Path=/a"], NOW);
  jar.store(HOME, ["q=1; Path=/a", "s=1; Path=/"], NOW + 1);
  jar.store(HOME, ["r=2; Path=/"], NOW + 2);
  assert.equal(jar.header(HOME, NOW + 3), "p=1; q=1; r=2; s=1");
});

Deno.test("CookieJar replaces a cookie and keeps when it was created", () => {
  const jar = new CookieJar();
  jar.store(HOME, ["a=1"], NOW);
  jar.store(HOME, ["a=2; HttpOnly"], NOW + 5);
  const [cookie, ...others] = jar.list();
  assert.deepEqual(others, []);
  assert.equal(cookie?.value, "2");
  assert.equal(cookie?.createdAt, NOW);
  assert.equal(cookie?.httpOnly, true);
});

for (const end of ["Max-Age=0", "Expires=Thu, 01 Jan 1970 00:00:00 GMT"]) {
  Deno.test(`CookieJar deletes a cookie by ${end}`, () => {
    const jar = new CookieJar([row({ name: "a" }), row({ name: "b" })]);
    jar.store(HOME, [`a=; Path=/; ${end}`], NOW + 1);
    assert.equal(jar.header(HOME, NOW + 2), "b=v");
    const { set, removed } = jar.takeChanges();
    assert.deepEqual(set, []);
    assert.deepEqual(removed, [row({ name: "a", accessedAt: NOW + 1 })]);
  });
}

Deno.test("CookieJar does not delete the cookie of another path or domain", () => {
  const jar = new CookieJar([row({ name: "a" })]);
  jar.store(HOME, ["a=; Max-Age=0", "a=; Path=/; Domain=com; Max-Age=0"], NOW);
  assert.equal(jar.header(HOME, NOW), "a=v");
  assert.equal(jar.takeChanges().removed.length, 0);
});

Deno.test("CookieJar sends a cookie until its last millisecond, a bare one for a day", () => {
  const jar = new CookieJar();
  jar.store(HOME, ["a=1; Max-Age=10", "b=1"], NOW);
  assert.deepEqual(names(jar.header(HOME, NOW + 9999)), ["a", "b"]);
  assert.deepEqual(names(jar.header(HOME, NOW + 10_000)), ["b"]);
  assert.deepEqual(names(jar.header(HOME, NOW + DAY - 1)), ["b"]);
  assert.equal(jar.header(HOME, NOW + DAY), undefined);
});

Deno.test("CookieJar is changed by a cookie, a deletion, and the first access of an hour", () => {
  const jar = new CookieJar([row({ name: "a" })]);
  assert.equal(jar.changed, false);
  jar.header(HOME, NOW + 1000);
  jar.store(HOME, ["b=1; Domain=evil.org", "gone=; Max-Age=0"], NOW + 1000);
  assert.equal(jar.changed, false);
  jar.header(HOME, NOW + 3_600_000);
  assert.deepEqual(jar.takeChanges(), {
    set: [],
    accessed: [row({ name: "a", accessedAt: NOW + 3_600_000 })],
    removed: [],
  });
  assert.equal(jar.changed, false);
  jar.store(HOME, ["a=w; Path=/"], NOW + 3_600_001);
  jar.header(HOME, NOW + 7_200_000);
  assert.deepEqual(
    jar.takeChanges().set.map((c) => [c.value, c.accessedAt]),
    [["w", NOW + 7_200_000]],
  );
});

Deno.test("CookieJar keeps 50 cookies of a domain, dropping the one idle longest", () => {
  const jar = new CookieJar(
    Array.from(
      { length: 50 },
      (_, index) =>
        row({ name: `c${index}`, accessedAt: NOW + (index === 7 ? 0 : 1) }),
    ),
  );
  jar.store(HOME, ["new=1"], NOW + 2);
  assert.equal(jar.list().length, 50);
  assert.ok(!jar.list().some(({ name }) => name === "c7"));
  const { set, removed } = jar.takeChanges();
  assert.deepEqual(set.map(({ name }) => name), ["new"]);
  assert.deepEqual(removed.map(({ name }) => name), ["c7"]);
});

Deno.test("CookieJar drops expired cookies before any that lives", () => {
  const jar = new CookieJar(
    Array.from({ length: 50 }, (_, index) =>
      row({
        name: `c${index}`,
        accessedAt: NOW + index,
        expiresAt: index === 49 ? NOW + 60 : NOW + DAY,
      })),
  );
  jar.store(HOME, ["new=1"], NOW + 100);
  assert.ok(jar.list().some(({ name }) => name === "c0"));
  assert.deepEqual(jar.takeChanges().removed, []);
});

Deno.test("CookieJar keeps 200 cookies in all", () => {
  const jar = new CookieJar();
  for (let host = 0; host < 10; host++) {
    const url = new URL(`https://h${host}.example.com/`);
    const many = Array.from({ length: 30 }, (_, index) => `c${index}=1`);
    jar.store(url, many, NOW + host);
  }
  assert.equal(jar.list().length, 200);
  assert.equal(jar.header(new URL("https://h0.example.com/"), NOW), undefined);
  const last = jar.header(new URL("https://h9.example.com/"), NOW);
  assert.equal(names(last).length, 30);
});

Deno.test("CookieJar bounds the header, leaving out what is idle longest", () => {
  const jar = new CookieJar(
    Array.from({ length: 12 }, (_, index) =>
      row({
        name: `c${index}`,
        value: "v".repeat(1000),
        accessedAt: NOW - index,
        createdAt: NOW - index,
      })),
  );
  const header = jar.header(HOME, NOW + 1) ?? "";
  assert.ok(header.length <= 8192);
  const expected = ["c7", "c6", "c5", "c4", "c3", "c2", "c1", "c0"];
  assert.deepEqual(names(header), expected);
});

const HOSTS = [
  "example.com",
  "api.example.com",
  "a.api.example.com",
  "badexample.com",
  "example.org",
  "com",
  "127.0.0.1",
  "1.127.0.0.1.example.com",
  "localhost",
  "[::1]",
];
const PATHS = ["/", "/a", "/a/", "/a/b", "/ab", "/a/b/c", "/b"];

interface Setting {
  readonly host: string;
  readonly secure: boolean;
  readonly path: string;
  readonly domain: string | undefined;
  readonly cookiePath: string | undefined;
  readonly maxAge: number | undefined;
}

const settings: fc.Arbitrary<Setting> = fc.record({
  host: fc.constantFrom(...HOSTS),
  secure: fc.boolean(),
  path: fc.constantFrom(...PATHS),
  domain: fc.option(
    fc.tuple(
      fc.constantFrom("", "."),
      fc.constantFrom(...HOSTS, "0.0.1", "1", "org", "evil.com"),
    ).map((parts) => parts.join("")),
    { nil: undefined },
  ),
  cookiePath: fc.option(fc.constantFrom(...PATHS, "a", ""), {
    nil: undefined,
  }),
  maxAge: fc.option(fc.integer({ min: -2, max: 100 }), { nil: undefined }),
});

const requests = fc.record({
  host: fc.constantFrom(...HOSTS),
  secure: fc.boolean(),
  path: fc.constantFrom(...PATHS),
  afterSeconds: fc.integer({ min: 0, max: 120 }),
});

function urlOf(
  { host, secure, path }: { host: string; secure: boolean; path: string },
): URL {
  return new URL(`${secure ? "https" : "http"}://${host}${path}`);
}

/** RFC 6265 once more, from labels and segments instead of strings. */
function mayReceive(
  set: Setting,
  request: { host: string; secure: boolean; path: string },
): boolean {
  const numeric = /^[\d.]+$|^\[/;
  const within = (host: string, domain: string): boolean => {
    if (numeric.test(host)) return host === domain;
    const labels = host.split(".").reverse();
    return domain.split(".").reverse().every((l, i) => l === labels[i]);
  };
  const loopback = ["127.0.0.1", "localhost", "[::1]"];
  const trusted = (url: { host: string; secure: boolean }): boolean =>
    url.secure || loopback.includes(url.host);
  if (!trusted(set) || !trusted(request)) return false;

  const domain = set.domain?.startsWith(".") ? set.domain.slice(1) : set.domain;
  if (domain === undefined || !domain.includes(".")) {
    if (domain !== undefined && domain !== set.host) return false;
    if (request.host !== set.host) return false;
  } else if (!within(set.host, domain) || !within(request.host, domain)) {
    return false;
  }

  const segments = (path: string): string[] =>
    path.split("/").filter((segment) => segment !== "");
  const named = set.cookiePath?.startsWith("/") === true;
  const scope = named
    ? set.cookiePath ?? ""
    : `/${segments(`${set.path}x`).slice(0, -1).join("/")}`;
  const asked = segments(request.path);
  if (!segments(scope).every((s, i) => s === asked[i])) return false;
  // "/a/" names what is below "/a", not "/a".
  return !scope.endsWith("/") || scope === "/" ||
    request.path !== scope.slice(0, -1);
}

Deno.test("CookieJar sends a cookie exactly where RFC 6265 lets it go", () => {
  fc.assert(
    fc.property(
      fc.array(settings, { maxLength: 20 }),
      fc.array(requests, { maxLength: 20 }),
      (sets, asks) => {
        const jar = new CookieJar();
        sets.forEach((set, index) => {
          const text = [
            `c${index}=v`,
            ...set.domain === undefined ? [] : [`Domain=${set.domain}`],
            ...set.cookiePath === undefined ? [] : [`Path=${set.cookiePath}`],
            ...set.maxAge === undefined ? [] : [`Max-Age=${set.maxAge}`],
          ].join("; ");
          jar.store(urlOf(set), [text], NOW);
        });
        for (const ask of asks) {
          const header = jar.header(urlOf(ask), NOW + ask.afterSeconds * 1000);
          const expected = sets.flatMap((set, index) =>
            mayReceive(set, ask) && (set.maxAge ?? 1000) > ask.afterSeconds
              ? [`c${index}`]
              : []
          );
          assert.deepEqual(names(header).sort(), expected.sort());
        }
      },
    ),
    { numRuns: 500 },
  );
});

Deno.test("CookieJar sends back any name and value as they were set", () => {
  const octet = fc.integer({ min: 0x21, max: 0xff })
    .filter((code) => code !== 0x3b && code !== 0x7f)
    .map((code) => String.fromCharCode(code));
  const value = fc.string({ unit: octet, maxLength: 200 });
  const name = value.filter((text) => text !== "" && !text.includes("="))
    .filter((text) => !/^__(secure|host)-/i.test(text));
  fc.assert(fc.property(name, value, (key, content) => {
    const jar = new CookieJar();
    jar.store(HOME, [`${key}=${content}; Path=/; Secure`], NOW);
    assert.equal(jar.header(HOME, NOW), `${key}=${content}`);
    const copy = new CookieJar(jar.list());
    assert.equal(copy.header(HOME, NOW), `${key}=${content}`);
  }));
});

Deno.test("CookieJar stays within its limits, whatever it is fed", () => {
  const text = fc.oneof(
    fc.string({ unit: "binary" }),
    fc.tuple(fc.string(), fc.string()).map(([a, b]) => `${a}=${b}`),
    fc.nat({ max: 300 }).map((index) => `c${index}=${"x".repeat(500)}`),
  );
  const url = fc.constantFrom(...HOSTS).map((host) =>
    new URL(`https://${host}/`)
  );
  const step = fc.tuple(url, fc.array(text, { maxLength: 100 }));
  fc.assert(fc.property(fc.array(step, { maxLength: 10 }), (steps) => {
    const jar = new CookieJar();
    for (const [from, texts] of steps) {
      jar.store(from, texts, NOW);
      const header = jar.header(from, NOW) ?? "";
      assert.ok(header.length <= 8192);
      new Headers({ cookie: header });
    }
    assert.ok(jar.list().length <= 200);
    const counts = Map.groupBy(jar.list(), ({ domain }) => domain);
    for (const cookies of counts.values()) assert.ok(cookies.length <= 50);
  }));
});
