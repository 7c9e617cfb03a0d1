// deno-lint-ignore-file camelcase -- names are the server's
import assert from "node:assert/strict";
import type { Item, Origin } from "../../../src/message.ts";
import {
  inputItems,
  readItem,
} from "../../../src/providers/openai_codex/items.ts";

const OWN: Origin = { provider: "openai-codex", account: "acc_1" };
const NOBODY: Origin = { provider: "openai-codex", account: null };
const ANOTHER: Origin = { provider: "openai-codex", account: "acc_2" };
const ELSEWHERE: Origin = { provider: "openai-api", account: undefined };

const MESSAGE = {
  type: "message",
  id: "msg_1",
  role: "assistant",
  status: "completed",
  phase: "final",
  content: [
    { type: "output_text", text: "Hel", annotations: [] },
    { type: "output_text", text: "lo", annotations: [] },
  ],
};
const REASONING = {
  type: "reasoning",
  id: "rs_1",
  summary: [{ type: "summary_text", text: "Hm" }],
  content: null,
  encrypted_content: "sealed",
};
const CALL = {
  type: "function_call",
  id: "fc_1",
  status: "completed",
  namespace: "functions",
  name: "look",
  arguments: "{}",
  call_id: "call_1",
};
const CUSTOM = {
  type: "custom_tool_call",
  id: "ctc_1",
  name: "patch",
  input: "text",
  call_id: "call_2",
};
const SEARCH = {
  type: "web_search_call",
  id: "ws_1",
  status: "completed",
  action: { type: "search", query: "q" },
};

// what was received, what it is to meka
const READ = [
  [MESSAGE, { type: "answer", text: "Hello" }],
  [REASONING, { type: "reasoning", text: "Hm" }],
  [CALL, { type: "call", id: "call_1", name: "look", arguments: "{}" }],
  [CUSTOM, { type: "call", id: "call_2", name: "patch", arguments: "text" }],
  [SEARCH, { type: "other" }],
  [{ type: "news" }, { type: "other" }],
] as const;

for (const [raw, expected] of READ) {
  Deno.test(`readItem() reads a ${raw.type}`, () => {
    assert.deepEqual(readItem(raw), { ...expected, raw, origin: undefined });
  });
}

const ANSWER: Item = {
  type: "answer",
  text: "Hello",
  raw: undefined,
  origin: undefined,
};
const USER: Item = { type: "user", parts: [{ type: "text", text: "hi" }] };
const ANOTHER_REASONING = { ...REASONING, id: "rs_2" };

// what comes after it, the items, what is sent of reasoning
const LED: readonly (readonly [string, readonly Item[], number])[] = [
  ["a message", [made(REASONING, OWN), made(MESSAGE, OWN)], 1],
  ["a call", [made(REASONING, OWN), made(CALL, OWN)], 1],
  ["more reasoning and a message", [
    made(REASONING, OWN),
    made(ANOTHER_REASONING, OWN),
    made(MESSAGE, OWN),
  ], 2],
  ["nothing", [made(REASONING, OWN)], 0],
  ["the person's next words", [
    made(REASONING, OWN),
    made(ANOTHER_REASONING, OWN),
    USER,
    made(MESSAGE, OWN),
  ], 0],
  ["a cut answer", [made(REASONING, OWN), ANSWER], 0],
  ["another account's message", [
    made(REASONING, OWN),
    made(MESSAGE, ANOTHER),
  ], 0],
];

for (const [name, items, count] of LED) {
  Deno.test(`inputItems() sends ${count || "no"} reasoning before ${name}`, () => {
    const sent = inputItems(items, OWN).filter(({ type }) =>
      type === "reasoning"
    );
    assert.deepEqual(sent, [REASONING, ANOTHER_REASONING].slice(0, count));
  });
}

function made(raw: Readonly<Record<string, unknown>>, origin: Origin): Item {
  const item = readItem(raw);
  return "origin" in item ? { ...item, origin } : item;
}

const RETOLD_MESSAGE = {
  type: "message",
  role: "assistant",
  content: [{ type: "output_text", text: "Hello" }],
};
const RETOLD_CALL = {
  type: "function_call",
  call_id: "call_1",
  name: "look",
  arguments: "{}",
};

// what it is, the item, what is sent
const SENT: readonly (readonly [string, Item, readonly unknown[]])[] = [
  ["its own message as it came", made(MESSAGE, OWN), [MESSAGE]],
  ["its own call as it came", made(CALL, OWN), [CALL]],
  ["its own search as it came", made(SEARCH, OWN), [SEARCH]],
  ["another account's message in words", made(MESSAGE, ANOTHER), [
    RETOLD_MESSAGE,
  ]],
  ["another account's call in words", made(CALL, ANOTHER), [RETOLD_CALL]],
  ["no reasoning of another account", made(REASONING, ANOTHER), []],
  ["no search of another account", made(SEARCH, ANOTHER), []],
  ["nobody's message in words", made(MESSAGE, NOBODY), [RETOLD_MESSAGE]],
  ["no reasoning of nobody", made(REASONING, NOBODY), []],
  ["another provider's message in words", made(MESSAGE, ELSEWHERE), [
    RETOLD_MESSAGE,
  ]],
  ["no reasoning of another provider", made(REASONING, ELSEWHERE), []],
  [
    "no reasoning without its ciphertext",
    made({ ...REASONING, encrypted_content: null }, OWN),
    [],
  ],
  ["no item that the service does not take", made({ type: "news" }, OWN), []],
  [
    "an item without an id that does not fit",
    made({ ...MESSAGE, id: "item_1" }, OWN),
    [Object.fromEntries(
      Object.entries(MESSAGE).filter(([key]) => key !== "id"),
    )],
  ],
  [
    "no empty message",
    { type: "answer", text: "", raw: undefined, origin: undefined },
    [],
  ],
  [
    "a result with a picture",
    {
      type: "result",
      id: "call_1",
      output: "seen",
      images: [{ type: "image", mediaType: "image/png", base64: "AA==" }],
      error: false,
    },
    [{
      type: "function_call_output",
      call_id: "call_1",
      output: [
        { type: "input_text", text: "seen" },
        { type: "input_image", image_url: "data:image/png;base64,AA==" },
      ],
    }],
  ],
];

for (const [what, item, expected] of SENT) {
  Deno.test(`inputItems() sends ${what}`, () => {
    assert.deepEqual(inputItems([item], OWN), expected);
  });
}

Deno.test("inputItems() keeps the order of an item's fields", () => {
  const item = made(JSON.parse('{"z":1,"type":"message","a":[]}'), OWN);
  assert.equal(
    JSON.stringify(inputItems([item], OWN)),
    '[{"z":1,"type":"message","a":[]}]',
  );
});

Deno.test("inputItems() answers a custom call in its own form", () => {
  const output: Item = {
    type: "result",
    id: "call_2",
    output: "done",
    images: [],
    error: false,
  };
  assert.deepEqual(inputItems([made(CUSTOM, OWN), output], OWN), [
    CUSTOM,
    { type: "custom_tool_call_output", call_id: "call_2", output: "done" },
  ]);
});

Deno.test("inputItems() gives calls of other servers ids that are no other call's", () => {
  const turn = (text: string): Item[] => [
    made(CALL, ELSEWHERE),
    { type: "result", id: "call_1", output: text, images: [], error: false },
  ];
  const ids = inputItems([...turn("a"), ...turn("b"), ...turn("c")], OWN)
    .map(({ call_id }) => call_id);
  assert.deepEqual(ids[0], ids[1]);
  assert.deepEqual(ids[2], ids[3]);
  assert.equal(new Set(ids).size, 3);
});
