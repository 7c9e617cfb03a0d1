// deno-lint-ignore-file camelcase -- names are the server's
import assert from "node:assert/strict";
import type { Turn } from "../../../src/message.ts";
import { encode } from "../../../src/providers/openai_api/encode.ts";
import { accessWith, KEY, TURN } from "../../support/turn.ts";

const ACCESS = accessWith(KEY, "https://api.openai.com/v1");
const OTHER: Turn = { ...TURN, model: "llama3.2" };

const MINIMAL = {
  model: "llama3.2",
  messages: [
    { role: "system", content: "Be brief." },
    { role: "user", content: "say hi" },
  ],
  stream: true,
  stream_options: { include_usage: true },
};
const { stream_options: _, ...REDUCED } = MINIMAL;
const SCHEMA = { type: "object", properties: { a: { type: "string" } } };

const BODIES: readonly (readonly [string, Partial<Turn>, unknown])[] = [
  ["a prompt alone", {}, MINIMAL],
  ["one whole answer", { whole: true }, { ...REDUCED, stream: false }],
  ["a limit of tokens", { maxTokens: 9 }, {
    ...MINIMAL,
    max_completion_tokens: 9,
  }],
  ["a temperature", { temperature: 0 }, { ...MINIMAL, temperature: 0 }],
  ["a schema", { schema: SCHEMA }, {
    ...MINIMAL,
    response_format: {
      type: "json_schema",
      json_schema: { name: "answer", strict: true, schema: SCHEMA },
    },
  }],
  ["an image", {
    items: [{
      type: "user",
      parts: [
        { type: "text", text: "what?" },
        { type: "image", mediaType: "image/png", base64: "AAAA" },
      ],
    }],
  }, {
    ...MINIMAL,
    messages: [MINIMAL.messages[0], {
      role: "user",
      content: [
        { type: "text", text: "what?" },
        { type: "image_url", image_url: { url: "data:image/png;base64,AAAA" } },
      ],
    }],
  }],
];

for (const [name, turn, expected] of BODIES) {
  Deno.test(`encode() writes the body of ${name}`, async () => {
    const request = encode({ ...OTHER, ...turn }, ACCESS);
    assert.deepEqual(await request.json(), expected);
  });
}

Deno.test("encode() leaves out what the server refused", async () => {
  const request = encode(OTHER, { ...ACCESS, reduced: true });
  assert.deepEqual(await request.json(), REDUCED);
});

/** Model, effort, whether a person chose it, what is sent. */
const EFFORTS = [
  ["gpt-5", "high", false, "high"],
  ["gpt-5.1-codex", "low", true, "low"],
  ["openai/gpt-5", "high", false, "high"],
  ["o3", "high", false, "high"],
  ["gpt-oss:20b", "high", false, "high"],
  ["gpt-5", "ultra", true, "xhigh"],
  ["gpt-5", "max", true, "max"],
  ["gpt-4o", "high", false, undefined],
  ["gpt-4.1-mini", "high", true, undefined],
  ["openai/gpt-4o", "high", true, undefined],
  ["gpt-3.5-turbo", "low", true, undefined],
  ["chatgpt-4o-latest", "low", true, undefined],
  ["gpt-5-chat-latest", "low", true, undefined],
  ["llama3.2", "high", false, undefined],
  ["llama3.2", "low", true, "low"],
  ["deepseek-r1", "high", false, undefined],
  ["qwen3", "none", true, "none"],
] as const;

for (const [model, effort, effortChosen, sent] of EFFORTS) {
  const who = effortChosen ? "a person's" : "the default";
  Deno.test(`encode() sends ${model} ${sent} for ${who} effort ${effort}`, async () => {
    const request = encode({ ...TURN, model, effort, effortChosen }, ACCESS);
    assert.equal((await request.json()).reasoning_effort, sent);
  });
}

Deno.test("encode() sends no headers but what the request needs", () => {
  const request = encode(OTHER, ACCESS);
  assert.deepEqual(Object.fromEntries(request.headers), {
    "accept": "text/event-stream",
    "authorization": "Bearer sk-secret-key",
    "content-type": "application/json",
    "user-agent": ACCESS.userAgent,
  });
  assert.equal(request.method, "POST");
  assert.equal(request.redirect, "manual");
});

Deno.test("encode() sends no key where there is none", () => {
  const credential = { type: "api_key", key: undefined } as const;
  const { headers } = encode({ ...OTHER, whole: true }, {
    ...ACCESS,
    credential,
  });
  assert.equal(headers.has("authorization"), false);
  assert.equal(headers.get("accept"), "application/json");
});

const URLS = [
  ["https://api.openai.com/v1", "https://api.openai.com/v1/chat/completions"],
  ["https://api.openai.com", "https://api.openai.com/v1/chat/completions"],
  ["https://api.openai.com/", "https://api.openai.com/v1/chat/completions"],
  ["http://127.0.0.1:11434", "http://127.0.0.1:11434/v1/chat/completions"],
  ["http://127.0.0.1:11434/v1", "http://127.0.0.1:11434/v1/chat/completions"],
  ["http://127.0.0.1:1234/v1//", "http://127.0.0.1:1234/v1/chat/completions"],
  [
    "https://openrouter.ai/api/v1/",
    "https://openrouter.ai/api/v1/chat/completions",
  ],
  ["https://gate.example/x", "https://gate.example/x/chat/completions"],
] as const;
for (const [baseUrl, expected] of URLS) {
  Deno.test(`encode() posts to ${expected} for ${baseUrl}`, () => {
    const request = encode(TURN, { ...ACCESS, baseUrl: new URL(baseUrl) });
    assert.equal(request.url, expected);
  });
}
