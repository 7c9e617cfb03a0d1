import { type ChatCommand, PROMPT, say } from "./command.ts";

/** Below so many cells the explanations get lines of their own. */
const WIDE = 76;

/** `/help`: what can be typed, of a table that it is itself part of. */
export function helpOf(
  commands: () => Readonly<Record<string, ChatCommand>>,
): ChatCommand {
  return {
    help: "this list",
    run: async (_, chat) => {
      const rows = Object.entries(commands()).map(([name, command]) =>
        [spelling(name, command), command.help] as const
      );
      const wide = chat.context.host.columns() >= WIDE;
      await say(
        chat,
        [...rows, ...KEYS].map(([what, does]) =>
          wide ? `  ${what.padEnd(21)} ${does}` : `  ${what}\n      ${does}`
        ).join("\n"),
      );
      return PROMPT;
    },
  };
}

/** What is no command, but good to know. */
const KEYS: readonly (readonly [string, string])[] = [
  ["//TEXT", "a message that begins with a slash"],
  ["Alt-Enter", "another line of the same message"],
  ["Ctrl-C", "stop the answer, or drop the line"],
  ["Ctrl-D", "end"],
];

function spelling(name: string, { argument }: ChatCommand): string {
  return argument === undefined ? `/${name}` : `/${name} ${argument}`;
}
