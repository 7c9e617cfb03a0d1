// deno-lint-ignore-file camelcase -- names are the server's
import assert from "node:assert/strict";
import type { Access, Turn } from "../../../src/message.ts";
import { encode } from "../../../src/providers/openai_codex/encode.ts";
import { modelInfo } from "../../support/model_info.ts";

const SESSION = "01a2047b-1496-749b-ae5c-193ba57496e4";
const LITE = modelInfo({ id: "gpt-lite", lite: true, ultraEffort: "max" });

const TURN: Turn = {
  model: "gpt-lite",
  known: LITE,
  effort: "high",
  effortChosen: false,
  instructions: "Be brief.",
  items: [{ type: "user", parts: [{ type: "text", text: "say hi" }] }],
  tools: [],
  search: false,
  schema: undefined,
  whole: false,
  maxTokens: undefined,
  temperature: undefined,
  session: SESSION,
};

const ACCESS: Access = {
  baseUrl: new URL("https://chatgpt.com"),
  credential: {
    type: "oauth",
    accessToken: "at_secret",
    accountId: "acc_1",
    fedramp: false,
  },
  userAgent: "meka_cli/0",
  turnState: undefined,
  reduced: false,
  signal: AbortSignal.any([]),
};

const HEADER = "x-openai-internal-codex-responses-lite";

const BODY = {
  model: "gpt-lite",
  input: [
    {
      type: "message",
      role: "developer",
      content: [{ type: "input_text", text: "Be brief." }],
    },
    {
      type: "message",
      role: "user",
      content: [{ type: "input_text", text: "say hi" }],
    },
  ],
  parallel_tool_calls: false,
  reasoning: { effort: "high", summary: "auto", context: "all_turns" },
  store: false,
  stream: true,
  include: ["reasoning.encrypted_content"],
  prompt_cache_key: SESSION,
};

const BODIES: readonly (readonly [string, Partial<Turn>, unknown])[] = [
  ["a prompt alone", {}, BODY],
  ["ultra, as the list maps it", { effort: "ultra" }, {
    ...BODY,
    reasoning: { ...BODY.reasoning, effort: "max" },
  }],
  ["a schema", { schema: { type: "object" } }, {
    ...BODY,
    text: {
      format: {
        type: "json_schema",
        name: "answer",
        strict: true,
        schema: { type: "object" },
      },
    },
  }],
];

for (const [what, changes, expected] of BODIES) {
  Deno.test(`encode() writes the lite body of ${what}`, async () => {
    const request = encode({ ...TURN, ...changes }, ACCESS);
    assert.equal(request.headers.get(HEADER), "true");
    assert.deepEqual(await request.json(), expected);
  });
}

Deno.test("encode() keeps the classic shape for a model that is not marked, or not known", async () => {
  for (const known of [undefined, modelInfo({ lite: false })]) {
    const request = encode({ ...TURN, known }, ACCESS);
    assert.equal(request.headers.has(HEADER), false);
    const { instructions, reasoning } = await request.json();
    assert.equal(instructions, "Be brief.");
    assert.deepEqual(reasoning, { effort: "high", summary: "auto" });
  }
});
