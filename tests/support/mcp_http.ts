/** What a server of MCP over HTTP, written by hand, was asked. */
export interface Asked {
  readonly method: string;
  readonly headers: Headers;
  /** The JSON-RPC method; undefined for a request without a message. */
  readonly rpc: string | undefined;
}

/** A server of MCP over HTTP on a loopback address. */
export interface McpHttpServer extends AsyncDisposable {
  readonly url: string;
  readonly asked: readonly Asked[];
}

/** What is answered to a request; undefined for what every server answers. */
export type Answering = (
  rpc: string | undefined,
  message: Readonly<Record<string, unknown>>,
) => Response | undefined;

/** Starts a server with the tool "echo", which answers in JSON and has no stream of its own. */
export function serveMcp(
  answering: Answering = () => undefined,
): McpHttpServer {
  const asked: Asked[] = [];
  const server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen: () => {} },
    async (request) => {
      const { method, headers } = request;
      const text = await request.text();
      const message = text === "" ? {} : JSON.parse(text);
      const rpc: string | undefined = message.method;
      asked.push({ method, headers, rpc });
      return answering(rpc, message) ?? standard(method, message);
    },
  );
  return {
    url: `http://127.0.0.1:${server.addr.port}/mcp`,
    asked,
    [Symbol.asyncDispose]: () => server.shutdown(),
  };
}

// deno-lint-ignore no-explicit-any -- whatever a client sends
function standard(method: string, { id, method: rpc }: any): Response {
  if (method === "GET") return new Response(null, { status: 405 });
  if (method === "DELETE") return new Response(null, { status: 200 });
  if (id === undefined) return new Response(null, { status: 202 });
  return result(id, RESULTS[rpc] ?? {}, {
    ...rpc === "initialize" && { "mcp-session-id": "session-1" },
  });
}

/** The response with the result of a request. */
export function result(
  id: unknown,
  result: unknown,
  headers: Readonly<Record<string, string>> = {},
): Response {
  return Response.json({ jsonrpc: "2.0", id, result }, { headers });
}

const RESULTS: Readonly<Record<string, unknown>> = {
  initialize: {
    protocolVersion: "2025-06-18",
    capabilities: { tools: {} },
    serverInfo: { name: "hand", version: "1" },
  },
  "tools/list": { tools: [{ name: "echo", inputSchema: {} }] },
  "tools/call": { content: [{ type: "text", text: "again" }] },
};
