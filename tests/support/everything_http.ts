/**
 * The reference server of MCP, "everything", over streamable HTTP on a loopback address, where its own program listens
 * on all of them. Prints its port.
 */
import { createServer } from "@modelcontextprotocol/server-everything/dist/server/index.js";
import { WebStandardStreamableHTTPServerTransport } from "@modelcontextprotocol/sdk/server/webStandardStreamableHttp.js";

const sessions = new Map<
  string,
  { handleRequest(request: Request): Promise<Response> }
>();

async function handle(request: Request): Promise<Response> {
  const id = request.headers.get("mcp-session-id");
  const known = id === null ? undefined : sessions.get(id);
  if (known !== undefined) return await known.handleRequest(request);
  if (id !== null) return new Response("no such session", { status: 404 });
  const transport = new WebStandardStreamableHTTPServerTransport({
    sessionIdGenerator: () => crypto.randomUUID(),
    onsessioninitialized: (id: string) => {
      sessions.set(id, transport);
    },
    onsessionclosed: (id: string) => {
      sessions.delete(id);
    },
  });
  const { server } = createServer();
  await server.connect(transport);
  return await transport.handleRequest(request);
}

if (import.meta.main) {
  Deno.serve({
    hostname: "127.0.0.1",
    port: 0,
    // deno-lint-ignore no-console -- it's what the test waits for
    onListen: ({ port }) => console.log(port),
  }, (request) => {
    // For tests of a server that has forgotten everything.
    if (new URL(request.url).pathname === "/forget") {
      sessions.clear();
      return new Response("forgotten");
    }
    return handle(request);
  });
}
