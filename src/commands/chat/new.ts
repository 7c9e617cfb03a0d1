import { type ChatCommand, PROMPT, say } from "./command.ts";

/** `/new`: the model knows nothing of what was said before. */
export const NEW: ChatCommand = {
  help: "begin another conversation",
  run: async (_, chat) => {
    chat.talk.begin();
    await say(chat, "A new conversation; the one before stays as it is");
    return PROMPT;
  },
};
