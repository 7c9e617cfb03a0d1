import assert from "node:assert/strict";
import fc from "fast-check";
import {
  askedScenario,
  callMarkers,
  failMarker,
  slowMarker,
} from "../../scripts/standin/markers.ts";
import { misfit, sample } from "../../scripts/standin/sample.ts";

Deno.test("callMarkers() reads back any calls that are JSON, in their rounds", () => {
  const name = fc.stringMatching(/^[A-Za-z0-9_-]{1,20}$/);
  const call = fc.record({
    name,
    value: fc.dictionary(fc.string(), fc.jsonValue()),
  });
  const noise = fc.string().filter((text) => !text.includes("[["));
  fc.assert(fc.property(
    fc.array(fc.array(call, { minLength: 1 }), { minLength: 1 }),
    noise,
    (rounds, words) => {
      const prompt = rounds.map((calls) =>
        calls.map(({ name, value }) =>
          `${words} [[call:${name} ${JSON.stringify(value)}]]`
        ).join(" ")
      ).join(" [[then]] ");
      const expected = rounds.map((calls) =>
        calls.map(({ name, value }) => ({
          name,
          arguments: JSON.stringify(value),
        }))
      );
      assert.deepEqual(callMarkers(prompt).map(({ calls }) => calls), expected);
    },
  ));
});

Deno.test("callMarkers() never fails, whatever a prompt holds", () => {
  const piece = fc.constantFrom(
    "[[call:",
    "[[say:",
    "[[then]]",
    "]]",
    "{",
    '"',
    "a ",
    "\\",
    "[",
  );
  fc.assert(fc.property(fc.array(piece, { maxLength: 40 }), (pieces) => {
    for (const { calls } of callMarkers(pieces.join(""))) {
      assert.ok(calls.length > 0);
    }
  }));
});

/** The prompt, how often it was sent, and what it asks for. */
const ASKED: readonly [string, number, string | undefined][] = [
  ["[[fail:500]] [[scenario:echo]]", 1, "echo"],
  ["[[call:a]] [[fail:500]]", 1, "fail"],
  ["[[call:a]] [[fail:500 2]]", 2, "fail"],
  ["[[call:a]] [[fail:500 2]]", 3, "calls"],
  ["[[fail:429-limit 7]]", 1, "fail"],
  ["[[fail:429-limit 7]]", 2, undefined],
  ["[[fail:]] [[scenario:]] [call:a]", 1, undefined],
];

for (const [prompt, sent, expected] of ASKED) {
  Deno.test(`askedScenario() finds ${expected} in ${prompt}, sent ${sent} times`, () => {
    assert.equal(askedScenario(prompt, sent), expected);
  });
}

Deno.test("failMarker() and slowMarker() read their numbers", () => {
  assert.deepEqual(failMarker("x [[fail:429-limit 1.5]]"), {
    kind: "429-limit",
    number: 1.5,
  });
  assert.deepEqual(failMarker("[[fail:500]]"), {
    kind: "500",
    number: undefined,
  });
  assert.equal(failMarker("[fail:500]"), undefined);
  assert.equal(slowMarker("a [[slow:250]]"), 250);
  assert.equal(slowMarker("a"), 0);
});

/** A schema, a value that fits it, and one that does not. */
const SCHEMAS: readonly [Record<string, unknown>, unknown, unknown][] = [
  [{ type: "object", properties: { a: { const: 3 } } }, { a: 3 }, {
    a: { misfit: true },
  }],
  [
    {
      properties: { a: { $ref: "#/$defs/b" } },
      $defs: { b: { type: ["integer", "null"], minimum: 4 } },
    },
    { a: 4 },
    { a: { misfit: true } },
  ],
  [
    { type: "object", properties: { o: { type: "object", properties: {} } } },
    { o: {} },
    { o: 7 },
  ],
  [
    {
      type: "object",
      properties: {
        a: { anyOf: [{ type: "boolean" }, { type: "null" }] },
        b: { type: "array", items: { type: "null" }, minItems: 2 },
        c: { type: "string", minLength: 3 },
      },
    },
    { a: true, b: [null, null], c: "xxx" },
    { a: { misfit: true }, b: [null, null], c: "xxx" },
  ],
  [{ type: "object" }, {}, ["misfit"]],
  [{ type: "array", items: { enum: ["x"] } }, ["x"], ["misfit"]],
];

for (const [schema, right, wrong] of SCHEMAS) {
  Deno.test(`sample() fits ${JSON.stringify(schema)}, and misfit() does not`, () => {
    assert.deepEqual(sample(schema), right);
    assert.deepEqual(misfit(schema), wrong);
  });
}
