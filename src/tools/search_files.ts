import { type GuardedFiles, Refusal } from "../host.ts";
import { isAskedFor, numberOf, textOf } from "./arguments.ts";
import { GLOB_PARAMETER, makeMatcher } from "./glob.ts";
import { attempting, outcome, told } from "./outcome.ts";
import { compileRegex, LineSearch } from "./search_text.ts";
import { shownName, shownPath } from "./shown.ts";
import { isBinary } from "./text_file.ts";
import type { Tool, ToolArguments, ToolContext, ToolResult } from "./tool.ts";
import { makeTurns } from "./turns.ts";
import { IGNORED_PARAMETER, walk } from "./walk.ts";

/** Larger files are passed over, in bytes. */
const LARGEST_FILE = 4 * 1024 * 1024;
const MOST = { matches: 200, chars: 60_000 } as const;
const LIMIT_MS = 20_000;

/** Finds lines in text files. */
export const searchFiles: Tool = {
  name: "search_files",
  description:
    `Search text files line by line with a regular expression in RE2 syntax: no look-around, no backreferences. What .gitignore says is passed over, and .git. Matching lines come as "path:number:line", those around them as "path-number-line"; at most ${MOST.matches} matches.`,
  parameters: {
    type: "object",
    properties: {
      pattern: { type: "string", minLength: 1, maxLength: 1_000 },
      path: {
        type: "string",
        description: "A folder or one file; the working folder by default.",
      },
      glob: GLOB_PARAMETER,
      ignore_case: { type: "boolean" },
      context: {
        type: "integer",
        minimum: 0,
        maximum: 20,
        description: "How many lines to show before and after each match.",
      },
      ignored: IGNORED_PARAMETER,
    },
    required: ["pattern"],
    additionalProperties: false,
  },
  level: "read",
  origin: "built in",
  describe: (args) => {
    const pattern = JSON.stringify(textOf(args, "pattern"));
    return Promise.resolve(
      `Search ${shownName(pathOf(args))} for ${pattern}`,
    );
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
  const regex = await attempting(
    "search",
    () =>
      compileRegex(textOf(args, "pattern") ?? "", {
        ignoreCase: isAskedFor(args, "ignore_case"),
      }),
  );
  const around = numberOf(args, "context") ?? 0;
  const search = new LineSearch(regex, { around, most: MOST });
  const turn = makeTurns(context, LIMIT_MS);
  const files = await context.host.guardedFiles(context);
  const skipped: string[] = [];
  const onSkip = (path: string): void => void skipped.push(path);
  const paths = pathsToSearch(args, context, { files, turn, onSkip });
  for await (const { path, isAsked } of paths) {
    if (search.isFull || !await turn()) break;
    const name = shownName(shownPath(path, context.folders));
    const text = await attempting(
      `search ${name}`,
      () => readText(path, { files, onSkip: isAsked ? undefined : onSkip }),
    );
    if (text !== undefined) await search.search(text, { name, turn });
  }
  const lines = search.lines.length > 0 ? search.lines : ["[nothing found]"];
  const notes = [
    ...search.isFull ? ["there may be more matches"] : [],
    ...await turn() ? [] : ["stopped after 20 seconds"],
    ...skipped.length > 0 ? [`not searched: ${named(skipped, context)}`] : [],
  ];
  return told([...lines, ...notes.map((note) => `[${note}]`)].join("\n"));
}

/** A file to search. */
interface Wanted {
  readonly path: string;
  /** The call names it. */
  readonly isAsked: boolean;
}

async function* pathsToSearch(
  args: ToolArguments,
  { host, folders }: ToolContext,
  { files, turn, onSkip }: {
    readonly files: GuardedFiles;
    readonly turn: () => Promise<boolean>;
    readonly onSkip: (path: string) => void;
  },
): AsyncGenerator<Wanted, void, undefined> {
  const given = pathOf(args);
  const { path, kind } = await attempting(
    `search ${shownName(given)}`,
    () => {
      const place = files.locate(given);
      if (place.kind !== "missing") return place;
      throw new Refusal("there is no such file or folder");
    },
  );
  if (kind === "file") return yield { path, isAsked: true };
  const glob = textOf(args, "glob");
  const matcher = glob === undefined ? undefined : await makeMatcher(glob);
  const ignored = isAskedFor(args, "ignored");
  const separator = host.machine.os === "windows" ? "\\" : "/";
  const way = { files, folders, ignored, separator, turn, onSkip } as const;
  for await (const { path: found, name, isLink } of walk(path, way)) {
    // What it leads to is searched where it is.
    if (isLink || matcher?.match(name) === false) continue;
    yield { path: found, isAsked: false };
  }
}

/** A file's text; undefined for one that holds something else, or is skipped where that can be told. */
function readText(
  path: string,
  { files, onSkip }: {
    readonly files: GuardedFiles;
    readonly onSkip: ((path: string) => void) | undefined;
  },
): string | undefined {
  try {
    const { bytes } = files.read(path, LARGEST_FILE);
    return isBinary(bytes) ? undefined : new TextDecoder().decode(bytes);
  } catch (error) {
    if (onSkip === undefined || !(error instanceof Refusal)) throw error;
    onSkip(path);
    return undefined;
  }
}

/** A few of the paths, and how many more there are. */
function named(
  paths: readonly string[],
  { folders }: ToolContext,
): string {
  const few = paths.slice(0, 5).map((path) =>
    shownName(shownPath(path, folders))
  );
  const more = paths.length - few.length;
  return `${few.join(", ")}${more > 0 ? ` and ${more} more` : ""}`;
}
