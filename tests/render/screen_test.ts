import assert from "node:assert/strict";
import { MekaError } from "../../src/errors.ts";
import type { EventBatch } from "../../src/event.ts";
import { MarkdownPage } from "../../src/render/markdown.ts";
import { type AnswerPage, PlainPage, screen } from "../../src/render/screen.ts";
import type { RenderOptions } from "../../src/render/format.ts";
import { FINISH, PLAIN, reasoning, text } from "../support/render.ts";

/** All that stands on a screen, which both streams go to. */
async function show(
  batches: readonly EventBatch[],
  options: Partial<RenderOptions> & {
    readonly newPage?: () => AnswerPage;
    readonly failure?: MekaError;
  } = {},
): Promise<string> {
  const { newPage = () => new PlainPage(), failure, ...more } = options;
  const format = screen({ ...PLAIN, ...more, newPage });
  async function* play(): AsyncGenerator<EventBatch, void, undefined> {
    for (const batch of batches) yield await Promise.resolve(batch);
    if (failure !== undefined) throw failure;
  }
  let shown = "";
  try {
    for await (const output of format.render(play())) shown += output.text;
  } catch (error) {
    if (!(error instanceof MekaError)) throw error;
    for (const output of format.fail(error)) shown += output.text;
  }
  return shown;
}

const CALL: EventBatch = [
  { type: "tool_call", id: "c", name: "look", arguments: "{}" },
];
const NOTE: EventBatch = [{ type: "note", message: "by the way" }];

const CASES: readonly [
  name: string,
  batches: readonly EventBatch[],
  options: Partial<RenderOptions>,
  shown: string,
][] = [
  [
    "the answer, ended by one newline",
    [[text("a"), text("b")], [FINISH]],
    {},
    "ab\n",
  ],
  ["an answer that ends itself", [[text("a\n"), FINISH]], {}, "a\n"],
  ["nothing of an empty answer", [[text(""), FINISH]], {}, ""],
  ["no control characters", [[text("a\x1b[2J\x07b"), FINISH]], {}, "a[2Jb\n"],
  [
    "a letter whose halves come apart",
    [[text("\ud83d")], [text("\ude00"), FINISH]],
    {},
    "😀\n",
  ],
  [
    "a call on a line of its own in the midst of an answer",
    [[text("let me look")], CALL, [text("found"), FINISH]],
    {},
    "let me look\ntool: look {}\nfound\n",
  ],
  [
    "a note on a line of its own",
    [[text("a")], NOTE, [text("b"), FINISH]],
    {},
    "a\nnote: by the way\nb\n",
  ],
  [
    "an answer in one piece where the note does not show",
    [[text("a")], NOTE, [text("b"), FINISH]],
    { quiet: true },
    "ab\n",
  ],
  [
    "reasoning apart from the answer",
    [[reasoning("hm")], [text("a")], [reasoning("well")], [text("b"), FINISH]],
    { reasoning: true },
    "hm\n\na\nwell\n\nb\n",
  ],
  [
    "an answer in one piece where reasoning does not show",
    [[text("a")], [reasoning("well")], [text("b"), FINISH]],
    {},
    "ab\n",
  ],
  [
    "usage last",
    [[text("a"), FINISH]],
    { usage: true },
    "a\nusage: 12 input (3 cached), 45 output (0 reasoning), 57 total\n",
  ],
];

for (const [name, batches, options, shown] of CASES) {
  Deno.test(`screen() shows ${name}`, async () => {
    assert.equal(await show(batches, options), shown);
  });
}

Deno.test("screen() ends the line of an answer that was cut off", async () => {
  const failure = new MekaError("incomplete", "cut");
  assert.equal(await show([[text("hal")]], { failure }), "hal\n");
  assert.equal(await show([], { failure }), "");
});

Deno.test("screen() shows Markdown, whole pieces of it on both sides of a call", async () => {
  const newPage = (): AnswerPage =>
    new MarkdownPage({ columns: () => 40, color: false });
  const shown = await show(
    [[text("* one\n* tw")], [text("o")], CALL, [text("\n* three"), FINISH]],
    { newPage },
  );
  assert.equal(shown, "• one\n• two\ntool: look {}\n• three\n");
});
