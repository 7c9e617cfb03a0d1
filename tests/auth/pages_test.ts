import assert from "node:assert/strict";
import {
  CANCELLED_PAGE,
  failedPage,
  pageResponse,
  successPage,
} from "../../src/auth/pages.ts";

for (
  const page of [
    successPage({ email: "a@b.c", plan: "plus" }),
    CANCELLED_PAGE,
    failedPage("It's <b>\"&"),
  ]
) {
  Deno.test(`pageResponse() keeps "${page.title}" to itself`, async () => {
    const response = await pageResponse(page);
    const html = await response.text();
    assert.equal(response.headers.get("cache-control"), "no-store");
    assert.equal(response.headers.get("referrer-policy"), "no-referrer");
    assert.equal(response.headers.get("x-content-type-options"), "nosniff");
    // Nothing is loaded: no address but data: and no script.
    assert.doesNotMatch(html, /https?:|<script|@import|url\(/);
    assert.match(html, /prefers-color-scheme: dark/);
    assert.match(html, /width=device-width/);

    const policy = response.headers.get("content-security-policy") ?? "";
    assert.match(policy, /^default-src 'none'; /);
    const style = /<style>([^]*)<\/style>/.exec(html)?.[1] ?? "";
    const digest = await crypto.subtle.digest(
      "SHA-256",
      new TextEncoder().encode(style),
    );
    const hash = btoa(String.fromCharCode(...new Uint8Array(digest)));
    assert.ok(policy.includes(`style-src 'sha256-${hash}'`));
  });
}

Deno.test("pageResponse() escapes the issuer's words", async () => {
  const html = await (await pageResponse(failedPage(`<i a="b" c='d'>&`)))
    .text();
  assert.match(html, /&lt;i a=&quot;b&quot; c=&#39;d&#39;&gt;&amp;\./);
});
