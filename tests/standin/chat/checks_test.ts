import assert from "node:assert/strict";
import {
  askChat,
  askModels,
  lastChatViolations,
  standinOf,
  WHOLE,
} from "./client.ts";

const HEADERS: readonly [string, Record<string, string | undefined>, RegExp][] =
  [
    ["a cookie", { cookie: "__cf_bm=standin" }, /^a cookie$/],
    ["an originator", { originator: "meka_cli" }, /^originator is for another/],
    ["an account", { "chatgpt-account-id": "x" }, /^chatgpt-account-id/],
    ["a session", { "session-id": "x" }, /^session-id/],
    ["a turn state", { "x-codex-turn-state": "x" }, /^x-codex-turn-state/],
    ["a lite mark", { "x-openai-lite": "true" }, /^x-openai-lite/],
    ["a key elsewhere", { "x-api-key": "x" }, /^a key in x-api-key$/],
    ["a key where none is due", { authorization: "Bearer x" }, /^a key, where/],
    ["no bearer", { authorization: "Basic eDp5" }, /no bearer key/],
    ["codex's name", { "user-agent": "codex_exec/1" }, /^user-agent/],
    ["plain text", { "content-type": "text/plain" }, /^content-type/],
    ["a wish for a page", { accept: "text/html" }, /^accept/],
    ["compression", { "content-encoding": "identity" }, /^content-encoding/],
  ];

Deno.test("the server notes every wrong header", async () => {
  await using standin = await standinOf("llamacpp");
  for (const [name, headers, expected] of HEADERS) {
    await (await askChat(standin, { headers })).text();
    assert.match(lastChatViolations(standin).join("\n"), expected, name);
  }
});

Deno.test("the server notes what has no place on a request for the models", async () => {
  await using standin = await standinOf("llamacpp");
  for (
    const [name, value] of [["content-type", "application/json"], [
      "accept",
      "text/event-stream",
    ]] as const
  ) {
    await (await askModels(standin, { headers: { [name]: value } })).text();
    assert.match(lastChatViolations(standin).join("\n"), new RegExp(name));
  }
});

const TOOL = { type: "function", function: { name: "read_file" } };
const CALL = {
  id: "call_a",
  type: "function",
  function: { name: "read_file", arguments: "{}" },
};
const PNG = "data:image/png;base64,aGk=";

const user = (content: unknown): unknown[] => [{ role: "user", content }];
const part = (entry: unknown): unknown[] => user([entry]);
const image = (image_url: unknown): unknown[] =>
  part({ type: "image_url", image_url });
const called = (...rest: unknown[]): unknown[] => [
  ...user("hi"),
  { role: "assistant", content: null, tool_calls: [CALL] },
  ...rest,
];
const schema = (json_schema: unknown): Record<string, unknown> => ({
  response_format: { type: "json_schema", json_schema },
});

const REFUSED: readonly [string, Record<string, unknown>][] = [
  ["no model", { model: undefined }],
  ["an empty model", { model: " " }],
  ["no messages", { messages: undefined }],
  ["an empty list", { messages: [] }],
  ["a role of another kind", {
    messages: [{ role: "developer", content: "x" }],
  }],
  ["no content", { messages: [{ role: "user" }] }],
  ["an empty message", { messages: user("") }],
  ["an empty list of parts", { messages: user([]) }],
  ["a part of the other wire", {
    messages: part({ type: "input_text", text: "x" }),
  }],
  ["a part with a stranger", {
    messages: part({ type: "text", text: "x", id: 1 }),
  }],
  ["a text that is none", { messages: part({ type: "text", text: 1 }) }],
  ["an image as a bare text", { messages: image(PNG) }],
  ["an image far away", {
    messages: image({ url: "https://example.com/a.png" }),
  }],
  ["an image that is no image", {
    messages: image({ url: "data:text/plain;base64,aGk=" }),
  }],
  ["an image in bad base64", { messages: image({ url: `${PNG}=` }) }],
  ["an odd detail", { messages: image({ url: PNG, detail: "huge" }) }],
  ["a stranger in a message", {
    messages: [{ role: "user", content: "x", id: 1 }],
  }],
  ["an image of the assistant", {
    messages: [
      {
        role: "assistant",
        content: [{ type: "image_url", image_url: { url: PNG } }],
      },
      ...user("hi"),
    ],
  }],
  ["a system message in between", {
    messages: [...user("hi"), { role: "system", content: "x" }, ...user("ho")],
  }],
  ["nobody but the system", { messages: [{ role: "system", content: "x" }] }],
  ["the assistant at the end", {
    messages: [...user("hi"), { role: "assistant", content: "x" }],
  }],
  ["an assistant without a word", {
    messages: [{ role: "assistant", content: null }, ...user("hi")],
  }],
  ["a call without a result", { messages: called() }],
  ["a call left behind", { messages: called(...user("and?")) }],
  ["a result without a call", {
    messages: [...user("hi"), {
      role: "tool",
      tool_call_id: "call_a",
      content: "x",
    }],
  }],
  ["a result of another call", {
    messages: called({ role: "tool", tool_call_id: "call_b", content: "x" }),
  }],
  ["a call whose arguments are no JSON", {
    messages: [
      ...user("hi"),
      {
        role: "assistant",
        tool_calls: [{ ...CALL, function: { name: "x", arguments: "{" } }],
      },
      { role: "tool", tool_call_id: "call_a", content: "x" },
    ],
  }],
  ["a call with an index", {
    messages: [
      ...user("hi"),
      { role: "assistant", tool_calls: [{ ...CALL, index: 0 }] },
      { role: "tool", tool_call_id: "call_a", content: "x" },
    ],
  }],
  ["stream as a text", { stream: "true" }],
  ["options without a stream", { stream: false }],
  ["options of another kind", {
    stream_options: { include_obfuscation: false },
  }],
  ["two limits", { max_tokens: 5, max_completion_tokens: 5 }],
  ["no limit at all", { max_completion_tokens: 0 }],
  ["a limit as a text", { max_completion_tokens: "5" }],
  ["too hot", { temperature: 2.5 }],
  ["an effort that is none", { reasoning_effort: 3 }],
  ["another format", { response_format: { type: "json_object" } }],
  ["a schema without a name", schema({ schema: {} })],
  ["a schema whose name has a space", schema({ name: "a b", schema: {} })],
  ["a name without a schema", schema({ name: "a" })],
  ["a schema with a stranger", schema({ name: "a", schema: {}, type: "x" })],
  ["no tools", { tools: [] }],
  ["a tool of the other wire", { tools: [{ type: "function", name: "x" }] }],
  ["two tools of one name", { tools: [TOOL, TOOL] }],
  ["a choice without tools", { tool_choice: "auto" }],
  ["a choice nobody offers", { tools: [TOOL], tool_choice: "maybe" }],
];

Deno.test("the server refuses and notes every wrong body", async () => {
  await using standin = await standinOf("llamacpp");
  for (const [name, body] of REFUSED) {
    const response = await askChat(standin, { body });
    assert.equal(response.status, 400, name);
    await response.body?.cancel();
    assert.match(lastChatViolations(standin).join("\n"), /^refused: /m, name);
  }
});

Deno.test("the server refuses a body that is no JSON object", async () => {
  await using standin = await standinOf("llamacpp");
  for (const text of ["", "{", "[]", "null", '"x"']) {
    const response = await askChat(standin, { text });
    assert.equal(response.status, 400);
    await response.body?.cancel();
  }
});

const RIGHT: readonly [string, Record<string, unknown>][] = [
  ["nothing but what is needed", {
    stream: undefined,
    stream_options: undefined,
  }],
  ["no stream", WHOLE],
  ["a system message", {
    messages: [{ role: "system", content: "Be brief." }, ...user("hi")],
  }],
  ["an image", {
    messages: user([
      { type: "text", text: "What is this?" },
      { type: "image_url", image_url: { url: PNG, detail: "auto" } },
    ]),
  }],
  ["a call with its result", {
    messages: called({ role: "tool", tool_call_id: "call_a", content: "x" }),
  }],
  ["a conversation", {
    messages: [
      ...user("hi"),
      { role: "assistant", content: "Hi!" },
      ...user("ho"),
    ],
  }],
  ["a limit, a temperature and an effort", {
    max_completion_tokens: 5,
    temperature: 0,
    reasoning_effort: "high",
  }],
  [
    "a schema",
    schema({ name: "answer", schema: { type: "object" }, strict: true }),
  ],
  ["a tool", { tools: [TOOL], tool_choice: "auto", parallel_tool_calls: true }],
];

Deno.test("the server takes every right body", async () => {
  await using standin = await standinOf("llamacpp");
  for (const [name, body] of RIGHT) {
    const response = await askChat(standin, {
      body,
      headers: { accept: "*/*" },
    });
    assert.equal(response.status, 200, name);
    await response.text();
    assert.deepEqual(lastChatViolations(standin), [], name);
  }
});

Deno.test("a field that nobody needs is noted, and refused where the family does so", async () => {
  for (
    const [profile, status] of [["llamacpp", 200], ["vllm", 400], [
      "openai",
      400,
    ]] as const
  ) {
    await using standin = await standinOf(profile);
    const response = await askChat(standin, { body: { store: false } });
    assert.equal(response.status, status, profile);
    await response.text();
    assert.match(standin.violations.join(), /unknown field: store/, profile);
  }
});
