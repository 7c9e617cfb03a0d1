import { checkName } from "../take_up.ts";
import { type ChatCommand, PROMPT, say } from "./command.ts";

/** `/name`: by what the conversation can be found again. */
export const NAME: ChatCommand = {
  argument: "[NAME]",
  help: "name the conversation",
  run: async (name, chat) => {
    const { talk, context: { clean } } = chat;
    if (name === "") {
      const now = talk.conversation.name;
      await say(
        chat,
        now === undefined ? "It has no name yet" : clean(`It is "${now}"`),
      );
      return PROMPT;
    }
    checkName(name);
    talk.rename(name);
    await say(chat, clean(`\`meka --session "${name}"\` takes it up again`));
    return PROMPT;
  },
};
