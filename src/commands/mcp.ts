import { addServer, removeServer } from "../config/edit_mcp.ts";
import { configPath } from "../config/paths.ts";
import { readConfigText } from "../config/read_config_text.ts";
import { resolveSettings } from "../config/resolve.ts";
import { toolProblem } from "../config/tool_problem.ts";
import type { McpServerConfig, McpTransport } from "../config/tool_tables.ts";
import { MekaError } from "../errors.ts";
import { PROVIDERS } from "../providers/mod.ts";
import { type CommandContext, jsonLine, note, text, warn } from "./context.ts";
import { table } from "./table.ts";

/** Lists the servers of the config; the values of variables and headers stay unsaid. */
export async function mcpList(context: CommandContext): Promise<number> {
  const { host, options, clean } = context;
  const servers = await configured(context);
  const rows = servers.map((server) => [
    server.name,
    server.transport.type,
    server.enabled ? "on" : "off",
    // A person may have put a key there.
    clean(whereOf(server.transport)),
  ]);
  const output = options.has("json")
    ? jsonLine(
      { servers: servers.map((server) => toJson(server, clean)) },
      context,
    )
    : rows.length === 0
    ? ""
    : await table(
      ["NAME", "TYPE", "STATE", "COMMAND OR URL"],
      rows,
      host.isTerminal("stdout"),
    );
  await host.write({ to: "stdout", text: output });
  if (servers.length === 0) {
    await note(context, "There are no MCP servers; `meka mcp add` adds one");
  }
  return 0;
}

/**
 * Starts the servers and lists what they offer.
 *
 * @throws {MekaError} "network" when the one that was named is not there.
 */
export async function mcpTools(context: CommandContext): Promise<number> {
  const { host, options, words: [name] } = context;
  const servers = await configured(context);
  const wanted = name === undefined
    ? servers.filter((server) => server.enabled)
    : [find(name, servers)];
  const { openServers } = await import("../tools/mcp/open_servers.ts");
  await using opened = await openServers(wanted, context);
  const [failure] = opened.missing;
  if (name !== undefined && failure !== undefined) {
    throw new MekaError("network", failure);
  }
  for (const warning of opened.warnings) await warn(context, warning);
  const { listTools } = await import("./tools.ts");
  await host.write({
    to: "stdout",
    text: await listTools(opened.tools(), {
      json: options.has("json"),
      context,
    }),
  });
  return 0;
}

/** Adds a server to the config. */
export async function mcpAdd(context: CommandContext): Promise<number> {
  const { host, words: [name, ...command] } = context;
  if (name === undefined) {
    throw new MekaError("usage", "`meka mcp add` needs a name for the server", {
      hint: "For example `meka mcp add files -- npx -y server-files`",
    });
  }
  const transport = readTransport(context, command);
  const problem = toolProblem({ mcp: [{ name, ...keysOf(transport) }] });
  if (problem !== undefined) {
    const says = problem.says.replace(/^"mcp\.(\w+)"/, "The server's $1");
    throw new MekaError("usage", says, { hint: problem.hint });
  }
  const servers = await configured(context);
  if (servers.some((server) => server.name === name)) {
    throw new MekaError("usage", `There is an MCP server "${name}" already`, {
      hint: `\`meka mcp remove ${name}\` removes it`,
    });
  }
  const path = configPath(host);
  const before = await readConfigText(path, host) ?? "";
  const after = await addServer(before, { name, transport }, path);
  await write(after, context);
  await note(
    context,
    `The MCP server "${name}" is in the config; \`meka mcp tools ${name}\` shows what it offers`,
  );
  return 0;
}

/** Removes a server from the config. */
export async function mcpRemove(context: CommandContext): Promise<number> {
  const { host, words: [name] } = context;
  if (name === undefined) {
    throw new MekaError("usage", "`meka mcp remove` needs a server's name");
  }
  find(name, await configured(context));
  const path = configPath(host);
  const before = await readConfigText(path, host) ?? "";
  const after = await removeServer(before, name, path);
  await write(after ?? before, context);
  await note(context, `The MCP server "${name}" is in the config no more`);
  return 0;
}

async function configured(
  { host }: CommandContext,
): Promise<readonly McpServerConfig[]> {
  const { tools } = await resolveSettings({
    flag: () => undefined,
    host,
    configPath: configPath(host),
    providers: PROVIDERS,
  });
  return tools.mcp;
}

function find(
  name: string,
  servers: readonly McpServerConfig[],
): McpServerConfig {
  const found = servers.find((server) => server.name === name);
  if (found !== undefined) return found;
  const names = servers.map((server) => server.name).join(", ");
  throw new MekaError("usage", `There is no MCP server "${name}"`, {
    hint: names === "" ? "There are none" : `There are: ${names}`,
  });
}

/** The transport that the options and words name, as it would be written. */
function readTransport(
  context: CommandContext,
  [program, ...args]: readonly string[],
): McpTransport {
  const url = text(context, "url");
  const { options } = context;
  if (url !== undefined) {
    if (program !== undefined || options.has("env")) {
      const what = program === undefined ? "`--env`" : "A command";
      throw new MekaError("usage", `${what} cannot stand beside \`--url\``);
    }
    const headers = pairs(context, "header", ":");
    return { type: "http", url, headers };
  }
  if (program === undefined) {
    throw new MekaError(
      "usage",
      "What starts the server, or its `--url`, is missing",
      {
        hint: "For example `meka mcp add files -- npx -y server-files`",
      },
    );
  }
  if (options.has("header")) {
    throw new MekaError("usage", "`--header` needs a server with `--url`");
  }
  const env = pairs(context, "env", "=");
  return { type: "stdio", command: [program, ...args], env, cwd: undefined };
}

function pairs(
  { options }: CommandContext,
  option: "env" | "header",
  mark: string,
): Readonly<Record<string, string>> {
  return Object.fromEntries((options.get(option) ?? []).map((typed) => {
    const at = typed.indexOf(mark);
    // Never quoted: it may be a secret.
    const value = typed.slice(at + 1);
    // What surrounds a header's value is no part of it (RFC 9110, section 5.5).
    if (at > 0) {
      return [typed.slice(0, at), mark === ":" ? value.trim() : value];
    }
    throw new MekaError(
      "usage",
      `\`--${option}\` must be a name, "${mark}" and a value`,
    );
  }));
}

/** The keys of a `[[mcp]]` table. */
function keysOf(transport: McpTransport): object {
  return transport.type === "http"
    ? { url: transport.url, headers: transport.headers }
    : { command: transport.command, env: transport.env };
}

async function write(
  edited: string,
  { host }: CommandContext,
): Promise<void> {
  const path = configPath(host);
  try {
    await host.replaceFile(path, edited);
  } catch (error) {
    const why = error instanceof Error ? error.message : "unknown reason";
    throw new MekaError("config", `"${path}" was not written: ${why}`, {
      cause: error,
    });
  }
}

function whereOf(transport: McpTransport): string {
  return transport.type === "http"
    ? transport.url
    : transport.command.join(" ");
}

function toJson(
  { name, enabled, transport, timeoutMs, permissions }: McpServerConfig,
  clean: CommandContext["clean"],
): object {
  return {
    name,
    enabled,
    type: transport.type,
    ...transport.type === "http"
      ? { url: transport.url, headers: Object.keys(transport.headers) }
      : {
        command: transport.command.map(clean),
        env: Object.keys(transport.env),
        cwd: transport.cwd ?? null,
      },
    timeout: timeoutMs / 1000,
    permissions,
  };
}
