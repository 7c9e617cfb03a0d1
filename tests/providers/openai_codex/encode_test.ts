// deno-lint-ignore-file camelcase -- names are the server's
import assert from "node:assert/strict";
import type { Access, OauthCredential, Turn } from "../../../src/message.ts";
import { encode } from "../../../src/providers/openai_codex/encode.ts";

const SESSION = "01a2047b-1496-749b-ae5c-193ba57496e4";

const TURN: Turn = {
  model: "gpt-5",
  known: undefined,
  effort: "high",
  instructions: "Be brief.",
  items: [{ type: "user", parts: [{ type: "text", text: "say hi" }] }],
  tools: [],
  search: false,
  effortChosen: false,
  schema: undefined,
  whole: false,
  maxTokens: undefined,
  temperature: undefined,
  session: SESSION,
};

const CREDENTIAL: OauthCredential = {
  type: "oauth",
  accessToken: "at_secret",
  accountId: "acc_1",
  fedramp: false,
};

const ACCESS: Access = {
  baseUrl: new URL("https://chatgpt.com"),
  credential: CREDENTIAL,
  userAgent: "meka_cli/0.1.0 (linux 6.0; x86_64)",
  turnState: undefined,
  reduced: false,
  signal: AbortSignal.any([]),
};

const MINIMAL = {
  model: "gpt-5",
  instructions: "Be brief.",
  input: [{
    type: "message",
    role: "user",
    content: [{ type: "input_text", text: "say hi" }],
  }],
  reasoning: { effort: "high", summary: "auto" },
  store: false,
  stream: true,
  include: ["reasoning.encrypted_content"],
  prompt_cache_key: SESSION,
};

const { reasoning: _, ...WITHOUT_REASONING } = MINIMAL;

const BODIES: readonly (readonly [string, Partial<Turn>, unknown])[] = [
  ["a prompt alone", {}, MINIMAL],
  ["effort ultra, which is a name for people", { effort: "ultra" }, {
    ...MINIMAL,
    reasoning: { effort: "xhigh", summary: "auto" },
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
    input: [{
      type: "message",
      role: "user",
      content: [
        { type: "input_text", text: "what?" },
        { type: "input_image", image_url: "data:image/png;base64,AAAA" },
      ],
    }],
  }],
  ["a schema", { schema: { type: "object" } }, {
    ...MINIMAL,
    text: {
      format: {
        type: "json_schema",
        name: "answer",
        strict: true,
        schema: { type: "object" },
      },
    },
  }],
  ...["gpt-3.5-turbo", "gpt-4", "gpt-4o", "gpt-4.1-mini", "chatgpt-4o-latest"]
    .map((model) =>
      [`${model}, which does not reason`, { model }, {
        ...WITHOUT_REASONING,
        model,
      }] as const
    ),
  ...["gpt-5", "o3", "gpt-6.1-sol", "codex-mini"].map((model) =>
    [`${model}, verbatim`, { model }, { ...MINIMAL, model }] as const
  ),
];

for (const [name, turn, expected] of BODIES) {
  Deno.test(`encode() writes the body of ${name}`, async () => {
    const request = encode({ ...TURN, ...turn }, ACCESS);
    assert.deepEqual(await request.json(), expected);
  });
}

Deno.test("encode() sends the contract's headers", () => {
  const request = encode(TURN, { ...ACCESS, turnState: "ts_1" });
  assert.deepEqual(Object.fromEntries(request.headers), {
    "accept": "text/event-stream",
    "authorization": "Bearer at_secret",
    "chatgpt-account-id": "acc_1",
    "content-type": "application/json",
    "originator": "meka_cli",
    "session-id": SESSION,
    "user-agent": "meka_cli/0.1.0 (linux 6.0; x86_64)",
    "x-codex-turn-state": "ts_1",
  });
  assert.equal(request.method, "POST");
  assert.equal(request.redirect, "manual");
});

Deno.test("encode() leaves the account out when it is not known, and names FedRAMP", () => {
  const { headers } = encode(TURN, {
    ...ACCESS,
    credential: { ...CREDENTIAL, accountId: undefined, fedramp: true },
  });
  assert.equal(headers.has("chatgpt-account-id"), false);
  assert.equal(headers.get("x-openai-fedramp"), "true");
});

const URLS = [
  ["https://chatgpt.com", "https://chatgpt.com/backend-api/codex/responses"],
  [
    "http://127.0.0.1:8080/",
    "http://127.0.0.1:8080/backend-api/codex/responses",
  ],
  [
    "https://gate.example/x/",
    "https://gate.example/x/backend-api/codex/responses",
  ],
] as const;
for (const [baseUrl, expected] of URLS) {
  Deno.test(`encode() posts to ${expected}`, () => {
    const request = encode(TURN, { ...ACCESS, baseUrl: new URL(baseUrl) });
    assert.equal(request.url, expected);
  });
}
