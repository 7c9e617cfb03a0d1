import {
  completed,
  failed,
  incomplete,
  messageClosing,
  messageOpening,
  opening,
  pieces,
  reasoningEvents,
  textDeltas,
  type WireEvent,
} from "../events.ts";
import { bytes } from "../framing.ts";
import {
  type Expectation,
  partial,
  type Play,
  type Reply,
  type Scenario,
  type StreamOptions,
} from "../scenario.ts";
import { HELLO } from "./plain.ts";

/** The text that arrives before an answer breaks; it does not end in a newline. */
export const START = "Once upon a";

const OPEN_LIST =
  "The contract names no retry for an `error` event: taken as an unknown failure, like response.failed";

/** A failure before any text that is retried to the end. */
const RETRIED = { stdout: "", exit: 5, requests: 5 } as const;
/** A failure after text: nothing is retried, and no newline is added to a partial answer. */
const CUT = { stdout: START, exit: 7, requests: 1 } as const;

/** Scenarios whose streams do not end well, apart from `response.failed`. */
export const ENDS = {
  last_event_unfinished: {
    what: "response.completed without its blank line: it does not count",
    expect: { stdout: HELLO, exit: 7, requests: 1 },
    answer: (play) =>
      partial([
        ...opening(play),
        ...messageOpening(),
        ...textDeltas(pieces(HELLO)),
        ...messageClosing(HELLO),
        completed(play),
      ], {
        cut: (
          parts,
        ) => [
          ...parts.slice(0, -1),
          (parts.at(-1) ?? bytes("")).subarray(0, -1),
        ],
      }),
  },
  cut_after_3: scenario("The stream ends after three deltas", CUT, started),
  cut_mid_event: scenario(
    "The stream ends in the middle of a delta",
    CUT,
    (play) => [...started(play), ...textDeltas([" time"])],
    {
      cut: (
        parts,
      ) => [...parts.slice(0, -1), (parts.at(-1) ?? bytes("")).subarray(0, 60)],
    },
  ),
  cut_before_text: scenario(
    "The stream ends before any text",
    RETRIED,
    (play) => opening(play),
  ),
  cut_after_reasoning: scenario(
    "The stream ends after reasoning, before any text",
    RETRIED,
    (
      play,
    ) => [...opening(play), ...reasoningEvents([["**Look**"]], play.seal())],
  ),
  cut_once: {
    what: "The first stream ends before any text, the next one is whole",
    expect: { stdout: `${HELLO}\n`, exit: 0, requests: 2 },
    answer: (play) =>
      play.attempt === 1 ? partial(opening(play)) : {
        ...partial([
          ...opening(play),
          ...messageOpening(),
          ...textDeltas(pieces(HELLO)),
          ...messageClosing(HELLO),
          completed(play),
        ]),
        ends: "completed",
      },
  },
  eof_without_completed: scenario(
    "All the text, then the end of the stream",
    CUT,
    started,
  ),
  finished_message_then_eof: scenario(
    "The message is done, then the stream ends without response.completed",
    CUT,
    (play) => [...started(play), ...messageClosing(START)],
  ),
  reset_mid_stream: scenario("The connection breaks after text", CUT, started, {
    cut: (parts) => [...parts, 50, "reset"],
  }),
  reset_before_text: scenario(
    "The connection breaks before any text",
    RETRIED,
    (play) => opening(play),
    {
      cut: (parts) => [...parts, 50, "reset"],
    },
  ),
  error_event: {
    ...scenario("An `error` event before any text", {
      ...RETRIED,
      stderr: ["The engine caught fire"],
    }, (play) => [
      ...opening(play),
      {
        type: "error",
        code: "server_error",
        message: "The engine caught fire",
        param: null,
      },
    ]),
    open: OPEN_LIST,
  },
  error_event_nested: {
    ...scenario("An `error` event whose facts are in an `error` object", {
      ...RETRIED,
      stderr: ["The engine caught fire"],
    }, (play) => [
      ...opening(play),
      {
        type: "error",
        error: {
          type: "server_error",
          code: "server_error",
          message: "The engine caught fire",
        },
      },
    ]),
    open: OPEN_LIST,
  },
  error_event_after_text: scenario(
    "An `error` event after text",
    { ...CUT, stderr: ["The engine caught fire"] },
    (
      play,
    ) => [...started(play), {
      type: "error",
      code: "server_error",
      message: "The engine caught fire",
      param: null,
    }],
  ),
  malformed_json: scenario(
    "Data that is no JSON, before any text",
    RETRIED,
    (play) => opening(play),
    {
      cut: (
        parts,
      ) => [
        ...parts,
        bytes(
          'event: response.output_text.delta\ndata: {"type":"response.output_text.delta","delta\n\n',
        ),
      ],
    },
  ),
  malformed_json_after_text: scenario(
    "Data that is no JSON, after text",
    CUT,
    started,
    {
      cut: (
        parts,
      ) => [
        ...parts,
        bytes(
          'event: response.output_text.delta\ndata: {"type":"response.output_text.delta","delta\n\n',
        ),
      ],
    },
  ),
  malformed_delta: scenario(
    "A text delta without its `delta`, before any text",
    { ...RETRIED, stderr: ["response.output_text.delta"] },
    (
      play,
    ) => [...opening(play), {
      type: "response.output_text.delta",
      item_id: "msg_standin",
      content_index: 0,
    }],
  ),
  malformed_delta_after_text: scenario(
    "A text delta whose `delta` is a number, after text",
    { ...CUT, stderr: ["response.output_text.delta"] },
    (
      play,
    ) => [...started(play), {
      type: "response.output_text.delta",
      item_id: "msg_standin",
      delta: 7,
    }],
  ),
  html_200: {
    what: "Status 200 and a web page",
    expect: { stdout: "", exit: 5, requests: 1 },
    open:
      "Listed beside redirects in the exit codes, so not taken for a broken stream and not retried",
    answer: () => ({
      headers: { "content-type": "text/html; charset=utf-8" },
      body:
        "<!DOCTYPE html><html><head><title>Welcome</title></head><body>data: hello\n\n</body></html>",
    }),
  },
  json_200: {
    what: "Status 200 and a JSON object instead of a stream",
    answer: () => ({
      headers: { "content-type": "application/json" },
      body: '{"detail":"not a stream"}',
    }),
  },
  empty_200: {
    what: "Status 200 and nothing at all",
    expect: RETRIED,
    answer: () => ({ body: [] }),
  },
  incomplete_max_output_tokens: stopped("max_output_tokens", true),
  incomplete_max_output_tokens_no_text: {
    ...stopped("max_output_tokens", false),
    expect: { stdout: "", exit: 7, requests: 1 },
    open:
      "Exit 7 speaks of text that had been written; an answer that stopped before any is still incomplete",
  },
  incomplete_content_filter: stopped("content_filter", true),
  incomplete_content_filter_no_text: {
    ...stopped("content_filter", false),
    expect: { stdout: "", exit: 6, requests: 1 },
  },
} satisfies Record<string, Scenario>;

/** The events up to `START`, as three deltas. */
export function started(play: Play): WireEvent[] {
  return [
    ...opening(play),
    ...messageOpening(),
    ...textDeltas(["Once", " upon", " a"]),
  ];
}

/** A scenario of events that end without response.completed. */
export function scenario(
  what: string,
  expect: Expectation,
  events: (play: Play) => WireEvent[],
  options: StreamOptions = {},
): Scenario {
  return {
    what,
    expect,
    answer: (play): Reply => partial(events(play), options),
  };
}

/** A scenario that ends in response.failed, before or after text. */
export function failing(
  error: Readonly<Record<string, unknown>> | null,
  expect: Omit<Expectation, "stdout">,
  afterText = false,
): Scenario {
  const name = error === null ? "a null error" : String(error["code"]);
  return scenario(
    `response.failed with ${name}, ${afterText ? "after" : "before any"} text`,
    afterText
      ? { ...CUT, stderr: expect.stderr ?? [] }
      : { stdout: "", ...expect },
    (
      play,
    ) => [...(afterText ? started(play) : opening(play)), failed(play, error)],
  );
}

function stopped(reason: string, withText: boolean): Scenario {
  return scenario(
    `response.incomplete for ${reason}, ${
      withText ? "after" : "before any"
    } text`,
    CUT,
    (play) => [
      ...(withText
        ? [...started(play), ...messageClosing(START)]
        : opening(play)),
      incomplete(play, reason),
    ],
  );
}
