import assert from "node:assert/strict";
import { startChatStandin } from "../../../scripts/standin/chat/mod.ts";
import type { ChatScenario } from "../../../scripts/standin/chat/scenario.ts";
import {
  CHAT_SCENARIOS,
  findChatScenario,
} from "../../../scripts/standin/chat/scenarios.ts";
import type { ChatStandin } from "../../../scripts/standin/chat/types.ts";
import { askChat, PROFILES, standinOf, WHOLE } from "./client.ts";
import { readChat } from "./read.ts";

/** Those that go on until the client leaves. */
const SILENT = /^(?:hang_|whole_hang|endless|flood)/;
/** Those that take their time are played once, not by every family. */
const SLOW = /^(?:slow|typing|keep_alive_comments|megabytes|long_)/;

for (const profile of PROFILES) {
  Deno.test(`every scenario of ${profile} can be played, and what it expects on stdout is what it sends`, async () => {
    await using standin = await standinOf(profile);
    for (const [name, scenario] of Object.entries(CHAT_SCENARIOS)) {
      if (SILENT.test(name)) continue;
      if (SLOW.test(name) && profile !== "openai") continue;
      if (scenario.profiles?.includes(profile) === false) continue;
      await play(standin, name, scenario);
    }
  });
}

async function play(
  standin: ChatStandin,
  name: string,
  scenario: ChatScenario,
): Promise<void> {
  const { expect, args = [], calls } = scenario;
  standin.reset();
  standin.play(name);
  const whole = args.includes("--no-stream");
  let options: unknown = { ["include_usage"]: true };
  let answer = { type: "", body: "" };
  for (let attempt = 0; attempt < (expect?.requests ?? 1); attempt++) {
    const response = await askChat(standin, {
      body: whole ? WHOLE : { ["stream_options"]: options },
    });
    if (response.status === 400 || response.status === 422) options = undefined;
    answer = {
      type: response.headers.get("content-type") ?? "",
      body: await textOf(response),
    };
    if (expect === undefined) break;
  }
  assert.deepEqual(standin.violations, [], name);
  assert.equal(standin.requests.at(-1)?.scenario, name);
  if (whole) return checkWhole(name, scenario, answer.body);
  if (!answer.type.startsWith("text/event-stream")) {
    return assert.notEqual(expect?.exit, 0, name);
  }
  const read = readChat(answer.body);
  if (calls !== undefined) assert.deepEqual(read.calls, calls, name);
  if (expect === undefined) return;
  // Not assert.equal: the difference of two megabytes takes minutes to print.
  const shown = expect.stdout;
  assert.ok(
    read.text === shown || expect.exit === 0 && `${read.text}\n` === shown,
    `${name} sends ${read.text.slice(0, 200)}`,
  );
  if (expect.exit === 0) {
    assert.deepEqual([read.ended, read.failed], [true, false], name);
  }
  for (const text of args.includes("--usage") ? expect.stderr ?? [] : []) {
    assert.ok(JSON.stringify(read.usage).includes(text), name);
  }
  for (const text of args.includes("--reasoning") ? expect.stderr ?? [] : []) {
    assert.equal(read.reasoning, text, name);
  }
}

/** The text of a body, up to where it breaks. */
async function textOf({ body }: Response): Promise<string> {
  const decoder = new TextDecoder();
  let text = "";
  try {
    for await (const chunk of body ?? []) {
      text += decoder.decode(chunk, { stream: true });
    }
  } catch {
    // What came before is what a client has.
  }
  return text;
}

function checkWhole(
  name: string,
  { expect, calls }: ChatScenario,
  body: string,
): void {
  if (expect?.exit !== 0 && expect?.exit !== 7) return;
  const { choices } = JSON.parse(body);
  const { content, tool_calls } = choices[0].message;
  assert.equal(content, expect.stdout.trimEnd(), name);
  for (const [n, call] of (calls ?? []).entries()) {
    const { id, function: named } = tool_calls[n];
    assert.deepEqual({ id, ...named }, call, name);
  }
}

for (
  const name of Object.keys(CHAT_SCENARIOS).filter((key) => SILENT.test(key))
) {
  Deno.test(`scenario ${name} goes on until the client leaves`, async () => {
    await using standin = await startChatStandin({ profile: "llamacpp" });
    standin.play(name);
    const leaving = new AbortController();
    const whole = name.startsWith("whole_");
    const asked = askChat(standin, {
      signal: leaving.signal,
      body: whole ? WHOLE : {},
    });
    await standin.until((requests) => requests.length === 1);
    if (name === "hang_before_head" || whole) {
      leaving.abort();
      await assert.rejects(asked);
    } else {
      const response = await asked;
      if (name !== "hang_after_head") await response.body?.getReader().read();
      leaving.abort();
      if (name === "hang_after_head") await assert.rejects(response.text());
    }
    await standin.until((requests) => requests[0]?.aborted === true);
  });
}

Deno.test("expectations keep to the contract's exit codes and retries", () => {
  for (const [name, { expect, args }] of Object.entries(CHAT_SCENARIOS)) {
    if (expect === undefined) continue;
    assert.ok([0, 3, 4, 5, 6, 7, 8].includes(expect.exit), name);
    assert.ok([1, 2, 5].includes(expect.requests), name);
    if (expect.exit === 7) assert.equal(expect.requests, 1, name);
    if (expect.exit === 0) assert.ok(expect.stdout.endsWith("\n"), name);
    else assert.equal(expect.stdout.endsWith("\n"), false, name);
    if (name.startsWith("whole_")) assert.ok(args?.includes("--no-stream"));
  }
});

Deno.test("a scenario names only families that exist", () => {
  for (const [name, { profiles = [] }] of Object.entries(CHAT_SCENARIOS)) {
    for (const profile of profiles) assert.ok(PROFILES.includes(profile), name);
  }
});

Deno.test("a prompt chooses its scenario", async () => {
  await using standin = await standinOf("ollama");
  const prompt = "[[scenario: deltas:3:20 ]] say hi";
  const response = await askChat(standin, { prompt });
  assert.equal(readChat(await response.text()).text.length, 60);
  assert.equal(standin.requests[0]?.scenario, "deltas:3:20");
});

Deno.test("an unknown scenario is refused, and is a mistake of the test", async () => {
  await using standin = await standinOf("ollama");
  assert.throws(() => standin.play("no_such_thing"), RangeError);
  const response = await askChat(standin, { prompt: "[[scenario:nothing]]" });
  assert.equal(response.status, 400);
  await response.body?.cancel();
  assert.match(standin.violations.join(), /no scenario nothing/);
});

const SIZES: readonly [string, number | undefined][] = [
  ["deltas:3:20", 60],
  ["deltas:3:20:each", 60],
  ["megabytes:2", 2 * 1024 * 1024],
  ["deltas:0:20", undefined],
  ["toString", undefined],
];

for (const [name, length] of SIZES) {
  Deno.test(`findChatScenario() reads ${name}`, () => {
    assert.equal(findChatScenario(name)?.expect?.stdout.length, length);
  });
}

Deno.test("stream_options again after its refusal is a violation", async () => {
  await using standin = await standinOf("vllm");
  standin.play("stream_options_refused");
  for (const violations of [0, 1]) {
    const response = await askChat(standin);
    assert.equal(response.status, 400);
    await response.body?.cancel();
    assert.equal(standin.violations.length, violations);
  }
});

Deno.test("results of calls are answered with text", async () => {
  await using standin = await standinOf("vllm");
  standin.play("tool_calls_parallel");
  const { text: said, calls } = readChat(await (await askChat(standin)).text());
  assert.deepEqual(calls.map(({ id }) => id), ["call_a", "call_b"]);
  const result = (id: string): unknown => ({
    role: "tool",
    ["tool_call_id"]: id,
    content: `${id} done`,
  });
  const response = await askChat(standin, {
    body: {
      messages: [
        { role: "user", content: "say hi" },
        {
          role: "assistant",
          content: said,
          ["tool_calls"]: calls.map(({ id, ...named }) => ({
            id,
            type: "function",
            function: named,
          })),
        },
        result("call_b"),
        result("call_a"),
      ],
    },
  });
  const { text } = readChat(await response.text());
  assert.equal(text, "The tool said: call_b done, call_a done");
  assert.deepEqual(standin.violations, []);
});
