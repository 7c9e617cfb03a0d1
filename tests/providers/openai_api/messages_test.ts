import assert from "node:assert/strict";
import type { Item } from "../../../src/message.ts";
import { messagesOf } from "../../../src/providers/openai_api/messages.ts";

const MADE = { raw: undefined, origin: undefined };
const IMAGE = {
  type: "image",
  mediaType: "image/png",
  base64: "AA==",
} as const;

function user(text: string): Item {
  return { type: "user", parts: [{ type: "text", text }] };
}

function answer(text: string): Item {
  return { type: "answer", text, ...MADE };
}

function call(id: string, given = "{}"): Item {
  return { type: "call", id, name: "look", arguments: given, ...MADE };
}

function result(
  id: string,
  more: Partial<Item & { type: "result" }> = {},
): Item {
  return {
    type: "result",
    id,
    output: `of ${id}`,
    images: [],
    error: false,
    ...more,
  };
}

function wireCall(id: string, given = "{}"): unknown {
  const called = { name: "look", arguments: given };
  return { id, type: "function", function: called };
}

// what it is, the items, the messages behind the system's
const CONVERSATIONS: readonly (readonly [
  string,
  readonly Item[],
  readonly unknown[],
])[] = [
  ["an answered question", [user("a"), answer("b"), user("c")], [
    { role: "user", content: "a" },
    { role: "assistant", content: "b" },
    { role: "user", content: "c" },
  ]],
  [
    "an answer with its calls, and what they brought",
    [
      user("a"),
      answer("I look"),
      call("1"),
      call("2"),
      result("1"),
      result("2"),
    ],
    [
      { role: "user", content: "a" },
      {
        role: "assistant",
        content: "I look",
        tool_calls: [wireCall("1"), wireCall("2")],
      },
      { role: "tool", tool_call_id: "1", content: "of 1" },
      { role: "tool", tool_call_id: "2", content: "of 2" },
    ],
  ],
  ["calls without words", [user("a"), call("1"), result("1"), answer("b")], [
    { role: "user", content: "a" },
    { role: "assistant", content: null, tool_calls: [wireCall("1")] },
    { role: "tool", tool_call_id: "1", content: "of 1" },
    { role: "assistant", content: "b" },
  ]],
  [
    "two rounds of calls",
    [call("1"), result("1"), call("2"), result("2")],
    [
      { role: "assistant", content: null, tool_calls: [wireCall("1")] },
      { role: "tool", tool_call_id: "1", content: "of 1" },
      { role: "assistant", content: null, tool_calls: [wireCall("2")] },
      { role: "tool", tool_call_id: "2", content: "of 2" },
    ],
  ],
  [
    "arguments that no server could read",
    [
      call("1", "{oops"),
      call("2", "[1]"),
      call("3", ""),
      call("4", ' {"a":1}'),
      result("1"),
      result("2"),
      result("3"),
      result("4"),
    ],
    [
      {
        role: "assistant",
        content: null,
        tool_calls: [
          wireCall("1"),
          wireCall("2"),
          wireCall("3"),
          wireCall("4", ' {"a":1}'),
        ],
      },
      ...["1", "2", "3", "4"].map((id) => ({
        role: "tool",
        tool_call_id: id,
        content: `of ${id}`,
      })),
    ],
  ],
  [
    "pictures that tools brought, behind the last result",
    [call("1"), call("2"), result("1", { images: [IMAGE] }), result("2")],
    [
      {
        role: "assistant",
        content: null,
        tool_calls: [wireCall("1"), wireCall("2")],
      },
      { role: "tool", tool_call_id: "1", content: "of 1" },
      { role: "tool", tool_call_id: "2", content: "of 2" },
      {
        role: "user",
        content: [{
          type: "image_url",
          image_url: { url: "data:image/png;base64,AA==" },
        }],
      },
    ],
  ],
  [
    "a summary, and what another provider alone can read",
    [
      { type: "summary", text: "before" },
      { type: "reasoning", text: "hm", ...MADE },
      { type: "other", ...MADE },
      answer(""),
      user("a"),
    ],
    [{ role: "user", content: "before" }, { role: "user", content: "a" }],
  ],
];

for (const [what, items, expected] of CONVERSATIONS) {
  Deno.test(`messagesOf() writes ${what}`, () => {
    const messages = messagesOf({ instructions: "Be brief.", items });
    assert.deepEqual(messages, [
      { role: "system", content: "Be brief." },
      ...expected,
    ]);
  });
}
