import type { ChatCommand } from "./command.ts";
import { COPY } from "./copy.ts";
import { EFFORT } from "./effort.ts";
import { helpOf } from "./help.ts";
import { MODEL } from "./model.ts";
import { NAME } from "./name.ts";
import { NEW } from "./new.ts";
import { PERMISSION } from "./permission.ts";
import { RESUME } from "./resume.ts";
import { SAVE } from "./save.ts";
import { RETRY, UNDO } from "./take_back.ts";
import { USAGE } from "./usage.ts";

const QUIT: ChatCommand = {
  help: "end",
  run: () => Promise.resolve({ type: "end" }),
};

/** Every command of a chat, in the order of its help. */
export const CHAT_COMMANDS: Readonly<Record<string, ChatCommand>> = {
  help: helpOf(() => CHAT_COMMANDS),
  model: MODEL,
  effort: EFFORT,
  permission: PERMISSION,
  new: NEW,
  resume: RESUME,
  name: NAME,
  usage: USAGE,
  retry: RETRY,
  undo: UNDO,
  copy: COPY,
  save: SAVE,
  quit: QUIT,
  exit: { ...QUIT, help: "the same" },
};
