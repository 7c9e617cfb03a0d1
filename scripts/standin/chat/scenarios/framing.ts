import { pieces } from "../../events.ts";
import { bytes, cutCharacters, recut } from "../../framing.ts";
import type { Step } from "../../scenario.ts";
import { HELLO } from "../../scenarios/plain.ts";
import { DONE, type Message } from "../chunks.ts";
import { say, type SayOptions } from "../say.ts";
import type { ChatScenario } from "../scenario.ts";
import { OK } from "./plain.ts";

const LENIENT =
  "OpenAI's own client fails on it; nothing is lost by taking it for what it is";

/** Scenarios with the same answer, framed in every way a reader of the standard has to take. */
export const CHAT_FRAMING = {
  crlf: framed("Lines end in CRLF", { newline: "\r\n" }),
  crlf_split: framed("Lines end in CRLF, every byte in a chunk of its own", {
    newline: "\r\n",
    cut: (parts) => apart(recut(parts, 1)),
  }),
  cr: framed("Lines end in a lone CR", { newline: "\r" }),
  multi_line_data: framed("The JSON is spread over many `data:` lines", {
    multiLine: true,
  }),
  no_space_after_colon: framed("No space after the colons", { noSpace: true }),
  bom: framed("A byte order mark before the first line", {
    cut: (parts) => [bytes("\ufeff"), ...parts],
  }),
  comments: framed("Comment lines between messages and between lines", {
    before: (n) => n === 0 ? [": ok", "", ":", ""] : [`: ping ${n}`],
  }),
  // While it waits for a provider, OpenRouter sends this line again and again.
  processing_comments: framed("`: OPENROUTER PROCESSING`, ten times", {
    change: (messages) => [...processing(10), ...messages],
  }),
  processing_comments_between: framed("The same comment between the chunks", {
    change: (messages) =>
      messages.flatMap((message) => [...processing(1), message]),
  }),
  id_retry_fields: framed("`id:`, `retry:` and unknown fields", {
    before: (n) => [`id: ${n}`, "retry: 10", "mood: good", "data-like", "id"],
  }),
  named_events: framed("Every message has an `event:` line", {
    change: (messages) =>
      messages.map((message) =>
        "raw" in message ? message : { ...message, event: "message" }
      ),
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
  split_utf8: framed("Network chunks end inside characters", {
    cut: (parts) => apart(cutCharacters(parts)),
  }),
  split_surrogates: {
    what: "The two JSON escapes of one emoji come in two deltas",
    expect: { stdout: "a 👋 b\n", exit: 0, requests: 1 },
    answer: (play) => say(play, { text: ["a \ud83d", "\udc4b b"] }),
  },
  // A server that writes its own frames may leave the space out, or add another.
  done_spaces: {
    ...framed("Spaces around [DONE]", {
      change: (messages) => [...messages.slice(0, -1), { data: " [DONE] " }],
    }),
    open: LENIENT,
  },
  done_twice: framed("[DONE] two times", {
    change: (messages) => [...messages, DONE],
  }),
  text_after_done: framed("A chunk after [DONE], which is nothing any more", {
    change: (messages) => [...messages, ...messages.slice(-3, -2)],
  }),
  empty_data: {
    ...framed("Messages whose data is empty", {
      change: (messages) =>
        messages.flatMap((
          message,
        ): Message[] => [{ raw: "data:\n\n" }, message]),
    }),
    open: LENIENT,
  },
} satisfies Record<string, ChatScenario>;

function framed(what: string, options: SayOptions): ChatScenario {
  return {
    what,
    expect: OK,
    answer: (play) => say(play, { text: pieces(HELLO) }, options),
  };
}

function processing(count: number): Message[] {
  return Array.from(
    { length: count },
    () => ({ raw: ": OPENROUTER PROCESSING\n\n" }),
  );
}

function apart(parts: readonly Uint8Array[]): Step[] {
  return parts.flatMap((part): Step[] => ["apart", part]);
}
