import assert from "node:assert/strict";
import {
  answerOf,
  Exchange,
  wordsOf,
} from "../../../src/commands/chat/exchange.ts";
import type { EventBatch, StreamEvent } from "../../../src/event.ts";
import type { Item } from "../../../src/message.ts";
import { FINISH, text } from "../../support/render.ts";
import { answer, user } from "../../support/store.ts";

const SAID = user("hi");

async function* play(
  batches: readonly EventBatch[],
): AsyncGenerator<EventBatch, void, undefined> {
  for (const batch of batches) yield await Promise.resolve(batch);
}

async function follow(...batches: readonly EventBatch[]): Promise<Exchange> {
  const exchange = new Exchange(SAID, 1_000);
  const handed = await Array.fromAsync(exchange.follow(play(batches)));
  assert.deepEqual(handed, batches);
  return exchange;
}

function replay(item: Item): StreamEvent {
  return { type: "replay", item };
}

const RESULT: Item & { readonly type: "result" } = {
  type: "result",
  id: "c1",
  output: "found",
  images: [],
  error: false,
};

const CALL: Item = {
  type: "call",
  id: "c1",
  name: "look",
  arguments: "{}",
  raw: undefined,
  origin: undefined,
};

const CASES: readonly [
  name: string,
  batches: readonly EventBatch[],
  made: readonly Item[],
][] = [
  ["nothing of a turn that brought nothing", [], []],
  [
    "a whole answer once",
    [[text("hel"), text("lo")], [replay(answer("hello")), FINISH]],
    [answer("hello")],
  ],
  [
    "an answer that was cut off, as far as it came",
    [[text("hel")], [text("lo")]],
    [answer("hello")],
  ],
  [
    "what came of a second answer behind a whole one",
    [[text("one"), text("tw")], [replay(answer("one"))]],
    [answer("one"), answer("tw")],
  ],
  [
    "no answer of a line's end alone",
    [[text("one"), text("\n")], [replay(answer("one"))]],
    [answer("one")],
  ],
  [
    "calls and what they brought in their order",
    [
      [text("let me look"), replay(answer("let me look")), replay(CALL)],
      [{ type: "tool_result", name: "look", result: RESULT }],
      [text("\nfound"), replay(answer("found")), FINISH],
    ],
    [answer("let me look"), CALL, RESULT, answer("found")],
  ],
];

for (const [name, batches, made] of CASES) {
  Deno.test(`Exchange has ${name}`, async () => {
    const exchange = await follow(...batches);
    assert.deepEqual(exchange.items, [SAID, ...made]);
  });
}

Deno.test("Exchange tells what was spent, and how long the conversation is", async () => {
  const exchange = await follow([text("a")], [FINISH]);
  assert.equal(exchange.usage?.totalTokens, 57);
  assert.equal(exchange.contextTokens, 57);
  assert.ok(FINISH.type === "finish");
  const longer = await follow([{ ...FINISH, contextTokens: 40 }]);
  assert.equal(longer.usage?.totalTokens, 57);
  assert.equal(longer.contextTokens, 40);
});

Deno.test("Exchange is no part of the conversation before its first event", async () => {
  assert.equal((await follow()).begun, false);
  assert.equal((await follow([])).begun, true);
});

Deno.test("wordsOf() is all that was typed, without pictures", () => {
  const image = { type: "image", mediaType: "image/png", base64: "" } as const;
  const one = { type: "text", text: "a" } as const;
  const two = { type: "text", text: "b" } as const;
  assert.equal(wordsOf({ type: "user", parts: [one, image, two] }), "a\n\nb");
  assert.equal(wordsOf({ type: "user", parts: [image] }), "");
  assert.equal(wordsOf(answer("a")), "");
  assert.equal(wordsOf(undefined), "");
});

Deno.test("answerOf() is all that the model said, its calls aside", () => {
  const items = [
    SAID,
    answer("one\n"),
    CALL,
    RESULT,
    answer(""),
    answer("two"),
  ];
  assert.equal(answerOf(items), "one\n\ntwo");
  assert.equal(answerOf([SAID]), "");
});

Deno.test("Exchange tells how the turn ended", async () => {
  assert.equal((await follow([text("a")], [FINISH])).status, "completed");
  assert.equal((await follow([text("a")])).status, "incomplete");
  assert.equal((await follow([])).status, "failed");
});
