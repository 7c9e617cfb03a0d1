import {
  type Chat,
  type ChatCommand,
  type Next,
  PROMPT,
  say,
} from "./command.ts";
import { wordsOf } from "./exchange.ts";

/** `/retry`: the last answer does not count. */
export const RETRY: ChatCommand = {
  help: "ask for the last answer anew",
  run: async (_, chat) => {
    const said = await chat.talk.takeBack(chat.context.host);
    return said?.type === "user"
      ? { type: "ask", parts: said.parts }
      : await nothing(chat);
  },
};

/** `/undo`: the last exchange does not count, and its message can be worded anew. */
export const UNDO: ChatCommand = {
  help: "take the last exchange back, to reword it",
  run: async (_, chat) => {
    const said = await chat.talk.takeBack(chat.context.host);
    if (said?.type !== "user") return await nothing(chat);
    const images = said.parts.filter(({ type }) => type === "image").length;
    const lost = images === 0
      ? ""
      : images === 1
      ? ", without its image"
      : `, without its ${images} images`;
    await say(chat, `Taken back; the message is on the prompt line${lost}`);
    return { type: "prompt", text: wordsOf(said) };
  },
};

async function nothing(chat: Chat): Promise<Next> {
  await say(chat, "Nothing was said yet");
  return PROMPT;
}
