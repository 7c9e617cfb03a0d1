import type {
  McpServerConfig,
  McpTransport,
} from "../../config/tool_tables.ts";
import { MekaError } from "../../errors.ts";
import type { Host } from "../../host.ts";
import type { ToolArguments, ToolLevel, ToolResult } from "../tool.ts";
import type { ConnectContext, Connection } from "./connect.ts";
import { Failure } from "./failure.ts";
import { type Parameters, toParameters } from "./parameters.ts";
import { readResult, readTools, type ServerTool } from "./wire.ts";

/** How long a server may take from its start to its list of tools, in milliseconds. */
const START_MS = 10_000;

/** How often a server that ended is started anew in a run. */
const MOST_RESTARTS = 3;

/** How often a server is asked for its tools because it says that they have changed. */
const MOST_REFRESHES = 100;

/** The most tools of a server, and the most pages that it tells them on. */
const MOST_TOOLS = 256;
const MOST_PAGES = 50;

/** What servers are reached with. */
export interface ServerContext extends ConnectContext {
  readonly host: Pick<
    Host,
    "startChild" | "childEnv" | "sleep" | "interrupt" | "env"
  >;
  /** Names what must not be shown. */
  readonly hide: (...secrets: readonly string[]) => void;
}

/** A tool of a server, as far as meka can offer it. */
export interface UsableTool extends Pick<ServerTool, "name" | "description"> {
  readonly parameters: Parameters;
  readonly level: ToolLevel;
}

/** A server of tools, which may end and be started anew while meka runs. */
export class McpServer implements AsyncDisposable {
  readonly config: McpServerConfig;
  readonly #context: ServerContext;
  #connection: Connection | undefined;
  #connecting: Promise<Connection> | undefined;
  #restarts = 0;
  #refreshes = 0;
  #refreshing = false;
  /** It has said that its list is another one by now. */
  #stale = false;
  #tools: readonly UsableTool[] = [];
  #warnings: readonly string[] = [];
  #closed = false;

  constructor(config: McpServerConfig, context: ServerContext) {
    this.config = config;
    this.#context = context;
  }

  /** What it offers now, without what the person has taken from it. */
  get tools(): readonly UsableTool[] {
    return this.#tools;
  }

  /** What a person should know of the last list. */
  get warnings(): readonly string[] {
    return this.#warnings;
  }

  /**
   * Starts it and asks for its tools.
   *
   * @throws {Failure} when it does not answer in time, or not as it should.
   */
  async open(): Promise<void> {
    await this.#live();
  }

  /** Calls a tool. Whatever becomes of the server, there is a result; only the signal throws. */
  async call(
    tool: string,
    args: ToolArguments,
    signal: AbortSignal,
  ): Promise<ToolResult> {
    try {
      return await this.#call(tool, args, signal);
    } catch (error) {
      signal.throwIfAborted();
      const why = error instanceof Failure || error instanceof MekaError
        ? error.message
        : "its result cannot be read";
      const output = `The MCP server "${this.config.name}" failed: ${why}`;
      return { output, error: true };
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed = true;
    // One that is about to come is waited for, so that nothing is left behind.
    const late = await this.#connecting?.catch(() => undefined);
    await (late ?? this.#connection)?.[Symbol.asyncDispose]();
  }

  async #call(
    name: string,
    args: ToolArguments,
    signal: AbortSignal,
  ): Promise<ToolResult> {
    const params = { name, arguments: args };
    const limits = { timeoutMs: this.config.timeoutMs, signal };
    const connection = await this.#live();
    try {
      return readResult(await connection.request("tools/call", params, limits));
    } catch (error) {
      if (!(error instanceof Failure) || !error.forgotten) throw error;
      // It knows the session no more, and so has not seen the call.
      await connection[Symbol.asyncDispose]();
      const next = await this.#live();
      return readResult(await next.request("tools/call", params, limits));
    }
  }

  /** The connection, made anew where the server has ended since. */
  async #live(): Promise<Connection> {
    if (this.#closed) throw new Failure("it was closed");
    const present = this.#connection;
    if (present !== undefined && present.end === undefined) return present;
    if (this.#connecting === undefined) {
      if (present?.end !== undefined && this.#restarts++ >= MOST_RESTARTS) {
        throw new Failure(present.end);
      }
      // Calls that come beside each other share it.
      this.#connecting = this.#connect().finally(() => {
        this.#connecting = undefined;
      });
    }
    return await this.#connecting;
  }

  async #connect(): Promise<Connection> {
    const transport = expand(this.config.transport, this.#context);
    const { host } = this.#context;
    const late = new AbortController();
    const signal = AbortSignal.any([host.interrupt, late.signal]);
    const ended = new AbortController();
    const reason = `it did not start within ${START_MS / 1000} s`;
    host.sleep(START_MS, ended.signal)
      .then(() => late.abort(new Failure(reason)), () => {});
    try {
      const { connect } = await loadConnect();
      const connection = await connect(transport, {
        ...this.#context,
        signal,
        onToolsChanged: () => this.#refresh(),
      });
      this.#connection = connection;
      try {
        await this.#list(connection, signal);
      } catch (error) {
        await connection[Symbol.asyncDispose]();
        throw error;
      }
      return connection;
    } finally {
      ended.abort();
    }
  }

  /** Asks for the tools anew; a list that does not come leaves the one there is. */
  async #refresh(): Promise<void> {
    // While it is asked, it need not be asked again for each time that it says so; once more afterwards will do.
    this.#stale = true;
    if (this.#refreshing || this.#connecting !== undefined) return;
    this.#refreshing = true;
    try {
      while (this.#stale && this.#refreshes++ < MOST_REFRESHES) {
        this.#stale = false;
        if (this.#connection === undefined) return;
        await this.#list(this.#connection, this.#context.host.interrupt);
      }
    } catch {
      // The server has ended, or does not answer: the next call tells.
    } finally {
      this.#refreshing = false;
    }
  }

  async #list(connection: Connection, signal: AbortSignal): Promise<void> {
    const found: ServerTool[] = [];
    if (connection.offersTools) {
      let cursor: string | undefined;
      for (let page = 0; page < MOST_PAGES; page++) {
        const params = cursor === undefined ? {} : { cursor };
        const limits = { timeoutMs: START_MS, signal };
        const result = await connection.request("tools/list", params, limits);
        const { tools, next } = readTools(result);
        found.push(...tools);
        if (next === undefined || found.length > MOST_TOOLS) break;
        cursor = next;
      }
    }
    this.#take(found);
  }

  #take(found: readonly ServerTool[]): void {
    const { permissions } = this.config;
    const warnings: string[] = [];
    const warn = (text: string): unknown =>
      warnings.push(`The MCP server "${this.config.name}" ${text}`);
    if (found.length > MOST_TOOLS) {
      warn(`has more than ${MOST_TOOLS} tools; the rest is left out`);
    }
    for (const name of Object.keys(permissions)) {
      if (found.some((tool) => tool.name === name)) continue;
      warn(`has no tool "${name}", which its \`permissions\` name`);
    }
    this.#tools = found.slice(0, MOST_TOOLS).flatMap((tool) => {
      const { name, description, inputSchema, readOnly } = tool;
      const own = Object.hasOwn(permissions, name)
        ? permissions[name]
        : undefined;
      const level = own ?? (readOnly ? "read" : "write");
      if (level === "none") return [];
      const parameters = toParameters(inputSchema);
      if (typeof parameters !== "string") {
        return { name, description, parameters, level };
      }
      warn(`has a tool "${name}" that cannot be used: ${parameters}`);
      return [];
    });
    this.#warnings = warnings;
  }
}

/** Loads what speaks to servers. */
async function loadConnect(): Promise<typeof import("./connect.ts")> {
  // Set before the SDK is there: its readers of messages would make code of their schemas while meka runs.
  const { config } = await import("zod/v4/core");
  config({ jitless: true });
  return await import("./connect.ts");
}

/** The transport with variables' values in the place of their names; these and all headers are secrets. */
function expand(transport: McpTransport, context: ServerContext): McpTransport {
  return transport.type === "stdio"
    ? { ...transport, env: expandAll(transport.env, context) }
    : { ...transport, headers: expandAll(transport.headers, context) };
}

function expandAll(
  table: Readonly<Record<string, string>>,
  { host, hide }: ServerContext,
): Readonly<Record<string, string>> {
  const pairs = Object.entries(table).map(([key, text]) => {
    const value = text.replace(/\$\{(\w+)\}/g, (_, name: string) => {
      const variable = host.env(name);
      if (variable === undefined) {
        throw new Failure(`the variable ${name} is not set, which it needs`);
      }
      hide(variable);
      return variable;
    });
    hide(value);
    return [key, value] as const;
  });
  return Object.fromEntries(pairs);
}
