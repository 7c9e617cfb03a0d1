import assert from "node:assert/strict";
import type { McpServerConfig } from "../../src/config/tool_tables.ts";
import {
  type OpenServers,
  openServers,
} from "../../src/tools/mcp/open_servers.ts";
import type { Tool, ToolContext, ToolResult } from "../../src/tools/tool.ts";
import { type ChildHost, childHost, serverCommand } from "./child_host.ts";
import { memoryHost } from "./memory_host.ts";

/** Servers that are open for a test. */
export interface OpenedMcp extends AsyncDisposable {
  readonly host: ChildHost;
  /** What was named a secret. */
  readonly hidden: readonly string[];
  readonly warnings: readonly string[];
  tools(): readonly Tool[];
  tool(name: string): Tool;
  call(
    name: string,
    args?: Readonly<Record<string, unknown>>,
  ): Promise<ToolResult>;
  context(): ToolContext;
}

/** The config of a server "s" of `tests/support/mcp_server.ts`. */
export function handServer(
  mode: string,
  changes: Partial<McpServerConfig> = {},
): McpServerConfig {
  return {
    name: "s",
    enabled: true,
    transport: {
      type: "stdio",
      command: serverCommand(mode),
      env: {},
      cwd: undefined,
    },
    timeoutMs: 60_000,
    permissions: {},
    ...changes,
  };
}

/** The config of a server "s" over HTTP. */
export function httpServer(
  url: string,
  changes: Partial<McpServerConfig> = {},
): McpServerConfig {
  const transport = { type: "http", url, headers: {} } as const;
  return handServer("", { transport, ...changes });
}

/** Opens servers for a test, with real programs and the real network. */
export async function openMcp(
  configs: readonly McpServerConfig[],
  host: ChildHost = childHost(),
): Promise<OpenedMcp> {
  const hidden: string[] = [];
  const servers: OpenServers = await openServers(configs, {
    host,
    fetch,
    userAgent: "meka_cli/0",
    hide: (...secrets) => hidden.push(...secrets),
  });
  const opened: OpenedMcp = {
    host,
    hidden,
    warnings: servers.warnings,
    tools: () => servers.tools(),
    tool: (name) => {
      const tool = servers.tools().find((tool) => tool.name === name);
      assert.ok(tool, `there is no ${name}`);
      return tool;
    },
    call: (name, args = {}) => opened.tool(name).run(args, opened.context()),
    context: () => ({
      host: memoryHost(),
      signal: host.interrupt,
      folders: [],
      forbidden: [],
      seen: new Map(),
    }),
    [Symbol.asyncDispose]: () => servers[Symbol.asyncDispose](),
  };
  return opened;
}
