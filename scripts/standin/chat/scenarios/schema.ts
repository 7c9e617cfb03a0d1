import { pieces } from "../../events.ts";
import type { Reply } from "../../scenario.ts";
import { SCHEMA } from "../../scenarios/schema.ts";
import { schemaText } from "../../schema_text.ts";
import { say } from "../say.ts";
import type { ChatPlay, ChatScenario } from "../scenario.ts";

/** Scenarios about answers that have to fit a schema; without one they say so. */
export const CHAT_SCHEMA = {
  schema_fits: {
    what: SCHEMA.schema_fits.what,
    answer: (play) => text(play, "fits"),
  },
  schema_repair: {
    what: SCHEMA.schema_repair.what,
    answer: (play) => text(play, "repair"),
  },
  schema_never: {
    what: SCHEMA.schema_never.what,
    answer: (play) => text(play, "never"),
  },
  schema_not_json: {
    what: SCHEMA.schema_not_json.what,
    answer: (play) => text(play, "not_json"),
  },
} satisfies Record<string, ChatScenario>;

function text(play: ChatPlay, how: Parameters<typeof schemaText>[1]): Reply {
  return say(play, { text: pieces(schemaText(play, how)) });
}
