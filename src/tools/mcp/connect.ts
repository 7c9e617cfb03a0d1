import { Client } from "@modelcontextprotocol/sdk/client";
// The SDK's manifest names the types of "x.js" as those of "x".
// @ts-types="@modelcontextprotocol/sdk/client/streamableHttp"
import {
  StreamableHTTPClientTransport,
  StreamableHTTPError,
} from "@modelcontextprotocol/sdk/client/streamableHttp.js";
import type { Transport } from "@modelcontextprotocol/sdk/shared/transport";
// @ts-types="@modelcontextprotocol/sdk/types"
import {
  ErrorCode,
  McpError,
  ResultSchema,
  ToolListChangedNotificationSchema,
} from "@modelcontextprotocol/sdk/types.js";
import type { McpTransport } from "../../config/tool_tables.ts";
import { MekaError } from "../../errors.ts";
import { orAborted } from "../../or_aborted.ts";
import type { Host } from "../../host.ts";
import type { Fetch } from "../../http/fetch.ts";
import { explainConnect } from "../../http/connect_failure.ts";
import { oneLine } from "../../http/redact.ts";
import { VERSION } from "../../version.ts";
import { boundedFetch } from "./bounded_fetch.ts";
import { Failure } from "./failure.ts";
import { StdioTransport } from "./stdio_transport.ts";
import { waitAtMost } from "./waits.ts";

/** What a connection is made with. */
export interface ConnectContext {
  readonly host: Pick<Host, "startChild" | "childEnv" | "sleep" | "interrupt">;
  readonly fetch: Fetch;
  readonly userAgent: string;
}

/** How long a request may take, and what ends it before. */
export interface RequestLimits {
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
}

/** A server that can be asked. */
export interface Connection extends AsyncDisposable {
  /** It has tools to offer, by its own account. */
  readonly offersTools: boolean;
  /** Why it cannot be asked any more; undefined while it can. */
  readonly end: string | undefined;
  /**
   * Asks for something.
   *
   * @throws {Failure} when there is no result; the signal's reason when that ended it.
   */
  request(
    method: string,
    params: Readonly<Record<string, unknown>>,
    limits: RequestLimits,
  ): Promise<Readonly<Record<string, unknown>>>;
}

/**
 * Connects to a server and greets it.
 *
 * @param onToolsChanged Called when the server says that it has other tools now.
 * @throws {Failure} when it does not answer as a server of MCP does; the signal's reason when that ended it.
 */
export async function connect(
  transport: McpTransport,
  { signal, onToolsChanged, ...context }: ConnectContext & {
    readonly signal: AbortSignal;
    readonly onToolsChanged: () => void;
  },
): Promise<Connection> {
  const client = new Client({ name: "meka", version: VERSION }, {
    // By default the SDK makes code of servers' schemas, too. Nothing that asks for this is used here.
    jsonSchemaValidator: { getValidator: () => () => UNCHECKED },
  });
  client.setNotificationHandler(
    ToolListChangedNotificationSchema,
    () => onToolsChanged(),
  );
  const wire = transport.type === "stdio"
    ? overPipes(transport, context)
    : overHttp(transport, context);
  let closed = false;
  client.onclose = () => {
    closed = true;
  };
  const connection: Connection = {
    get offersTools() {
      return client.getServerCapabilities()?.tools !== undefined;
    },
    get end() {
      return closed ? wire.end() ?? "the connection was closed" : undefined;
    },
    request: async (method, params, { signal, timeoutMs: timeout }) => {
      // A signal of its own: the SDK never stops to listen to the one that it is given.
      const options = { signal: AbortSignal.any([signal]), timeout };
      try {
        return await client.request({ method, params }, ResultSchema, options);
      } catch (error) {
        signal.throwIfAborted();
        throw explain(error, wire, timeout);
      }
    },
    [Symbol.asyncDispose]: async () => {
      await wire.bye();
      await client.close();
      await wire.transport.close();
    },
  };
  try {
    await orAborted(client.connect(wire.transport, { signal }), signal);
    return connection;
  } catch (error) {
    const failure = explain(error, wire);
    await connection[Symbol.asyncDispose]();
    signal.throwIfAborted();
    throw failure;
  }
}

const UNCHECKED = {
  valid: false,
  data: undefined,
  errorMessage: "meka checks no schema of a result",
} as const;

/** What carries the messages to and from a server. */
interface Wire {
  readonly transport: Transport;
  /** Why it carries none any more, where the server has ended by itself. */
  end(): string | undefined;
  /** Takes leave before the end. */
  bye(): Promise<void>;
  /** There is a session that the server can forget. */
  inSession(): boolean;
}

function overPipes(
  { command, env, cwd }: McpTransport & { readonly type: "stdio" },
  { host }: ConnectContext,
): Wire {
  const transport = new StdioTransport({ command, env, cwd }, host);
  return {
    transport,
    end: () => transport.end,
    bye: () => Promise.resolve(),
    inSession: () => false,
  };
}

/** How long a server may take to end a session, in milliseconds; it ends some day without it. */
const BYE_MS = 500;

function overHttp(
  { url, headers }: McpTransport & { readonly type: "http" },
  { host, fetch, userAgent }: ConnectContext,
): Wire {
  const transport = new StreamableHTTPClientTransport(new URL(url), {
    fetch: boundedFetch(fetch, userAgent),
    requestInit: { headers },
  });
  return {
    transport,
    end: () => undefined,
    bye: () => waitAtMost(BYE_MS, transport.terminateSession(), host),
    inSession: () => transport.sessionId !== undefined,
  };
}

function explain(error: unknown, wire: Wire, timeout?: number): Failure {
  const end = wire.end();
  if (end !== undefined) return new Failure(end);
  if (error instanceof StreamableHTTPError) {
    return explainStatus(error.code, wire.inSession());
  }
  if (error instanceof MekaError) return new Failure(error.message);
  if (error instanceof McpError) {
    if (error.code === ErrorCode.RequestTimeout && timeout !== undefined) {
      return new Failure(`it did not answer within ${timeout / 1000} s`);
    }
    const words = error.message.replace(/^MCP error -?\d+: /, "");
    return new Failure(`it says: ${oneLine(words, LONGEST_WORDS)}`);
  }
  return new Failure(explainConnect(error).why ?? "its answer cannot be read");
}

/** How much of what a server says of a failure is repeated, in characters. */
const LONGEST_WORDS = 1_000;

function explainStatus(status: number | undefined, session: boolean): Failure {
  if (status === undefined || status < 0) {
    return new Failure("it does not speak MCP over streamable HTTP");
  }
  // The specification's word for a session that the server knows no more.
  const forgotten = status === 404 && session;
  const hint = status === 401 || status === 403 ? "; check its `headers`" : "";
  return new Failure(`it answers with status ${status}${hint}`, { forgotten });
}
