import { pieces } from "../../events.ts";
import { digestText, historyText, recallText } from "../../told_back.ts";
import { MEMORY } from "../../scenarios/memory.ts";
import { say } from "../say.ts";
import type { ChatScenario } from "../scenario.ts";

/** Scenarios whose answers tell what the request brought. */
export const CHAT_MEMORY = {
  recall: {
    what: MEMORY.recall.what,
    expect: MEMORY.recall.expect,
    answer: (play) => say(play, { text: pieces(recallText(play.history())) }),
  },
  history: {
    what: MEMORY.history.what,
    answer: (play) => say(play, { text: pieces(historyText(play.history())) }),
  },
  digest: {
    what: MEMORY.digest.what,
    expect: MEMORY.digest.expect,
    answer: (play) => say(play, { text: pieces(digestText(play.history())) }),
  },
} satisfies Record<string, ChatScenario>;
