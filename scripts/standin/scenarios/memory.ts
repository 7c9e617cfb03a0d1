import { messageEvents, pieces } from "../events.ts";
import { type Play, type Reply, type Scenario, whole } from "../scenario.ts";
import { digestText, historyText, recallText } from "../told_back.ts";

/** Scenarios whose answers tell what the request brought. */
export const MEMORY = {
  recall: {
    what:
      "The messages of a person that the request brings, one a line: `1. TEXT`, and ` (2 images)` behind it where there are any",
    expect: { stdout: "1. say hi\n", exit: 0, requests: 1 },
    answer: (play) => text(play, recallText(play.history())),
  },
  history: {
    what:
      "All that the request brings, one entry a line: `1 user TEXT`, then `system`, `assistant`, `reasoning`, `call`, `output` or `other`",
    answer: (play) => text(play, historyText(play.history())),
  },
  digest: {
    what:
      "`summary of N messages, M characters`: to be played where no prompt asks for another scenario, so that a summary shows",
    expect: {
      stdout: "summary of 1 messages, 6 characters\n",
      exit: 0,
      requests: 1,
    },
    answer: (play) => text(play, digestText(play.history())),
  },
} satisfies Record<string, Scenario>;

function text(play: Play, said: string): Reply {
  return whole(play, messageEvents(pieces(said)));
}
