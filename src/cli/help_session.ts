import type { CommandName } from "./flags.ts";

/** The help of `meka session`. */
export const SESSION = `Usage: meka session VERB [OPTIONS] [ARGUMENT]...

What is said is kept, and any of it can be found and taken up again. ID is a
conversation's id, whose start will do, or its name.

Verbs:
  meka session list             the conversations, the newest first
  meka session show ID          what was said in one
  meka session search WORD...   find what was said
  meka session rename ID NAME   give a conversation a name
  meka session fork ID          copy one, and say the copy's id
  meka session export ID        all of one, as Markdown or JSON
  meka session import FILE      take an exported one back, and say its id
  meka session delete ID...     forget conversations for good

\`meka --resume ID\` goes on with a conversation.`;

/** The head of each command's help. */
export const SESSION_COMMANDS = {
  "session list": `Usage: meka session list [OPTIONS]

Lists the conversations, the newest first. In a pipe a line has, between tabs,
all that --json tells, in the same order: id, name, title, folder, provider,
model, turns, created_at, updated_at (epoch seconds) and parent.`,
  "session show": `Usage: meka session show [OPTIONS] ID

Shows who said what and when; what tools were given and brought is cut to a
line each. --json writes what \`meka session export --format json\` does.`,
  "session search": `Usage: meka session search [OPTIONS] WORD...

Lists the conversations in which all words occur in one turn, in what was asked,
answered or called. Case and accents make no difference, the last word may be
the beginning of one, and a WORD with spaces in it is a phrase. In a pipe a line
has what that of \`meka session list\` has, then matches and snippet.`,
  "session rename": `Usage: meka session rename [OPTIONS] ID NAME
       meka session rename --clear ID

Gives a conversation a name, another one or none. \`meka --session NAME\` goes
on with it.`,
  "session fork": `Usage: meka session fork [OPTIONS] ID

Copies a conversation as it is now, and says the copy's id on stdout.`,
  "session export": `Usage: meka session export [OPTIONS] ID

Writes all of a conversation. JSON is complete, and can be imported again; in
Markdown what was taken back is left out. No account is named in it, and no
credential is.`,
  "session import": `Usage: meka session import [OPTIONS] FILE

Takes an export in JSON back as a new conversation, and says its id on stdout.
With "-" for FILE it is read from stdin.`,
  "session delete": `Usage: meka session delete [OPTIONS] ID...
       meka session delete --older-than AGE
       meka session delete --all

Deletes conversations, so that no byte of what was said is left in the database.
On a terminal it asks; elsewhere it needs --yes. One that another run goes on
with stays, and the exit status is then 1.`,
} satisfies Readonly<Record<CommandName & `session ${string}`, string>>;
