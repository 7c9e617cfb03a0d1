import type { ChatCommand } from "./command.ts";

/** What can follow a command, as far as that is known. */
export type Offer = (command: ChatCommand) => readonly string[];

/** What may stand at the end of a line, from an index on. */
export interface Candidates {
  readonly from: number;
  readonly candidates: readonly string[];
}

/**
 * What the Tab key makes of the end of a line: commands, and what can follow them.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * const run = () => Promise.resolve({ type: "end" } as const);
 * const commands = { effort: { argument: "[LEVEL]", help: "", run }, exit: { help: "", run } };
 * const complete = (line: string) => completeLine(line, commands, () => ["low", "high"]);
 * assert.deepEqual(complete("/e"), { from: 0, candidates: ["/effort ", "/exit"] });
 * assert.deepEqual(complete("/effort h"), { from: 8, candidates: ["high"] });
 * assert.deepEqual(complete("say /e").candidates, []);
 * ```
 */
export function completeLine(
  line: string,
  commands: Readonly<Record<string, ChatCommand>>,
  offer: Offer,
): Candidates {
  const [, start = "", name = "", argument] =
    /^(\/(\S*)[ \t]*)((?<=[ \t]).*)?$/.exec(line) ?? [];
  if (start === "") return { from: line.length, candidates: [] };
  if (argument === undefined) {
    const candidates = Object.entries(commands)
      .filter(([command]) => command.startsWith(name))
      .map(([command, { argument }]) =>
        argument === undefined ? `/${command}` : `/${command} `
      );
    return { from: 0, candidates };
  }
  const command = Object.hasOwn(commands, name) ? commands[name] : undefined;
  const words = command === undefined ? [] : offer(command);
  const candidates = words.filter((word) => word.startsWith(argument));
  return { from: start.length, candidates };
}
