import assert from "node:assert/strict";
import { findProxy, proxyName } from "../../src/http/proxy.ts";

const SERVICE = "https://chatgpt.example";

/** What is set, the target, and the variable and the address that are found. As the runtime does it. */
const CASES: readonly (readonly [
  Readonly<Record<string, string>>,
  string,
  readonly [string, string] | undefined,
])[] = [
  [{}, SERVICE, undefined],
  [{ HTTPS_PROXY: "http://p:1" }, SERVICE, ["HTTPS_PROXY", "p:1"]],
  [{ https_proxy: "http://p:1" }, SERVICE, ["https_proxy", "p:1"]],
  [{ HTTPS_PROXY: "http://p:1", https_proxy: "http://q:1" }, SERVICE, [
    "HTTPS_PROXY",
    "p:1",
  ]],
  [{ HTTPS_PROXY: "http://p:1", ALL_PROXY: "http://q:1" }, SERVICE, [
    "ALL_PROXY",
    "q:1",
  ]],
  [{ HTTP_PROXY: "http://p:1" }, SERVICE, undefined],
  [{ HTTPS_PROXY: "http://p:1" }, "http://127.0.0.1:1", undefined],
  [{ HTTP_PROXY: "http://p:1" }, "http://127.0.0.1:1", ["HTTP_PROXY", "p:1"]],
  [{ HTTPS_PROXY: "p.corp:3128" }, SERVICE, ["HTTPS_PROXY", "p.corp:3128"]],
  [{ HTTPS_PROXY: "http://p" }, SERVICE, ["HTTPS_PROXY", "p:80"]],
  [{ HTTPS_PROXY: "https://p" }, SERVICE, ["HTTPS_PROXY", "p:443"]],
  [{ HTTPS_PROXY: "socks5://p" }, SERVICE, ["HTTPS_PROXY", "p:1080"]],
  [{ HTTPS_PROXY: "http://someone:secret@p:1" }, SERVICE, [
    "HTTPS_PROXY",
    "p:1",
  ]],
  [{ HTTPS_PROXY: "::::", https_proxy: "http://q:1" }, SERVICE, [
    "https_proxy",
    "q:1",
  ]],
  [{ HTTPS_PROXY: "ftp://p:1" }, SERVICE, undefined],
];

for (const [env, target, expected] of CASES) {
  Deno.test(`findProxy() to ${target} with ${JSON.stringify(env)} finds ${expected?.[0] ?? "none"}`, () => {
    const found = findProxy(new URL(target), (name) => env[name]);
    assert.deepEqual(found && [found.variable, proxyName(found)], expected);
  });
}

const EXEMPT: readonly (readonly [string, string, boolean])[] = [
  ["*", SERVICE, true],
  ["chatgpt.example", SERVICE, true],
  [".chatgpt.example", SERVICE, true],
  ["example", SERVICE, true],
  [".example", SERVICE, true],
  ["a, b ,chatgpt.example", SERVICE, true],
  ["gpt.example", SERVICE, false],
  ["chatgpt.example.com", SERVICE, false],
  ["*.example", SERVICE, false],
  ["", SERVICE, false],
  [",,", SERVICE, false],
  ["127.0.0.1", "https://127.0.0.1:1", true],
  ["127.0.0.0/8", "https://127.0.0.1:1", true],
  ["0.0.1", "https://127.0.0.1:1", false],
  ["::1", "https://[::1]:1", true],
  ["localhost", "https://127.0.0.1:1", false],
];

for (const [list, target, exempt] of EXEMPT) {
  Deno.test(`findProxy() ${exempt ? "leaves" : "does not leave"} ${target} alone with NO_PROXY "${list}"`, () => {
    const env = { HTTPS_PROXY: "http://p:1", NO_PROXY: list };
    const found = findProxy(
      new URL(target),
      (name) => Object.entries(env).find(([key]) => key === name)?.[1],
    );
    assert.equal(found === undefined, exempt);
  });
}
