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
  return `meka ${VERSION}: ${who}\n/help lists the commands, Ctrl-D ends.\n\n`;
}

/** What stands before the line that is typed: who is about to answer, and what it may do. */
export function promptText(
  { model, permission }: Pick<Choice, "model" | "permission">,
  { clean, color }: Pick<CommandContext, "clean"> & { readonly color: boolean },
): string {
  const may = permission === "none" ? "" : ` (${permission})`;
  const who = `${clean(model)}${may}`;
  return `${color ? `\x1b[2m${who}\x1b[22m` : who} › `;
}
