import assert from "node:assert/strict";
import fc from "fast-check";
import {
  oneLine,
  redactHeaders,
  Redactor,
  stripControl,
  visible,
} from "../../src/http/redact.ts";

const STRIPPED = [
  ["plain", "plain"],
  ["tab\tand\nnewline", "tab\tand\nnewline"],
  ["\r\n", "\n"],
  ["\0\x07\b\v\f\x1b\x7f", ""],
  ["\x80\x85\x9b31m\x9f\xa0", "31m\xa0"],
  ["\x1b[2J\x1b]52;c;AAAA\x07", "[2J]52;c;AAAA"],
  ["a\u202eb\u2066c\u2069d\u2028e\u2029f", "abcdef"],
  ["\u200e\u200f\u061c stays", "\u200e\u200f\u061c stays"],
  ["日本語 👩‍👩‍👧 é", "日本語 👩‍👩‍👧 é"],
  ["\ud800", "\ud800"],
] as const;

for (const [text, expected] of STRIPPED) {
  Deno.test(`stripControl() leaves ${JSON.stringify(expected)} of ${JSON.stringify(text)}`, () => {
    assert.equal(stripControl(text), expected);
  });
}

const anyText = fc.string({ unit: "binary" });

Deno.test("stripControl() leaves no control character, and a second time nothing to do", () => {
  fc.assert(fc.property(anyText, (text) => {
    const stripped = stripControl(text);
    for (const char of stripped) {
      const code = char.charCodeAt(0);
      const control = code < 0x20 || (code >= 0x7f && code <= 0x9f);
      assert.ok(!control || char === "\n" || char === "\t");
    }
    assert.equal(stripControl(stripped), stripped);
  }));
});

const LINES = [
  ["", 10, ""],
  ["  a\r\n\tb\u2028c\v ", 10, "a b c"],
  ["\x1b[31mred", 20, "[31mred"],
  ["exactly ten", 11, "exactly ten"],
  ["one over it", 10, "one over…"],
  ["abc 👍👍", 6, "abc…"],
  ["abc👍👍", 5, "abc…"],
  ["abc👍👍", 6, "abc👍…"],
  ["abc", 1, "…"],
] as const;

for (const [text, max, expected] of LINES) {
  Deno.test(`oneLine() makes ${JSON.stringify(expected)} of ${JSON.stringify(text)} at ${max}`, () => {
    assert.equal(oneLine(text, max), expected);
  });
}

Deno.test("oneLine() keeps to one line and its length", () => {
  fc.assert(
    fc.property(anyText, fc.integer({ min: 1, max: 20 }), (text, max) => {
      const line = oneLine(text, max);
      assert.ok(line.length <= max);
      assert.equal(stripControl(line), line);
      assert.ok(!/[\n\r\t]/.test(line));
    }),
  );
});

const HEADERS = [
  ["authorization", "Bearer x", "[redacted]"],
  ["proxy-authorization", "Basic x", "[redacted]"],
  ["cookie", "a=b", "[redacted]"],
  ["set-cookie", "a=b; Path=/", "[redacted]"],
  ["x-codex-turn-state", "opaque", "[redacted]"],
  ["chatgpt-account-id", "12345678-9abc-def0", "1234…"],
  ["chatgpt-account-id", "123456789abc", "[redacted]"],
  [
    "location",
    "http://localhost:1/cb?code=x",
    "http://localhost:1/cb?[redacted]",
  ],
  ["location", "/login#token=x", "/login?[redacted]"],
  ["location", "/login", "/login"],
  ["cf-ray", "8f3-FRA", "8f3-FRA"],
] as const;

for (const [name, value, expected] of HEADERS) {
  Deno.test(`redactHeaders() shows ${name} "${value}" as "${expected}"`, () => {
    const shown = redactHeaders(new Headers([[name.toUpperCase(), value]]));
    assert.deepEqual(shown, [[name, expected]]);
  });
}

Deno.test("redactHeaders() redacts each of several cookies", () => {
  const headers = new Headers([["set-cookie", "a=1"], ["set-cookie", "b=2"]]);
  assert.deepEqual(redactHeaders(headers), [
    ["set-cookie", "[redacted]"],
    ["set-cookie", "[redacted]"],
  ]);
});

const JWT = "eyJhbGciOiJub25lIn0.eyJzdWIiOiIxIn0.c2ln";

// text, what is shown by a redactor that knows no secret
const SHAPES = [
  [`a ${JWT} b`, "a [redacted] b"],
  [`%22${JWT}%22`, "%22[redacted]%22"],
  [`x${JWT.slice(0, 30)}`, "x[redacted]"],
  ["eyJ is short", "eyJ is short"],
  ["key sk-proj-abc123_DEF", "key [redacted]"],
  ['"sk-abcdefgh"', '"[redacted]"'],
  ["%22sk-abcdefgh", "%22[redacted]"],
  [
    "task-management and disk-encryption",
    "task-management and disk-encryption",
  ],
  ["Bearer abc.def-1", "Bearer [redacted]"],
  ["bearer%20abc1", "bearer%20[redacted]"],
  ["BEARER  thisisalongwordofletters", "BEARER  [redacted]"],
  [
    "Missing bearer or basic authentication",
    "Missing bearer or basic authentication",
  ],
  ['Cookie: a=1; b="2"\r\nnext', "Cookie: [redacted]\r\nnext"],
  ['{ "set-cookie": "a=1", x: 1 }', '{ "set-cookie": "[redacted]", x: 1 }'],
  ["authorization: Basic dTpw", "authorization: [redacted]"],
  ["?code=ac_1&state=x", "?code=[redacted]&state=x"],
  [
    "grant_type=x&code_verifier=a-b~c.d&x=1",
    "grant_type=x&code_verifier=[redacted]&x=1",
  ],
  ["refresh_token%3Drt_1%26x", "refresh_token%3D[redacted]%26x"],
  [
    "http://x/cb%3Fcode%3Dac1%26state",
    "http://x/cb%3Fcode%3D[redacted]%26state",
  ],
  [
    '{"access_token":"at","id_token" : "it"}',
    '{"access_token":"[redacted]","id_token" : "[redacted]"}',
  ],
  ['{"refresh_token":"a\\"b\\\\"}', '{"refresh_token":"[redacted]"}'],
  ['{"refresh_token":"cut', '{"refresh_token":"[redacted]'],
  [
    '"{\\"refresh_token\\":\\"rt\\",\\"x\\":1}"',
    '"{\\"refresh_token\\":\\"[redacted]\\",\\"x\\":1}"',
  ],
  ["{ refresh_token: 'rt', x: 1 }", "{ refresh_token: '[redacted]', x: 1 }"],
  ["refresh_token: rt", "refresh_token: [redacted]"],
  ["code=[redacted]&x", "code=[redacted]&x"],
  ["exit code=70, status code: 500", "exit code=70, status code: 500"],
  ['{"code":"rate_limit_exceeded"}', '{"code":"rate_limit_exceeded"}'],
  ['{"code":"ac_Xy12-98765"}', '{"code":"[redacted]"}'],
  [
    "barcode=123456 encode: abcdef123456",
    "barcode=123456 encode: abcdef123456",
  ],
] as const;

for (const [text, expected] of SHAPES) {
  Deno.test(`Redactor shows ${text} as ${expected}`, () => {
    const redactor = new Redactor();
    assert.equal(redactor.redact(text), expected);
    assert.equal(redactor.redact(expected), expected);
  });
}

const DRESSES = [
  's3cr&t/+ "q"=é',
  's3cr&t/+ \\"q\\"=é',
  's3cr&t\\/+ \\"q\\"=é',
  's3cr\\u0026t/+ \\"q\\"=é',
  's3cr\\u0026t\\u002f\\u002b \\"q\\"\\u003dé',
  's3cr&t/+ \\\\\\"q\\\\\\"=é',
  "s3cr%26t%2F%2B%20%22q%22%3D%C3%A9",
  "s3cr%26t%2f%2b%20%22q%22%3d%c3%a9",
  "s3cr%26t%2F%2B+%22q%22%3D%C3%A9",
];

for (const dress of DRESSES) {
  Deno.test(`Redactor finds a secret as ${dress}`, () => {
    const redactor = new Redactor(['s3cr&t/+ "q"=é']);
    assert.equal(redactor.redact(`a${dress}b`), "a[redacted]b");
  });
}

Deno.test("Redactor learns secrets, ignores short ones, and takes the longer first", () => {
  const redactor = new Redactor(["short", "12345678"]);
  redactor.add(["1234567890"]);
  assert.equal(
    redactor.redact("short 1234567890 12345678"),
    "short [redacted] [redacted]",
  );
});

Deno.test("Redactor forgets the secrets of long ago, but none that is named again and again", () => {
  const redactor = new Redactor();
  for (let n = 1; n <= 1000; n++) redactor.add(["the-token", `cookie-${n};`]);
  assert.equal(
    redactor.redact("the-token cookie-1; cookie-900; cookie-1000;"),
    "[redacted] cookie-1; [redacted] [redacted]",
  );
});

Deno.test("Redactor removes every secret, whatever surrounds it", () => {
  const secret = fc.string({ unit: "binary", minLength: 8, maxLength: 60 })
    .filter((text) => !"[redacted]".includes(text));
  const dress = fc.constantFrom<(text: string) => string>(
    (text) => text,
    (text) => JSON.stringify(text).slice(1, -1),
    (text) => encodeURIComponent(text.toWellFormed()),
    (text) => new URLSearchParams([["", text]]).toString().slice(1),
  );
  fc.assert(fc.property(
    fc.array(fc.tuple(secret, dress, anyText), { minLength: 1, maxLength: 5 }),
    (parts) => {
      const redactor = new Redactor(parts.map(([text]) => text));
      const dressed = parts.map(([text, wear, after]) => [wear(text), after]);
      const clean = redactor.redact(dressed.flat().join(""));
      for (const [worn = ""] of dressed) assert.ok(!clean.includes(worn));
    },
  ));
});

Deno.test("Redactor never throws", () => {
  const word = fc.constantFrom("code", "eyJ", "Bearer ", '\\"', '"', ":", "=");
  const text = fc.array(fc.oneof(word, anyText)).map((all) => all.join(""));
  fc.assert(fc.property(text, (hostile) => {
    new Redactor([hostile]).redact(hostile);
  }));
});

Deno.test("visible() leaves what can be seen", () => {
  const plain = "# Überschrift\n\t日本語 العربية 👍 e\u0301";
  assert.equal(visible(plain), plain);
});
