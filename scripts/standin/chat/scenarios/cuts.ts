import { pieces } from "../../events.ts";
import { bytes } from "../../framing.ts";
import type { Expectation } from "../../scenario.ts";
import { HELLO } from "../../scenarios/plain.ts";
import {
  chunk,
  DONE,
  finishing,
  type Message,
  opening,
  reasonings,
  texts,
} from "../chunks.ts";
import { messagesOf, partial, say, type SayOptions } from "../say.ts";
import type { ChatPlay, ChatScenario } from "../scenario.ts";
import { CUT, DOWN, started } from "./ends.ts";
import { OK } from "./plain.ts";

const BROKEN: Message = { raw: 'data: {"id":"x","choices":[{"delta\n\n' };

/** Scenarios whose streams end without the last word, or with only one of the two. */
export const CHAT_CUTS = {
  cut_before_text: cut("The stream ends before any text", DOWN, opening),
  cut_after_reasoning: cut(
    "The stream ends after reasoning, before any text",
    DOWN,
    (play) => [...opening(play), ...reasonings(play, ["two plus", " two"])],
  ),
  cut_after_text: cut("The stream ends after three deltas", CUT, begun),
  cut_mid_event: cut("The stream ends in the middle of a delta", CUT, begun, {
    cut: (
      parts,
    ) => [...parts, (parts.at(-1) ?? bytes("")).subarray(0, 40)],
  }),
  cut_once: {
    what: "The first stream ends before any text, the next one is whole",
    expect: { ...OK, requests: 2 },
    answer: (play) =>
      play.attempt === 1
        ? partial(play, opening(play))
        : say(play, { text: pieces(HELLO) }),
  },
  reset_before_text: cut(
    "The connection breaks before any text",
    DOWN,
    opening,
    { cut: (parts) => [...parts, 50, "reset"] },
  ),
  reset_after_text: cut("The connection breaks after text", CUT, begun, {
    cut: (parts) => [...parts, 50, "reset"],
  }),
  finish_unfinished: cut(
    "The chunk with the reason lacks its blank line: it does not count",
    { stdout: HELLO, exit: 7, requests: 1 },
    (play) => whole(play).slice(0, -1),
    {
      cut: (
        parts,
      ) => [
        ...parts.slice(0, -1),
        (parts.at(-1) ?? bytes("")).subarray(0, -1),
      ],
    },
  ),
  // Azure, some gateways, and servers that were written from memory.
  no_done: cut(
    "A reason for the end and no [DONE]: a whole answer",
    OK,
    (play) => whole(play).slice(0, -1),
  ),
  no_done_reset: {
    ...cut(
      "A reason for the end, then the connection breaks instead of [DONE]",
      OK,
      (play) => whole(play).slice(0, -1),
      { cut: (parts) => [...parts, 50, "reset"] },
    ),
    open: "The answer had ended; only its usage is missing",
  },
  no_finish: cut(
    "[DONE] and no reason for the end: a whole answer",
    OK,
    (play) => [...opening(play), ...texts(play, pieces(HELLO)), DONE],
  ),
  done_only: {
    what: "[DONE] and nothing else",
    answer: (play) => partial(play, [DONE]),
  },
  finish_only: {
    what: "A reason for the end and nothing else",
    answer: (play) => partial(play, [finishing(play, "stop")]),
  },
  malformed_json: cut(
    "Data that is no JSON, before any text",
    DOWN,
    (play) => [...opening(play), BROKEN],
  ),
  malformed_json_after_text: cut(
    "Data that is no JSON, after text",
    CUT,
    (play) => [...begun(play), BROKEN, ...whole(play).slice(-2)],
  ),
  malformed_content: cut(
    "A delta whose `content` is a number, after text",
    CUT,
    (play) => [...begun(play), chunk(play, { content: 7 }), DONE],
  ),
  malformed_choices: cut(
    "A chunk whose `choices` is a text, before any text",
    DOWN,
    (play) => [...opening(play), { data: { choices: "none" } }, DONE],
  ),
  // A proxy that answers health checks into the stream.
  not_an_object: {
    what: "Data that is JSON but no object",
    answer: (play) =>
      partial(play, [...opening(play), { data: "null" }, ...whole(play)]),
  },
} satisfies Record<string, ChatScenario>;

/** The messages up to `START`. */
export function begun(play: ChatPlay): Message[] {
  return [...opening(play), ...texts(play, started())];
}

function whole(play: ChatPlay): Message[] {
  return messagesOf(play, { text: pieces(HELLO), usage: "none" });
}

function cut(
  what: string,
  expect: Expectation,
  messages: (play: ChatPlay) => readonly Message[],
  options: SayOptions = {},
): ChatScenario {
  return {
    what,
    expect,
    answer: (play) => partial(play, messages(play), options),
  };
}
