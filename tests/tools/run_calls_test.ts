import assert from "node:assert/strict";
import { MekaError } from "../../src/errors.ts";
import {
  type Confirm,
  makeRunner,
  type RunnerOptions,
} from "../../src/tools/run_calls.ts";
import type {
  CallItem,
  Permission,
  ResultEvent,
  Tool,
  ToolLevel,
} from "../../src/tools/tool.ts";
import { memoryHost } from "../support/memory_host.ts";

const SIGNAL = new AbortController().signal;

/** What ran, in order. */
function place(): { readonly log: string[]; readonly tools: readonly Tool[] } {
  const log: string[] = [];
  const tool = (
    name: string,
    level: ToolLevel,
    run: Tool["run"] = ({ text }) => {
      log.push(`${name} ${text}`);
      return Promise.resolve({ output: `did ${text}`, error: false });
    },
  ): Tool => ({
    name,
    description: "",
    parameters: {
      type: "object",
      properties: { text: { type: "string" } },
      additionalProperties: false,
    },
    level,
    origin: "test",
    describe: ({ text }) => Promise.resolve(`${name}: ${text}`),
    run,
  });
  return {
    log,
    tools: [
      tool("look", "read"),
      tool("change", "write"),
      tool("break", "read", () => Promise.reject(new Error("no such thing"))),
      tool(
        "long",
        "read",
        () => Promise.resolve({ output: "x".repeat(500_000), error: false }),
      ),
    ],
  };
}

function call(name: string, given: string, id = "call_1"): CallItem {
  return {
    type: "call",
    id,
    name,
    arguments: given,
    raw: undefined,
    origin: undefined,
  };
}

async function results(
  calls: readonly CallItem[],
  { tools, ...options }: Partial<Omit<RunnerOptions, "tools">> & {
    readonly tools: readonly Tool[];
  },
): Promise<ResultEvent[]> {
  const runner = makeRunner({
    tools: () => tools,
    permission: "write",
    confirm: undefined,
    context: {
      host: memoryHost(),
      folders: ["/project"],
      forbidden: [],
      seen: new Map(),
    },
    ...options,
  });
  return await Array.fromAsync(
    runner(calls, { signal: SIGNAL, leftMs: undefined }),
  );
}

// what is called, with what, whether that fails, what the model is told
const CALLS = [
  ["look", '{"text":"a"}', false, /^did a$/],
  ["look", "", false, /^did undefined$/],
  ["look", "{oops", true, /not valid JSON/],
  ["look", "[1]", true, /must be a JSON object/],
  ["look", "null", true, /must be a JSON object/],
  ["look", '{"text":1}', true, /"\/text" must be a string, not a/],
  ["look", '{"txt":"a"}', true, /"\/txt" is not allowed/],
  ["Look", "{}", true, /no tool "Look"; there are: look, change, break, long$/],
  ["break", "{}", true, /^The call failed: no such thing$/],
] as const;

for (const [name, given, error, output] of CALLS) {
  Deno.test(`makeRunner() tells the model how ${name}(${given}) ended`, async () => {
    const { tools } = place();
    const [event, ...more] = await results([call(name, given)], { tools });
    assert.equal(more.length, 0);
    assert.equal(event?.name, name);
    assert.equal(event?.result.id, "call_1");
    assert.equal(event?.result.error, error);
    assert.match(event?.result.output ?? "", output);
  });
}

// permission, the tool's name, the person's answer or nobody to ask, whether it runs
const PERMITTED: readonly (readonly [
  Permission,
  string,
  boolean | undefined,
  boolean,
])[] = [
  ["none", "look", true, false],
  ["none", "change", true, false],
  ["read", "look", undefined, true],
  ["read", "change", true, false],
  ["ask", "look", false, true],
  ["ask", "change", true, true],
  ["ask", "change", false, false],
  ["ask", "change", undefined, false],
  ["write", "look", undefined, true],
  ["write", "change", undefined, true],
];

for (const [permission, name, says, runs] of PERMITTED) {
  const who = says === undefined
    ? "nobody to ask"
    : `a person who says ${says}`;
  Deno.test(`makeRunner() ${runs ? "runs" : "refuses"} ${name} at "${permission}" with ${who}`, async () => {
    const { log, tools } = place();
    const confirm: Confirm = () => Promise.resolve(says ?? false);
    const [event] = await results([call(name, '{"text":"a"}')], {
      tools,
      permission,
      confirm: says === undefined ? undefined : confirm,
    });
    assert.deepEqual(log, runs ? [`${name} a`] : []);
    assert.equal(event?.result.error, !runs);
  });
}

Deno.test("makeRunner() shows all of a call, with nothing hidden in it, before it asks", async () => {
  const { tools } = place();
  const shown: string[] = [];
  const hidden = "rm -rf x\u001b[2K\rls \u202eoops\u200b\u2028";
  await results([call("change", JSON.stringify({ text: hidden }))], {
    tools,
    permission: "ask",
    confirm: ({ tool, shows }) => {
      shown.push(tool, shows);
      return Promise.resolve(false);
    },
  });
  assert.deepEqual(shown, [
    "change",
    "change: rm -rf x\\u{1b}[2K\\u{d}ls \\u{202e}oops\\u{200b}\\u{2028}",
  ]);
});

Deno.test("makeRunner() runs neighbors that only read beside each other, and hands out in the order of the calls", async () => {
  const open: (() => void)[] = [];
  const log: string[] = [];
  const { tools: [look, change] } = place();
  assert.ok(look && change);
  const waiting: Tool = {
    ...look,
    run: ({ text }) =>
      new Promise((resolve) => {
        log.push(`begin ${text}`);
        open.push(() => {
          log.push(`end ${text}`);
          resolve({ output: String(text), error: false });
        });
        // The first ends last.
        if (open.length === 2) { for (const end of open.toReversed()) end(); }
      }),
  };
  const changing: Tool = {
    ...change,
    run: ({ text }) => {
      log.push(`change ${text}`);
      return Promise.resolve({ output: String(text), error: false });
    },
  };
  const events = await results([
    call("look", '{"text":"a"}', "1"),
    call("look", '{"text":"b"}', "2"),
    call("change", '{"text":"c"}', "3"),
    call("change", '{"text":"d"}', "4"),
  ], { tools: [waiting, changing] });
  assert.deepEqual(log, [
    "begin a",
    "begin b",
    "end b",
    "end a",
    "change c",
    "change d",
  ]);
  assert.deepEqual(events.map(({ result }) => result.id), ["1", "2", "3", "4"]);
});

Deno.test("makeRunner() cuts what no model could read", async () => {
  const { tools } = place();
  const [event] = await results([call("long", "{}")], { tools });
  assert.ok((event?.result.output.length ?? 0) < 401_000);
  assert.match(event?.result.output ?? "", /500000 characters in all\]$/);
});

Deno.test("makeRunner() ends with the interrupt, and runs nothing more", async () => {
  const { log, tools: [look, change] } = place();
  assert.ok(look && change);
  const stop = new AbortController();
  const reason = new MekaError("interrupted", "Interrupted");
  const hanging: Tool = {
    ...look,
    run: (_, { signal }) =>
      new Promise((_, reject) => {
        signal.addEventListener("abort", () => reject(signal.reason));
        stop.abort(reason);
      }),
  };
  const runner = makeRunner({
    tools: () => [hanging, change],
    permission: "write",
    confirm: undefined,
    context: {
      host: memoryHost(),
      folders: [],
      forbidden: [],
      seen: new Map(),
    },
  });
  const running = runner(
    [call("look", "{}"), call("change", "{}", "2")],
    { signal: stop.signal, leftMs: undefined },
  );
  await assert.rejects(Array.fromAsync(running), reason);
  assert.deepEqual(log, []);
});
