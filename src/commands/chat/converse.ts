import { MekaError } from "../../errors.ts";
import type { Part } from "../../message.ts";
import { type CommandContext, note } from "../context.ts";
import { answer, type View } from "./answer.ts";
import { type Chat, type Next, PROMPT, say } from "./command.ts";
import { catchInterrupt, openEditor } from "./editor.ts";
import { remind } from "./last_exchange.ts";
import { CHAT_COMMANDS } from "./mod.ts";
import { parseLine, unknownCommand } from "./parse_line.ts";
import { withInterrupt } from "./own_host.ts";

/** The exit status of a chat that Ctrl-C ended. */
const INTERRUPTED = 130;

/** What a chat begins with. */
export type ChatParts = Omit<Chat, "showLast">;

/** Reads what a person says, and answers, until one of them ends it; `first` goes with the first message. */
export async function converse(
  parts: ChatParts,
  { first, view }: { readonly first: readonly Part[]; readonly view: View },
): Promise<number> {
  const chat: Chat = {
    ...parts,
    showLast: () => showLast(parts, view),
  };
  await chat.showLast();
  const editor = await openEditor(chat);
  let attached = first;
  let isWarned = false;
  for (let next: Next = PROMPT; next.type !== "end";) {
    if (next.type === "ask") {
      await reply([...next.parts, ...attached], chat, view);
      attached = [];
      next = PROMPT;
      continue;
    }
    const entered = await editor.read(next.text);
    next = PROMPT;
    if (entered === "end") break;
    if (entered === "interrupt") {
      if (isWarned) return INTERRUPTED;
      isWarned = true;
      await say(
        chat,
        "Ctrl-C again ends the chat, and so does Ctrl-D or /quit",
      );
      continue;
    }
    isWarned = false;
    next = await act(chat, (own) => follow(entered.line, own)) ?? PROMPT;
  }
  return 0;
}

/** Answers what a person says; lines of their own keep it apart from what is typed. */
async function reply(
  said: readonly Part[],
  chat: Chat,
  view: View,
): Promise<void> {
  const { talk, context } = chat;
  const before = talk.last;
  await say(chat, "");
  const answered = await act(chat, async (own) => {
    await answer(said, own, view);
    return true;
  });
  if (answered === undefined && talk.last !== before) {
    await note(context, "`/retry` asks anew, `/undo` takes the message back");
  }
  await say(chat, "");
}

/** What a line asks for. */
async function follow(line: string, chat: Chat): Promise<Next> {
  const typed = parseLine(line);
  switch (typed.type) {
    case "nothing":
      return PROMPT;
    case "message":
      return { type: "ask", parts: [{ type: "text", text: typed.text }] };
    case "command": {
      const { name, argument } = typed;
      const names = Object.keys(CHAT_COMMANDS);
      const command = names.includes(name) ? CHAT_COMMANDS[name] : undefined;
      if (command === undefined) throw await unknownCommand(name, names);
      if (argument !== "" && command.argument === undefined) {
        throw new MekaError("usage", `\`/${name}\` takes nothing behind it`);
      }
      return await command.run(argument, chat);
    }
    default:
      return typed satisfies never;
  }
}

/**
 * Does something that Ctrl-C stops without ending the chat. Undefined when it was stopped or has failed, which is then
 * told.
 */
async function act<T>(
  chat: Chat,
  work: (chat: Chat) => Promise<T>,
): Promise<T | undefined> {
  const { context } = chat;
  const { host } = context;
  using caught = catchInterrupt(host);
  const own = withInterrupt(host, caught.signal);
  try {
    return await work({ ...chat, context: { ...context, host: own } });
  } catch (error) {
    if (!(error instanceof MekaError) || host.interrupt.aborted) throw error;
    if (error.kind === "interrupted") await note(context, "Stopped");
    else await tell(error, context);
    return undefined;
  }
}

async function tell(
  { message, hint }: MekaError,
  { host, clean }: CommandContext,
): Promise<void> {
  const lines = [`meka: ${clean(message)}`];
  if (hint !== undefined) lines.push(clean(hint));
  await host.write({ to: "stderr", text: `${lines.join("\n")}\n` });
}

/** Reminds of the last exchange, as a conversation is taken up again. */
async function showLast(
  { context: { host }, talk }: ChatParts,
  { newPage, color }: View,
): Promise<void> {
  const reminder = remind(talk.last);
  if (reminder === undefined) return;
  const { message, answer } = reminder;
  const said = `› ${message}`;
  const shown = color ? `\x1b[2m${said}\x1b[22m` : said;
  await host.write({ to: "stderr", text: `\n${shown}\n\n` });
  const page = newPage();
  const text = page.add(answer === "" ? "(no answer)" : answer) + page.end();
  await host.write({ to: "stdout", text });
  await host.write({ to: "stderr", text: "\n" });
}
