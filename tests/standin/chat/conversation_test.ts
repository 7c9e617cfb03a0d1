import assert from "node:assert/strict";
import { startChatStandin } from "../../../scripts/standin/chat/mod.ts";
import type { ProfileName } from "../../../scripts/standin/chat/profiles.ts";
import { CHAT_SCENARIOS } from "../../../scripts/standin/chat/scenarios.ts";
import type { ChatStandin } from "../../../scripts/standin/chat/types.ts";
import { Told } from "../../../scripts/standin/chat/told.ts";
import { TOOL_SCRIPTS } from "../../../scripts/standin/tool_scripts.ts";
import { askChat, askModels, PROFILES, standinOf } from "./client.ts";
import { ChatTalk, type Message } from "./conversation.ts";

for (const profile of PROFILES) {
  for (const whole of [false, true]) {
    Deno.test(`${profile} plays every script of calls to its end, ${whole ? "whole" : "streaming"}`, async () => {
      await using standin = await standinOf(profile);
      for (const name of Object.keys(TOOL_SCRIPTS)) {
        if (CHAT_SCENARIOS[name]?.profiles?.includes(profile) === false) {
          continue;
        }
        standin.reset();
        standin.play(name);
        const talk = new ChatTalk(standin, { whole });
        const answers = await talk.say(
          "go",
          ({ function: { name } }) => `<${name}>`,
        );
        assert.deepEqual(standin.violations, [], name);
        if (name === "tools_endless") {
          assert.equal(answers.length, 12);
          continue;
        }
        const made = answers.flatMap(({ calls }) => calls);
        const expected = made.map((call) => {
          const [tool] = call.split(" ", 1);
          return `result of ${tool}: <${tool}>`;
        });
        assert.equal(answers.at(-1)?.text, expected.join("\n"), name);
      }
    });
  }

  Deno.test(`${profile} calls what the prompt asks for, and remembers`, async () => {
    await using standin = await standinOf(profile);
    const talk = new ChatTalk(standin);
    const answers = await talk.say(
      '[[say:Well.]] [[call:a {"x":[[1]]}]] [[call:b]] [[then]] [[call:a]]',
      ({ function: { name } }) => `\u001b[31m${name}`,
    );
    assert.deepEqual(answers.map(({ calls }) => calls), [
      ['a {"x":[[1]]}', "b {}"],
      ["a {}"],
      [],
    ]);
    assert.equal(answers[0]?.text, "Well.");
    assert.equal(
      answers.at(-1)?.text,
      "result of a: \u001b[31ma\nresult of b: \u001b[31mb\nresult of a: \u001b[31ma",
    );
    const [recalled] = await talk.say("[[scenario:recall]]");
    assert.match(
      recalled?.text ?? "",
      /^1\. \[\[say.*\n2\. \[\[scenario:recall\]\]$/,
    );
    const [told] = await talk.say("[[scenario:digest]]");
    assert.match(told?.text ?? "", /^summary of 6 messages, \d+ characters$/);
    assert.deepEqual(standin.violations, []);
    assert.deepEqual(standin.asked().at(-1)?.input, talk.messages.slice(0, -1));
  });
}

/** What is done to a conversation, and how it is refused. */
const CHANGED: readonly [
  string,
  (messages: readonly Message[]) => readonly Message[],
  RegExp,
][] = [
  [
    "another text",
    (messages) => replaced(messages, { content: "Wel." }),
    /messages\[1\] is not what was said: the text was \\?"Well\.\\?"/,
  ],
  [
    "a call less",
    (messages) =>
      replaced(messages, {
        ["tool_calls"]: [calls(messages)[0]],
      }).toSpliced(3, 1),
    /2 calls were made, and 1 came back/,
  ],
  [
    "other arguments",
    (messages) => {
      const [first, second] = calls(messages);
      const named = { name: "a", arguments: '{"x": 1}' };
      return replaced(messages, {
        ["tool_calls"]: [{ ...first, function: named }, second],
      });
    },
    /call 0 was/,
  ],
];

for (const [name, change, expected] of CHANGED) {
  Deno.test(`an answer that comes back with ${name} is refused`, async () => {
    await using standin = await standinOf("llamacpp");
    const talk = new ChatTalk(standin);
    await talk.say('[[say:Well.]] [[call:a {"x":1}]] [[call:b]]');
    talk.messages.push({ role: "user", content: "and?" });
    assert.equal((await talk.send()).status, 200);
    const { status, body } = await talk.send(change(talk.messages));
    assert.equal(status, 400);
    assert.match(body, expected);
    assert.match(standin.violations.join(), /not what was said/);
  });
}

/** What comes back of "Hello there", whether it had been whole, and what is said of it. */
const PARTIAL: readonly [string, boolean, RegExp | undefined][] = [
  ["Hello there", true, undefined],
  ["Hello", true, /the text was "Hello there" and is "Hello"/],
  ["Hello", false, undefined],
  ["", false, undefined],
  ["Hallo", false, /is "Hallo"/],
];

for (const [content, whole, expected] of PARTIAL) {
  Deno.test(`Told.check() of "${content}" for an answer that was ${whole ? "" : "not "}whole`, () => {
    const told = new Told();
    const asked = [{ role: "user", content: "hi" }];
    const done = told.add(asked, { role: "assistant", content: "Hello there" });
    if (whole) done();
    const changed = told.check([...asked, { role: "assistant", content }]);
    if (expected === undefined) assert.equal(changed, undefined);
    else assert.match(changed?.what ?? "", expected);
    const other = [{ role: "user", content: "ho" }];
    assert.equal(
      told.check([...other, { role: "assistant", content: "?" }]),
      undefined,
    );
  });
}

Deno.test("Told forgets the oldest answers when there are too many", () => {
  const told = new Told(1);
  const asked = (content: string): Message[] => [{ role: "user", content }];
  const answer = { role: "assistant", content: "x" };
  told.add(asked("a"), answer)();
  told.add(asked("b"), answer)();
  const wrong = { role: "assistant", content: "y" };
  assert.equal(told.check([...asked("a"), wrong]), undefined);
  assert.equal(told.check([...asked("b"), wrong])?.at, 1);
});

/** A family, the status, and the words for a request that is too big. */
const TOO_LONG: Readonly<Record<ProfileName, [number, RegExp]>> = {
  openai: [400, /"code":"context_length_exceeded"/],
  ollama: [400, /the input length exceeds the context length/],
  vllm: [400, /the model's context length is only 500 tokens.*"code":400/],
  lmstudio: [200, /^event: error\ndata: .*context length of only 500 tokens/],
  llamacpp: [400, /"type":"exceed_context_size_error".*"n_ctx":500/],
  openrouter: [400, /maximum context length is 500 tokens.*"code":400/],
  litellm: [400, /ContextWindowExceededError/],
};

/** Where the families tell the room of their models. */
const ROOM: Readonly<Partial<Record<ProfileName, RegExp>>> = {
  vllm: /"max_model_len":500/,
  llamacpp: /"n_ctx_train":500/,
  openrouter: /"context_length":500/,
};

for (const profile of PROFILES) {
  Deno.test(`${profile} counts requests, and refuses one without room in its own words`, async () => {
    await using standin = await startChatStandin({
      profile,
      contextWindow: 500,
    });
    const list = await (await askModels(standin)).text();
    assert.match(list, ROOM[profile] ?? /"id":/);
    const talk = new ChatTalk(standin);
    const [first] = await talk.say("[[scenario:digest]]");
    const [second] = await talk.say(`[[scenario:digest]] ${"x".repeat(1000)}`);
    const [a, b] = [first, second].map((answer) =>
      answer?.usage?.["prompt_tokens"] ?? 0
    );
    assert.ok(Number(b) - Number(a) > 250, `${a} and ${b}`);
    const [status, expected] = TOO_LONG[profile];
    talk.messages.push({ role: "user", content: "y".repeat(1000) });
    const response = await askChat(standin, {
      body: { messages: talk.messages },
    });
    assert.equal(response.status, status);
    assert.match(await response.text(), expected);
    assert.equal(standin.requests.at(-1)?.scenario, "too_long");
    assert.deepEqual(standin.violations, []);
  });
}

Deno.test("the last words of a person choose the scenario, not those of pictures from a tool", async () => {
  await using standin = await startChatStandin({
    profile: "openai",
    scenario: "echo",
  });
  const talk = new ChatTalk(standin);
  await talk.say("[[scenario:recall]] first");
  assert.equal((await talk.say("second"))[0]?.text, "second");
  talk.messages.push({ role: "user", content: "[[call:look]]" });
  const made = await talk.send();
  const id = /call_[\w-]+/.exec(made.body)?.[0];
  const url = "data:image/png;base64,iVBORw0KGgo=";
  talk.messages.push(
    {
      role: "assistant",
      content: null,
      ["tool_calls"]: [{
        id,
        type: "function",
        function: { name: "look", arguments: "{}" },
      }],
    },
    { role: "tool", ["tool_call_id"]: id, content: "a picture" },
    {
      role: "user",
      content: [{ type: "image_url", ["image_url"]: { url } }],
    },
  );
  assert.equal((await talk.send()).text, "result of look: a picture[image]");
  assert.deepEqual(standin.violations, []);
});

Deno.test("prompts are counted, fail when they ask for it, and are forgotten", async () => {
  let now = 1_790_000_000_000;
  await using standin = await startChatStandin({
    profile: "vllm",
    scenario: "fast",
    remember: "counts",
    now: () => now,
  });
  const status = async (prompt: string): Promise<number> => {
    const response = await askChat(standin, { prompt });
    await response.text();
    return response.status;
  };
  assert.deepEqual(
    [
      await status("a"),
      await status("b [[fail:500 1]]"),
      await status("b [[fail:500 1]]"),
      await status("c [[fail:refused]]"),
      await status("d [[fail:429-limit 9]]"),
      await status("a"),
    ],
    [200, 500, 200, 400, 429, 429],
  );
  now += 9000;
  assert.equal(await status("a"), 200);
  assert.deepEqual(standin.prompts.get("a"), {
    sent: 3,
    answered: 2,
    arrivals: [1, 6, 7],
  });
  assert.deepEqual(standin.requests, []);
  assert.equal(standin.counts().completions, 7);
  standin.limitUntil(now + 1000);
  const limited = await askChat(standin, { prompt: "e" });
  await limited.text();
  assert.equal(limited.headers.get("retry-after"), "1");
  await using whole = await wholeAnswer();
  assert.equal(whole.load.most, 1);
});

Deno.test("answers to a schema fit, or do not", async () => {
  await using standin = await startChatStandin({
    profile: "openai",
    scenario: "schema_repair",
  });
  const talk = new ChatTalk(standin, {
    body: {
      ["response_format"]: {
        type: "json_schema",
        ["json_schema"]: {
          name: "answer",
          strict: true,
          schema: { type: "object", properties: { n: { type: "integer" } } },
        },
      },
    },
  });
  const texts: (string | undefined)[] = [];
  for (const name of ["repair", "repair", "never", "not_json", "fits"]) {
    standin.play(`schema_${name}`);
    texts.push((await talk.say("go")).at(-1)?.text);
  }
  texts.push((await talk.say("[[call:a]]")).at(-1)?.text);
  assert.deepEqual(texts, [
    '{"n":{"misfit":true}}',
    '{"n":1}',
    '{"n":{"misfit":true}}',
    "Sure! Here is your JSON: {",
    '{"n":1}',
    '{"n":1}',
  ]);
  assert.deepEqual(standin.violations, []);
});

/** A stand-in that has answered one request without a stream. */
async function wholeAnswer(): Promise<ChatStandin> {
  const standin = await startChatStandin({
    profile: "ollama",
    scenario: "fast",
  });
  const talk = new ChatTalk(standin, { whole: true });
  assert.equal((await talk.say("hi"))[0]?.text, "echo: hi");
  return standin;
}

function calls(messages: readonly Message[]): readonly Message[] {
  const list = messages[1]?.["tool_calls"];
  return Array.isArray(list) ? list : [];
}

function replaced(
  messages: readonly Message[],
  changes: Message,
): readonly Message[] {
  return messages.toSpliced(1, 1, { ...messages[1], ...changes });
}
