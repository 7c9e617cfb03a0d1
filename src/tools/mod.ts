import type { ToolTables } from "../config/tool_tables.ts";
import type { Host } from "../host.ts";
import type { Fetch } from "../http/fetch.ts";
import type { Tool } from "./tool.ts";

/** What the tools of a run are reached with. */
export interface ToolsContext {
  readonly host: Host;
  /** Without cookies. */
  readonly fetch: Fetch;
  readonly userAgent: string;
  /** Names secrets of this run, which must not be shown. */
  readonly hide: (...secrets: readonly string[]) => void;
}

/** The tools of a run. Its disposal ends the servers that were started. */
export interface OpenTools extends AsyncDisposable {
  /** All of them, as they are now: an MCP server may have others later. */
  tools(): readonly Tool[];
  /** What a person should know: servers that are not there, tools that cannot be used. */
  readonly warnings: readonly string[];
}

/** Gathers the tools that are built in, the person's own, and those of MCP servers, which are started for it. */
export async function openTools(
  { context, tables, allowPrivate = false }: {
    readonly context: ToolsContext;
    readonly tables: ToolTables;
    /** `fetch_url` may go to this machine and to private networks. */
    readonly allowPrivate?: boolean;
  },
): Promise<OpenTools> {
  const { builtinTools } = await import("./builtin.ts");
  const fixed = [...builtinTools({ allowPrivate }), ...await ownTools(tables)];
  const servers = await startServers(tables, context);
  return {
    tools: () => [...fixed, ...servers?.tools() ?? []],
    warnings: servers?.warnings ?? [],
    [Symbol.asyncDispose]: async () => {
      await servers?.[Symbol.asyncDispose]();
    },
  };
}

async function ownTools({ own }: ToolTables): Promise<readonly Tool[]> {
  if (own.length === 0) return [];
  const { ownTool } = await import("./own.ts");
  return own.map(ownTool);
}

/** The SDK is loaded only where there is a server to speak to. */
async function startServers(
  { mcp }: ToolTables,
  context: ToolsContext,
): Promise<OpenTools | undefined> {
  const enabled = mcp.filter((server) => server.enabled);
  if (enabled.length === 0) return undefined;
  const { openServers } = await import("./mcp/open_servers.ts");
  return await openServers(enabled, context);
}
