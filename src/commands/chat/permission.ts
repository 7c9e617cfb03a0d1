import { type Permission, PERMISSIONS } from "../../tools/tool.ts";
import { type ChatCommand, PROMPT, say } from "./command.ts";

/** What each level lets the model do. */
const MEANS: Readonly<Record<Permission, string>> = {
  none: "it has no tools",
  read: "it may look around by itself",
  ask: "it asks before it changes or runs something",
  write: "it changes and runs things by itself",
};

/** `/permission`: what the model's tools may do from now on. Nothing but this line can raise it. */
export const PERMISSION: ChatCommand = {
  argument: "[LEVEL]",
  help: "what the model may do; without a level, what there is",
  complete: () => PERMISSIONS,
  run: async (typed, chat) => {
    const { choice } = chat;
    if (typed !== "") {
      choice.usePermission(typed);
      const { permission } = choice;
      await say(chat, `From now on ${MEANS[permission]}`);
      return PROMPT;
    }
    const lines = PERMISSIONS.map((level) => {
      const mark = level === choice.permission ? "*" : " ";
      return `${mark} ${level.padEnd(5)}  ${MEANS[level]}`;
    });
    await say(chat, lines.join("\n"));
    return PROMPT;
  },
};
