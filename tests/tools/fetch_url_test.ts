import assert from "node:assert/strict";
import type { Web } from "../../src/host.ts";
import { type ToolPlace, toolPlace } from "../support/tool_place.ts";

/** What a server answers. */
interface Page {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
  readonly cut?: boolean;
}

/** A web of a few pages, and what was asked of it. */
interface SmallWeb extends Web {
  /** URL and addresses. */
  readonly asked: string[];
  readonly headers: string[];
}

/** Names of one address each; "two.example" has a private one, too. */
const ADDRESSES: Readonly<Record<string, readonly string[]>> = {
  "example.com": ["93.184.216.34"],
  "other.example": ["2606:4700::1"],
  "two.example": ["93.184.216.34", "10.0.0.1"],
  "private.example": ["192.168.0.1"],
  "loop.example": ["127.0.0.1"],
  "metadata.example": ["169.254.169.254"],
  "mapped.example": ["::ffff:127.0.0.1"],
};

function web(
  pages: Readonly<Record<string, Page>>,
  { proxy = false }: { readonly proxy?: boolean } = {},
): SmallWeb {
  const asked: string[] = [];
  const headers: string[] = [];
  return {
    asked,
    headers,
    hasProxy: () => proxy,
    resolve: (name) => Promise.resolve(ADDRESSES[name] ?? []),
    get: (url, options) => {
      asked.push([url.href, ...options.addresses].join(" "));
      headers.push(...Object.keys(options.headers));
      const page = pages[url.href];
      if (page === undefined) return Promise.reject(new Error("no server"));
      const { body = "" } = page;
      return Promise.resolve({
        status: page.status ?? 200,
        headers: new Headers(page.headers ?? { "content-type": "text/plain" }),
        bytes: typeof body === "string" ? new TextEncoder().encode(body) : body,
        cut: page.cut ?? false,
      });
    },
  };
}

function place(web: Web, allowPrivate = false): Promise<ToolPlace> {
  return toolPlace({ web, allowPrivate });
}

const PLAIN = { "content-type": "text/plain; charset=utf-8" };
const HTML = { "content-type": "text/html" };

// what, the page, the output, whether it is a failure
const PAGES: readonly (readonly [string, Page, string, boolean])[] = [
  ["text", { headers: PLAIN, body: "a\nb é" }, "a\nb é", false],
  [
    "JSON as it is",
    { headers: { "content-type": "application/json" }, body: '{"a": 1}' },
    '{"a": 1}',
    false,
  ],
  [
    "another JSON",
    { headers: { "content-type": "application/ld+json" }, body: "{}" },
    "{}",
    false,
  ],
  [
    "a feed",
    { headers: { "content-type": "application/rss+xml" }, body: "<a/>" },
    "<a/>",
    false,
  ],
  [
    "HTML as text",
    { headers: HTML, body: "<title>T</title><p>a <a href='/b'>b</a>" },
    "T\n\na [b](https://example.com/b)",
    false,
  ],
  [
    "text in another encoding",
    {
      headers: { "content-type": "text/plain; charset=iso-8859-1" },
      body: new Uint8Array([0xe9]),
    },
    "é",
    false,
  ],
  [
    "HTML that names its encoding",
    {
      headers: HTML,
      body: Uint8Array.from(
        '<meta charset="windows-1252"><p>\x80',
        (char) => char.charCodeAt(0),
      ),
    },
    "€",
    false,
  ],
  [
    "an encoding that nobody knows",
    { headers: { "content-type": "text/plain; charset=none" }, body: "é" },
    "é",
    false,
  ],
  ["text without a type", { headers: {}, body: "a" }, "a", false],
  ["nothing", { headers: {}, body: "" }, "[nothing]", false],
  [
    "a failure",
    { status: 404, headers: PLAIN, body: "not here" },
    "not here\n[HTTP status 404]",
    true,
  ],
  [
    "what is too long",
    { headers: PLAIN, body: "a", cut: true },
    "a\n[cut: there is more]",
    false,
  ],
  [
    "too much text",
    { headers: PLAIN, body: "x".repeat(100_001) },
    `${"x".repeat(100_000)}\n[cut: there is more]`,
    false,
  ],
  [
    "a picture",
    { headers: { "content-type": "image/png" }, body: "x" },
    "Cannot fetch the page: it is image/png and no text",
    true,
  ],
  [
    "what has no type and is no text",
    { headers: {}, body: "a\0" },
    "Cannot fetch the page: it is something and no text",
    true,
  ],
];

for (const [what, page, output, error] of PAGES) {
  Deno.test(`fetch_url brings ${what}`, async () => {
    const url = "https://example.com/";
    await using made = await place(web({ [url]: page }));
    assert.deepEqual(await made.run("fetch_url", { url }), { output, error });
  });
}

const PRIVATE = "it is on this machine or a private network";

// the URL, the reason
const REFUSED = [
  ["", "that is no URL"],
  ["example.com", "that is no URL"],
  ["file:///etc/passwd", "only http and https URLs can be fetched"],
  ["ftp://example.com/", "only http and https URLs can be fetched"],
  ["data:text/plain,a", "only http and https URLs can be fetched"],
  ["https://user@example.com/", "a URL may not hold a user or a password"],
  ["https://:word@example.com/", "a URL may not hold a user or a password"],
  ["http://localhost/", PRIVATE],
  ["http://localhost:8080/", PRIVATE],
  ["http://a.localhost/", PRIVATE],
  ["http://intranet/", PRIVATE],
  ["http://metadata.google.internal/", PRIVATE],
  ["http://127.0.0.1/", PRIVATE],
  ["http://127.1/", PRIVATE],
  ["http://2130706433/", PRIVATE],
  ["http://0x7f000001/", PRIVATE],
  ["http://0177.0.0.1/", PRIVATE],
  ["http://0/", PRIVATE],
  ["http://10.0.0.1/", PRIVATE],
  ["http://169.254.169.254/latest/meta-data", PRIVATE],
  ["http://[::1]/", PRIVATE],
  ["http://[::]/", PRIVATE],
  ["http://[::ffff:127.0.0.1]/", PRIVATE],
  ["http://[::ffff:a9fe:a9fe]/", PRIVATE],
  ["http://[fd00::1]/", PRIVATE],
  ["http://１２７.0.0.1/", PRIVATE],
  ["http://private.example/", PRIVATE],
  ["http://loop.example/", PRIVATE],
  ["http://metadata.example/", PRIVATE],
  ["http://mapped.example/", PRIVATE],
  ["http://two.example/", PRIVATE],
  ["http://unknown.example/", "the name unknown.example is not known"],
] as const;

for (const [url, why] of REFUSED) {
  Deno.test(`fetch_url does not go to ${url || "nowhere"}`, async () => {
    const small = web({});
    await using made = await place(small);
    assert.deepEqual(await made.run("fetch_url", { url }), {
      output: `Cannot fetch the page: ${why}`,
      error: true,
    });
    assert.deepEqual(small.asked, []);
  });

  Deno.test(`fetch_url is not led to ${url || "nowhere"}`, async () => {
    const start = "https://example.com/";
    // One to a path stays where it is.
    const location = URL.parse(url)?.href ?? "http://[";
    const page = { status: 302, headers: { location } };
    const small = web({ [start]: page });
    await using made = await place(small);
    assert.deepEqual(await made.run("fetch_url", { url: start }), {
      output: `Cannot fetch the page: ${why}`,
      error: true,
    });
    assert.deepEqual(small.asked, [`${start} 93.184.216.34`]);
  });
}

// the URL, what is asked of the web
const ALLOWED = [
  ["http://127.0.0.1:8080/", "http://127.0.0.1:8080/ 127.0.0.1"],
  ["http://[::1]/", "http://[::1]/ ::1"],
  ["http://private.example/", "http://private.example/ 192.168.0.1"],
] as const;

for (const [url, asked] of ALLOWED) {
  Deno.test(`fetch_url goes to ${url} where a person allows it`, async () => {
    const small = web({ [url]: { body: "here" } });
    await using made = await place(small, true);
    const { output } = await made.run("fetch_url", { url });
    assert.equal(output, "here");
    assert.deepEqual(small.asked, [asked]);
  });
}

Deno.test("fetch_url follows redirects, each to an address that was looked at", async () => {
  const small = web({
    "https://example.com/a": { status: 301, headers: { location: "/b" } },
    "https://example.com/b": {
      status: 307,
      headers: { location: "http://other.example/c" },
    },
    "http://other.example/c": { body: "here" },
  });
  await using made = await place(small);
  const url = "https://example.com/a";
  assert.deepEqual(await made.run("fetch_url", { url }), {
    output: "here\n[redirected to http://other.example/c]",
    error: false,
  });
  assert.deepEqual(small.asked, [
    "https://example.com/a 93.184.216.34",
    "https://example.com/b 93.184.216.34",
    "http://other.example/c 2606:4700::1",
  ]);
  assert.deepEqual([...new Set(small.headers)], ["accept", "user-agent"]);
});

Deno.test("fetch_url follows five redirects and no more", async () => {
  const pages: Record<string, Page> = {};
  for (let at = 0; at < 9; at++) {
    const location = `/${at + 1}`;
    pages[`https://example.com/${at}`] = { status: 302, headers: { location } };
  }
  const small = web(pages);
  await using made = await place(small);
  const { output } = await made.run("fetch_url", {
    url: "https://example.com/0",
  });
  assert.equal(
    output,
    "Cannot fetch the page: there are more than 5 redirects",
  );
  assert.equal(small.asked.length, 6);
});

Deno.test("fetch_url leaves names to a proxy that it cannot look up itself", async () => {
  const url = "https://only-the-proxy-knows.example/";
  const small = web({ [url]: { body: "here" } }, { proxy: true });
  await using made = await place(small);
  assert.equal((await made.run("fetch_url", { url })).output, "here");
  // What is known to be private is refused all the same.
  for (const host of ["intranet", "private.example", "10.0.0.1"]) {
    const { output } = await made.run("fetch_url", { url: `http://${host}/` });
    assert.equal(output, `Cannot fetch the page: ${PRIVATE}`);
  }
});

Deno.test("fetch_url says that there is no server", async () => {
  await using made = await place(web({}));
  const { output } = await made.run("fetch_url", {
    url: "https://example.com/x",
  });
  assert.equal(
    output,
    "Cannot fetch the page: example.com cannot be reached, or its certificate is not valid",
  );
});

Deno.test("fetch_url is interrupted", async () => {
  const signal = AbortSignal.abort(new Error("Ctrl-C"));
  await using made = await toolPlace({ web: web({}), signal });
  await assert.rejects(
    made.run("fetch_url", { url: "https://example.com/" }),
    { message: "Ctrl-C" },
  );
});

Deno.test("fetch_url tells a person where it goes, as it is written for machines", async () => {
  await using made = await place(web({}));
  const url = "https://exämple.com/ä b?c=\u202ed";
  assert.equal(
    await made.describe("fetch_url", { url }),
    "Fetch https://xn--exmple-cua.com/%C3%A4%20b?c=%E2%80%AEd",
  );
});
