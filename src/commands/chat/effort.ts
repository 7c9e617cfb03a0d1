import { type ChatCommand, PROMPT, say } from "./command.ts";

/** `/effort`: how hard the model thinks from now on. */
export const EFFORT: ChatCommand = {
  argument: "[LEVEL]",
  help: "how hard it thinks; without a level, what there is",
  complete: ({ choice }) => choice.efforts,
  run: async (level, chat) => {
    const { choice, context: { clean } } = chat;
    if (level !== "") {
      choice.useEffort(level);
      await say(chat, `The effort is ${level} from now on`);
      return PROMPT;
    }
    const now = choice.sentEffort;
    const efforts = choice.efforts.map((effort) =>
      effort === now ? `${effort}*` : effort
    );
    await say(chat, clean(efforts.join(" ")));
    return PROMPT;
  },
};
