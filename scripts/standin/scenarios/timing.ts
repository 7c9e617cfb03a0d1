import {
  messageClosing,
  messageEvents,
  messageOpening,
  opening,
  pieces,
  reasoningEvents,
  textDeltas,
} from "../events.ts";
import { bytes, chunks } from "../framing.ts";
import {
  partial,
  type Play,
  type Scenario,
  shown,
  type Step,
  whole,
} from "../scenario.ts";
import { failing, START, started } from "./ends.ts";
import { HELLO } from "./plain.ts";
import { json } from "../scenario.ts";

const IN_A_SECOND = ["--timeout", "1"];

/** What a hostile server could write: escape sequences, C1 controls, bells, a fake error line, bidirectional marks. */
export const HOSTILE =
  "\u001b[31mred\u001b[0m \u001b]0;title\u0007 \u001b]52;c;cm0gLXJm\u0007 \u009b2J \u0085 \u0007 \b\b\r\u007f\u0000 \u202eabc\u202c \u2066x\u2069 end";

/** Scenarios about time: slow, silent and endless. */
export const TIMING = {
  slow: {
    what: "A delta every 100 ms or so",
    expect: {
      stdout: "one two three four five six seven eight nine ten\n",
      exit: 0,
      requests: 1,
    },
    answer: (play) =>
      paced(
        play,
        pieces("one two three four five six seven eight nine ten"),
        100,
      ),
  },
  typing: {
    what: "The text of `text`, at the pace of a real model",
    answer: (play) =>
      paced(
        play,
        pieces(
          `You asked: “${play.prompt}”. This is how it looks when the words arrive one by one.`,
        ),
        30,
      ),
  },
  hang_before_head: {
    what: "No answer at all",
    args: IN_A_SECOND,
    expect: { stdout: "", exit: 5, requests: 1 },
    answer: () => ({ body: "", silent: true }),
  },
  hang_after_head: {
    what: "A head and nothing more",
    args: IN_A_SECOND,
    expect: { stdout: "", exit: 5, requests: 1 },
    answer: () => ({ body: ["hang"] }),
  },
  hang_after_text: {
    what: "Three deltas, then silence",
    args: IN_A_SECOND,
    expect: { stdout: START, exit: 7, requests: 1 },
    answer: (play) =>
      partial(started(play), { cut: (parts) => [...parts, "hang"] }),
  },
  first_then_silence: {
    what: "One delta, then silence",
    args: IN_A_SECOND,
    expect: { stdout: "first", exit: 7, requests: 1 },
    answer: (play) =>
      partial(
        [...opening(play), ...messageOpening(), ...textDeltas(["first"])],
        { cut: (parts) => [...parts, "hang"] },
      ),
  },
  hang_after_completed: {
    what: "A whole answer on a connection that then stays open",
    expect: { stdout: shown(HELLO), exit: 0, requests: 1 },
    answer: (play) =>
      whole(play, messageEvents(pieces(HELLO)), {
        cut: (parts) => [...parts, "hang"],
      }),
  },
  keep_alive_comments: {
    what: "Comment lines every 100 ms for two seconds, then the answer",
    expect: { stdout: shown(HELLO), exit: 0, requests: 1 },
    answer: (play) =>
      whole(play, messageEvents(pieces(HELLO)), {
        cut: (
          parts,
        ) => [
          ...Array.from({ length: 20 }, () => [bytes(": keep-alive\n\n"), 100])
            .flat(),
          ...parts,
        ],
      }),
  },
  endless: {
    what: "Lines of text, one every 5 ms, until the client leaves",
    answer: (play) => ({ body: forever(play, 5) }),
  },
  flood: {
    what: "Text as fast as the client takes it, until it leaves",
    answer: (play) => ({ body: forever(play, 0) }),
  },
} satisfies Record<string, Scenario>;

/** Scenarios in which the server, or what speaks for it, means harm. */
export const HOSTILE_SCENARIOS = {
  control_characters: {
    what:
      "Control characters in the text; only a terminal is protected from them",
    expect: { stdout: shown(HOSTILE), exit: 0, requests: 1 },
    answer: (play) =>
      whole(play, messageEvents([HOSTILE.slice(0, 9), HOSTILE.slice(9)])),
  },
  control_characters_reasoning: {
    what: "Control characters in a reasoning summary",
    args: ["--reasoning"],
    expect: { stdout: shown(HELLO), exit: 0, requests: 1 },
    answer: (play) =>
      whole(play, [
        ...reasoningEvents([[HOSTILE]], play.seal()),
        ...messageEvents(pieces(HELLO), { index: 1 }),
      ]),
  },
  control_characters_error: failing({
    code: "invalid_prompt",
    message: `No: ${HOSTILE}`,
  }, { exit: 6, requests: 1, stderr: ["No: "] }),
  control_characters_http: {
    what: "Control characters in the body of a 400",
    expect: { stdout: "", exit: 6, requests: 1, stderr: ["No: "] },
    answer: () => json(400, { detail: `No: ${HOSTILE}` }),
  },
  long_line: {
    what: "One delta of a million characters without a newline",
    expect: { stdout: `${"x".repeat(1_000_000)}\n`, exit: 0, requests: 1 },
    answer: (play) => whole(play, messageEvents(["x".repeat(1_000_000)])),
  },
  long_error: {
    what: "A 400 whose message is a megabyte long",
    expect: { stdout: "", exit: 6, requests: 1 },
    answer: () => json(400, { detail: "No! ".repeat(250_000) }),
  },
  endless_line: {
    what: "A data line that never ends, as fast as the client takes it",
    answer: () => ({ body: neverALine() }),
  },
  endless_error: {
    what: "A 400 whose body never ends",
    answer: () => ({
      status: 400,
      headers: { "content-type": "text/plain" },
      body: neverALine(),
    }),
  },
  secret_echo: {
    what: "A 400 that repeats the bearer token",
    expect: { stdout: "", exit: 6, requests: 1 },
    answer: (play) =>
      json(400, {
        detail:
          `Bad request with Authorization: Bearer ${play.bearer} (token ${play.bearer})`,
      }),
  },
  secret_echo_stream: {
    what: "A response.failed that repeats the bearer token",
    expect: { stdout: "", exit: 6, requests: 1 },
    answer: (play) =>
      failing({ code: "invalid_prompt", message: `Not with ${play.bearer}` }, {
        exit: 6,
        requests: 1,
      }).answer(play),
  },
} satisfies Record<string, Scenario>;

function paced(
  play: Play,
  deltas: readonly string[],
  ms: number,
): ReturnType<Scenario["answer"]> {
  return whole(play, [
    ...messageOpening(),
    ...textDeltas(deltas),
    ...messageClosing(deltas.join("")),
  ], {
    cut: (parts) =>
      parts.flatMap((part, n): Step[] =>
        n > 4 && n < 4 + deltas.length ? [ms, part] : [part]
      ),
  });
}

function* forever(play: Play, ms: number): Generator<Step> {
  yield* chunks([...opening(play), ...messageOpening()]);
  for (let n = 1;; n++) {
    if (ms > 0) yield ms;
    yield* chunks(textDeltas([`line ${n} of an answer without an end\n`]));
  }
}

function* neverALine(): Generator<Step> {
  yield bytes("data: ");
  const block = bytes("x".repeat(65_536));
  for (;;) yield block;
}
