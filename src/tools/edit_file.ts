import { Refusal } from "../host.ts";
import { isAskedFor, textOf } from "./arguments.ts";
import { readToChange } from "./change.ts";
import { difference } from "./difference.ts";
import { attempting, outcome, told } from "./outcome.ts";
import { shownName, shownPath } from "./shown.ts";
import { type FileText, replaceText, stateOf, toBytes } from "./text_file.ts";
import type { Tool, ToolArguments, ToolContext, ToolResult } from "./tool.ts";

/** Replaces text in a file that was read before. */
export const editFile: Tool = {
  name: "edit_file",
  description:
    "Replace text in a file that was read before. old_text must be in the file exactly once, character for character, white space included: take as many lines around as that needs, or set replace_all.",
  parameters: {
    type: "object",
    properties: {
      path: { type: "string" },
      old_text: { type: "string", minLength: 1 },
      new_text: { type: "string", description: "May be empty." },
      replace_all: {
        type: "boolean",
        description: "Replace old_text wherever it is.",
      },
    },
    required: ["path", "old_text", "new_text"],
    additionalProperties: false,
  },
  level: "write",
  origin: "built in",
  describe: async (args, context) => {
    const { path, old, now } = await plan(args, context);
    const changes = await difference(old.text, now.text);
    return `Edit ${shownName(shownPath(path, context.folders))}:\n${changes}`;
  },
  run: (args, context) => outcome(() => run(args, context)),
};

/** A change that can be made. */
interface Plan {
  /** The real path. */
  readonly path: string;
  readonly old: FileText;
  readonly now: FileText;
}

function plan(args: ToolArguments, context: ToolContext): Promise<Plan> {
  const given = textOf(args, "path") ?? "";
  return attempting(`edit ${shownName(given)}`, async () => {
    const files = await context.host.guardedFiles(context);
    const { seen } = context;
    const { path, ...old } = await readToChange(given, { files, seen });
    const replaced = replaceText(old.text, {
      from: textOf(args, "old_text") ?? "",
      to: textOf(args, "new_text") ?? "",
      all: isAskedFor(args, "replace_all"),
    });
    if ("found" in replaced) throw new Refusal(tellCount(replaced.found));
    if (replaced.text === old.text) throw new Refusal("nothing would change");
    return { path, old, now: { ...old, text: replaced.text } };
  });
}

function tellCount(found: number): string {
  return found === 0
    ? "old_text is not in it; read it again and copy the text exactly"
    : `old_text is in it ${found} times; give more of the lines around it, or set replace_all`;
}

async function run(
  args: ToolArguments,
  context: ToolContext,
): Promise<ToolResult> {
  const { path, now } = await plan(args, context);
  const name = shownName(shownPath(path, context.folders));
  const bytes = toBytes(now);
  await attempting(`edit ${name}`, async () => {
    const files = await context.host.guardedFiles(context);
    await files.write(path, { bytes, replace: true });
  });
  context.seen.set(path, await stateOf(bytes));
  return told(`Edited ${name}`);
}
