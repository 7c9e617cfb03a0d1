// deno-lint-ignore-file camelcase -- names are the server's
import { messageEvents, reasoningEvents, type WireEvent } from "../events.ts";
import { type Scenario, shown, whole } from "../scenario.ts";

/** Every plane of Unicode, marks that combine and turn, controls, and what JSON has to escape. */
const UNICODE =
  'é e\u0301 ß 你好 שלום مرحبا 👩🏽‍🚀 𝒳 \ufeff\u200d\u2028\u2029 "\\" \t\u0001\u007f </script> 1e400';
/** The text of each part of the message. */
const PARTS = [`First part. ${UNICODE}\n`, "Second part, with a source."];

/** The text of the whole message. */
export const RICH_TEXT: string = PARTS.join("");

/** Scenarios whose items are hard to keep as they are. */
export const RICH = {
  rich: {
    what:
      "Two reasoning items with 6 KB of ciphertext each, and a message of two parts with annotations, a phase and every kind of character",
    expect: { stdout: shown(RICH_TEXT), exit: 0, requests: 1 },
    answer: (play) =>
      whole(play, [
        ...reasoningEvents([[UNICODE], ["**Zwei**"]], play.seal(4608)),
        ...reasoningEvents([], play.seal(4608), { index: 1 }),
        ...richMessage(PARTS),
      ]),
  },
  rich_surrogates: {
    what:
      "The same message with half of a character at the end of its first part, which is no UTF-8",
    answer: (play) =>
      whole(play, richMessage([`Half: \ud83d`, PARTS[1] ?? ""])),
  },
} satisfies Record<string, Scenario>;

function richMessage(texts: readonly string[]): WireEvent[] {
  const place = { index: 2, phase: "final_answer" };
  const [added, opened, ...rest] = messageEvents([], place);
  const done = rest.at(-1);
  const content = texts.map((text, n) => ({
    type: "output_text",
    annotations: n === 0 ? [] : [{
      type: "url_citation",
      start_index: 0,
      end_index: 6,
      url: "https://example.com/ä?q=%22&x=1#fragment",
      title: UNICODE,
    }],
    logprobs: [],
    text,
  }));
  if (!added || !opened || !done) return [];
  const { item_id, output_index } = opened;
  const at = { item_id, output_index };
  return [
    added,
    ...content.flatMap((part, content_index): WireEvent[] => [
      {
        ...opened,
        content_index,
        part: { type: "output_text", annotations: [], logprobs: [], text: "" },
      },
      {
        type: "response.output_text.delta",
        ...at,
        content_index,
        delta: part.text,
        logprobs: [],
      },
      ...part.annotations.map((annotation, annotation_index) => ({
        type: "response.output_text.annotation.added",
        ...at,
        content_index,
        annotation_index,
        annotation,
      })),
      {
        type: "response.output_text.done",
        ...at,
        content_index,
        text: part.text,
        logprobs: [],
      },
      { type: "response.content_part.done", ...at, content_index, part },
    ]),
    { ...done, item: { ...Object(done["item"]), content } },
  ];
}
