import assert from "node:assert/strict";
import { CookieLedger } from "../../scripts/standin/cookies.ts";

const START = 1_790_000_000_000;

function pairs(lines: readonly string[]): Map<string, string> {
  return new Map(
    lines.filter((line) => !line.startsWith("stray")).map((line) => {
      const [name = "", value = ""] = (line.split(";", 1)[0] ?? "").split("=");
      return [name, value] as const;
    }),
  );
}

function header(cookies: Iterable<readonly [string, string]>): string {
  return Array.from(cookies, ([name, value]) => `${name}=${value}`).join("; ");
}

function issued(): { ledger: CookieLedger; cookies: Map<string, string> } {
  const ledger = new CookieLedger();
  const { answer, lines } = ledger.issue("grant", START);
  ledger.delivered("grant", answer);
  return { ledger, cookies: pairs(lines) };
}

Deno.test("CookieLedger sets Cloudflare's cookies, one of them Secure", () => {
  const { lines } = new CookieLedger().issue("grant", START);
  assert.deepEqual([...pairs(lines).keys()], [
    "__cf_bm",
    "_cfuvid",
    "__cflb",
    "__oailb",
    "cf_clearance",
  ]);
  assert.equal(lines.filter((line) => /; Secure/.test(line)).length, 1);
  assert.equal(lines.filter((line) => line.startsWith("stray")).length, 3);
});

const CASES: readonly [
  string,
  (cookies: Map<string, string>) => string | null,
  RegExp | undefined,
][] = [
  ["all of them", (cookies) => header(cookies), undefined],
  ["none", () => null, /__cf_bm did not come back/],
  [
    "one too few",
    (cookies) => header([...cookies].slice(1)),
    /__cf_bm did not come back/,
  ],
  [
    "another value",
    (cookies) => header([...cookies, ["__cf_bm", "x"]]),
    /never set/,
  ],
  [
    "a foreign cookie",
    (cookies) => header([...cookies, ["stray_domain", "1"]]),
    /stray_domain was never set/,
  ],
  [
    "one twice",
    (cookies) => header([...cookies, ...[...cookies].slice(0, 1)]),
    /sent twice/,
  ],
];

for (const [name, make, expected] of CASES) {
  Deno.test(`CookieLedger.problems() when the client sends ${name}`, () => {
    const { ledger, cookies } = issued();
    const problems = ledger.problems("grant", make(cookies), {
      now: START + 1,
      expected: true,
    });
    if (expected === undefined) assert.deepEqual(problems, []);
    else assert.match(problems.join(), expected);
  });
}

Deno.test("CookieLedger expects nothing of another sign-in, nor before an answer was whole", () => {
  const { ledger } = issued();
  assert.deepEqual(
    ledger.problems("other", null, { now: START, expected: true }),
    [],
  );
  ledger.issue("other", START);
  assert.deepEqual(
    ledger.problems("other", null, { now: START, expected: true }),
    [],
  );
});

Deno.test("CookieLedger refuses an expired cookie and expects it no longer", () => {
  const { ledger, cookies } = issued();
  const now = START + 1_800_000;
  assert.deepEqual(
    ledger.problems("grant", header(cookies), { now, expected: true }),
    ["cookie __cf_bm has expired"],
  );
  cookies.delete("__cf_bm");
  assert.deepEqual(
    ledger.problems("grant", header(cookies), { now, expected: true }),
    [],
  );
});

Deno.test("CookieLedger refuses a cookie that a whole answer has replaced", () => {
  const { ledger, cookies } = issued();
  const next = ledger.issue("grant", START + 1);
  const options = { now: START + 2, expected: true };
  assert.deepEqual(ledger.problems("grant", header(cookies), options), []);
  ledger.delivered("grant", next.answer);
  assert.deepEqual(ledger.problems("grant", header(cookies), options), [
    "cookie __cf_bm has been replaced",
  ]);
  assert.deepEqual(
    ledger.problems("grant", header(pairs(next.lines)), options),
    [],
  );
});
