import { concat } from "../../framing.ts";
import { failMarker } from "../../markers.ts";
import { json, type Reply, shown } from "../../scenario.ts";
import { BATCH } from "../../scenarios/batch.ts";
import { RICH_TEXT } from "../../scenarios/rich.ts";
import { tokensOf } from "../../token_count.ts";
import { failed } from "../errors.ts";
import { say } from "../say.ts";
import type { ChatPlay, ChatScenario } from "../scenario.ts";
import { CHAT_CUTS } from "./cuts.ts";

/** What a prompt can ask for with `[[fail:KIND]]`. */
export const CHAT_FAILURES: Readonly<
  Record<string, (play: ChatPlay) => Reply>
> = {
  "500": ({ profile }) =>
    failed(profile, { status: 500, message: "The engine caught fire" }),
  "503": ({ profile }) =>
    failed(profile, { status: 503, message: "Overloaded" }),
  "429": ({ profile }) =>
    failed(profile, {
      status: 429,
      message: "Rate limit reached.",
      code: "rate_limit_exceeded",
    }),
  "429-limit": (play) => {
    const seconds = failMarker(play.prompt)?.number ?? 1;
    play.limit(play.now + seconds * 1000);
    return limited(play);
  },
  "401": ({ profile, key }) => profile.unauthorized(key),
  refused: ({ profile }) =>
    failed(profile, {
      status: 400,
      message: "The request was flagged by the content policy.",
      code: "content_policy_violation",
    }),
  cut: (play) => CHAT_CUTS.cut_after_text.answer(play),
};

/** Scenarios for thousands of turns, and for requests that are too big. */
export const CHAT_BATCH = {
  fast: {
    what: BATCH.fast.what,
    expect: BATCH.fast.expect,
    answer: (play) => fast(play),
  },
  fail: {
    what: BATCH.fail.what,
    answer: (play) => {
      const answer = CHAT_FAILURES[failMarker(play.prompt)?.kind ?? ""];
      return answer?.(play) ??
        json(400, { error: "The prompt asks for no failure of the list" });
    },
  },
  limited: {
    what:
      "Too many requests until the time that [[fail:429-limit N]] or `limitUntil()` has set, told with Retry-After",
    answer: (play) => limited(play),
  },
  too_long: {
    what:
      "The request is too big for its model, in the family's words: the answer to all that are bigger than `contextWindow`",
    answer: ({ profile, tokens = 9000, window, stream }) =>
      profile.tooLong({
        given: tokens,
        window: Number.isFinite(window) ? window : 8192,
        stream,
      }),
  },
  rich: {
    what: "Every kind of character",
    expect: { stdout: shown(RICH_TEXT), exit: 0, requests: 1 },
    answer: (play) => say(play, { text: [RICH_TEXT] }),
  },
  rich_surrogates: {
    what: "Half of a character at the end of the text, which is no UTF-8",
    answer: (play) => say(play, { text: ["Half: \ud83d"] }),
  },
} satisfies Record<string, ChatScenario>;

function fast(play: ChatPlay): Reply {
  const text = `echo: ${play.prompt}`;
  const [given, made] = [tokensOf(play.prompt), tokensOf(text)];
  const usage = {
    ["prompt_tokens"]: given,
    ["completion_tokens"]: made,
    ["total_tokens"]: given + made,
  };
  return say(play, { text: [text], usage }, {
    cut: (parts) => [concat(parts)],
  });
}

function limited(play: ChatPlay): Reply {
  const ms = (play.limit() ?? play.now + 1000) - play.now;
  return failed(play.profile, {
    status: 429,
    message: "Rate limit reached.",
    code: "rate_limit_exceeded",
  }, { "retry-after": String(Math.ceil(ms / 1000)) });
}
