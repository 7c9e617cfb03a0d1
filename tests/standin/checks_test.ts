// deno-lint-ignore-file camelcase -- names are the server's
import assert from "node:assert/strict";
import { bodyRefusal } from "../../scripts/standin/checks.ts";
import { rightBody, user } from "./client.ts";

const OUTPUT = {
  type: "function_call_output",
  call_id: "call_1",
  output: "42",
};
const CALL = {
  type: "function_call",
  id: "fc_1",
  call_id: "call_1",
  name: "f",
  arguments: "{}",
};
const PNG = "data:image/png;base64,iVBORw0KGgo=";

function image(image_url: string): Record<string, unknown> {
  return {
    type: "message",
    role: "user",
    content: [{ type: "input_image", image_url }],
  };
}

function withInput(...input: unknown[]): { input: unknown[] } {
  return { input };
}

/** What is sent instead, fields left out, the status and a piece of the body, which is exact for a `detail`. */
const REFUSED: readonly [
  string,
  Record<string, unknown>,
  string[],
  number,
  string,
][] = [
  [
    "store missing",
    {},
    ["store"],
    400,
    '{"detail":"Store must be set to false"}',
  ],
  [
    "store true",
    { store: true },
    [],
    400,
    '{"detail":"Store must be set to false"}',
  ],
  [
    "stream missing",
    {},
    ["stream"],
    400,
    '{"detail":"Stream must be set to true"}',
  ],
  [
    "stream false",
    { stream: false },
    [],
    400,
    '{"detail":"Stream must be set to true"}',
  ],
  [
    "instructions missing",
    {},
    ["instructions"],
    400,
    '{"detail":"Instructions are required"}',
  ],
  [
    "instructions empty",
    { instructions: "" },
    [],
    400,
    '{"detail":"Instructions are required"}',
  ],
  [
    "instructions blank",
    { instructions: " \n" },
    [],
    400,
    '{"detail":"Instructions are required"}',
  ],
  ...[
    "max_output_tokens",
    "max_completion_tokens",
    "temperature",
    "top_p",
    "presence_penalty",
    "frequency_penalty",
    "metadata",
    "safety_identifier",
    "prompt_cache_retention",
    "truncation",
    "user",
    "previous_response_id",
    "conversation",
    "background",
    "messages",
  ].map((name): [string, Record<string, unknown>, string[], number, string] => [
    name,
    { [name]: 1 },
    [],
    400,
    `{"detail":"Unsupported parameter: ${name}"}`,
  ]),
  [
    "role system",
    withInput({ ...user("x"), role: "system" }),
    [],
    400,
    '{"detail":"System messages are not allowed"}',
  ],
  [
    "input as string",
    { input: "hi" },
    [],
    400,
    '{"detail":"Input must be a list"}',
  ],
  ["input empty", { input: [] }, [], 400, "empty array"],
  [
    "item without type",
    withInput({ role: "user", content: [] }),
    [],
    400,
    "Unknown parameter: 'input[0].content'.",
  ],
  [
    "item of an unknown type",
    withInput({ type: "item_reference", id: "rs_1" }),
    [],
    400,
    "item_reference",
  ],
  [
    "wrong id prefix of a call",
    withInput(user("x"), { ...CALL, id: "item_1" }, OUTPUT),
    [],
    400,
    "Invalid 'input[1].id': 'item_1'. Expected an ID that begins with 'fc'.",
  ],
  [
    "wrong id prefix of a message",
    withInput({ ...user("x"), id: "item_1" }),
    [],
    400,
    "Expected an ID that begins with 'msg'.",
  ],
  [
    "content as string",
    withInput({ ...user("x"), content: "x" }),
    [],
    400,
    "expected an array of objects",
  ],
  [
    "unknown field of a message",
    withInput({ ...user("x"), name: "me" }),
    [],
    400,
    "input[0].name",
  ],
  [
    "output_text of a user",
    withInput({ ...user("x"), content: [{ type: "output_text", text: "x" }] }),
    [],
    400,
    "Invalid value: 'output_text'",
  ],
  [
    "input_text of an assistant",
    withInput({ ...user("x"), role: "assistant" }),
    [],
    400,
    "Invalid value: 'input_text'",
  ],
  [
    "reasoning without ciphertext",
    withInput({ type: "reasoning", id: "rs_7", summary: [] }),
    [],
    404,
    "Item with id 'rs_7' not found. Items are not persisted when `store` is set to false.",
  ],
  [
    "foreign ciphertext",
    withInput({
      type: "reasoning",
      id: "rs_7",
      summary: [],
      encrypted_content: "x",
    }),
    [],
    400,
    "invalid_encrypted_content",
  ],
  [
    "output without call",
    withInput(user("x"), OUTPUT),
    [],
    400,
    "No tool call found for function call output",
  ],
  [
    "output before call",
    withInput(user("x"), OUTPUT, CALL),
    [],
    400,
    "No tool call found",
  ],
  [
    "call without output",
    withInput(user("x"), CALL),
    [],
    400,
    "No tool output found for function call call_1.",
  ],
  [
    "call twice",
    withInput(user("x"), CALL, CALL, OUTPUT),
    [],
    400,
    "Duplicate",
  ],
  [
    "image by URL",
    withInput(image("https://example.com/a.png")),
    [],
    400,
    "Expected a base64-encoded data URL",
  ],
  [
    "image of no image type",
    withInput(image("data:text/plain;base64,aGk=")),
    [],
    400,
    "base64-encoded data URL",
  ],
  [
    "image of bad base64",
    withInput(image("data:image/png;base64,abc")),
    [],
    400,
    "base64-encoded data URL",
  ],
  [
    "model not supported",
    { model: "no-such-model" },
    [],
    400,
    `{"detail":"The 'no-such-model' model is not supported when using Codex with a ChatGPT account."}`,
  ],
  [
    "model too new",
    { model: "gpt-7-preview" },
    [],
    400,
    `{"detail":"The 'gpt-7-preview' model requires a newer version of Codex. Please upgrade to the latest app or CLI and try again."}`,
  ],
  [
    "model not routed",
    { model: "gpt-5.6-luna" },
    [],
    404,
    "Model not found gpt-5.6-luna",
  ],
  ["model missing", {}, ["model"], 400, "Missing required parameter: 'model'."],
  ...["gpt-4o", "gpt-3.5-turbo", "chatgpt-4o-latest"].map((
    model,
  ): [string, Record<string, unknown>, string[], number, string] => [
    `reasoning for ${model}`,
    { model },
    [],
    400,
    "'reasoning.effort' is not supported with this model",
  ]),
  [
    "effort ultra",
    { reasoning: { effort: "ultra", summary: "auto" } },
    [],
    400,
    "Invalid value: 'ultra'",
  ],
  [
    "summary none",
    { reasoning: { effort: "low", summary: "none" } },
    [],
    400,
    "Invalid value: 'none'",
  ],
  [
    "unknown reasoning field",
    { reasoning: { budget: 1 } },
    [],
    400,
    "Unknown parameter: 'reasoning.budget'.",
  ],
  [
    "unknown format",
    { text: { format: { type: "json_object" } } },
    [],
    400,
    "text.format.type",
  ],
  [
    "schema without a name",
    { text: { format: { type: "json_schema", schema: {}, strict: true } } },
    [],
    400,
    "text.format.name",
  ],
  [
    "schema missing",
    { text: { format: { type: "json_schema", name: "a", strict: true } } },
    [],
    400,
    "text.format.schema",
  ],
  [
    "schema without strict",
    { text: { format: { type: "json_schema", name: "a", schema: {} } } },
    [],
    400,
    "text.format.strict",
  ],
  ["verbosity", { text: { verbosity: "loud" } }, [], 400, "text.verbosity"],
  [
    "tool of an unknown type",
    { tools: [{ type: "gadget" }] },
    [],
    400,
    "tools[0].type",
  ],
  [
    "tool without strict",
    {
      tools: [{ type: "function", name: "f", parameters: { type: "object" } }],
    },
    [],
    400,
    "tools[0].strict",
  ],
];

for (const [name, body, without, status, piece] of REFUSED) {
  Deno.test(`bodyRefusal() refuses: ${name}`, () => {
    const refusal = bodyRefusal(rightBody({ body, without }), {
      lite: false,
      sealed: () => false,
    });
    assert.equal(refusal?.status, status);
    const text = typeof refusal?.body === "string" ? refusal.body : "";
    if (piece.startsWith("{")) assert.equal(text, piece);
    else {assert.ok(
        text.includes(piece) ||
          text.includes(JSON.stringify(piece).slice(1, -1)),
        text,
      );}
  });
}

const TAKEN: readonly [string, Record<string, unknown>, string[]][] = [
  ["a right body", {}, []],
  [
    "a developer message",
    withInput({ ...user("x"), role: "developer" }, user("y")),
    [],
  ],
  ["an image", withInput(image(PNG)), []],
  ["a call with its output", withInput(user("x"), CALL, OUTPUT), []],
  [
    "two calls with their outputs",
    withInput(CALL, { ...CALL, id: "fc_2", call_id: "c2" }, OUTPUT, {
      ...OUTPUT,
      call_id: "c2",
    }),
    [],
  ],
  [
    "sealed reasoning",
    withInput({
      type: "reasoning",
      id: "rs_1",
      summary: [],
      encrypted_content: "sealed",
    }),
    [],
  ],
  [
    "an assistant message",
    withInput({
      ...user("x"),
      role: "assistant",
      content: [{ type: "output_text", text: "x", annotations: [] }],
    }),
    [],
  ],
  ["an old model without reasoning", { model: "gpt-4o" }, ["reasoning"]],
  [
    "a schema",
    {
      text: {
        format: {
          type: "json_schema",
          name: "a",
          schema: { type: "object" },
          strict: true,
        },
      },
    },
    [],
  ],
  [
    "a tool",
    {
      tools: [{
        type: "function",
        name: "f",
        strict: false,
        parameters: { type: "object" },
      }],
      tool_choice: "auto",
    },
    [],
  ],
];

for (const [name, body, without] of TAKEN) {
  Deno.test(`bodyRefusal() takes: ${name}`, () => {
    const facts = { lite: false, sealed: (text: string) => text === "sealed" };
    assert.equal(bodyRefusal(rightBody({ body, without }), facts), undefined);
  });
}
