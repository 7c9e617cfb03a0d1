import type { CommandName } from "./flags.ts";

/** The help of `meka session`. */
export const SESSION = `Usage: meka session VERB [OPTIONS] [ARGUMENT]...

What is said is kept, and any of it can be found and taken up again. ID is a
conversation's id, whose start will do, or its name.

Verbs:
  meka session list   the conversations, newest first`;

/** The head of each command's help. */
export const SESSION_COMMANDS = {
  "session list": `Usage: meka session list [OPTIONS]

Lists the conversations, newest first.`,
} satisfies Readonly<Record<CommandName & `session ${string}`, string>>;
