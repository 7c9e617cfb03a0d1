import assert from "node:assert/strict";
import fc from "fast-check";
import { MekaError } from "../../src/errors.ts";
import type { ResultItem, StreamEvent, Usage } from "../../src/event.ts";
import type { RenderOptions } from "../../src/render/format.ts";
import { text as textFormat } from "../../src/render/text.ts";
import {
  FINISH,
  PLAIN,
  reasoning,
  renderAll,
  type Rendered,
  text,
} from "../support/render.ts";

const BROKEN = new MekaError("network", "Connection broke");

async function render(
  events: readonly StreamEvent[],
  options: Partial<RenderOptions> = {},
  failure?: MekaError,
): Promise<Rendered> {
  const batches = events.map((event) => [event]);
  return await renderAll(
    textFormat({ ...PLAIN, ...options }),
    batches,
    failure,
  );
}

// the answer, how it ends on stdout: whole; cut; whole, on a terminal; cut, on a terminal
const ENDS = [
  ["", "", "", "", ""],
  ["a", "a\n", "a", "a\n", "a\n"],
  ["a\n", "a\n", "a\n", "a\n", "a\n"],
  ["a\n\n", "a\n\n", "a\n\n", "a\n\n", "a\n\n"],
  ["\n", "\n", "\n", "\n", "\n"],
  ["a\r", "a\r\n", "a\r", "a\n", "a\n"],
  ["a\n\x1b", "a\n\x1b\n", "a\n\x1b", "a\n", "a\n"],
  ["\x1b", "\x1b\n", "\x1b", "", ""],
  [
    "\x1b[1mb\x07\x9b\x7f",
    "\x1b[1mb\x07\x9b\x7f\n",
    "\x1b[1mb\x07\x9b\x7f",
    "[1mb\n",
    "[1mb\n",
  ],
  ["a\tb\0c", "a\tb\0c\n", "a\tb\0c", "a\tbc\n", "a\tbc\n"],
  ["😀", "😀\n", "😀", "😀\n", "😀\n"],
] as const;

const WAYS = [
  ["whole", false, undefined],
  ["cut", false, BROKEN],
  ["whole, on a terminal", true, undefined],
  ["cut, on a terminal", true, BROKEN],
] as const;

for (const [answer, ...expected] of ENDS) {
  for (const [at, [way, stdoutIsTerminal, failure]] of WAYS.entries()) {
    Deno.test(`text() writes ${JSON.stringify(answer)} ${way}`, async () => {
      const { stdout, stderr } = await render(
        [text(answer)],
        { stdoutIsTerminal },
        failure,
      );
      assert.equal(stdout, expected[at]);
      assert.equal(stderr, "");
    });
  }
}

/** A text and its deltas, cut anywhere: inside surrogate pairs, too. */
const cutText = fc.tuple(
  fc.oneof(
    fc.string({ unit: "binary" }),
    fc.string({ unit: fc.constantFrom("😀", "a", "\n", "\x1b", "é", "\r") }),
    // Halves without their other half.
    fc.string({ unit: fc.constantFrom("\ud83d", "\ude00", "a") }),
  ),
  fc.array(fc.nat(4)),
).map(([whole, lengths]) => {
  const deltas: string[] = [];
  let at = 0;
  for (const length of lengths) {
    deltas.push(whole.slice(at, at + length));
    at += length;
  }
  return { whole, deltas: [...deltas, whole.slice(at)] };
});

for (const stdoutIsTerminal of [false, true]) {
  const where = stdoutIsTerminal ? "a terminal" : "a pipe";
  Deno.test(`text() writes the same to ${where} however the deltas are cut`, async () => {
    await fc.assert(
      fc.asyncProperty(cutText, async ({ whole, deltas }) => {
        const options = { stdoutIsTerminal };
        const { stdout } = await render(deltas.map(text), options);
        const once = await render([text(whole)], options);
        assert.equal(stdout, once.stdout);
      }),
      { numRuns: 500 },
    );
  });
}

Deno.test("text() writes an answer's bytes, and at most one newline more", async () => {
  await fc.assert(
    fc.asyncProperty(cutText, fc.boolean(), async ({ whole, deltas }, cut) => {
      const failure = cut ? BROKEN : undefined;
      const { stdout } = await render(deltas.map(text), {}, failure);
      const open = whole !== "" && !whole.endsWith("\n");
      const expected = `${whole}${open && !cut ? "\n" : ""}`;
      const encoder = new TextEncoder();
      assert.deepEqual(encoder.encode(stdout), encoder.encode(expected));
    }),
    { numRuns: 500 },
  );
});

Deno.test("text() leaves nothing on a terminal that could drive it", async () => {
  await fc.assert(
    fc.asyncProperty(cutText, fc.boolean(), async ({ deltas }, cut) => {
      const events = deltas.flatMap((delta) => [text(delta), reasoning(delta)]);
      const { stdout, stderr } = await render(
        events,
        { stdoutIsTerminal: true, reasoning: true },
        cut ? BROKEN : undefined,
      );
      for (const shown of [stdout, stderr]) {
        assert.doesNotMatch(shown, /[^\P{Cc}\n\t]/u);
      }
      assert.match(stdout, /^$|\n$/);
    }),
  );
});

Deno.test("text() writes each batch as it comes, and once", async () => {
  const { stdout, writes } = await renderAll(textFormat(PLAIN), [
    [text("a"), text("b")],
    [],
    [text("c\n"), FINISH],
  ]);
  assert.deepEqual({ stdout, writes }, { stdout: "abc\n", writes: 2 });
});

// what, events, options, stderr
const ASIDE = [
  ["no reasoning unless it is asked for", [reasoning("hm"), text("a")], {}, ""],
  [
    "reasoning, and ends its line before the answer",
    [reasoning("h"), reasoning("m"), text("a")],
    { reasoning: true },
    "hm\n",
  ],
  ["reasoning that ended its line", [reasoning("hm\n"), text("a")], {
    reasoning: true,
  }, "hm\n"],
  [
    "reasoning without an answer",
    [reasoning("hm")],
    { reasoning: true },
    "hm\n",
  ],
  ["reasoning without control characters", [reasoning("\x1b[2Jh\rm\x9b")], {
    reasoning: true,
  }, "[2Jhm\n"],
  ["reasoning's pairs whole", [reasoning("\ud83d"), reasoning("\ude00")], {
    reasoning: true,
  }, "😀\n"],
  [
    "reasoning in color",
    [reasoning("hm")],
    { reasoning: true, color: true },
    "\x1b[2mhm\x1b[22m\n",
  ],
  [
    "a warning after reasoning",
    [reasoning("hm"), { type: "warning", message: "Careful" }],
    { reasoning: true },
    "hm\nwarning: Careful\n",
  ],
  [
    "warnings",
    [{ type: "warning", message: "Careful" }],
    {},
    "warning: Careful\n",
  ],
  ["warnings in color", [{ type: "warning", message: "Careful" }], {
    color: true,
  }, "\x1b[2mwarning: Careful\x1b[22m\n"],
  [
    "warnings as one clean line",
    [{ type: "warning", message: "a\n\x1b]0;b\x07c" }],
    {},
    "warning: a ]0;bc\n",
  ],
  ["notes", [{ type: "note", message: "Again" }], {}, "note: Again\n"],
  [
    "no warnings and notes with --quiet",
    [{ type: "note", message: "x" }, { type: "warning", message: "y" }],
    { quiet: true },
    "",
  ],
  [
    "usage last",
    [FINISH, { type: "note", message: "Late" }],
    { usage: true },
    "note: Late\nusage: 12 input (3 cached), 45 output (0 reasoning), 57 total\n",
  ],
  [
    "usage with --quiet",
    [FINISH],
    { usage: true, quiet: true },
    "usage: 12 input (3 cached), 45 output (0 reasoning), 57 total\n",
  ],
  ["no usage unless it is asked for", [FINISH], {}, ""],
  ["no usage of an answer that told none", [], { usage: true }, ""],
  ["a retry", [{ type: "retry", message: "Again" }], {}, "note: Again\n"],
  [
    "a tool's call and what it brought, a line each",
    [
      { type: "tool_call", id: "1", name: "f", arguments: '{"a":\n1}' },
      { type: "tool_result", name: "f", result: result("one\n\u001b[2Jtwo") },
      { type: "tool_result", name: "f", result: result("no", true) },
    ],
    {},
    'tool: f {"a": 1}\ntool: f brought: one (and 1 more line)\ntool: f failed: no\n',
  ],
  [
    "nothing of what scripts want",
    [
      { type: "start", provider: "p", model: "m", session: "s" },
      { type: "limits", limits: { primary: undefined, secondary: undefined } },
      { type: "replay", item: { type: "summary", text: "" } },
    ],
    { reasoning: true, usage: true },
    "",
  ],
] as const satisfies readonly (readonly [
  string,
  readonly StreamEvent[],
  Partial<RenderOptions>,
  string,
])[];

for (const [what, events, options, stderr] of ASIDE) {
  for (const failure of [undefined, BROKEN]) {
    Deno.test(`text() shows ${what}${failure ? ", before a failure" : ""}`, async () => {
      assert.equal((await render(events, options, failure)).stderr, stderr);
    });
  }
}

function result(output: string, error = false): ResultItem {
  return { type: "result", id: "1", output, images: [], error };
}

const NO_USAGE: Usage = {
  inputTokens: undefined,
  cachedInputTokens: undefined,
  outputTokens: undefined,
  reasoningTokens: undefined,
  totalTokens: undefined,
};

// counts that were told, the line
const USAGE: readonly (readonly [Partial<Usage>, string])[] = [
  [{}, "usage: not told"],
  [{ inputTokens: 0 }, "usage: 0 input"],
  [{ outputTokens: 5, reasoningTokens: 4 }, "usage: 5 output (4 reasoning)"],
  [{ inputTokens: 1, totalTokens: 9 }, "usage: 1 input, 9 total"],
];

for (const [counts, line] of USAGE) {
  Deno.test(`text() shows "${line}" for ${JSON.stringify(counts)}`, async () => {
    const finish: StreamEvent = {
      type: "finish",
      reason: "stop",
      raw: "",
      usage: { ...NO_USAGE, ...counts },
    };
    const { stderr } = await render([finish], { usage: true });
    assert.equal(stderr, `${line}\n`);
  });
}
