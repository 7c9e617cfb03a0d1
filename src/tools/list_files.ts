import { isAskedFor, textOf } from "./arguments.ts";
import { GLOB_PARAMETER, makeMatcher } from "./glob.ts";
import { attempting, outcome, told } from "./outcome.ts";
import { shownName, shownPath } from "./shown.ts";
import type { Tool, ToolArguments, ToolContext, ToolResult } from "./tool.ts";
import { makeTurns } from "./turns.ts";
import { IGNORED_PARAMETER, walk } from "./walk.ts";

const MOST_NAMES = 1_000;
const LIMIT_MS = 20_000;

/** Lists a folder, or the files below it whose paths fit a pattern. */
export const listFiles: Tool = {
  name: "list_files",
  description:
    `List what is in a folder, or, with a glob, the files below it whose paths match. What .gitignore says is passed over below it, and .git. At most ${MOST_NAMES} names.`,
  parameters: {
    type: "object",
    properties: {
      path: {
        type: "string",
        description: "The folder; the working folder by default.",
      },
      glob: GLOB_PARAMETER,
      ignored: IGNORED_PARAMETER,
    },
    additionalProperties: false,
  },
  level: "read",
  origin: "built in",
  describe: (args) => {
    const glob = textOf(args, "glob");
    const what = glob === undefined ? "" : ` the files ${shownName(glob)} in`;
    return Promise.resolve(`List${what} ${shownName(pathOf(args))}`);
  },
  run: (args, context) => outcome(() => run(args, context)),
};

function pathOf(args: ToolArguments): string {
  return textOf(args, "path") ?? ".";
}

async function run(
  args: ToolArguments,
  context: ToolContext,
): Promise<ToolResult> {
  const given = pathOf(args);
  const files = await context.host.guardedFiles(context);
  const { path, entries } = await attempting(
    `list ${shownName(given)}`,
    () => files.list(given),
  );
  const glob = textOf(args, "glob");
  if (glob === undefined) {
    const names = entries.filter(({ name }) => name !== ".git")
      .map(({ name, kind }) => shownName(name) + (SIGNS[kind] ?? ""));
    return listed(names.slice(0, MOST_NAMES), [
      ...names.length > MOST_NAMES ? [`${names.length} names in all`] : [],
      ...otherFolders(path, context),
    ]);
  }
  const matcher = await makeMatcher(glob);
  const names: string[] = [];
  const skipped: string[] = [];
  const turn = makeTurns(context, LIMIT_MS);
  const found = walk(path, {
    files,
    folders: context.folders,
    separator: context.host.machine.os === "windows" ? "\\" : "/",
    ignored: isAskedFor(args, "ignored"),
    turn,
    onSkip: (folder) => skipped.push(folder),
  });
  for await (const file of found) {
    if (!await turn() || names.length > MOST_NAMES) break;
    if (!matcher.match(file.name)) continue;
    names.push(shownName(shownPath(file.path, context.folders)));
  }
  return listed(names.slice(0, MOST_NAMES), [
    ...names.length > MOST_NAMES ? ["there are more"] : [],
    ...await turn() ? [] : ["stopped after 20 seconds"],
    ...skipped.length > 0 ? [`${skipped.length} folders were skipped`] : [],
  ]);
}

/** What follows a name that is no file's. */
const SIGNS: Readonly<Record<string, string>> = {
  folder: "/",
  link: " (link)",
  other: " (no file)",
};

/** A model that looks at the working folder learns here what else is open to it. */
function otherFolders(
  path: string,
  { folders: [first, ...others] }: ToolContext,
): readonly string[] {
  return path === first && others.length > 0
    ? [`other folders: ${others.map(shownName).join(", ")}`]
    : [];
}

function listed(
  names: readonly string[],
  notes: readonly string[],
): ToolResult {
  const lines = names.length > 0 ? names : ["[nothing found]"];
  return told([...lines, ...notes.map((note) => `[${note}]`)].join("\n"));
}
