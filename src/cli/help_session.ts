import type { CommandName } from "./flags.ts";

/** The help of `meka session`. */
export const SESSION = `Usage: meka session VERB [OPTIONS] [ARGUMENT]...

What is said is kept, and any of it can be found and taken up again. ID is a
conversation's id, whose start will do, or its name.

Verbs:
  meka session list              the conversations, newest first
  meka session search WORD...    find what was said`;

/** The head of each command's help. */
export const SESSION_COMMANDS = {
  "session list": `Usage: meka session list [OPTIONS]

Lists the conversations, newest first.`,
  "session search": `Usage: meka session search [OPTIONS] WORD...

Lists the conversations in which all words occur in one turn, in what was asked,
answered or called. Case and accents make no difference, the last word may be
the beginning of one, and a WORD with spaces in it is a phrase.`,
} satisfies Readonly<Record<CommandName & `session ${string}`, string>>;
