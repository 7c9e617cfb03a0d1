// deno-lint-ignore-file camelcase -- names are the server's
import {
  completed,
  functionCallEvents,
  incomplete,
  messageEvents,
  opening,
  pieces,
  reasoningEvents,
  type WireEvent,
} from "../events.ts";
import { callMarkers } from "../markers.ts";
import {
  json,
  partial,
  type Play,
  type Reply,
  type Scenario,
  whole,
} from "../scenario.ts";
import { sample } from "../sample.ts";
import {
  nextRound,
  resultsText,
  type Round,
  type ToolScript,
} from "../tool_script.ts";
import { TOOL_SCRIPTS } from "../tool_scripts.ts";
import { HELLO } from "./plain.ts";

const ONE: Round = { calls: [{ arguments: '{"path":"a.txt"}' }] };

/** Scenarios in which the model acts: each script, and what only this wire has. */
export const TOOLS: Readonly<Record<string, Scenario>> = {
  ...Object.fromEntries(
    Object.entries(TOOL_SCRIPTS).map(([name, script]) => [name, {
      what: `${script.what}; then \`result of NAME: OUTPUT\` for each call`,
      answer: (play: Play) => scripted(play, script.round),
    }]),
  ),
  calls: {
    what:
      "The calls that the prompt asks for: [[call:NAME ARGUMENTS]], several at once, [[say:TEXT]] before them, [[then]] for the next round",
    answer: (play) => {
      const rounds = callMarkers(play.prompt);
      return scripted(play, (n) => rounds[n]);
    },
  },
  tools_turn_state: {
    what:
      "Two rounds of which only the first answer brings the turn state; the next ones are refused without it",
    answer: (play) => {
      const reply = scripted(play, TOOL_SCRIPTS.tools_reasoning.round);
      return play.round === 1 ? reply : { ...reply, noTurnState: true };
    },
  },
  tools_cut_once: {
    what:
      "The first stream ends after a finished call, the next try is whole: only its call counts",
    answer: (play) => {
      if (play.made().length > 0 || play.attempt > 1) {
        return scripted(play, (n) => n === 0 ? ONE : undefined);
      }
      return partial([...opening(play), ...roundEvents(play, ONE)]);
    },
  },
  tools_incomplete: {
    what: "A finished call, then response.incomplete for max_output_tokens",
    answer: (play) =>
      partial([
        ...opening(play),
        ...roundEvents(play, ONE),
        incomplete(play, "max_output_tokens"),
      ]),
  },
  tools_done_only: {
    what: "A call that never came as deltas",
    answer: (play) =>
      scripted(
        play,
        (n) => n === 0 ? ONE : undefined,
        (events) =>
          events.filter(({ type }) =>
            !type.startsWith("response.function_call")
          ),
      ),
  },
  tools_custom: {
    what:
      "A custom tool call, whose input is free text, that nobody offers; then `result of NAME: OUTPUT`",
    answer: (play) => {
      if (play.made().length > 0) return said(play, resultsText(play.made()));
      const item = {
        id: "ctc_standin",
        type: "custom_tool_call",
        call_id: callId(),
        name: "apply_patch",
      };
      const events: WireEvent[] = [
        {
          type: "response.output_item.added",
          output_index: 0,
          item: { ...item, status: "in_progress", input: "" },
        },
        {
          type: "response.custom_tool_call_input.delta",
          item_id: item.id,
          output_index: 0,
          delta: "*** Begin Patch\n",
        },
        {
          type: "response.output_item.done",
          output_index: 0,
          item: { ...item, status: "completed", input: "*** Begin Patch\n" },
        },
      ];
      return { ...whole(play, events), ends: "calls" };
    },
  },
  end_turn_false: {
    what:
      "A message, and `end_turn: false`: the model is to be asked again, and then answers",
    answer: (play) =>
      play.round === 1 ? unfinished(play, "One moment.\n") : said(play, HELLO),
  },
  end_turn_false_endless: {
    what: "A message and `end_turn: false`, for ever",
    answer: (play) => unfinished(play, `Moment ${play.round}.\n`),
  },
  search_offered: {
    what:
      "Two hosted searches and a text with a source; refused unless the request offers `web_search`",
    answer: (play) => {
      if (!play.search) {
        return json(400, {
          detail: "This scenario needs the web_search tool to be offered",
        });
      }
      return whole(play, [
        ...reasoningEvents([["**Searching**"]], play.seal()),
        ...searchEvents(1, {
          type: "search",
          query: "deno fetch",
          queries: ["deno fetch", "deno http"],
        }),
        ...searchEvents(2, { type: "open_page", url: "https://example.com/" }),
        ...messageEvents(pieces(HELLO), { index: 3, phase: "final_answer" }),
      ]);
    },
  },
};

/** The next round of a script, or what its calls brought: JSON that fits where a schema is asked for. */
function scripted(
  play: Play,
  round: ToolScript["round"],
  change: (events: WireEvent[]) => WireEvent[] = (events) => events,
): Reply {
  const made = play.made();
  const next = nextRound(round, {
    made: made.length,
    parallel: play.parallel,
  });
  if (next === undefined) {
    return said(
      play,
      play.shape === undefined
        ? resultsText(made)
        : JSON.stringify(sample(play.shape)),
    );
  }
  return { ...whole(play, change(roundEvents(play, next))), ends: "calls" };
}

function said(play: Play, text: string): Reply {
  return whole(play, messageEvents(pieces(text)));
}

function unfinished(play: Play, text: string): Reply {
  const items = messageEvents(pieces(text), { phase: "commentary" });
  const end = completed(play, { endTurn: false });
  return { ...whole(play, items, { end }), ends: "more" };
}

function roundEvents(play: Play, round: Round): WireEvent[] {
  const { text, reasoning = ["**Calling**", " a tool"], calls } = round;
  return [
    ...reasoningEvents([[...reasoning]], play.seal()),
    ...text === undefined || text === ""
      ? []
      : messageEvents(pieces(text), { index: 1, phase: "commentary" }),
    ...calls.flatMap((call, n) => {
      const name = call.name ?? play.tool;
      const namespace = play.namespaceOf(name);
      const id = callId();
      if (namespace !== undefined) play.called(id, namespace);
      const made = { name, namespace, callId: id };
      return functionCallEvents(
        { ...made, pieces: inPieces(call.arguments) },
        { index: 2 + n },
      );
    }),
  ];
}

function searchEvents(
  index: number,
  action: Readonly<Record<string, unknown>>,
): WireEvent[] {
  const id = `ws_standin${index}`;
  const item = { id, type: "web_search_call" };
  const at = { output_index: index };
  return [
    {
      type: "response.output_item.added",
      ...at,
      item: { ...item, status: "in_progress" },
    },
    ...["in_progress", "searching", "completed"].map((step) => ({
      type: `response.web_search_call.${step}`,
      ...at,
      item_id: id,
    })),
    {
      type: "response.output_item.done",
      ...at,
      item: { ...item, status: "completed", action },
    },
  ];
}

function callId(): string {
  return `call_${crypto.randomUUID().replaceAll("-", "").slice(0, 24)}`;
}

/** Arguments come in pieces of a few characters, big ones in bigger pieces. */
function inPieces(text: string): string[] {
  return text.match(text.length > 2000 ? /[^]{1,4096}/gu : /[^]{1,7}/gu) ?? [];
}
