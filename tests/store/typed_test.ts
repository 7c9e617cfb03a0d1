import assert from "node:assert/strict";
import { hideLastTurn } from "../../src/store/history.ts";
import { typedMessages } from "../../src/store/typed.ts";
import {
  answer,
  conversation,
  openStore,
  storeConversation,
  user,
} from "../support/store.ts";

const OTHER = "01a2047b-ffff-749b-ae5c-193ba57496e4";

Deno.test("typedMessages() has what was said in all conversations, newest last", async () => {
  using store = openStore();
  await storeConversation(store, {
    turns: [{ items: [user("one"), answer("1")] }, { items: [user("two")] }],
  });
  await storeConversation(store, {
    id: OTHER,
    turns: [{
      items: [user("three"), answer("3"), user("said for the person")],
    }],
  });
  assert.deepEqual(typedMessages(store, 10), ["one", "two", "three"]);
  assert.deepEqual(typedMessages(store, 2), ["two", "three"]);
});

Deno.test("typedMessages() says nothing twice in a row, and nothing that is empty", async () => {
  using store = openStore();
  const image = { type: "image", mediaType: "image/png", base64: "" } as const;
  await storeConversation(store, {
    turns: [
      { items: [user("one")] },
      { items: [user("one")] },
      { items: [{ type: "user", parts: [image] }] },
      { items: [user("one\n")] },
    ],
  });
  assert.deepEqual(typedMessages(store, 10), ["one", "one\n"]);
});

Deno.test("typedMessages() leaves out what was piped in, and keeps what was taken back", async () => {
  using store = openStore();
  await storeConversation(store, {
    turns: [
      { items: [user("x".repeat(40_001))] },
      { items: [user("x".repeat(40_000))] },
      { items: [user("taken back")] },
    ],
  });
  hideLastTurn(store, conversation().id);
  assert.deepEqual(
    typedMessages(store, 10).map((text) => text.length),
    [40_000, 10],
  );
});
