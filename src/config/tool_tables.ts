/** A `[[tools]]` table: a command of the person's own that the model may call. */
export interface OwnToolConfig {
  readonly name: string;
  readonly description: string;
  /** A JSON Schema of an object. */
  readonly parameters: Readonly<Record<string, unknown>>;
  readonly command: readonly [string, ...string[]];
  readonly permission: "read" | "write";
  readonly timeoutMs: number;
}

/** How an MCP server is reached: started here, or over HTTP. */
export type McpTransport = Readonly<
  | {
    type: "stdio";
    command: readonly [string, ...string[]];
    /** Values may name variables, as in "${GITHUB_TOKEN}"; so may those of headers. */
    env: Readonly<Record<string, string>>;
    cwd: string | undefined;
  }
  | { type: "http"; url: string; headers: Readonly<Record<string, string>> }
>;

/** A `[[mcp]]` table: a server of tools. */
export interface McpServerConfig {
  readonly name: string;
  readonly enabled: boolean;
  readonly transport: McpTransport;
  /** How long a call may take. */
  readonly timeoutMs: number;
  /** The person's word on tools of the server, by their names there; it counts for more than the server's. */
  readonly permissions: Readonly<Record<string, "none" | "read" | "write">>;
}

/** What the config says of tools. */
export interface ToolTables {
  readonly own: readonly OwnToolConfig[];
  readonly mcp: readonly McpServerConfig[];
}

/** What a tool of an MCP server is called begins with this. */
export const MCP_PREFIX = "mcp__";

/** The longest name of a tool or server; the services take no longer ones. */
export const LONGEST_NAME = 64;

const DEFAULT_SECONDS = 60;

/** The tables of a config in which `toolProblem()` finds nothing wrong. */
export function readToolTables(root: unknown): ToolTables {
  const table = entriesOf(root);
  return {
    own: listOf(table.get("tools")).map(toOwn),
    mcp: listOf(table.get("mcp")).map(toMcp),
  };
}

/** A table's keys and values. */
export type Entries = ReadonlyMap<string, unknown>;

function toOwn(table: Entries): OwnToolConfig {
  const parameters = table.get("parameters");
  return {
    name: textOf(table, "name") ?? "",
    description: textOf(table, "description") ?? "",
    parameters: isTable(parameters) ? parameters : {},
    command: argvOf(table) ?? [""],
    permission: levelOf(table.get("permission")),
    timeoutMs: timeoutOf(table),
  };
}

function toMcp(table: Entries): McpServerConfig {
  const command = argvOf(table);
  const levels = [...entriesOf(table.get("permissions"))];
  return {
    name: textOf(table, "name") ?? "",
    enabled: table.get("enabled") !== false,
    transport: command === undefined
      ? {
        type: "http",
        url: textOf(table, "url") ?? "",
        headers: textsOf(table, "headers"),
      }
      : {
        type: "stdio",
        command,
        env: textsOf(table, "env"),
        cwd: textOf(table, "cwd"),
      },
    timeoutMs: timeoutOf(table),
    permissions: Object.fromEntries(
      levels.map(([tool, level]) => [
        tool,
        level === "none" ? "none" : levelOf(level),
      ]),
    ),
  };
}

function textOf(table: Entries, key: string): string | undefined {
  const value = table.get(key);
  return typeof value === "string" ? value : undefined;
}

function textsOf(table: Entries, key: string): Record<string, string> {
  const pairs = [...entriesOf(table.get(key))];
  return Object.fromEntries(pairs.map(([name, text]) => [name, `${text}`]));
}

function argvOf(table: Entries): readonly [string, ...string[]] | undefined {
  const value = table.get("command");
  if (!Array.isArray(value)) return undefined;
  const [program = "", ...args] = value.map(String);
  return [program, ...args];
}

function levelOf(value: unknown): "read" | "write" {
  return value === "read" ? "read" : "write";
}

function timeoutOf(table: Entries): number {
  const value = table.get("timeout");
  return 1_000 * (typeof value === "number" ? value : DEFAULT_SECONDS);
}

function listOf(value: unknown): readonly Entries[] {
  return Array.isArray(value) ? value.map(entriesOf) : [];
}

/** What stands in a table; nothing where there is none. */
export function entriesOf(value: unknown): Entries {
  return new Map(isTable(value) ? Object.entries(value) : []);
}

/** Tells whether a value is a table, which a date is not. */
export function isTable(
  value: unknown,
): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value) &&
    !(value instanceof Date);
}
