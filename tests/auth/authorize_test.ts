import assert from "node:assert/strict";
import fc from "fast-check";
import {
  authorizeUrl,
  createAttempt,
  readCallback,
} from "../../src/auth/authorize.ts";
import { memoryHost } from "../support/memory_host.ts";

const ISSUER = new URL("https://auth.example.com");

Deno.test("createAttempt() draws a new verifier and state each time", async () => {
  const one = await createAttempt(memoryHost());
  const two = await createAttempt(memoryHost());
  assert.match(one.verifier, /^[A-Za-z0-9_-]{86}$/);
  assert.match(one.state, /^[A-Za-z0-9_-]{43}$/);
  assert.notEqual(one.verifier, two.verifier);
  assert.notEqual(one.state, two.state);
});

Deno.test("createAttempt() makes the S256 challenge of its verifier", async () => {
  // RFC 7636, appendix B, starts from other octets, so the digest is made anew.
  const { verifier, challenge } = await createAttempt(memoryHost());
  const digest = await crypto.subtle.digest(
    "SHA-256",
    new TextEncoder().encode(verifier),
  );
  const wanted = btoa(String.fromCharCode(...new Uint8Array(digest)));
  assert.equal(
    challenge,
    wanted.replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", ""),
  );
});

Deno.test("authorizeUrl() sends the parameters in the issuer's order", async () => {
  const attempt = await createAttempt(memoryHost());
  const redirectUri = "http://localhost:1457/auth/callback";
  const url = authorizeUrl(attempt, { issuer: ISSUER, redirectUri });
  assert.equal(url.origin + url.pathname, `${ISSUER.href}oauth/authorize`);
  assert.deepEqual([...url.searchParams], [
    ["response_type", "code"],
    ["client_id", "app_EMoamEEZ73f0CkXaXp7hrann"],
    ["redirect_uri", redirectUri],
    ["code_challenge", attempt.challenge],
    ["code_challenge_method", "S256"],
    ["state", attempt.state],
    ["scope", "openid profile email offline_access"],
    ["id_token_add_organizations", "true"],
    ["codex_cli_simplified_flow", "true"],
    ["originator", "meka_cli"],
  ]);
  assert.ok(!url.href.includes(attempt.verifier));
});

Deno.test("authorizeUrl() keeps the path of an issuer", async () => {
  const attempt = await createAttempt(memoryHost());
  const issuer = new URL("https://example.com/tenant/");
  const url = authorizeUrl(attempt, { issuer, redirectUri: "http://x" });
  assert.equal(url.pathname, "/tenant/oauth/authorize");
});

const STATE = "s".repeat(43);

const READINGS: readonly (readonly [string, string, string | RegExp])[] = [
  ["a code", `code=c&state=${STATE}`, "code"],
  ["the issuer's name", `code=c&state=${STATE}&iss=${ISSUER.origin}`, "code"],
  ["the same with a slash", `code=c&state=${STATE}&iss=${ISSUER.href}`, "code"],
  [
    "another issuer",
    `code=c&state=${STATE}&iss=https://x.example`,
    /not a valid/,
  ],
  ["no state", "code=c", "foreign"],
  ["an empty state", "code=c&state=", "foreign"],
  ["a wrong state", `code=c&state=${"t".repeat(43)}`, "foreign"],
  ["a longer state", `code=c&state=${STATE}s`, "foreign"],
  ["a shorter state", `code=c&state=${STATE.slice(1)}`, "foreign"],
  ["two states", `code=c&state=${STATE}&state=${STATE}`, "foreign"],
  ["an error and no state", "error=access_denied", "foreign"],
  ["no code", `state=${STATE}`, /holds no code/],
  ["an empty code", `code=&state=${STATE}`, /holds no code/],
  ["two codes", `code=a&code=b&state=${STATE}`, /holds no code/],
  ["a denial", `error=access_denied&state=${STATE}`, /it was denied/],
  [
    "a denial in words",
    `error=access_denied&error_description=Ask%20%1b[1mAda&state=${STATE}`,
    /says "Ask \[1mAda"/,
  ],
];

for (const [name, query, wanted] of READINGS) {
  Deno.test(`readCallback() judges ${name}`, () => {
    const expected = { state: STATE, issuer: ISSUER };
    const reading = readCallback(new URLSearchParams(query), expected);
    if (typeof wanted === "string") return assert.equal(reading.type, wanted);
    assert.ok(reading.type === "failed");
    assert.equal(reading.error.kind, "auth");
    assert.match(reading.error.message, wanted);
    assert.equal(reading.error.cause, undefined);
  });
}

Deno.test("readCallback() takes no state but its own", () => {
  fc.assert(fc.property(fc.string({ unit: "binary" }), (state) => {
    fc.pre(state !== STATE);
    const parameters = new URLSearchParams({ code: "c", state });
    const expected = { state: STATE, issuer: ISSUER };
    assert.equal(readCallback(parameters, expected).type, "foreign");
  }));
});
