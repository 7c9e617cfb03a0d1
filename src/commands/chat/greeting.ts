import type { CommandContext } from "../context.ts";
import { VERSION } from "../../version.ts";
import type { Choice } from "./choice.ts";

/** Who answers, and how to get help and leave. */
export function greeting(
  choice: Choice,
  provider: string,
  { clean }: Pick<CommandContext, "clean">,
): string {
  const who = clean(`${choice.model} (${choice.sentEffort}), ${provider}`);
  return `meka ${VERSION}: ${who}\n/help lists the commands, Ctrl-D ends.\n`;
}

/** What stands before the line that is typed: who is about to answer. */
export function promptText(
  choice: Choice,
  { clean }: Pick<CommandContext, "clean">,
): string {
  return `${clean(choice.model)} › `;
}
