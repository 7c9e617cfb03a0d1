import { messageEvents, pieces } from "../events.ts";
import { type Play, type Reply, type Scenario, whole } from "../scenario.ts";
import { schemaText } from "../schema_text.ts";

/** Scenarios about answers that have to fit a schema; without one they say so. */
export const SCHEMA = {
  schema_fits: {
    what: "JSON that fits the schema asked for",
    answer: (play) => text(play, "fits"),
  },
  schema_repair: {
    what:
      "JSON that does not fit, and JSON that does once that has come back in the conversation; to be played, as a request for repair has no marker",
    answer: (play) => text(play, "repair"),
  },
  schema_never: {
    what: "JSON that does not fit, however often it is asked for",
    answer: (play) => text(play, "never"),
  },
  schema_not_json: {
    what: "Text instead of JSON, however often it is asked for",
    answer: (play) => text(play, "not_json"),
  },
} satisfies Record<string, Scenario>;

function text(play: Play, how: Parameters<typeof schemaText>[1]): Reply {
  return whole(play, messageEvents(pieces(schemaText(play, how))));
}
