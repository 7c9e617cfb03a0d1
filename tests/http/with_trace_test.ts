import assert from "node:assert/strict";
import type { Fetch } from "../../src/http/fetch.ts";
import { Redactor } from "../../src/http/redact.ts";
import { withTrace } from "../../src/http/with_trace.ts";

function setUp(answer: Fetch): { lines: string[]; fetch: Fetch } {
  const lines: string[] = [];
  let time = 0;
  const fetch = withTrace(answer, {
    write: (line) => {
      lines.push(line);
    },
    elapsed: () => time += 12.4,
    redactor: new Redactor(["the-known-secret"]),
  });
  return { lines, fetch };
}

Deno.test("withTrace() shows both heads without query, body or secrets", async () => {
  let body = "";
  const { lines, fetch } = setUp(async (request) => {
    body = await request.text();
    return new Response("the answer", {
      status: 429,
      headers: [
        ["content-type", "text/plain"],
        ["set-cookie", "__cf_bm=value; Path=/"],
        ["x-echo", "the-known-secret"],
        ["x-odd", "a\x9b31mb"],
      ],
    });
  });
  const response = await fetch(
    new Request("https://chatgpt.com/backend-api/x?code=abc", {
      method: "POST",
      body: "häl",
      headers: {
        authorization: "Bearer abc",
        "chatgpt-account-id": "12345678-9abc",
        cookie: "a=b",
      },
    }),
  );
  assert.deepEqual(lines, [
    "> POST https://chatgpt.com/backend-api/x?[redacted]",
    "> authorization: [redacted]",
    "> chatgpt-account-id: 1234…",
    "> content-type: text/plain;charset=UTF-8",
    "> cookie: [redacted]",
    "* Body: 4 bytes",
    "< 429 after 12 ms",
    "< content-type: text/plain",
    "< set-cookie: [redacted]",
    "< x-echo: [redacted]",
    "< x-odd: a31mb",
  ]);
  assert.equal(body, "häl");
  assert.equal(await response.text(), "the answer");
});

Deno.test("withTrace() tells of a request without an answer, and passes the failure on", async () => {
  const failure = new TypeError("fetch failed for https://x/?code=abc");
  const { lines, fetch } = setUp(() => Promise.reject(failure));
  await assert.rejects(fetch(new Request("https://x/")), failure);
  assert.deepEqual(lines, ["> GET https://x/", "* No response after 12 ms"]);
});
