import { messageEvents, pieces, type WireEvent } from "../events.ts";
import { bytes, cutCharacters, frame, recut } from "../framing.ts";
import {
  type Scenario,
  shown,
  type Step,
  type StreamOptions,
  whole,
} from "../scenario.ts";
import { HELLO } from "./plain.ts";

const ok = { stdout: shown(HELLO), exit: 0, requests: 1 } as const;

/** Scenarios with the same answer, framed in every way a reader of the standard has to take. */
export const FRAMING = {
  crlf: framed("Lines end in CRLF", { newline: "\r\n" }),
  crlf_split: framed("Lines end in CRLF, every byte in a chunk of its own", {
    newline: "\r\n",
    cut: (parts) => apart(recut(parts, 1)),
  }),
  cr: framed("Lines end in a lone CR", { newline: "\r" }),
  data_only: framed("No `event:` lines", { dataOnly: true }),
  multi_line_data: framed("The JSON is spread over many `data:` lines", {
    multiLine: true,
  }),
  comments: framed("Comment lines before and between messages", {
    before: (n) => n === 0 ? [": ok", "", ":", ""] : [`: keep-alive ${n}`],
  }),
  done_marker: framed("`data: [DONE]` after the good end", {
    cut: (
      parts,
    ) => [...parts.slice(0, -1), join(parts.at(-1), "data: [DONE]\n\n")],
  }),
  unknown_events: {
    what: "Events nobody has heard of, also one without a type",
    expect: ok,
    answer: (play) => {
      const unknown: WireEvent[] = [
        { type: "response.invented.delta", delta: "not text" },
        { type: "codex.future", nested: { delta: "not text either" } },
        { type: "response.done", response: { id: "resp_other" } },
      ];
      return whole(play, [
        ...unknown,
        ...messageEvents(pieces(HELLO)).flatMap((event) => [event, ...unknown]),
      ]);
    },
  },
  bom: framed("A byte order mark before the first line", {
    cut: (parts) => [bytes("\ufeff"), ...parts],
  }),
  byte_by_byte: framed("Every byte in a network chunk of its own", {
    cut: (parts) => apart(recut(parts, 1)),
  }),
  seven_bytes: framed("Network chunks of seven bytes", {
    cut: (parts) => apart(recut(parts, 7)),
  }),
  one_chunk: framed("The whole stream in one network chunk", {
    cut: (parts) => recut(parts, Infinity),
  }),
  id_retry_fields: framed(
    "`id:`, `retry:` and unknown fields, some without a colon",
    {
      before: (n) => [`id: ${n}`, "retry: 10", "mood: good", "data-like", "id"],
    },
  ),
  no_space_after_colon: framed("No space after the colons", { noSpace: true }),
  split_utf8: framed("Network chunks end inside characters", {
    cut: (parts) => apart(cutCharacters(parts)),
  }),
  split_surrogates: {
    what: "The two JSON escapes of one emoji come in two deltas",
    expect: { stdout: "a 👋 b\n", exit: 0, requests: 1 },
    answer: (play) => whole(play, messageEvents(["a \ud83d", "\udc4b b"])),
  },
  empty_messages: framed(
    "Blank lines and an `event:` without data between messages",
    {
      before: () => ["", "", "event: response.completed", ""],
    },
  ),
  empty_deltas: {
    what: "Deltas of length zero among the others",
    expect: ok,
    answer: (play) =>
      whole(
        play,
        messageEvents(["", ...pieces(HELLO).flatMap((delta) => [delta, ""])]),
      ),
  },
  wrong_event_line: {
    what: "The `event:` lines contradict the `type` in the data, which decides",
    expect: ok,
    answer: (play) => {
      const { body: _, ...rest } = whole(play, []);
      const events = [...messageEvents(pieces(HELLO))];
      const end = {
        type: "response.completed",
        response: { id: play.responseId, status: "completed" },
      };
      return {
        ...rest,
        body: [...events, end].map((event) =>
          bytes(frame(event).replace(/^event: .*$/m, "event: message"))
        ),
      };
    },
  },
} satisfies Record<string, Scenario>;

function framed(what: string, options: StreamOptions): Scenario {
  return {
    what,
    expect: ok,
    answer: (play) => whole(play, messageEvents(pieces(HELLO)), options),
  };
}

function join(part: Uint8Array | undefined, text: string): Uint8Array {
  return bytes(new TextDecoder().decode(part) + text);
}

function apart(parts: readonly Uint8Array[]): Step[] {
  return parts.flatMap((part): Step[] => ["apart", part]);
}
