import { pieces } from "../../events.ts";
import { callMarkers } from "../../markers.ts";
import { sample } from "../../sample.ts";
import type { Reply } from "../../scenario.ts";
import { TOOLS } from "../../scenarios/tools.ts";
import { nextRound, resultsText, type ToolScript } from "../../tool_script.ts";
import { TOOL_SCRIPTS } from "../../tool_scripts.ts";
import { randomText } from "../../tokens.ts";
import { say } from "../say.ts";
import type { ChatPlay, ChatScenario } from "../scenario.ts";

/** Who sends arguments as a text, and so may send anything; Ollama's are objects from the start. */
const AS_TEXT: NonNullable<ChatScenario["profiles"]> = [
  "openai",
  "vllm",
  "lmstudio",
  "llamacpp",
  "openrouter",
  "litellm",
];
const ODD_ARGUMENTS = [
  "tools_broken_json",
  "tools_not_object",
  "tools_no_arguments",
  "tools_mixed",
];

/** Scenarios in which the model acts, the same as on the other wire. */
export const CHAT_TOOLS: Readonly<Record<string, ChatScenario>> = {
  ...Object.fromEntries(
    Object.entries(TOOL_SCRIPTS).map(([name, script]) => [name, {
      what: TOOLS[name]?.what ?? script.what,
      ...(ODD_ARGUMENTS.includes(name) ? { profiles: AS_TEXT } : {}),
      answer: (play: ChatPlay) => scripted(play, script.round),
    }]),
  ),
  calls: {
    what: TOOLS["calls"]?.what ?? "",
    answer: (play) => {
      const rounds = callMarkers(play.prompt);
      return scripted(play, (n) => rounds[n]);
    },
  },
};

/** The next round of a script, or what its calls brought: JSON that fits where a schema is asked for. */
function scripted(play: ChatPlay, round: ToolScript["round"]): Reply {
  const made = play.made();
  const next = nextRound(round, {
    made: made.length,
    parallel: play.parallel,
  });
  if (next === undefined) {
    const text = play.shape === undefined
      ? resultsText(made)
      : JSON.stringify(sample(play.shape));
    return say(play, { text: pieces(text) });
  }
  const { text = "", reasoning } = next;
  return say(play, {
    ...(reasoning && { reasoning }),
    ...(text === "" ? {} : { text: pieces(text) }),
    calls: next.calls.map(({ name = play.tool, arguments: given }) => ({
      id: `call_${randomText(18)}`,
      name,
      pieces: given.match(/[^]{1,4096}/gu) ?? [],
    })),
  });
}
