import { configPath } from "../config/paths.ts";
import { resolveSettings } from "../config/resolve.ts";
import { MCP_PREFIX, type McpServerConfig } from "../config/tool_tables.ts";
import { MekaError } from "../errors.ts";
import { stripControl, visible } from "../http/redact.ts";
import { PROVIDERS } from "../providers/mod.ts";
import { type OpenTools, openTools } from "../tools/mod.ts";

import type {
  Tool,
  ToolArguments,
  ToolContext,
  ToolResult,
} from "../tools/tool.ts";
import { type CommandContext, jsonLine, note, warn } from "./context.ts";
import { table } from "./table.ts";
import { readReach } from "./toolbox.ts";

/** Lists the tools that a model may use. */
export async function toolsList(context: CommandContext): Promise<number> {
  await using opened = await open(context);
  for (const warning of opened.warnings) await warn(context, warning);
  const json = context.options.has("json");
  const text = await listTools(opened.tools(), { json, context });
  await context.host.write({ to: "stdout", text });
  return 0;
}

/** A list of tools as stdout has it. */
export async function listTools(
  tools: readonly Tool[],
  { json, context }: {
    readonly json: boolean;
    readonly context: CommandContext;
  },
): Promise<string> {
  if (json) {
    const list = tools.map((
      { name, level, origin, description, parameters },
    ) => ({
      name,
      level,
      origin,
      description,
      parameters,
    }));
    return jsonLine({ tools: list }, context);
  }
  if (tools.length === 0) return "";
  const onTerminal = context.host.isTerminal("stdout");
  const rows = tools.map(({ name, level, origin, description }) => [
    name,
    level,
    origin,
    onTerminal ? firstWords(description) : description,
  ]);
  const head = ["TOOL", "LEVEL", "ORIGIN", "DESCRIPTION"];
  return await table(head, rows, onTerminal);
}

/** The most of a description that a line on the screen has, in characters. */
const SHOWN_DESCRIPTION = 60;

function firstWords(description: string): string {
  const [line = ""] = description.trim().split("\n");
  if (line.length <= SHOWN_DESCRIPTION) return line;
  return `${line.slice(0, SHOWN_DESCRIPTION).replace(/\s*\S*$/, "")}…`;
}

/**
 * Runs one tool.
 *
 * @throws {MekaError} "usage" for a tool that there is not, arguments that do not fit, or where nobody can permit it.
 */
export async function toolsRun(context: CommandContext): Promise<number> {
  const { host, options, words: [name, json = "{}"] } = context;
  if (name === undefined) {
    throw new MekaError("usage", "`meka tools run` needs the name of a tool");
  }
  const given = readArguments(json);
  await using opened = await open(context, name);
  for (const warning of opened.warnings) await warn(context, warning);
  const tool = find(name, opened.tools());
  const { validate } = await import("../tools/json_schema.ts");
  const misfit = validate(tool.checkedBy ?? tool.parameters, given);
  if (misfit !== undefined) {
    throw new MekaError(
      "usage",
      `The arguments do not fit the tool's schema: ${misfit.message}`,
    );
  }
  const signal = host.interrupt;
  const seen = new Map<string, string>();
  const toolContext = { host, signal, seen, ...await readReach(context) };
  if (!await mayRun(tool, given, { context, toolContext })) {
    await note(context, "It was not run");
    return 1;
  }
  const result = await tool.run(given, toolContext);
  return await tell(result, context, options.has("json"));
}

/** Opens the tools; for the name of one, no more servers than it can be of. */
async function open(
  context: CommandContext,
  name?: string,
): Promise<OpenTools> {
  const { tools } = await resolveSettings({
    flag: () => undefined,
    host: context.host,
    configPath: configPath(context.host),
    providers: PROVIDERS,
  });
  const mcp = name === undefined ? tools.mcp : serversOf(name, tools.mcp);
  return await openTools({
    context,
    tables: { ...tools, mcp },
    allowPrivate: context.options.has("allow-private"),
  });
}

function serversOf(
  name: string,
  servers: readonly McpServerConfig[],
): readonly McpServerConfig[] {
  if (!name.startsWith(MCP_PREFIX)) return [];
  const own = servers.filter((server) =>
    name.startsWith(`${MCP_PREFIX}${server.name}__`)
  );
  // A name that was shortened need not have its server's whole name.
  return own.length === 0 ? servers : own;
}

function readArguments(json: string): ToolArguments {
  let given: unknown;
  try {
    given = JSON.parse(json);
  } catch {
    throw new MekaError("usage", "The arguments are not valid JSON");
  }
  if (isObject(given)) return given;
  throw new MekaError("usage", "The arguments must be a JSON object");
}

function find(name: string, tools: readonly Tool[]): Tool {
  const tool = tools.find((tool) => tool.name === name);
  if (tool !== undefined) return tool;
  const names = tools.map(({ name }) => name).join(", ");
  throw new MekaError("usage", `There is no tool "${name}"`, {
    hint: `There are: ${names}`,
  });
}

/** Asks where a tool may change something, unless it was said beforehand that it may. */
async function mayRun(
  tool: Tool,
  args: ToolArguments,
  { context: { host, options }, toolContext }: {
    readonly context: CommandContext;
    readonly toolContext: ToolContext;
  },
): Promise<boolean> {
  if (tool.level === "read" || options.has("yes")) return true;
  if (!host.isTerminal("stdin") || !host.isTerminal("stderr")) {
    throw new MekaError(
      "usage",
      `"${tool.name}" may change something, and nobody can be asked here`,
      { hint: "Pass `--yes` to run it" },
    );
  }
  const shows = visible(await tool.describe(args, toolContext));
  const typed = await host.prompt(`${shows}\n\nRun it? [y/N] `);
  return /^y(?:es)?$/i.test(typed?.trim() ?? "");
}

/** Writes a result where it belongs; a failure of the tool is one of the command. */
async function tell(
  { output, images = [], error }: ToolResult,
  context: CommandContext,
  json: boolean,
): Promise<number> {
  const { host } = context;
  if (json) {
    const pictures = images.map(({ mediaType, base64 }) => ({
      media_type: mediaType,
      base64,
    }));
    const text = jsonLine({ output, images: pictures, error }, context);
    await host.write({ to: "stdout", text });
  } else {
    const to = error ? "stderr" : "stdout";
    const shown = host.isTerminal(to) ? stripControl(output) : output;
    await host.write({ to, text: shown.endsWith("\n") ? shown : `${shown}\n` });
  }
  return error ? 1 : 0;
}

function isObject(value: unknown): value is ToolArguments {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
