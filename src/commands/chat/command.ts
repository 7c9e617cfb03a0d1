import type { Part } from "../../message.ts";
import type { CommandContext } from "../context.ts";
import type { ProviderSettings } from "../provider_run.ts";
import type { Toolbox } from "../toolbox.ts";
import type { TurnRun } from "../turn_run.ts";
import type { Choice } from "./choice.ts";
import type { Talk } from "./talk.ts";

/** What a command of a chat may look at and change. */
export interface Chat {
  /** Its host's interrupt ends the command, and not the chat. */
  readonly context: CommandContext;
  readonly chosen: ProviderSettings;
  readonly run: TurnRun;
  readonly talk: Talk;
  readonly choice: Choice;
  readonly toolbox: Toolbox;
  /** Shows the last exchange in short. */
  readonly showLast: () => Promise<void>;
}

/** What follows a command. */
export type Next = Readonly<
  // The prompt line, with this text to go on with.
  | { type: "prompt"; text: string }
  | { type: "ask"; parts: readonly Part[] }
  | { type: "end" }
>;

/** The prompt line, empty. */
export const PROMPT: Next = { type: "prompt", text: "" };

/** A command of a chat: a word behind a slash. */
export interface ChatCommand {
  /** What follows it, as the help has it. */
  readonly argument?: string;
  readonly help: string;
  /** What can follow it, for the Tab key. */
  readonly complete?: (
    chat: Pick<Chat, "context" | "run" | "choice">,
  ) => readonly string[];
  readonly run: (argument: string, chat: Chat) => Promise<Next>;
}

/** Tells a person something: to stderr, since stdout carries answers only. */
export async function say(
  { context: { host } }: Pick<Chat, "context">,
  text: string,
): Promise<void> {
  await host.write({ to: "stderr", text: `${text}\n` });
}
