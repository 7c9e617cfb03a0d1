import assert from "node:assert/strict";
import fc from "fast-check";
import { EXIT_CODE, MekaError } from "../../src/errors.ts";
import type { StreamEvent } from "../../src/event.ts";
import type { RenderOptions } from "../../src/render/format.ts";
import { errorLine, jsonl } from "../../src/render/jsonl.ts";
import {
  FINISH,
  PLAIN,
  reasoning,
  renderAll,
  type Rendered,
  text,
} from "../support/render.ts";

const BROKEN = new MekaError("incomplete", "Connection broke");

async function render(
  events: readonly StreamEvent[],
  options: Partial<RenderOptions> = {},
  failure?: MekaError,
): Promise<Rendered> {
  const batches = events.map((event) => [event]);
  return await renderAll(jsonl({ ...PLAIN, ...options }), batches, failure);
}

function parseLines(stdout: string): Record<string, unknown>[] {
  assert.match(stdout, /\n$/);
  return stdout.slice(0, -1).split("\n").map((line) => JSON.parse(line));
}

const DONE = { type: "done", status: "completed", text: "" };

// what, event, its line
const LINES = [
  ["the start", {
    type: "start",
    provider: "openai-codex",
    model: "m",
    session: "s",
  }, {
    type: "start",
    v: 1,
    provider: "openai-codex",
    model: "m",
    session: "s",
  }],
  ["reasoning", reasoning("hm"), { type: "reasoning", delta: "hm" }],
  [
    "a tool's call",
    { type: "tool_call", id: "1", name: "f", arguments: "{}" },
    { type: "tool_call", id: "1", name: "f", arguments: "{}" },
  ],
  ["a warning", { type: "warning", message: "Careful" }, {
    type: "warning",
    message: "Careful",
  }],
  ["a warning as one clean line", { type: "warning", message: "a\n\x1bb" }, {
    type: "warning",
    message: "a b",
  }],
  ["both limits", {
    type: "limits",
    limits: {
      primary: {
        usedPercent: 12.5,
        windowMinutes: 300,
        resetsAt: 1_700_000_000,
      },
      secondary: {
        usedPercent: 0,
        windowMinutes: 10_080,
        resetsAt: 1_700_600_000,
      },
    },
  }, {
    type: "limits",
    primary: {
      used_percent: 12.5,
      window_minutes: 300,
      resets_at: 1_700_000_000,
    },
    secondary: {
      used_percent: 0,
      window_minutes: 10_080,
      resets_at: 1_700_600_000,
    },
  }],
  ["one limit", {
    type: "limits",
    limits: {
      primary: {
        usedPercent: 1,
        windowMinutes: undefined,
        resetsAt: undefined,
      },
      secondary: undefined,
    },
  }, { type: "limits", primary: { used_percent: 1 }, secondary: null }],
  ["usage", FINISH, {
    type: "usage",
    input_tokens: 12,
    cached_input_tokens: 3,
    output_tokens: 45,
    reasoning_tokens: 0,
    total_tokens: 57,
  }],
  ["no usage where none was told", {
    type: "finish",
    reason: "stop",
    raw: "",
    usage: undefined,
  }, undefined],
  ["no note", { type: "note", message: "x" }, undefined],
  ["nothing to replay", {
    type: "replay",
    item: { type: "summary", text: "" },
  }, undefined],
] as const satisfies readonly (readonly [string, StreamEvent, unknown])[];

for (const [what, event, line] of LINES) {
  Deno.test(`jsonl() writes ${what}`, async () => {
    const { stdout } = await render([event]);
    const expected = line === undefined ? [DONE] : [line, DONE];
    assert.deepEqual(parseLines(stdout), expected);
  });
}

// what, answer, failure, last line
const LAST = [
  ["a whole answer", "a", undefined, {
    type: "done",
    status: "completed",
    text: "a",
  }],
  ["an empty answer", "", undefined, DONE],
  ["a cut answer", "a", BROKEN, {
    type: "done",
    status: "incomplete",
    text: "a",
    code: "incomplete",
    exit: 7,
    message: "Connection broke",
  }],
  ["a failure", "", BROKEN, {
    type: "error",
    code: "incomplete",
    exit: 7,
    message: "Connection broke",
  }],
  ["SIGTERM", "", new MekaError("interrupted", "Terminated", { exit: 143 }), {
    type: "error",
    code: "interrupted",
    exit: 143,
    message: "Terminated",
  }],
  [
    "a limit",
    "",
    new MekaError("limit", "Used up", {
      hint: "Wait",
      retryAt: 1_700_000_000_001,
    }),
    {
      type: "error",
      code: "limit",
      exit: 4,
      message: "Used up",
      hint: "Wait",
      retry_at: 1_700_000_001,
    },
  ],
] as const;

for (const [what, answer, failure, last] of LAST) {
  Deno.test(`jsonl() ends ${what} with "${last.type}"`, async () => {
    const { stdout } = await render(
      answer === "" ? [] : [text(answer)],
      {},
      failure,
    );
    assert.deepEqual(parseLines(stdout).at(-1), last);
  });
}

for (const [kind, exit] of Object.entries(EXIT_CODE)) {
  Deno.test(`errorLine() tells code "${kind}" and exit ${exit}`, () => {
    const error = new MekaError(kind as keyof typeof EXIT_CODE, "Why");
    assert.deepEqual(JSON.parse(errorLine(error)), {
      type: "error",
      code: kind,
      exit,
      message: "Why",
    });
  });
}

const deltas = fc.array(
  fc.oneof(
    fc.string({ unit: "binary" }),
    fc.constantFrom("\ud83d", "\ude00", "\n", "\u2028", "\x1b[2J", '"', "\\"),
  ),
);

for (const stdoutIsTerminal of [false, true]) {
  for (const failure of [undefined, BROKEN]) {
    const end = failure === undefined ? "whole" : "cut";
    const where = stdoutIsTerminal ? "a terminal" : "a pipe";
    Deno.test(`jsonl() writes lines to ${where} that parse and add up, ${end}`, async () => {
      await fc.assert(fc.asyncProperty(deltas, async (parts) => {
        const events = parts.flatMap((part): StreamEvent[] => [
          text(part),
          reasoning(part),
          { type: "tool_call", id: part, name: part, arguments: part },
        ]);
        const { stdout } = await render(
          events,
          { stdoutIsTerminal },
          failure,
        );
        const lines = parseLines(stdout);
        const last = lines.at(-1);
        const told = lines.slice(0, -1)
          .filter(({ type }) => type === "text")
          .map(({ delta }) => delta).join("");
        if (!stdoutIsTerminal) assert.equal(told, parts.join(""));
        else assert.doesNotMatch(stdout, /[^\P{Cc}\n]/u);
        assert.equal(last?.text ?? "", told);
        assert.equal(
          last?.type,
          failure && told === "" ? "error" : "done",
        );
      }));
    });
  }
}

Deno.test("jsonl() tells people on stderr what is no part of the answer", async () => {
  const events: StreamEvent[] = [
    { type: "note", message: "Again" },
    { type: "warning", message: "Careful" },
    reasoning("hm"),
    text("a"),
    FINISH,
  ];
  const { stderr } = await render(events, { reasoning: true, usage: true });
  assert.equal(
    stderr,
    "note: Again\nwarning: Careful\nhm\n" +
      "usage: 12 input (3 cached), 45 output (0 reasoning), 57 total\n",
  );
  assert.equal((await render(events, { quiet: true })).stderr, "");
});

Deno.test("jsonl() writes a batch's lines at once", async () => {
  const { writes } = await renderAll(jsonl(PLAIN), [[text("a"), text("b")]]);
  assert.equal(writes, 2);
});
