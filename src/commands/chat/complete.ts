import type { ChatCommand } from "./command.ts";

/** What can follow a command, as far as that is known. */
export type Offer = (command: ChatCommand) => readonly string[];

/**
 * The lines that a begun one can become with the Tab key: commands, and what can follow them.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * const run = () => Promise.resolve({ type: "end" } as const);
 * const commands = { effort: { argument: "[LEVEL]", help: "", run }, exit: { help: "", run } };
 * const complete = (line: string) => completeLine(line, commands, () => ["low", "high"]);
 * assert.deepEqual(complete("/e"), ["/effort ", "/exit"]);
 * assert.deepEqual(complete("/effort h"), ["/effort high"]);
 * assert.deepEqual(complete("say /e"), []);
 * ```
 */
export function completeLine(
  line: string,
  commands: Readonly<Record<string, ChatCommand>>,
  offer: Offer,
): readonly string[] {
  const [, name, argument] = /^\/(\S*)(?:[ \t]+(.*))?$/.exec(line) ?? [];
  if (name === undefined) return [];
  if (argument === undefined) {
    return Object.entries(commands)
      .filter(([command]) => command.startsWith(name))
      .map(([command, { argument }]) =>
        argument === undefined ? `/${command}` : `/${command} `
      );
  }
  const command = Object.hasOwn(commands, name) ? commands[name] : undefined;
  if (command === undefined) return [];
  return offer(command).filter((word) => word.startsWith(argument))
    .map((word) => `/${name} ${word}`);
}
