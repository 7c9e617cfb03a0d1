import type { McpServerConfig } from "../../config/tool_tables.ts";
import { MekaError } from "../../errors.ts";
import type { Tool } from "../tool.ts";
import { Failure } from "./failure.ts";
import { toolNames } from "./names.ts";
import { McpServer, type ServerContext, type UsableTool } from "./server.ts";

/** The servers of a run. */
export interface OpenServers extends AsyncDisposable {
  /** The tools of all of them, as they are now. */
  tools(): readonly Tool[];
  /** What a person should know: servers that are not there, tools that cannot be used. */
  readonly warnings: readonly string[];
  /** Those of the warnings that tell of servers that are not there. */
  readonly missing: readonly string[];
}

/** Starts servers beside each other. One that fails is left out, with a warning. */
export async function openServers(
  configs: readonly McpServerConfig[],
  context: ServerContext,
): Promise<OpenServers> {
  const opening = configs.map((config) => new McpServer(config, context));
  const failures = await Promise.all(opening.map(failureOf));
  const servers = opening.filter((_, at) => failures[at] === undefined);
  const close = async (): Promise<void> => {
    await Promise.all(opening.map((server) => server[Symbol.asyncDispose]()));
  };
  if (context.host.interrupt.aborted) {
    await close();
    throw context.host.interrupt.reason;
  }
  const missing = opening.flatMap(({ config }, at) =>
    failures[at] === undefined
      ? []
      : `The MCP server "${config.name}" is not there: ${failures[at]}`
  );
  return {
    tools: () => toolsOf(servers),
    warnings: [...missing, ...servers.flatMap(({ warnings }) => warnings)],
    missing,
    [Symbol.asyncDispose]: close,
  };
}

async function failureOf(server: McpServer): Promise<string | undefined> {
  try {
    await server.open();
    return undefined;
  } catch (error) {
    // Nothing that a server does may end the run.
    return error instanceof Failure || error instanceof MekaError
      ? error.message
      : "it does not answer as an MCP server";
  }
}

/** The tools of servers, in the order of the config and of each server. */
export function toolsOf(servers: readonly McpServer[]): readonly Tool[] {
  const all = servers.flatMap((server) =>
    server.tools.map((tool) => ({ server, tool }))
  );
  const names = toolNames(all.map(({ server, tool }) => ({
    server: server.config.name,
    tool: tool.name,
  })));
  return all.flatMap(({ server, tool }, at) => {
    const name = names[at];
    return name === undefined ? [] : toTool(name, server, tool);
  });
}

function toTool(name: string, server: McpServer, tool: UsableTool): Tool {
  return {
    name,
    description: tool.description,
    parameters: tool.parameters.told,
    checkedBy: tool.parameters.checked,
    level: tool.level,
    origin: `mcp ${server.config.name}`,
    describe: (args) =>
      Promise.resolve(
        `Call the tool ${
          JSON.stringify(tool.name)
        } of the MCP server "${server.config.name}" with\n` +
          JSON.stringify(args, undefined, 2),
      ),
    run: (args, { signal }) => server.call(tool.name, args, signal),
  };
}
