import {
  completed,
  functionCallEvents,
  messageClosing,
  messageEvents,
  messageOpening,
  pieces,
  reasoningEvents,
  reasoningTextEvents,
  refusalEvents,
  textDeltas,
  USAGE,
} from "../events.ts";
import {
  type Play,
  PROMPT,
  type Reply,
  type Scenario,
  shown,
  whole,
} from "../scenario.ts";
import { limitHeaders, rateLimitsEvent } from "../limits.ts";

/** The short answer that most scenarios give. */
export const HELLO = "Hello from the stand-in: “grüß dich”, 你好, 👋🏽!";

const ok = { stdout: shown(HELLO), exit: 0, requests: 1 } as const;

/** Scenarios whose answers are whole and ordinary. */
export const PLAIN = {
  text: {
    what: "A pleasant answer that mentions the prompt, in small deltas",
    expect: { stdout: shown(pleasant(PROMPT)), exit: 0, requests: 1 },
    answer: (play) => whole(play, messageEvents(pieces(pleasant(play.prompt)))),
  },
  echo: {
    what: "The prompt itself, byte for byte",
    expect: { stdout: shown(PROMPT), exit: 0, requests: 1 },
    answer: (play) => whole(play, messageEvents(pieces(play.prompt))),
  },
  reasoning: {
    what: "Reasoning in two summary parts, then the text",
    expect: ok,
    answer: (play) =>
      whole(play, [
        ...reasoningEvents(
          [["**Look**", " first"], ["**Then**", " act"]],
          play.seal(),
        ),
        ...messageEvents(pieces(HELLO), { index: 1, phase: "final_answer" }),
      ]),
  },
  reasoning_text: {
    what: "Raw reasoning text, then the text",
    expect: ok,
    answer: (play) =>
      whole(play, [
        ...reasoningTextEvents(["two plus", " two"]),
        ...messageEvents(pieces(HELLO), { index: 1 }),
      ]),
  },
  function_call: {
    what:
      "A word of text and a call of the first tool offered; a result is then answered with text",
    expect: { stdout: "Let me look.", exit: 7, requests: 1 },
    open:
      "No tool is offered yet; the model then waits for a result that never comes, and its text is no whole answer",
    answer: callTool,
  },
  function_call_only: {
    what: "A call and no text at all",
    answer: (play) => callTool(play, false),
  },
  two_messages: {
    what: "A commentary message and a final one",
    expect: { stdout: "First this.\nThen that.\n", exit: 0, requests: 1 },
    answer: (play) =>
      whole(play, [
        ...messageEvents(["First", " this.\n"], { phase: "commentary" }),
        ...messageEvents(["Then", " that."], {
          index: 1,
          phase: "final_answer",
        }),
      ]),
  },
  done_only: {
    what:
      "A message that never came as deltas: its text is in response.output_item.done only",
    expect: ok,
    answer: (play) => {
      const added = messageOpening().slice(0, 1);
      const done = messageClosing(HELLO).slice(2);
      return whole(play, [...added, ...done]);
    },
  },
  done_three_times: {
    what: "A message without deltas whose text comes in all three done events",
    expect: ok,
    answer: (play) =>
      whole(play, [...messageOpening(), ...messageClosing(HELLO)]),
  },
  done_only_second: {
    what: "A message in deltas, then one that is only in its done event",
    expect: { stdout: shown(`One.\n${HELLO}`), exit: 0, requests: 1 },
    answer: (play) =>
      whole(play, [
        ...messageEvents(["One", ".\n"]),
        ...messageOpening({ index: 1 }).slice(0, 1),
        ...messageClosing(HELLO, { index: 1 }).slice(2),
      ]),
  },
  no_done: {
    what: "Deltas and the good end, but none of the done events",
    expect: ok,
    answer: (play) =>
      whole(play, [...messageOpening(), ...textDeltas(pieces(HELLO))]),
  },
  refusal: {
    what: "The model declines, in a refusal part",
    expect: { stdout: shown("I cannot help with that."), exit: 0, requests: 1 },
    open:
      "The contract does not name refusals: they are the model's words, so they are the answer",
    answer: (play) =>
      whole(play, refusalEvents(["I cannot", " help with", " that."])),
  },
  schema: {
    what: "JSON text when a schema is asked for, ordinary text otherwise",
    expect: ok,
    answer: (play) =>
      whole(
        play,
        messageEvents(
          pieces(
            play.schema === undefined ? HELLO : `{"schema":"${play.schema}"}`,
          ),
        ),
      ),
  },
  empty_answer: {
    what: "A whole answer without any text",
    answer: (play) => whole(play, messageEvents([])),
  },
  usage_full: usage("Usage with all details", USAGE),
  usage_null: usage("`usage` is null", null),
  usage_details_null: usage("Usage whose detail objects are null", {
    input_tokens: 640,
    input_tokens_details: null,
    output_tokens: 37,
    output_tokens_details: null,
    total_tokens: 677,
  }),
  usage_absent: {
    what: "No `usage` at all",
    expect: ok,
    args: ["--usage"],
    answer: (play) =>
      whole(play, messageEvents(pieces(HELLO)), {
        end: completed(play, { noUsage: true }),
      }),
  },
  limit_headers: {
    what: "An answer with the rate-limit headers",
    expect: ok,
    answer: (play) =>
      whole(play, messageEvents(pieces(HELLO)), {
        headers: limitHeaders(play, [12, 34]),
      }),
  },
  limit_headers_odd: {
    what: "Rate-limit headers that are no numbers, or all zero",
    expect: ok,
    answer: (play) =>
      whole(play, messageEvents(pieces(HELLO)), {
        headers: {
          "x-codex-primary-used-percent": "NaN",
          "x-codex-primary-window-minutes": "soon",
          "x-codex-secondary-used-percent": "0",
          "x-codex-secondary-window-minutes": "0",
          "x-codex-secondary-reset-at": "0",
        },
      }),
  },
  limit_event: {
    what: "An answer with a codex.rate_limits event in its middle",
    expect: ok,
    answer: (play) =>
      whole(play, [
        ...messageOpening(),
        rateLimitsEvent(play),
        ...textDeltas(pieces(HELLO)),
        ...messageClosing(HELLO),
      ]),
  },
  reroute_header: {
    what:
      "The `openai-model` header names another model than the one asked for",
    expect: ok,
    answer: (play) =>
      whole(play, messageEvents(pieces(HELLO)), {
        headers: { "openai-model": "gpt-other" },
      }),
  },
  metadata_event: {
    what: "A response.metadata event names another model and a turn state",
    expect: ok,
    answer: (play) =>
      whole(play, [
        {
          type: "response.metadata",
          response_id: play.responseId,
          headers: { "OpenAI-Model": "gpt-other" },
          metadata: {},
        },
        ...messageEvents(pieces(HELLO)),
      ]),
  },
  web_search: {
    what: "A hosted search call before the text",
    expect: ok,
    answer: (play) => {
      const item = { id: "ws_standin", type: "web_search_call" };
      const action = { type: "search", query: "deno fetch" };
      return whole(play, [
        {
          type: "response.output_item.added",
          output_index: 0,
          item: { ...item, status: "in_progress" },
        },
        {
          type: "response.web_search_call.searching",
          output_index: 0,
          item_id: item.id,
        },
        {
          type: "response.output_item.done",
          output_index: 0,
          item: { ...item, status: "completed", action },
        },
        ...messageEvents(pieces(HELLO), { index: 1 }),
      ]);
    },
  },
} satisfies Record<string, Scenario>;

/** An answer that mentions its question, without the scenario that the question asks for. */
export function pleasant(prompt: string): string {
  const words = [...prompt.replace(/\[\[scenario:[^\]]*\]\]/g, "").trim()];
  const said = words.length > 200
    ? `${words.slice(0, 200).join("")}…`
    : words.join("");
  return `Hi! You asked: “${said}”.\n\nThis answer comes from the stand-in on this machine, in small pieces, ` +
    "the way the real service sends it. Nothing left the loopback interface. 👋";
}

function usage(what: string, counts: typeof USAGE): Scenario {
  return {
    what,
    expect: { ...ok, stderr: counts === null ? [] : ["640", "37"] },
    args: ["--usage"],
    answer: (play) =>
      whole(play, messageEvents(pieces(HELLO)), {
        end: completed(play, { usage: counts }),
      }),
  };
}

function callTool(play: Play, withText = true): Reply {
  if (play.toolOutput !== undefined) {
    return whole(
      play,
      messageEvents(pieces(`The tool said: ${play.toolOutput}`)),
    );
  }
  const call = {
    name: play.tool,
    namespace: play.namespace,
    callId: `call_${crypto.randomUUID().replaceAll("-", "")}`,
    pieces: [`{"path":`, `"a.txt"}`],
  };
  if (call.namespace !== undefined) play.called(call.callId, call.namespace);
  const text = withText
    ? messageEvents(["Let me", " look."], { index: 1, phase: "commentary" })
    : [];
  const events = [
    ...reasoningEvents([["**Reading**"]], play.seal()),
    ...text,
    ...functionCallEvents(call, { index: 2 }),
  ];
  return { ...whole(play, events), ends: "calls" };
}
