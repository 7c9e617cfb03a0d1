import { MekaError } from "../../errors.ts";
import type { Part } from "../../message.ts";
import { type CommandContext, note } from "../context.ts";
import { answer, type View } from "./answer.ts";
import { type Chat, type Next, PROMPT, say } from "./command.ts";
import { remind } from "./last_exchange.ts";
import { CHAT_COMMANDS } from "./mod.ts";
import { openPromptLine } from "./prompt_line.ts";
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
  const { host } = chat.context;
  const promptLine = await openPromptLine(chat, view);
  let attached = first;
  let isWarned = false;
  for (let next: Next = PROMPT; next.type !== "end";) {
    // From here to the end of this round Ctrl-C ends what is done, not the chat.
    using caught = host.catchInterrupt();
    const own = { ...chat, signal: caught.signal };
    if (next.type === "ask") {
      const isSaid = await reply([...next.parts, ...attached], own, view);
      if (isSaid) attached = [];
      next = PROMPT;
      continue;
    }
    const entered = await promptLine.read(next.text, caught.signal);
    next = PROMPT;
    if (entered === "end") break;
    if (entered === "cancel") {
      if (isWarned) return INTERRUPTED;
      isWarned = true;
      await say(
        chat,
        "Ctrl-C again ends the chat, and so does Ctrl-D or /quit",
      );
      continue;
    }
    isWarned = false;
    next = await act(own, (chat) => follow(entered.line, chat)) ?? PROMPT;
  }
  return 0;
}

/** A chat, and what ends one round of it. */
interface Round extends Chat {
  readonly signal: AbortSignal;
}

/**
 * Answers what a person says; empty lines keep it apart from what is typed. Tells whether it is part of the conversation
 * now, with an answer or without.
 */
async function reply(
  said: readonly Part[],
  round: Round,
  view: View,
): Promise<boolean> {
  const { talk, context } = round;
  const before = talk.last;
  await say(round, "");
  const answered = await act(round, async (chat) => {
    await answer(said, chat, view);
    return true;
  });
  const isSaid = talk.last !== before;
  if (answered === undefined && isSaid) {
    await note(context, "`/retry` asks anew, `/undo` takes the message back");
  }
  await say(round, "");
  return isSaid;
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
  round: Round,
  work: (chat: Chat) => Promise<T>,
): Promise<T | undefined> {
  const { context, signal } = round;
  const host = withInterrupt(context.host, signal);
  try {
    return await work({ ...round, context: { ...context, host } });
  } catch (error) {
    const isOver = context.host.interrupt.aborted;
    if (!(error instanceof MekaError) || isOver) throw error;
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
