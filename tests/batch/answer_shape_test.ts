import assert from "node:assert/strict";
import { answerShape } from "../../src/batch/answer_shape.ts";
import type { Turn } from "../../src/message.ts";
import { TURN } from "../support/turn.ts";

const ANSWERER = {
  provider: { value: "openai-codex" },
  baseUrl: { value: new URL("https://chatgpt.com") },
};
const SHAPE = answerShape(TURN, ANSWERER);

const OTHERS: Readonly<Record<string, Partial<Turn>>> = {
  model: { model: "gpt-6" },
  effort: { effort: "low" },
  "choice of effort": { effortChosen: true },
  instructions: { instructions: "Be long." },
  prompt: { items: [{ type: "user", parts: [{ type: "text", text: "x" }] }] },
  schema: { schema: {} },
  "limit of tokens": { maxTokens: 1 },
  temperature: { temperature: 0 },
};

for (const [what, turn] of Object.entries(OTHERS)) {
  Deno.test(`answerShape() differs with the ${what}`, () => {
    assert.notEqual(answerShape({ ...TURN, ...turn }, ANSWERER), SHAPE);
  });
}

Deno.test("answerShape() differs with who answers", () => {
  const { provider, baseUrl } = ANSWERER;
  for (
    const other of [
      { provider: { value: "openai-api" }, baseUrl },
      { provider, baseUrl: { value: new URL("https://example.com") } },
    ]
  ) assert.notEqual(answerShape(TURN, other), SHAPE);
});

Deno.test("answerShape() does not differ with the conversation", () => {
  assert.equal(answerShape({ ...TURN, session: "another" }, ANSWERER), SHAPE);
});
