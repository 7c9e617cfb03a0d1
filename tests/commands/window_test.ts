import assert from "node:assert/strict";
import type { Item } from "../../src/message.ts";
import { outgrows } from "../../src/commands/window.ts";
import { type History, NO_HISTORY } from "../../src/store/history.ts";
import { tokensOf } from "../../src/store/tokens_of.ts";
import { modelInfo } from "../support/model_info.ts";
import { answer, user } from "../support/store.ts";

const words = (tokens: number): string => "x".repeat(tokens * 4);
const PICTURE = {
  type: "image",
  mediaType: "image/png",
  base64: "AA==",
} as const;

const SIZES: readonly (readonly [string, Item, number])[] = [
  ["a message", user(words(5)), 5],
  ["a picture", { type: "user", parts: [PICTURE, PICTURE] }, 2_000],
  ["an answer", answer(words(5)), 5],
  ["a summary", { type: "summary", text: words(5) }, 5],
  ["a call", {
    type: "call",
    id: "call_1",
    name: "look",
    arguments: words(5),
    raw: undefined,
    origin: undefined,
  }, 5],
  ["what a tool brought", {
    type: "result",
    id: "call_1",
    output: words(5),
    images: [PICTURE],
    error: false,
  }, 1_005],
  [
    "a search",
    { type: "other", raw: { q: words(5).slice(8) }, origin: undefined },
    5,
  ],
];

for (const [name, item, tokens] of SIZES) {
  Deno.test(`tokensOf() counts ${name}`, () => {
    assert.equal(tokensOf([item]), tokens);
    assert.equal(tokensOf([item, item]), 2 * tokens);
  });
}

interface Row {
  readonly name: string;
  readonly history: Partial<History>;
  readonly said?: number;
  readonly window?: number | undefined;
  readonly expected: boolean;
}

const turns = (tokens: number): History["turns"] => [
  { id: 1, items: [user(words(tokens))] },
];

const ROWS: readonly Row[] = [
  { name: "a new conversation does not", history: {}, expected: false },
  {
    name: "a message too long by itself does",
    history: {},
    said: 901,
    expected: true,
  },
  {
    name: "what the server counted is what counts",
    history: { contextTokens: 950, turns: turns(1) },
    expected: true,
  },
  {
    name: "a count is believed, however much was said",
    history: { contextTokens: 10, turns: turns(5_000) },
    expected: false,
  },
  {
    name: "what is said now counts, too",
    history: { contextTokens: 850 },
    said: 51,
    expected: true,
  },
  {
    name: "the answer needs room",
    history: { contextTokens: 850 },
    said: 50,
    expected: false,
  },
  {
    name: "without a count it is estimated",
    history: { turns: turns(901) },
    expected: true,
  },
  {
    name: "a summary is estimated, too",
    history: { summary: words(500), turns: turns(401) },
    expected: true,
  },
  {
    name: "nothing outgrows a window that nobody knows",
    history: { contextTokens: 1e9 },
    window: undefined,
    expected: false,
  },
];

for (const { name, history, said = 0, expected, ...row } of ROWS) {
  Deno.test(`outgrows(): ${name}`, () => {
    const contextWindow = "window" in row ? row.window : 1_000;
    const known = modelInfo({ contextWindow });
    const turn = { known, items: said === 0 ? [] : [user(words(said))] };
    assert.equal(outgrows({ ...NO_HISTORY, ...history }, turn), expected);
  });
}

Deno.test("outgrows(): nothing is known of a model that is on no list", () => {
  const history = { ...NO_HISTORY, contextTokens: 1e9 };
  assert.equal(outgrows(history, { known: undefined, items: [] }), false);
});
