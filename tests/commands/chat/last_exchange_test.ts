import assert from "node:assert/strict";
import { ending, remind } from "../../../src/commands/chat/last_exchange.ts";
import { answer, user } from "../../support/store.ts";

function lines(count: number): string {
  return Array.from({ length: count }, (_, at) => `line ${at + 1}`).join("\n");
}

Deno.test("remind() is a short exchange as it is", () => {
  assert.deepEqual(remind({ id: 1, items: [user("hi"), answer("hello")] }), {
    message: "hi",
    answer: "hello",
  });
  assert.deepEqual(remind({ id: 1, items: [user("hi")] }), {
    message: "hi",
    answer: "",
  });
  assert.equal(remind(undefined), undefined);
});

Deno.test("remind() has the beginning of a long message, and the end of a long answer", () => {
  const last = { id: 1, items: [user(lines(200)), answer(lines(30))] };
  const { message = "", answer: shown = "" } = remind(last) ?? {};
  assert.equal(message, `${lines(4)}\n(196 lines more)`);
  assert.match(shown, /^\(18 lines more\)\n\nline 19\n/);
  assert.match(shown, /\nline 30$/);
});

Deno.test("remind() has nothing in a message that could drive the screen", () => {
  const last = { id: 1, items: [user("a\x1b[2Jb")] };
  assert.equal(remind(last)?.message, "a[2Jb");
});

Deno.test("ending() leaves code that ended before it alone", () => {
  const text = `~~~\ncode\n~~~\n${lines(12)}`;
  assert.equal(ending(text), `(3 lines more)\n\n${lines(12)}`);
});
