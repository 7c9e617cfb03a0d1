import type { Settings } from "../config/resolve.ts";
import { configPath, databasePath } from "../config/paths.ts";
import { MekaError } from "../errors.ts";
import type { Host } from "../host.ts";
import type { ToolSpec } from "../message.ts";
import { type OpenTools, openTools } from "../tools/mod.ts";
import { type Confirm, makeRunner } from "../tools/run_calls.ts";
import type {
  CallRunner,
  Permission,
  Tool,
  ToolContext,
} from "../tools/tool.ts";
import { type CommandContext, warn } from "./context.ts";
import { readPermission } from "./permission.ts";

/** The tools of a run. */
export interface Toolbox extends AsyncDisposable {
  /** What the model may do by the options. */
  readonly permission: Permission;
  /** What the model is told of and what runs its calls, at a level; tools are opened when they are first needed. */
  at(permission: Permission): Promise<ToolsAtLevel>;
}

/** What a turn needs of the tools. */
export interface ToolsAtLevel {
  readonly tools: readonly ToolSpec[];
  readonly runner: CallRunner | undefined;
}

/** Where tools may go, and where not. */
type Reach = Pick<ToolContext, "folders" | "forbidden">;

/**
 * Prepares the tools for a run.
 *
 * @throws {MekaError} "usage" for a level or a folder that there is not.
 */
export async function openToolbox(
  context: CommandContext,
  { settings, byDefault }: {
    readonly settings: Settings;
    /** The level without `--permission`. */
    readonly byDefault: Permission;
  },
): Promise<Toolbox> {
  const { host, options } = context;
  const permission = readPermission(context, byDefault);
  const reach = await readReach(context);
  const runnerContext = { host, ...reach, seen: new Map<string, string>() };
  const confirm = canAsk(host) ? confirmOn(host) : undefined;
  let opening: Promise<OpenTools> | undefined;
  const open = async (): Promise<OpenTools> => {
    const opened = await openTools({
      context,
      tables: settings.tools,
      allowPrivate: options.has("allow-private"),
    });
    for (const warning of opened.warnings) await warn(context, warning);
    return opened;
  };
  return {
    permission,
    at: async (level) => {
      if (level === "none") return { tools: [], runner: undefined };
      const opened = await (opening ??= open());
      const tools = (): readonly Tool[] =>
        opened.tools().filter((tool) =>
          level !== "read" || tool.level === "read"
        );
      return {
        tools: tools().map(({ name, description, parameters }) => ({
          name,
          description,
          parameters,
        })),
        runner: makeRunner({
          tools,
          permission: level,
          confirm,
          context: runnerContext,
        }),
      };
    },
    [Symbol.asyncDispose]: async () => {
      await (await opening)?.[Symbol.asyncDispose]();
    },
  };
}

/** The folders that the options open to tools, and meka's own, which are closed to them. */
export async function readReach(
  { host, options }: Pick<CommandContext, "host" | "options">,
): Promise<Reach> {
  const folders = [host.cwd(), ...options.get("add-dir") ?? []];
  const own = [databasePath(host), configPath(host)].map(folderOf);
  return {
    folders: await Promise.all(folders.map((path) => realFolder(path, host))),
    forbidden: await Promise.all(
      own.map(async (path) => await host.realPath(path) ?? path),
    ),
  };
}

/** A person answers only where both what is shown and what is typed are seen. */
function canAsk(host: Host): boolean {
  return host.isTerminal("stdin") && host.isTerminal("stderr");
}

function confirmOn(host: Host): Confirm {
  return async ({ tool, shows, signal }) => {
    const question = `The model wants to run ${tool}:\n\n${
      indented(shows)
    }\n\nRun it? [y/N] `;
    const typed = await host.prompt(question, { signal, fresh: true });
    return /^y(?:es)?$/i.test(typed?.trim() ?? "");
  };
}

/** Set off on every line, so that nothing in it can pass for a line of meka's own. */
function indented(text: string): string {
  return text.split("\n").map((line) => `  | ${line}`).join("\n");
}

async function realFolder(path: string, host: Host): Promise<string> {
  const real = await host.realPath(path);
  if (real !== undefined) return real;
  throw new MekaError("usage", `There is no folder "${path}" to add`);
}

function folderOf(path: string): string {
  return path.replace(/[\\/][^\\/]*$/, "") || "/";
}
