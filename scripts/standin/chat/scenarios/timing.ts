import { pieces } from "../../events.ts";
import { bytes, frameText } from "../../framing.ts";
import type { Reply, Step } from "../../scenario.ts";
import { HELLO } from "../../scenarios/plain.ts";
import { type Message, opening, texts } from "../chunks.ts";
import { messagesOf, partial, say } from "../say.ts";
import type { ChatPlay, ChatScenario } from "../scenario.ts";
import { begun } from "./cuts.ts";
import { CUT } from "./ends.ts";
import { OK } from "./plain.ts";

const IN_A_SECOND = ["--timeout", "1"];
const NOTHING = { stdout: "", exit: 5, requests: 1 } as const;

/** Scenarios about time and size: slow, silent and endless. */
export const CHAT_TIMING = {
  slow: {
    what: "A delta every 100 ms or so",
    expect: {
      stdout: "one two three four five six seven eight nine ten\n",
      exit: 0,
      requests: 1,
    },
    answer: (play) =>
      say(play, {
        text: pieces("one two three four five six seven eight nine ten"),
      }, {
        cut: (parts) => parts.flatMap((part): Step[] => [part, 100]),
      }),
  },
  typing: {
    what: "The text of `text`, at the pace of a real model",
    answer: (play) =>
      say(play, {
        text: pieces(
          `You asked: “${play.prompt}”. This is how it looks when the words arrive one by one.`,
        ),
      }, { cut: (parts) => parts.flatMap((part): Step[] => [part, 30]) }),
  },
  // A local server that reads a long prompt, or loads its model, is alive in this way only.
  keep_alive_comments: {
    what: "Comment lines every 100 ms for two seconds, then the answer",
    expect: OK,
    answer: (play) =>
      say(play, { text: pieces(HELLO) }, {
        cut: (parts) => [
          ...Array.from({ length: 20 }, () => [bytes(": ping\n\n"), 100])
            .flat(),
          ...parts,
        ],
      }),
  },
  hang_before_head: {
    what: "No answer at all",
    args: IN_A_SECOND,
    expect: NOTHING,
    answer: () => ({ body: "", silent: true }),
  },
  hang_after_head: {
    what: "A head and nothing more",
    args: IN_A_SECOND,
    expect: NOTHING,
    answer: () => ({ body: ["hang"] }),
  },
  hang_after_text: {
    what: "Three deltas, then silence",
    args: IN_A_SECOND,
    expect: CUT,
    answer: (play) => hanging(play, begun(play)),
  },
  hang_after_done: {
    what: "A whole answer on a connection that then stays open",
    expect: OK,
    answer: (play) =>
      say(play, { text: pieces(HELLO) }, {
        cut: (parts) => [...parts, "hang"],
      }),
  },
  hang_after_finish: {
    what: "A reason for the end, then silence instead of usage and [DONE]",
    args: IN_A_SECOND,
    expect: OK,
    open:
      "The answer had ended when the time ran out; only its usage is missing",
    answer: (play) => {
      const said = { text: pieces(HELLO), usage: "none" } as const;
      return hanging(play, messagesOf(play, said).slice(0, -1));
    },
  },
  long_line: {
    what: "One delta of a million characters without a newline",
    expect: { stdout: `${"x".repeat(1_000_000)}\n`, exit: 0, requests: 1 },
    answer: (play) => say(play, { text: ["x".repeat(1_000_000)] }),
  },
  endless: {
    what: "Lines of text, one every 5 ms, until the client leaves",
    answer: (play) => ({ body: forever(play, 5) }),
  },
  flood: {
    what: "Text as fast as the client takes it, until it leaves",
    answer: (play) => ({ body: forever(play, 0) }),
  },
  endless_comments: {
    what: "Comment lines as fast as the client takes them, and never a word",
    answer: () => ({ body: comments() }),
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
} satisfies Record<string, ChatScenario>;

function hanging(play: ChatPlay, messages: readonly Message[]): Reply {
  return partial(play, messages, { cut: (parts) => [...parts, "hang"] });
}

function* forever(play: ChatPlay, ms: number): Generator<Step> {
  yield* framed(opening(play));
  for (let n = 1;; n++) {
    if (ms > 0) yield ms;
    yield* framed(texts(play, [`line ${n} of an answer without an end\n`]));
  }
}

function* framed(messages: readonly Message[]): Generator<Step> {
  for (const message of messages) {
    if ("raw" in message) yield bytes(message.raw);
    else yield bytes(frameText(JSON.stringify(message.data)));
  }
}

function* comments(): Generator<Step> {
  const block = bytes(": ping\n\n".repeat(1024));
  for (;;) yield block;
}

function* neverALine(): Generator<Step> {
  yield bytes("data: ");
  const block = bytes("x".repeat(65_536));
  for (;;) yield block;
}
