import assert from "node:assert/strict";
import { secureUrl } from "../../src/config/secure_url.ts";

const URLS: readonly (readonly [string, boolean])[] = [
  ["https://chatgpt.com", true],
  ["https://example.com:8443/path/", true],
  ["http://127.0.0.1:8080", true],
  ["http://127.9.9.9", true],
  ["http://0x7f000001", true], // the same address
  ["http://localhost:1", true],
  ["http://[::1]:8080/v1", true],
  ["http://chatgpt.com", false],
  ["http://127.0.0.1.example.com", false],
  ["http://localhost.example.com", false],
  ["http://0.0.0.0", false],
  ["http://[::]", false],
  ["ftp://127.0.0.1", false],
  ["file:///etc/passwd", false],
  ["chatgpt.com", false],
  ["", false],
  ["https://user:secret@example.com", false],
  ["https://example.com/?a=b", false],
  ["https://example.com/#a", false],
];

for (const [text, good] of URLS) {
  Deno.test(`secureUrl() ${good ? "takes" : "refuses"} "${text}"`, () => {
    const read = (): URL => secureUrl(text, "`--base-url`", "usage");
    if (good) return assert.equal(read().href, new URL(text).href);
    assert.throws(read, { kind: "usage", message: /^`--base-url` / });
  });
}
