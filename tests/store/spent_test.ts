import assert from "node:assert/strict";
import type { Usage } from "../../src/event.ts";
import { endTurn } from "../../src/store/conversations.ts";
import { hideLastTurn } from "../../src/store/history.ts";
import { readSpent } from "../../src/store/spent.ts";
import {
  conversation,
  openStore,
  storeConversation,
  user,
} from "../support/store.ts";

const { id: ID } = conversation();

const NONE: Usage = {
  inputTokens: undefined,
  cachedInputTokens: undefined,
  outputTokens: undefined,
  reasoningTokens: undefined,
  totalTokens: undefined,
};

const [ONE, TWO]: readonly Usage[] = [
  { ...NONE, inputTokens: 10, outputTokens: 1, totalTokens: 11 },
  { ...NONE, inputTokens: 20, cachedInputTokens: 5, totalTokens: 20 },
];

Deno.test("readSpent() sums up the turns, those taken back, too", async () => {
  using store = openStore();
  const turns = await storeConversation(store, {
    turns: [{ items: [user("one")] }, { items: [user("two")] }, {
      items: [user("three")],
    }],
  });
  for (const [at, usage] of [ONE, TWO, undefined].entries()) {
    const end = {
      status: "completed",
      contextTokens: undefined,
      at: 1,
    } as const;
    endTurn(store, turns[at] ?? 0, { ...end, usage });
  }
  const all = {
    inputTokens: 30,
    cachedInputTokens: 5,
    outputTokens: 1,
    reasoningTokens: undefined,
    totalTokens: 31,
  };
  assert.deepEqual(readSpent(store, ID), { last: undefined, all });
  hideLastTurn(store, ID);
  assert.deepEqual(readSpent(store, ID), { last: TWO, all });
});

Deno.test("readSpent() knows nothing of a conversation that is not there", () => {
  using store = openStore();
  assert.deepEqual(readSpent(store, ID), { last: undefined, all: undefined });
});
