import {
  completed,
  messageClosing,
  messageOpening,
  numbered,
  opening,
  textDeltas,
} from "../events.ts";
import { finishedItems, named } from "../named_items.ts";
import { frame } from "../framing.ts";
import { limitHeaders, usageLimitBody } from "../limits.ts";
import { failMarker } from "../markers.ts";
import { apiError } from "../refusals.ts";
import { json, type Play, type Reply, type Scenario } from "../scenario.ts";
import { tokensOf } from "../token_count.ts";
import { ENDS } from "./ends.ts";
import { HTTP } from "./http.ts";

/** What a prompt can ask for with `[[fail:KIND]]`. */
export const FAILURES: Readonly<Record<string, (play: Play) => Reply>> = {
  "500": (play) => HTTP.http_500.answer(play),
  "503": (play) => HTTP.http_503_overloaded.answer(play),
  "429": (play) => HTTP.http_429_plain.answer(play),
  "429-limit": (play) => {
    const seconds = failMarker(play.prompt)?.number ?? 1;
    play.limit(play.now + seconds * 1000);
    return limited(play);
  },
  "401": (play) => HTTP.http_401.answer(play),
  refused: () =>
    apiError(400, "invalid_prompt", "Your prompt was flagged as invalid."),
  cut: (play) => ENDS.cut_after_3.answer(play),
};

/** Scenarios for thousands of turns. */
export const BATCH = {
  fast: {
    what: "`echo: PROMPT` in one network chunk, with counted usage",
    expect: { stdout: "echo: say hi\n", exit: 0, requests: 1 },
    answer: (play) => fast(play),
  },
  fail: {
    what:
      `The failure that the prompt asks for: [[fail:KIND]] for ever, or [[fail:KIND N]] N times; KIND is ${
        Object.keys(FAILURES).join(", ")
      }, which uses the account's limit up for N seconds`,
    answer: (play) => {
      const answer = FAILURES[failMarker(play.prompt)?.kind ?? ""];
      return answer?.(play) ??
        json(400, { detail: "The prompt asks for no failure of the list" });
    },
  },
  limited: {
    what:
      "The account's limit is used up until the time that [[fail:429-limit N]] or `limitUntil()` has set",
    answer: (play) => limited(play),
  },
} satisfies Record<string, Scenario>;

function fast(play: Play): Reply {
  const text = `echo: ${play.prompt}`;
  const [outputTokens, inputTokens] = [tokensOf(text), tokensOf(play.prompt)];
  const end = completed(play, {
    usage: {
      ["input_tokens"]: inputTokens,
      ["output_tokens"]: outputTokens,
      ["total_tokens"]: inputTokens + outputTokens,
    },
  });
  const events = numbered(named([
    ...opening(play).slice(0, 1),
    ...messageOpening().slice(0, 1),
    ...textDeltas([text]),
    ...messageClosing(text).slice(-1),
    end,
  ]));
  return {
    headers: { "content-type": "text/event-stream; charset=utf-8" },
    // One text, not a stream of steps: that costs as much again.
    body: events.map((event) => frame(event)).join(""),
    items: finishedItems(events),
    ends: "completed",
  };
}

function limited(play: Play): Reply {
  const resetsAt = play.limit() ?? play.now + 1000;
  const facts = { ...play, resetsAt };
  return json(429, usageLimitBody(facts), limitHeaders(facts, [100, 34]));
}
