import assert from "node:assert/strict";
import { forget } from "../../src/auth/forget.ts";
import { refreshTokens } from "../../src/auth/token.ts";
import type { IssuerContext } from "../../src/auth/issuer.ts";
import type { TokenRow } from "../../src/store/tokens.ts";
import type { MemoryHost, MemoryHostOptions } from "../support/memory_host.ts";
import { type OidcIssuer, startOidcIssuer } from "../support/oidc_issuer.ts";
import { makePerson, type Person } from "../support/person.ts";

interface Visitor extends Person {
  readonly context: IssuerContext;
}

async function visitor(
  issuer: OidcIssuer,
  options: MemoryHostOptions = {},
): Promise<Visitor> {
  const made = await makePerson(issuer.url, {
    fetch: issuer.fetch,
    ...options,
  });
  const context: IssuerContext = {
    issuer: issuer.url,
    fetch: issuer.fetch,
    host: made.host,
    userAgent: "meka_cli/0",
    signal: made.host.interrupt,
  };
  return { ...made, context };
}

/** A browser whose person agrees, or not, once the page was changed on the way. */
function browser(
  issuer: OidcIssuer,
  options: { readonly deny?: boolean } = {},
  tamper: (page: URL) => void = () => {},
): NonNullable<MemoryHostOptions["browser"]> {
  return async (url, host: MemoryHost) => {
    tamper(url);
    const address = await issuer.visit(url, options);
    const redirect = await host.visit(address);
    const next = redirect.headers.get("location") ?? "";
    await (await host.visit(new URL(next, address).href)).text();
  };
}

async function refresh(
  row: Pick<TokenRow, "refreshToken">,
  { context }: Visitor,
): ReturnType<typeof refreshTokens> {
  return await refreshTokens(row.refreshToken ?? "", "scheduled", context);
}

Deno.test("a certified server signs a person in, with claims and a success page", async () => {
  await using issuer = await startOidcIssuer();
  const pages: string[] = [];
  await using someone = await visitor(issuer, {
    browser: async (url, host) => {
      const address = await issuer.visit(url);
      const redirect = await host.visit(address);
      const next = redirect.headers.get("location") ?? "";
      const page = await host.visit(new URL(next, address).href);
      pages.push(await page.text());
    },
  });
  const row = await someone.signIn();
  assert.equal(row.email, "someone@example.com");
  assert.equal(row.plan, "pro");
  assert.equal(row.accountId, "acct-someone");
  assert.deepEqual(someone.row(), row);
  assert.match(pages.join(), /someone@example\.com/);
});

Deno.test("a certified server refuses a sign-in without PKCE", async () => {
  await using issuer = await startOidcIssuer();
  const without = (page: URL): void => {
    page.searchParams.delete("code_challenge");
    page.searchParams.delete("code_challenge_method");
  };
  await using someone = await visitor(issuer, {
    browser: browser(issuer, {}, without),
  });
  await assert.rejects(someone.signIn(), { kind: "auth", message: /PKCE/ });
  assert.equal(someone.row(), undefined);
});

Deno.test("a certified server's denial is told in its words", async () => {
  await using issuer = await startOidcIssuer();
  await using someone = await visitor(issuer, {
    browser: browser(issuer, { deny: true }),
  });
  await assert.rejects(someone.signIn(), {
    kind: "auth",
    message: /the issuer says "They said no"/,
  });
});

Deno.test("a certified server refuses the code of another sign-in, though it was pasted", async () => {
  await using issuer = await startOidcIssuer();
  const typed: string[] = [];
  await using eve = await visitor(issuer, {
    browser: async (url, host) => {
      const address = await issuer.visit(url);
      typed.push(new URL(address).searchParams.get("code") ?? "");
      await host.visit(new URL("/cancel", address).href);
    },
  });
  await assert.rejects(eve.signIn(), /cancelled/);
  await using someone = await visitor(issuer, {
    typed,
    browser: () => Promise.resolve(),
  });
  await assert.rejects(someone.signIn(), {
    kind: "auth",
    message: /status 400/,
  });
  assert.equal(someone.row(), undefined);
});

Deno.test("a certified server rotates refresh tokens, and refuses a second use", async () => {
  await using issuer = await startOidcIssuer();
  await using someone = await visitor(issuer, { browser: browser(issuer) });
  const row = await someone.signIn();
  const first = await refresh(row, someone);
  assert.ok(first.class === "renewed");
  assert.notEqual(first.tokens.refreshToken, row.refreshToken);
  assert.notEqual(first.tokens.accessToken, row.accessToken);
  const second = await refresh(first.tokens, someone);
  assert.ok(second.class === "renewed");

  const reused = await refresh(row, someone);
  assert.ok(reused.class === "permanent");
  assert.equal(reused.code, "invalid_grant");
  // The reuse ended the whole grant.
  assert.equal((await refresh(second.tokens, someone)).class, "permanent");
});

Deno.test("a certified server revokes what is forgotten", async () => {
  await using issuer = await startOidcIssuer();
  await using someone = await visitor(issuer, { browser: browser(issuer) });
  const row = await someone.signIn();
  const forgotten = await forget({
    ...someone.context,
    provider: row.provider,
    database: someone.database,
    host: someone.host,
    revoke: true,
    hide: () => {},
  });
  assert.deepEqual(forgotten.warnings, []);
  assert.equal(forgotten.revoked, true);
  assert.equal(someone.row(), undefined);
  assert.equal((await refresh(row, someone)).class, "permanent");
});
