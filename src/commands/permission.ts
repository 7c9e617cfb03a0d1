import { MekaError } from "../errors.ts";
import { type Permission, PERMISSIONS } from "../tools/tool.ts";
import { type CommandContext, text } from "./context.ts";

/**
 * How far the model may go in this run: `--permission`, else the command's default.
 *
 * @throws {MekaError} "usage" for a word that is no level.
 */
export function readPermission(
  context: CommandContext,
  byDefault: Permission,
): Permission {
  const typed = text(context, "permission");
  if (typed === undefined) return byDefault;
  const found = PERMISSIONS.find((level) => level === typed);
  if (found !== undefined) return found;
  throw new MekaError(
    "usage",
    `\`--permission\` cannot be "${typed}"; allowed: ${PERMISSIONS.join(", ")}`,
  );
}
