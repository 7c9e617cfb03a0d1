import assert from "node:assert/strict";
import fc from "fast-check";
import {
  readClaims,
  readErrorCode,
  readErrorDescription,
  readJwtPayload,
  readTokenAnswer,
} from "../../src/auth/wire.ts";
import { accountClaims, jwt } from "../support/tokens.ts";

const AUTH = "https://api.openai.com/auth";

const UNREADABLE = [
  "",
  "opaque",
  "a.b",
  "a.b.c.d",
  ".e30.c",
  "a..c",
  "a.e30.",
  "a.e30=.c",
  "a.e 30.c",
  "a.bnVsbA.c", // null
  "a.W10.c", // []
  "a.MQ.c", // 1
  "a._w.c", // not UTF-8
  "a.e.c",
];

for (const token of UNREADABLE) {
  Deno.test(`readJwtPayload() finds no claims in "${token}"`, () => {
    assert.equal(readJwtPayload(token), undefined);
  });
}

Deno.test("readJwtPayload() never throws, and reads back any object", () => {
  fc.assert(fc.property(fc.string({ unit: "binary" }), (text) => {
    readJwtPayload(text);
    readJwtPayload(`a.${text}.c`);
  }));
  fc.assert(
    fc.property(fc.dictionary(fc.string(), fc.jsonValue()), (claims) => {
      const wanted: unknown = JSON.parse(JSON.stringify(claims));
      assert.deepEqual(readJwtPayload(jwt(claims)), wanted);
    }),
  );
});

const ACCOUNTS: readonly (readonly [string, unknown, unknown, unknown])[] = [
  ["id token first", accountClaims("one"), accountClaims("two"), "one"],
  ["else access token", { sub: "x" }, accountClaims("two"), "two"],
  ["unreadable claim object", { [AUTH]: "one" }, accountClaims("two"), "two"],
  [
    "never an organization",
    { [AUTH]: { organizations: [{ id: "org-1" }] }, organization_id: "org-2" },
    { [AUTH]: { organizations: [{ id: "org-1" }] } },
    undefined,
  ],
  [
    "nothing that would break a header",
    accountClaims("a\r\nb"),
    accountClaims("é"),
    undefined,
  ],
  ["an empty one is none", accountClaims(""), {}, undefined],
];

for (const [name, id, access, wanted] of ACCOUNTS) {
  Deno.test(`readClaims() finds the account: ${name}`, () => {
    const claims = readClaims({ idToken: jwt(id), accessToken: jwt(access) });
    assert.equal(claims.accountId, wanted);
  });
}

const EXPIRIES: readonly (readonly [unknown, number | undefined])[] = [
  [1_800_000_000, 1_800_000_000],
  [1_800_000_000.9, 1_800_000_000],
  [0, undefined],
  [-1, undefined],
  [1e300, undefined],
  ["1800000000", undefined],
  [null, undefined],
];

for (const [exp, wanted] of EXPIRIES) {
  Deno.test(`readClaims() reads exp ${JSON.stringify(exp)} as ${wanted}`, () => {
    assert.equal(readClaims({ accessToken: jwt({ exp }) }).expiresAt, wanted);
  });
}

Deno.test("readClaims() takes FedRAMP from the id token only", () => {
  const yes = jwt({ [AUTH]: { chatgpt_account_is_fedramp: true } });
  const no = jwt({});
  assert.equal(readClaims({ idToken: yes, accessToken: no }).fedramp, true);
  assert.equal(readClaims({ idToken: no, accessToken: yes }).fedramp, false);
});

Deno.test("readClaims() finds the mail in the profile and cleans it", () => {
  const idToken = jwt({
    "https://api.openai.com/profile": { email: "a\u001b[31m@example.com" },
  });
  const { email } = readClaims({ idToken, accessToken: "opaque" });
  assert.equal(email, "a[31m@example.com");
});

const CODES: readonly (readonly [unknown, string | undefined])[] = [
  [{ error: { code: "Refresh_Token_REUSED" } }, "refresh_token_reused"],
  [{ error: "invalid_grant", code: "other" }, "invalid_grant"],
  [{ error: {}, code: "top" }, "top"],
  [{ error: { code: 5 }, code: "top" }, "top"],
  [[], undefined],
  [null, undefined],
  ["text", undefined],
];

for (const [body, wanted] of CODES) {
  Deno.test(`readErrorCode() finds ${wanted} in ${JSON.stringify(body)}`, () => {
    assert.equal(readErrorCode(body), wanted);
  });
}

Deno.test("readers of answers take no field on trust and never throw", () => {
  fc.assert(fc.property(fc.jsonValue(), (body) => {
    readErrorCode(body);
    readErrorDescription(body);
    const { accessToken } = readTokenAnswer(body);
    assert.ok(accessToken === undefined || accessToken !== "");
  }));
  assert.deepEqual(
    readTokenAnswer({ access_token: "a\nb", id_token: 1, refresh_token: "" }),
    { accessToken: undefined, idToken: undefined, refreshToken: undefined },
  );
});
