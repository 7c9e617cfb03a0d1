import type { Host } from "../../host.ts";
import { typedMessages } from "../../store/typed.ts";
import type { Chat, ChatCommand } from "./command.ts";
import { completeLine } from "./complete.ts";
import { promptText } from "./greeting.ts";
import { CHAT_COMMANDS } from "./mod.ts";

/** How many messages can be brought back. */
const MOST_TYPED = 1_000;

/** What a person did: typed a line, or pressed Ctrl-C or Ctrl-D where nothing was typed. */
export type Entered = { readonly line: string } | "cancel" | "end";

/** Where a person types, with all that was typed before. */
export interface PromptLine {
  /** `initial` stands there to begin with; `signal` is as good as Ctrl-C. */
  read(initial: string, signal: AbortSignal): Promise<Entered>;
}

/** Reads one line; the reason of the signal may be thrown. */
type Read = (
  prompt: string,
  options: { readonly initial: string; readonly signal: AbortSignal },
) => Promise<Entered>;

/** Opens the prompt line of a chat. */
export async function openPromptLine(
  chat: Chat,
  { color }: { readonly color: boolean },
): Promise<PromptLine> {
  const { context, choice } = chat;
  const { host } = context;
  const readLine = host.env("TERM") === "dumb"
    ? plainRead(host)
    : await editedRead(chat);
  return {
    read: async (initial, signal) => {
      const prompt = promptText(choice, { ...context, color });
      try {
        return await readLine(prompt, { initial, signal });
      } catch (error) {
        if (signal.aborted && !host.interrupt.aborted) return "cancel";
        throw error;
      }
    },
  };
}

/** With an editor, which brings back what was said in any conversation, and all lines of this chat. */
async function editedRead(chat: Chat): Promise<Read> {
  const editor = await chat.context.host.lineEditor({
    complete: (text, cursor) =>
      completeLine(
        text.slice(0, cursor),
        CHAT_COMMANDS,
        (command) => offer(command, chat),
      ),
  });
  let history = typedBefore(chat);
  return async (prompt, options) => {
    const input = await editor.read(prompt, { history, ...options });
    if (input.type !== "line") return input.type;
    const { text } = input;
    if (text.trim() !== "" && text !== history.at(-1)) {
      history = [...history, text].slice(-MOST_TYPED);
    }
    return { line: text };
  };
}

/** On a terminal that knows no control sequences, which edits its lines by itself. */
function plainRead(host: Host): Read {
  return async (prompt, { initial, signal }) => {
    if (initial !== "") {
      await host.write({ to: "stderr", text: `${initial}\n` });
    }
    const line = await host.prompt(prompt, { signal });
    if (line !== undefined) return { line };
    await host.write({ to: "stderr", text: "\n" });
    return "end";
  };
}

/** A store that fails brings nothing back. */
function typedBefore({ run: { access: { opened } } }: Chat): readonly string[] {
  try {
    return opened === undefined
      ? []
      : typedMessages(opened.database, MOST_TYPED);
  } catch {
    return [];
  }
}

/** What can follow a command; nothing where that cannot be found out. */
function offer(command: ChatCommand, chat: Chat): readonly string[] {
  try {
    return command.complete?.(chat) ?? [];
  } catch {
    return [];
  }
}
