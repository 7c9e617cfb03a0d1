import assert from "node:assert/strict";
import type { StreamEvent } from "../src/event.ts";
import { MekaError } from "../src/errors.ts";
import type { Item } from "../src/message.ts";
import { PROVIDERS } from "../src/providers/mod.ts";
import { newTurnState } from "../src/stream_turn.ts";
import { toolLoop, type ToolLoopContext } from "../src/tool_loop.ts";
import type { CallItem, CallRunner } from "../src/tools/tool.ts";
import { SPOKEN } from "./support/dialects.ts";
import { memoryHost } from "./support/memory_host.ts";
import {
  type Reply,
  scriptedFetch,
  silence,
} from "./support/scripted_fetch.ts";
import { TURN } from "./support/turn.ts";

const LOOK = { name: "look", description: "Looks.", parameters: {} };
const TURN_WITH_TOOLS = { ...TURN, tools: [LOOK] };

/** Brings `of ID` for each call, and notes what it was given. */
function fakeRunner(): { run: CallRunner; asked: CallItem[][] } {
  const asked: CallItem[][] = [];
  return {
    asked,
    run: async function* (calls): ReturnType<CallRunner> {
      asked.push([...calls]);
      for (const { id, name } of calls) {
        await Promise.resolve();
        yield {
          type: "tool_result",
          name,
          result: {
            type: "result",
            id,
            output: `of ${id}`,
            images: [],
            error: false,
          },
        };
      }
    },
  };
}

for (const [name, dialect] of SPOKEN) {
  const { text, reasoning, call, end } = dialect;
  const ask = reply(call("call_1", "look", "{}"), end("tool_calls"));
  const answer = reply(text("done"), end("stop"));

  Deno.test(`toolLoop() runs the calls of ${name} and sends what they brought, until there are none`, async () => {
    const script = scriptedFetch(
      reply(
        reasoning("hm"),
        text("I look."),
        call("call_1", "look", '{"at":1}'),
        end("tool_calls"),
      ),
      reply(call("call_2", "look", '{"at":2}'), end("tool_calls")),
      answer,
    );
    const runner = fakeRunner();
    const { events, error } = await play(name, { script, runner });
    assert.equal(error, undefined);
    script.end();
    assert.deepEqual(events.map(({ type }) => type).filter(isTold), [
      "start",
      "reasoning",
      "text",
      "tool_call",
      "tool_result",
      "tool_call",
      "tool_result",
      "text",
      "text",
      "finish",
    ]);
    assert.equal(textOf(events), "I look.\ndone");
    assert.deepEqual(
      runner.asked.map((calls) => calls.map(({ id }) => id)),
      [["call_1"], ["call_2"]],
    );
    // Each request has all that the ones before it brought.
    const bodies = await Promise.all(script.requests.map(bodyOf));
    for (const [n, { said }] of bodies.entries()) {
      assert.deepEqual(said.slice(0, bodies[0]?.said.length), bodies[0]?.said);
      assert.equal(said.filter(isOutput).length, n);
    }
    const last = JSON.stringify(bodies.at(-1)?.said);
    const places = ["of call_1", "of call_2"].map((text) => last.indexOf(text));
    assert.ok(places.every((at) => at > 0), last);
    assert.deepEqual(places, places.toSorted((a, b) => a - b));
  });

  Deno.test(`toolLoop() counts all requests of ${name}, and how long the conversation is now`, async () => {
    const script = scriptedFetch(ask, answer);
    const { events } = await play(name, { script });
    const finishes = events.filter(({ type }) => type === "finish");
    assert.equal(finishes.length, 1);
    const [finish] = finishes;
    assert.ok(finish?.type === "finish");
    assert.equal(finish.usage?.totalTokens, 30);
    assert.equal(finish.contextTokens, 15);
    assert.equal(finish, events.at(-1));
  });

  Deno.test(`toolLoop() hands out the items of ${name} in the order in which they go back`, async () => {
    const script = scriptedFetch(
      reply(
        text("I look."),
        call("call_1", "look", "{}"),
        end("tool_calls"),
      ),
      answer,
    );
    const { events } = await play(name, { script });
    const kept = events.flatMap((event): Item[] => {
      if (event.type === "replay") return [event.item];
      return event.type === "tool_result" ? [event.result] : [];
    }).map(({ type }) => type);
    const calls = ["call", "result"];
    assert.deepEqual(kept.filter((type) => calls.includes(type)), calls);
    assert.ok(kept.indexOf("call") < kept.indexOf("result"));
  });

  Deno.test(`toolLoop() ends ${name} after so many rounds, and tells what they cost`, async () => {
    const script = scriptedFetch(ask, ask, ask);
    const runner = fakeRunner();
    const { events, error } = await play(name, {
      script,
      runner,
      maxRounds: 2,
    });
    assert.ok(error instanceof MekaError);
    assert.equal(error.kind, "incomplete");
    assert.match(error.message, /after 2 rounds/);
    assert.match(error.hint ?? "", /--max-tool-rounds/);
    assert.equal(runner.asked.length, 2);
    const finish = events.find(({ type }) => type === "finish");
    assert.equal(finish?.type === "finish" && finish.usage?.totalTokens, 45);
    script.end();
  });

  Deno.test(`toolLoop() runs nothing of what ${name} takes back by breaking off`, async () => {
    const script = scriptedFetch(
      reply(call("call_1", "look", "{}")),
      reply(call("call_2", "look", "{}"), end("tool_calls")),
      answer,
    );
    const runner = fakeRunner();
    const { events, error } = await play(name, { script, runner });
    assert.equal(error, undefined);
    assert.deepEqual(runner.asked.map(([first]) => first?.id), ["call_2"]);
    const told = events.filter(({ type }) => type === "tool_call");
    assert.equal(told.length, 1);
    assert.equal(events.filter(({ type }) => type === "retry").length, 1);
  });

  Deno.test(`toolLoop() calls a failure of ${name} after text of an earlier round incomplete`, async () => {
    const refused: Reply = () =>
      new Response(dialect.body("invalid_prompt", "No"), { status: 400 });
    const script = scriptedFetch(
      reply(
        text("I look."),
        call("call_1", "look", "{}"),
        end("tool_calls"),
      ),
      refused,
    );
    const { events, error } = await play(name, { script });
    assert.ok(error instanceof MekaError);
    assert.equal(error.kind, "incomplete");
    assert.equal(textOf(events), "I look.");
  });

  Deno.test(`toolLoop() offers ${name} no tools where there is nobody to run them`, async () => {
    const script = scriptedFetch(ask);
    const { error, events } = await play(name, { script, tools: false });
    assert.ok(error instanceof MekaError);
    assert.match(error.message, /offers none/);
    const [body] = await Promise.all(script.requests.map(bodyOf));
    assert.equal(body?.tools, undefined);
    assert.equal(events.some(({ type }) => type === "finish"), true);
  });

  Deno.test(`toolLoop() has one limit of time for all that ${name} is asked`, async () => {
    const script = scriptedFetch(ask, silence);
    const host = memoryHost();
    const left: unknown[] = [];
    const runner: CallRunner = async function* (
      calls,
      { leftMs },
    ): ReturnType<CallRunner> {
      left.push(leftMs);
      const slept = host.sleep(600, new AbortController().signal);
      host.wake(600);
      await slept;
      yield* fakeRunner().run(calls, { signal: host.interrupt, leftMs });
    };
    const playing = play(name, {
      script,
      host,
      runner: { run: runner },
      timeoutMs: 1_000,
    });
    await host.sleeps(400);
    host.wake(400);
    const { error } = await playing;
    assert.deepEqual(left, [1_000]);
    assert.ok(error instanceof MekaError);
    assert.match(error.message, /1 s/);
  });

  Deno.test(`toolLoop() ends with the calls of ${name} when they are interrupted`, async () => {
    const script = scriptedFetch(ask);
    const reason = new MekaError("interrupted", "Interrupted");
    const host = memoryHost();
    // deno-lint-ignore require-yield -- it is interrupted before it brings anything
    const run: CallRunner = async function* (): ReturnType<CallRunner> {
      await Promise.resolve();
      host.abort(reason);
      throw reason;
    };
    const { events, error } = await play(name, {
      script,
      host,
      runner: { run },
    });
    assert.equal(error, reason);
    // What was asked for is part of the conversation all the same.
    const items = events.filter((event) => event.type === "replay");
    assert.deepEqual(items.map(({ item }) => item.type), ["call"]);
  });

  Deno.test(`toolLoop() takes up what a turn of ${name} has settled already`, async () => {
    const script = scriptedFetch(answer);
    const host = memoryHost();
    const state = newTurnState(host);
    state.credential = dialect.credential;
    const { error } = await play(name, {
      script,
      host,
      state,
      credentials: {
        current: () => assert.fail("it is known"),
        afterUnauthorized: () => assert.fail("nothing was refused"),
      },
    });
    assert.equal(error, undefined);
  });
}

Deno.test("toolLoop() asks again where the model only paused", async () => {
  const { text } = SPOKEN[0]?.[1] ?? assert.fail();
  const message = {
    type: "message",
    id: "msg_1",
    role: "assistant",
    content: [{ type: "output_text", text: "one" }],
  };
  const paused = `data: ${
    JSON.stringify({ type: "response.output_item.done", item: message })
  }\n\ndata: ${
    JSON.stringify({
      type: "response.completed",
      response: { end_turn: false },
    })
  }\n\n`;
  const script = scriptedFetch(
    reply(paused),
    reply(text("two"), SPOKEN[0]?.[1].end("stop") ?? ""),
  );
  const { events, error } = await play("openai-codex", { script });
  assert.equal(error, undefined);
  assert.equal(textOf(events), "one\ntwo");
  const [, second] = await Promise.all(script.requests.map(bodyOf));
  assert.deepEqual(second?.said.at(-1), message);
});

interface Play extends Partial<ToolLoopContext> {
  readonly script: ReturnType<typeof scriptedFetch>;
  readonly tools?: boolean;
}

async function play(
  name: keyof typeof PROVIDERS,
  { script, tools = true, runner, ...changes }:
    & Omit<Play, "runner">
    & { readonly runner?: { readonly run: CallRunner } },
): Promise<
  { readonly events: readonly StreamEvent[]; readonly error: unknown }
> {
  const dialect = SPOKEN.find(([spoken]) => spoken === name)?.[1];
  const credential = (dialect ?? assert.fail()).credential;
  const context: ToolLoopContext = {
    provider: await PROVIDERS[name].load(),
    providerName: name,
    host: memoryHost({ napMs: 60_000 }),
    fetch: script.fetch,
    credentials: {
      current: () => Promise.resolve({ credential, warnings: [] }),
      afterUnauthorized: () => Promise.resolve(undefined),
    },
    baseUrl: new URL("https://service.test"),
    userAgent: "meka_cli/0",
    timeoutMs: undefined,
    accountModels: () => [],
    runner: (runner ?? fakeRunner()).run,
    maxRounds: 50,
    ...changes,
  };
  const events: StreamEvent[] = [];
  try {
    const turn = tools ? TURN_WITH_TOOLS : TURN;
    for await (const batch of toolLoop(turn, context)) events.push(...batch);
    return { events, error: undefined };
  } catch (error) {
    return { events, error };
  }
}

function reply(...parts: readonly string[]): Reply {
  return () =>
    new Response(parts.join(""), {
      headers: { "content-type": "text/event-stream" },
    });
}

interface Sent {
  readonly said: readonly unknown[];
  readonly tools: unknown;
}

async function bodyOf(request: Request): Promise<Sent> {
  const { input, messages, tools } = await request.json();
  return { said: input ?? messages, tools };
}

function isOutput(message: unknown): boolean {
  const { type, role } = Object(message);
  return type === "function_call_output" || role === "tool";
}

function isTold(type: StreamEvent["type"]): boolean {
  return type !== "replay" && type !== "limits";
}

function textOf(events: readonly StreamEvent[]): string {
  return events.map((event) => event.type === "text" ? event.delta : "")
    .join("");
}
