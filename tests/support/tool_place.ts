import { runProgram } from "../../src/deno_command.ts";
import { guardedFiles } from "../../src/deno_files.ts";
import type { Host } from "../../src/host.ts";
import { builtinTools } from "../../src/tools/builtin.ts";
import type {
  Tool,
  ToolArguments,
  ToolContext,
  ToolResult,
} from "../../src/tools/tool.ts";
import { memoryHost, type MemoryHostOptions } from "./memory_host.ts";

/** Real folders for tools, gone when it is disposed. */
export interface ToolPlace extends AsyncDisposable {
  /** The folder of everything. */
  readonly base: string;
  /** The working folder, in it. */
  readonly root: string;
  readonly context: ToolContext;
  /** Makes a file, with the folders above it, by its path from the base; returns its whole path. */
  put(path: string, content: string | Uint8Array): Promise<string>;
  text(path: string): Promise<string>;
  tool(name: string): Tool;
  run(name: string, args: ToolArguments): Promise<ToolResult>;
  describe(name: string, args: ToolArguments): Promise<string>;
}

/** What a test may want otherwise. */
export interface ToolPlaceOptions extends MemoryHostOptions {
  readonly allowPrivate?: boolean;
  /** Further folders that are open to tools, from the base. */
  readonly others?: readonly string[];
  /** Folders that are closed to them, from the base. */
  readonly forbidden?: readonly string[];
  readonly signal?: AbortSignal;
}

/** A host in memory, but for the files and programs of this machine. */
function realisticHost(options: ToolPlaceOptions): Host {
  const env = { PATH: Deno.env.get("PATH") ?? "", ...options.env };
  return {
    ...memoryHost({ ...options, os: Deno.build.os }),
    elapsed: () => performance.now(),
    guardedFiles: (bounds) => Promise.resolve(guardedFiles(bounds)),
    runProgram: (call) => runProgram(call, env),
  };
}

/** Makes a {@linkcode ToolPlace}. */
export async function toolPlace(
  options: ToolPlaceOptions = {},
): Promise<ToolPlace> {
  const made = await Deno.makeTempDir({ prefix: "meka-tools-" });
  const base = await Deno.realPath(made);
  const root = `${base}/root`;
  await Deno.mkdir(root);
  const { others = [], forbidden = [], allowPrivate = false } = options;
  const context: ToolContext = {
    host: realisticHost(options),
    signal: options.signal ?? new AbortController().signal,
    folders: [root, ...others.map((name) => `${base}/${name}`)],
    forbidden: forbidden.map((name) => `${base}/${name}`),
    seen: new Map(),
  };
  const tools = builtinTools({ allowPrivate });
  const tool = (name: string): Tool => {
    const found = tools.find((one) => one.name === name);
    if (found !== undefined) return found;
    throw new Error(`no tool "${name}"`);
  };
  return {
    base,
    root,
    context,
    tool,
    put: async (name, content) => {
      const path = `${base}/${name}`;
      await Deno.mkdir(path.replace(/\/[^/]*$/, ""), { recursive: true });
      await (typeof content === "string"
        ? Deno.writeTextFile(path, content)
        : Deno.writeFile(path, content));
      return path;
    },
    text: (name) => Deno.readTextFile(`${base}/${name}`),
    run: (name, args) => tool(name).run(args, context),
    describe: (name, args) => tool(name).describe(args, context),
    [Symbol.asyncDispose]: () => Deno.remove(base, { recursive: true }),
  };
}
