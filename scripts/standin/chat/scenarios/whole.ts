import { pieces } from "../../events.ts";
import { type Expectation, json, type Reply } from "../../scenario.ts";
import { HELLO } from "../../scenarios/plain.ts";
import { failed } from "../errors.ts";
import { partial, say, wholeAnswer } from "../say.ts";
import type { ChatPlay, ChatScenario } from "../scenario.ts";
import { CUT, DOWN, REFUSED, started } from "./ends.ts";
import { OK } from "./plain.ts";

/** Scenarios for one plain JSON answer. */
export const CHAT_WHOLE = {
  whole_text: whole(
    "A plain answer",
    OK,
    (play) => say(play, { text: pieces(HELLO) }),
  ),
  whole_reasoning: {
    ...whole(
      "Reasoning beside the text",
      {
        ...OK,
        stderr: ["two plus two"],
      },
      (play) => say(play, { reasoning: ["two plus two"], text: pieces(HELLO) }),
    ),
    args: ["--no-stream", "--reasoning"],
  },
  whole_usage: {
    ...whole(
      "Usage",
      { ...OK, stderr: ["640", "37"] },
      (play) => say(play, { text: pieces(HELLO) }),
    ),
    args: ["--no-stream", "--usage"],
  },
  whole_usage_absent: {
    ...whole(
      "No usage",
      OK,
      (play) => say(play, { text: pieces(HELLO), usage: "none" }),
    ),
    args: ["--no-stream", "--usage"],
  },
  whole_length: whole(
    "Cut at the limit of its length",
    CUT,
    (play) => say(play, { text: started(), finish: "length" }),
  ),
  whole_content_filter: whole(
    "Stopped by a filter before any text",
    REFUSED,
    (play) => say(play, { finish: "content_filter" }),
  ),
  whole_finish_null: {
    ...whole(
      "The reason for the end is null",
      OK,
      (play) => say(play, { text: pieces(HELLO), finish: null }),
    ),
    open: "A JSON object that has come whole is a whole answer",
  },
  whole_call: {
    ...whole("A word and a call", {
      stdout: "Let me look.",
      exit: 7,
      requests: 1,
    }, (play) =>
      say(play, {
        text: ["Let me look."],
        calls: [{
          id: "call_a",
          name: play.tool,
          pieces: [`{"path":"a.txt"}`],
        }],
      })),
    calls: [{
      id: "call_a",
      name: "read_file",
      arguments: `{"path":"a.txt"}`,
    }],
    open:
      "No tool is offered yet; the model then waits for a result that never comes, and its text is no whole answer",
  },
  whole_content_null: {
    what: "A message whose content is null",
    args: ["--no-stream"],
    answer: (play) => say(play, {}),
  },
  whole_no_choices: {
    what: "An answer without a choice",
    args: ["--no-stream"],
    open: "An answer that is none: broken, or empty",
    answer: (play) =>
      json(200, { ...wholeAnswer(play, { text: [HELLO] }), choices: [] }),
  },
  whole_error_200: {
    ...whole("Status 200 and an error with a code of 400", {
      ...REFUSED,
      stderr: ["Something was off"],
    }, () => json(200, { error: { message: "Something was off", code: 400 } })),
    profiles: ["openrouter"],
  },
  whole_500: whole(
    "Internal server error",
    DOWN,
    ({ profile }) =>
      failed(profile, { status: 500, message: "The engine caught fire" }),
  ),
  whole_broken: whole(
    "A JSON object that breaks off",
    DOWN,
    (play) => partial(play, []),
  ),
  whole_not_json: {
    what: "Status 200 and plain text",
    args: ["--no-stream"],
    open: "No web page and no JSON: broken, or not this wire at all",
    answer: () => ({
      headers: { "content-type": "text/plain" },
      body: "Ollama is running",
    }),
  },
  whole_html: whole("Status 200 and a web page", {
    stdout: "",
    exit: 5,
    requests: 1,
  }, () => ({
    headers: { "content-type": "text/html; charset=utf-8" },
    body: "<!DOCTYPE html><html><body><h1>Welcome</h1></body></html>",
  })),
  whole_hang: {
    ...whole("No answer at all", { stdout: "", exit: 5, requests: 1 }, () => ({
      body: "",
      silent: true,
    })),
    args: ["--no-stream", "--timeout", "1"],
  },
  // Servers that know streams only.
  whole_streamed: {
    what: "A stream although none was asked for",
    args: ["--no-stream"],
    open: "The text is all there, and `stream` was not honored",
    answer: (play) => say({ ...play, stream: true }, { text: pieces(HELLO) }),
  },
} satisfies Record<string, ChatScenario>;

function whole(
  what: string,
  expect: Expectation,
  answer: (play: ChatPlay) => Reply,
): ChatScenario {
  return { what, expect, args: ["--no-stream"], answer };
}
