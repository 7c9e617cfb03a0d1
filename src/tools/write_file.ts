import { textOf } from "./arguments.ts";
import { readToChange } from "./change.ts";
import { difference, marked } from "./difference.ts";
import { attempting, outcome, told } from "./outcome.ts";
import { shownName, shownPath } from "./shown.ts";
import { type FileText, stateOf, toBytes } from "./text_file.ts";
import type { Tool, ToolArguments, ToolContext, ToolResult } from "./tool.ts";

/** Writes a new file, or a file that was read before anew. */
export const writeFile: Tool = {
  name: "write_file",
  description:
    "Write a whole file: a new one, with the folders that it needs, or the new content of one that was read before. Change a few lines with edit_file instead.",
  parameters: {
    type: "object",
    properties: {
      path: { type: "string" },
      content: { type: "string" },
    },
    required: ["path", "content"],
    additionalProperties: false,
  },
  level: "write",
  origin: "built in",
  describe: async (args, context) => {
    const { path, old, now } = await plan(args, context);
    const name = shownName(shownPath(path, context.folders));
    if (old === undefined && now.text === "") {
      return `Write the new file ${name}, which is empty`;
    }
    return old === undefined
      ? `Write the new file ${name}:\n${marked("+", now.text)}`
      : `Write ${name} anew:\n${await difference(old.text, now.text)}`;
  },
  run: (args, context) => outcome(() => run(args, context)),
};

/** A file that can be written. */
interface Plan {
  /** The real path. */
  readonly path: string;
  /** Undefined for a new file. */
  readonly old: FileText | undefined;
  readonly now: FileText;
}

function plan(args: ToolArguments, context: ToolContext): Promise<Plan> {
  const given = textOf(args, "path") ?? "";
  const text = textOf(args, "content") ?? "";
  return attempting(`write ${shownName(given)}`, async () => {
    const files = await context.host.guardedFiles(context);
    const { path, kind } = files.locate(given);
    if (kind === "missing") {
      return { path, old: undefined, now: { text, marked: false } };
    }
    const { seen } = context;
    const old = await readToChange(path, { files, seen });
    // What the model writes has plain ends, which it also saw.
    const ends = /\r?\n/.exec(old.text)?.[0] ?? "\n";
    const kept = ends === "\n" ? text : text.replaceAll(/\r?\n/g, ends);
    return { path, old, now: { text: kept, marked: old.marked } };
  });
}

async function run(
  args: ToolArguments,
  context: ToolContext,
): Promise<ToolResult> {
  const { path, old, now } = await plan(args, context);
  const name = shownName(shownPath(path, context.folders));
  const bytes = toBytes(now);
  await attempting(`write ${name}`, async () => {
    const files = await context.host.guardedFiles(context);
    await files.write(path, { bytes, replace: old !== undefined });
  });
  context.seen.set(path, await stateOf(bytes));
  return told(`Wrote ${name}, ${bytes.length} bytes`);
}
