import assert from "node:assert/strict";
import { startStandin } from "../../scripts/standin/mod.ts";
import { Seals } from "../../scripts/standin/seals.ts";
import { difference } from "../../scripts/standin/sent_items.ts";
import type { Standin } from "../../scripts/standin/types.ts";
import { ask, lastViolations, SESSION, user } from "./client.ts";
import { type Item, Talk } from "./conversation.ts";

/** A turn with everything: thoughts, a text, two calls with results, an answer; then a question. */
async function history(standin: Standin, lite = false): Promise<Talk> {
  const talk = new Talk(standin, standin.grant(), { lite });
  await talk.say(
    '[[say:Looking.]] [[call:read_file {"path":"a"}]] [[call:read_file]]',
    ({ arguments: given }) => `got ${given}`,
  );
  await talk.say("[[scenario:rich]]");
  talk.items.push(user("and now?"));
  assert.deepEqual(standin.violations, []);
  return talk;
}

for (const lite of [false, true]) {
  Deno.test(`a conversation that comes back as it was sent is fine, ${lite ? "lite" : "classic"}`, async () => {
    await using standin = await startStandin({
      scenario: "recall",
      expectCookies: false,
    });
    const talk = await history(standin, lite);
    const { text } = await talk.send();
    assert.match(
      text,
      /^1\. \[\[say:.*\n2\. \[\[scenario:rich\]\]\n3\. and now\?$/,
    );
    assert.deepEqual(standin.violations, []);
    const asked = standin.asked(SESSION);
    assert.equal(asked.length, lite ? 5 : 4);
    assert.deepEqual(
      asked.at(-1)?.input.slice(lite ? 2 : 0),
      JSON.parse(JSON.stringify(talk.items)),
    );
    assert.deepEqual(standin.asked("another"), []);
  });
}

type Change = (items: readonly Item[]) => readonly Item[];

function at(type: string, change: (item: Item) => Item | undefined): Change {
  return (items) => {
    const n = items.findIndex((item) => item["type"] === type);
    const changed = change(items[n] ?? {});
    return items.toSpliced(n, 1, ...(changed === undefined ? [] : [changed]));
  };
}

function message(change: (item: Item) => Item | undefined): Change {
  return (items) => {
    const n = items.findLastIndex((item) => item["role"] === "assistant");
    const changed = change(items[n] ?? {});
    return items.toSpliced(n, 1, ...(changed === undefined ? [] : [changed]));
  };
}

function without(name: string): (item: Item) => Item {
  return ({ [name]: _, ...rest }) => rest;
}

/** What is done to the items, and why they are refused. */
const CHANGED: readonly [string, Change, RegExp][] = [
  [
    "another summary",
    at("reasoning", (item) => ({ ...item, summary: [] })),
    /input\[1\] is not what was sent: summary\.0 is missing/,
  ],
  [
    "reasoning without its id",
    at("reasoning", without("id")),
    /id is missing/,
  ],
  [
    "a field too many",
    at("reasoning", (item) => ({ ...item, content: null })),
    /content was not sent/,
  ],
  [
    "other arguments",
    at("function_call", (item) => ({ ...item, arguments: '{"path": "a"}' })),
    /arguments was .* and is /,
  ],
  [
    "a call without its status",
    at("function_call", without("status")),
    /status is missing/,
  ],
  [
    "a message without its phase",
    message(without("phase")),
    /phase is missing/,
  ],
  [
    "a text with other characters",
    message((item) =>
      JSON.parse(JSON.stringify(item).replaceAll("e\u0301", "\u00e9"))
    ),
    /content\.0\.text was/,
  ],
  [
    "a message without annotations",
    message((item) =>
      JSON.parse(
        JSON.stringify(item).replace(
          /"annotations":\[\{[^]*?\}\]/,
          '"annotations":[]',
        ),
      )
    ),
    /content\.1\.annotations\.0 is missing/,
  ],
  [
    "another ciphertext",
    at("reasoning", (item) => ({ ...item, ["encrypted_content"]: "gAAAAABx" })),
    /invalid_encrypted_content/,
  ],
  [
    "reasoning without its ciphertext",
    at("reasoning", without("encrypted_content")),
    /not found\. Items are not persisted/,
  ],
  [
    "an item twice",
    (items) => items.toSpliced(2, 0, ...items.slice(1, 2)),
    /Duplicate item found with id rs_/,
  ],
  [
    "a call without a result",
    at("function_call_output", () => undefined),
    /No tool output found/,
  ],
  [
    "a result without a call",
    at("function_call", () => undefined),
    /No tool call found/,
  ],
];

Deno.test("an item that is not as it was sent is refused, in words that say what is not", async () => {
  for (const [name, change, expected] of CHANGED) {
    await using standin = await startStandin({ expectCookies: false });
    const talk = await history(standin);
    const { status, body } = await talk.send(change(talk.items));
    assert.ok(status === 400 || status === 404, name);
    assert.match(JSON.parse(body).error.message + body, expected, name);
    assert.match(lastViolations(standin).join(), /refused: /, name);
  }
});

/** What is done to the items, and what is noted. */
const NOTED: readonly [string, Change, RegExp][] = [
  [
    "reasoning left out",
    at("reasoning", () => undefined),
    /rs_\w+ of the same answer is left out/,
  ],
  [
    "a message left out",
    message(() => undefined),
    /msg_\w+ of the same answer is left out/,
  ],
  [
    "two items swapped",
    (items) => [
      ...items.slice(0, 1),
      ...items.slice(1, 3).reverse(),
      ...items.slice(3),
    ],
    /in another order/,
  ],
  [
    "results swapped",
    (items) => {
      const n = items.findIndex(({ type }) => type === "function_call_output");
      return [
        ...items.slice(0, n),
        ...items.slice(n, n + 2).reverse(),
        ...items.slice(n + 2),
      ];
    },
    /not in the order of the calls/,
  ],
  [
    "a result between two calls",
    (items) => {
      const [output] = items.filter(({ type }) =>
        type === "function_call_output"
      );
      const n = items.findIndex(({ type }) => type === "function_call") + 1;
      return items.filter((item) => item !== output).toSpliced(
        n,
        0,
        output ?? {},
      );
    },
    /torn apart/,
  ],
  [
    "words between calls and results",
    (items) => {
      const n = items.findIndex(({ type }) => type === "function_call_output");
      return items.toSpliced(n, 0, user("hurry up"));
    },
    /something is between calls and their results/,
  ],
  [
    "an id that nobody made",
    (items) => [
      ...items.slice(0, -1),
      {
        type: "message",
        id: "msg_invented",
        role: "assistant",
        content: [{ type: "output_text", text: "x" }],
      },
      ...items.slice(-1),
    ],
    /msg_invented was never sent/,
  ],
  [
    "the fields in another order",
    at(
      "function_call",
      (item) => Object.fromEntries(Object.entries(item).reverse()),
    ),
    /fields are in another order/,
  ],
];

Deno.test("items in the wrong place are noted", async () => {
  for (const [name, change, expected] of NOTED) {
    await using standin = await startStandin({ expectCookies: false });
    const talk = await history(standin);
    const { status, body } = await talk.send(change(talk.items));
    assert.equal(status, 200, `${name}: ${body}`);
    const noted = lastViolations(standin);
    assert.ok(noted.some((text) => expected.test(text)), `${name}: ${noted}`);
  }
});

Deno.test("a whole turn may be left out, and what others made may be told anew", async () => {
  await using standin = await startStandin({ expectCookies: false });
  const talk = await history(standin);
  const second = talk.items.findLastIndex(({ role }, n) =>
    role === "user" && n < talk.items.length - 1
  );
  await talk.send(talk.items.slice(second));
  talk.forgetTurn();
  const call = { ["call_id"]: "call_of_another", name: "read_file" };
  await talk.send([
    user("hi"),
    { type: "function_call", ...call, arguments: "{" },
    {
      type: "function_call_output",
      ["call_id"]: call["call_id"],
      output: [{ type: "input_text", text: "x" }],
    },
    {
      type: "message",
      role: "assistant",
      content: [{ type: "output_text", text: "Hello!" }],
    },
    user("and now?"),
  ]);
  assert.deepEqual(standin.violations, []);
});

Deno.test("another account's reasoning is refused, its other items are noted", async () => {
  await using standin = await startStandin({ expectCookies: false });
  const { items } = await history(standin);
  const other = standin.grant({ accountId: "acc-other" });
  const session = "01990000-0000-7000-8000-0000000000aa";
  const send = async (body: readonly Item[]): Promise<string> =>
    await (await ask(standin, other, { session, body: { input: body } }))
      .text();
  assert.match(await send(items), /invalid_encrypted_content/);
  await send(items.filter(({ type }) => type !== "reasoning"));
  assert.match(lastViolations(standin).join(), /msg_\w+ is another account's/);
});

Deno.test("only the last thing a person said chooses the scenario", async () => {
  await using standin = await startStandin({
    scenario: "echo",
    expectCookies: false,
  });
  const talk = new Talk(standin, standin.grant());
  await talk.say("[[scenario:recall]] [[fail:500]] first");
  const [answer] = await talk.say("second");
  assert.equal(answer?.text, "second");
  assert.deepEqual(standin.requests.map(({ scenario }) => scenario), [
    "recall",
    "echo",
  ]);
});

Deno.test("history tells every kind of thing there is", async () => {
  await using standin = await startStandin({ expectCookies: false });
  const talk = new Talk(standin, standin.grant());
  await talk.say("[[call:read_file]]", () => [
    { type: "input_text", text: "two words" },
    {
      type: "input_image",
      ["image_url"]: "data:image/png;base64,iVBORw0KGgo=",
    },
  ]);
  const [answer] = await talk.say("[[scenario:history]]");
  assert.deepEqual(answer?.text.split("\n"), [
    "1 user [[call:read_file]]",
    "2 reasoning **Calling** a tool",
    "3 call read_file {}",
    "4 output two words (1 images)",
    "5 assistant result of read_file: two words[image]",
    "6 user [[scenario:history]]",
  ]);
});

Deno.test("rich answers come back whatever is in them", async () => {
  await using standin = await startStandin({ expectCookies: false });
  const talk = new Talk(standin, standin.grant());
  const [rich] = await talk.say("[[scenario:rich]]");
  const sealed = rich?.items.flatMap((item) => item["encrypted_content"] ?? []);
  assert.deepEqual(sealed?.map((text) => String(text).length > 6000), [
    true,
    true,
  ]);
  const [half] = await talk.say("[[scenario:rich_surrogates]]");
  assert.match(half?.text ?? "", /^Half: \ud83dSecond/);
  await talk.say("and now?");
  assert.deepEqual(standin.violations, []);
});

Deno.test("adopt() and seal() make a history that nobody was sent", async () => {
  await using standin = await startStandin({ expectCookies: false });
  const item = {
    id: "rs_made",
    type: "reasoning",
    summary: [],
    ["encrypted_content"]: standin.seal({ bytes: 3000 }),
  };
  const foreign = {
    ...item,
    id: "rs_2",
    ["encrypted_content"]: standin.seal({ accountId: "x" }),
  };
  standin.adopt([item, foreign]);
  const talk = new Talk(standin, standin.grant());
  const input = [user("a"), item, user("b")];
  assert.equal((await talk.send(input)).status, 200);
  assert.match(
    lastViolations(standin).join(),
    /rs_2 of the same answer is left out/,
  );
  const [, , last] = input;
  assert.match(
    (await talk.send([user("a"), item, foreign, last ?? {}])).body,
    /invalid_encrypted_content/,
  );
});

Deno.test("a summary in the middle of a turn has a turn of its own", async () => {
  await using standin = await startStandin({
    scenario: "digest",
    expectCookies: false,
  });
  const talk = new Talk(standin, standin.grant());
  talk.items.push(user("[[call:read_file]] [[then]] [[call:read_file]]"));
  const { items } = await talk.send();
  const call = items.at(-1);
  const output = {
    type: "function_call_output",
    ["call_id"]: call?.["call_id"],
    output: "x",
  };
  talk.items.push(...items, output);
  const other = new Talk(standin, standin.grant());
  const summary = await other.send([...talk.items, user("Sum it up")]);
  assert.equal(summary.text, "summary of 2 messages, 55 characters");
  const second = await talk.send();
  assert.deepEqual(second.items.map(({ type }) => type), [
    "reasoning",
    "function_call",
  ]);
  assert.deepEqual(standin.violations, []);
});

/** Two values, and what is said of them. */
const DIFFERENCES: readonly [unknown, unknown, string | undefined][] = [
  [{ a: [1, { b: "x" }] }, { a: [1, { b: "x" }] }, undefined],
  [{ a: [1, { b: "x" }] }, { a: [1, { b: "y" }] }, 'a.1.b was "x" and is "y"'],
  [{ a: 1 }, {}, "a is missing"],
  [{}, { a: 1 }, "a was not sent"],
  [{ a: [] }, { a: {} }, "a is of another kind"],
  [{ a: null }, { a: 0 }, "a was null and is 0"],
];

for (const [sent, came, expected] of DIFFERENCES) {
  Deno.test(`difference() of ${JSON.stringify([sent, came])}`, () => {
    assert.equal(difference(sent, came), expected);
  });
}

Deno.test("Seals.fits() knows whom a ciphertext was made for, and by whom", () => {
  const seals = new Seals();
  const text = seals.make("a", 100);
  assert.equal(seals.fits(text, "a"), true);
  assert.equal(seals.fits(text, "b"), false);
  assert.equal(new Seals().fits(text, "a"), false);
  assert.equal(
    seals.fits(`${text.slice(0, 20)}x${text.slice(21)}`, "a"),
    text[20] === "x",
  );
  assert.equal(seals.fits("", "a"), false);
});
