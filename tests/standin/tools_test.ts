// deno-lint-ignore-file camelcase -- names are the stand-in's
import assert from "node:assert/strict";
import { startStandin } from "../../scripts/standin/mod.ts";
import type { TOOL_SCRIPTS } from "../../scripts/standin/tool_scripts.ts";
import { user } from "./client.ts";
import { type Answer, isCall, type Item, Talk } from "./conversation.ts";

/** The calls of each answer, by name and arguments. */
function callsOf(answers: readonly Answer[]): string[][] {
  return answers.map(({ items }) =>
    items.filter(isCall).map(({ name, arguments: given }) => `${name} ${given}`)
  );
}

/** What is asked for, the calls of each answer, and the last text. */
const CALLS: readonly [string, string[][], string][] = [
  ['[[call:a {"x":1}]]', [['a {"x":1}'], []], "result of a: done"],
  [
    '[[call:a]] and [[call:b {"list":[[1],[2]]}]]',
    [["a {}", 'b {"list":[[1],[2]]}'], []],
    "result of a: done\nresult of b: done",
  ],
  [
    "[[call:a]] [[then]] [[call:b broken {]] [[call:a]]",
    [["a {}"], ["b broken {", "a {}"], []],
    "result of a: done\nresult of b: done\nresult of a: done",
  ],
  ["[[scenario:calls]]", [[]], "No call was asked for."],
];

for (const [prompt, calls, text] of CALLS) {
  Deno.test(`the model calls what ${prompt} asks for`, async () => {
    await using standin = await startStandin({ expectCookies: false });
    const talk = new Talk(standin, standin.grant());
    const answers = await talk.say(prompt);
    assert.deepEqual(callsOf(answers), calls);
    assert.equal(answers.at(-1)?.text, text);
    assert.deepEqual(standin.violations, []);
  });

  Deno.test(`the model calls what ${prompt} asks for, one at a time in lite mode`, async () => {
    await using standin = await startStandin({ expectCookies: false });
    const talk = new Talk(standin, standin.grant(), { lite: true });
    const answers = await talk.say(prompt);
    assert.deepEqual(callsOf(answers), [
      ...calls.flat().map((call) => [call]),
      [],
    ]);
    for (const call of talk.items.filter(isCall)) {
      assert.equal(call["namespace"], "functions");
    }
    assert.equal(answers.at(-1)?.text, text);
    assert.deepEqual(standin.violations, []);
  });
}

Deno.test("a result is told as it came, escape codes and all", async () => {
  await using standin = await startStandin({ expectCookies: false });
  const talk = new Talk(standin, standin.grant());
  const hostile =
    "\u001b[31mred\u001b[0m\r\n[[call:b]] [[scenario:fast]]\u0000";
  const answers = await talk.say("[[call:a]]", () => hostile);
  assert.equal(answers.at(-1)?.text, `result of a: ${hostile}`);
  assert.equal(answers.length, 2);
});

Deno.test("text comes before the calls of its answer, and thoughts before it", async () => {
  await using standin = await startStandin({ expectCookies: false });
  const talk = new Talk(standin, standin.grant());
  const [first] = await talk.say("[[say:Let me see.]] [[call:a]] [[call:b]]");
  assert.deepEqual(first?.items.map(({ type }) => type), [
    "reasoning",
    "message",
    "function_call",
    "function_call",
  ]);
  assert.equal(first?.text, "Let me see.");
});

/** How many calls each script makes, for the models that make several at once and those that do not. */
const COUNTS: Readonly<Record<keyof typeof TOOL_SCRIPTS, readonly number[]>> = {
  tools_one: [1],
  tools_two: [2],
  tools_five: [5],
  tools_rounds: [1, 2, 1],
  tools_reasoning: [1, 1],
  tools_text: [1, 1],
  tools_broken_json: [1, 1],
  tools_misfit: [1, 1],
  tools_not_object: [2],
  tools_no_arguments: [2],
  tools_unknown: [1, 1],
  tools_mixed: [4],
  tools_endless: Array.from({ length: 12 }, () => 1),
  tools_hostile: [2],
  tools_huge: [1],
};

for (const [name, counts] of Object.entries(COUNTS)) {
  for (const lite of [false, true]) {
    Deno.test(`${name} makes its calls and tells their results, ${lite ? "lite" : "classic"}`, async () => {
      await using standin = await startStandin({
        scenario: name,
        expectCookies: false,
      });
      const talk = new Talk(standin, standin.grant(), { lite });
      const answers = await talk.say("go", ({ name }) => `${name} was here`);
      const made = answers.map(({ items }) => items.filter(isCall).length);
      const all = counts.reduce((sum, count) => sum + count, 0);
      const expected = lite ? Array.from({ length: all }, () => 1) : counts;
      assert.deepEqual(
        made,
        name === "tools_endless" ? expected : [...expected, 0],
      );
      const results = answers.at(-1)?.text.match(/^result of .*$/gm) ?? [];
      // The name of one tool has an escape code in it, which is no end of a line.
      if (name !== "tools_endless") assert.equal(results.length, all);
      // Undecodable names and arguments come back as they are.
      assert.deepEqual(standin.violations, []);
    });
  }
}

Deno.test("a call is made although no tool is offered", async () => {
  await using standin = await startStandin({
    scenario: "tools_one",
    expectCookies: false,
  });
  const talk = new Talk(standin, standin.grant(), { tools: [] });
  assert.deepEqual(callsOf(await talk.say("go")), [
    ['read_file {"path":"a.txt"}'],
    [],
  ]);
});

Deno.test("the turn state is due in every round, and not in the next turn", async () => {
  await using standin = await startStandin({
    scenario: "tools_turn_state",
    expectCookies: false,
  });
  const talk = new Talk(standin, standin.grant());
  await talk.say("one");
  await talk.say("two");
  assert.deepEqual(standin.violations, []);
  const sent = standin.requests.map(({ headers }) =>
    headers.get("x-codex-turn-state")
  );
  assert.deepEqual(sent.map((state) => state !== null), [
    false,
    true,
    true,
    false,
    true,
    true,
  ]);
  assert.notEqual(sent[1], sent[4]);
  talk.items.push(user("three"));
  const { items } = await talk.send();
  talk.items.push(...items, {
    type: "function_call_output",
    ["call_id"]: items.at(-1)?.["call_id"],
    output: "x",
  });
  talk.forgetTurn();
  await talk.send();
  assert.match(standin.violations.join(), /of this turn is not echoed/);
});

Deno.test("tools_cut_once ends after a finished call, and the next try counts", async () => {
  await using standin = await startStandin({
    scenario: "tools_cut_once",
    expectCookies: false,
  });
  const talk = new Talk(standin, standin.grant());
  talk.items.push(user("go"));
  const cut = await talk.send();
  assert.equal(cut.items.filter(isCall).length, 1);
  assert.doesNotMatch(cut.body, /response\.completed/);
  const again = await talk.send();
  assert.match(again.body, /response\.completed/);
  talk.items.push(...again.items, {
    type: "function_call_output",
    ["call_id"]: again.items.at(-1)?.["call_id"],
    output: "x",
  });
  assert.equal((await talk.send()).text, "result of read_file: x");
  assert.deepEqual(standin.violations, []);
});

Deno.test("end_turn_false wants to be asked again, with what it said", async () => {
  await using standin = await startStandin({
    scenario: "end_turn_false",
    expectCookies: false,
  });
  const talk = new Talk(standin, standin.grant());
  const answers = await talk.say("go");
  assert.deepEqual(answers.map(({ endTurn }) => endTurn), [false, undefined]);
  await talk.say("and again");
  standin.play("end_turn_false_endless");
  assert.equal((await talk.say("for ever")).length, 12);
  assert.deepEqual(standin.violations, []);
});

Deno.test("search_offered is refused until the search is offered, and its calls come back", async () => {
  await using standin = await startStandin({
    scenario: "search_offered",
    expectCookies: false,
  });
  const tokens = standin.grant();
  const refused = await new Talk(standin, tokens).say("go");
  assert.equal(refused[0]?.status, 400);
  const talk = new Talk(standin, tokens, {
    body: { tools: [{ type: "web_search" }] },
    session: "01990000-0000-7000-8000-0000000000bb",
  });
  const [found] = await talk.say("go");
  assert.deepEqual(found?.items.map(({ type }) => type), [
    "reasoning",
    "web_search_call",
    "web_search_call",
    "message",
  ]);
  await talk.say("more");
  assert.deepEqual(standin.violations, []);
});

Deno.test("tools_custom, tools_incomplete and tools_done_only say what their names do", async () => {
  await using standin = await startStandin({
    scenario: "tools_custom",
    expectCookies: false,
  });
  const talk = new Talk(standin, standin.grant());
  const custom = await talk.say("go", () => "no such tool");
  assert.equal(custom.at(-1)?.text, "result of apply_patch: no such tool");
  standin.play("tools_done_only");
  const [done] = await talk.say("go");
  assert.equal(done?.items.filter(isCall).length, 1);
  assert.doesNotMatch(done?.body ?? "", /function_call_arguments/);
  standin.play("tools_incomplete");
  talk.items.push(user("go"));
  const { body, items } = await talk.send();
  assert.match(body, /response\.incomplete.*max_output_tokens/);
  assert.equal(items.filter(isCall).length, 1);
  assert.deepEqual(standin.violations, []);
});

const SCHEMA: Item = {
  type: "object",
  properties: { name: { type: "string" }, age: { type: "integer" } },
  required: ["name", "age"],
  additionalProperties: false,
};

/** The scenario, and what it answers each time. */
const ANSWERS: readonly [string, readonly string[]][] = [
  ["schema_fits", ['{"name":"x","age":1}']],
  [
    "schema_repair",
    ['{"name":{"misfit":true},"age":1}', '{"name":"x","age":1}'],
  ],
  [
    "schema_never",
    Array.from({ length: 3 }, () => '{"name":{"misfit":true},"age":1}'),
  ],
  [
    "schema_not_json",
    Array.from({ length: 2 }, () => "Sure! Here is your JSON: {"),
  ],
];

for (const [name, expected] of ANSWERS) {
  Deno.test(`${name} answers a schema as it says`, async () => {
    await using standin = await startStandin({
      scenario: name,
      expectCookies: false,
    });
    const format = {
      type: "json_schema",
      name: "answer",
      strict: true,
      schema: SCHEMA,
    };
    const talk = new Talk(standin, standin.grant(), {
      body: { text: { format } },
    });
    for (const text of expected) {
      assert.equal((await talk.say("again")).at(-1)?.text, text);
    }
    const called = await talk.say("[[call:a]]");
    assert.equal(called.at(-1)?.text, '{"name":"x","age":1}');
    const bare = new Talk(standin, standin.grant(), {
      session: "01990000-0000-7000-8000-0000000000cc",
    });
    assert.match((await bare.say("hi"))[0]?.text ?? "", /No schema/);
    assert.deepEqual(standin.violations, []);
  });
}
