import assert from "node:assert/strict";
import { childHost } from "../../support/child_host.ts";
import { httpServer, openMcp } from "../../support/open_mcp.ts";
import { type Answering, result, serveMcp } from "../../support/mcp_http.ts";

const FAILED = 'The MCP server "s" failed: ';

Deno.test("a server over HTTP is asked with the config's headers, and with what the protocol wants", async () => {
  await using server = serveMcp();
  const host = childHost({ KEY: "a-long-secret" });
  const transport = {
    type: "http",
    url: server.url,
    headers: { Authorization: "Bearer ${KEY}", "X-Plain": "1" },
  } as const;
  const opened = await openMcp([httpServer("", { transport })], host);
  assert.deepEqual(await opened.call("mcp__s__echo"), {
    output: "again",
    error: false,
  });
  await opened[Symbol.asyncDispose]();
  assert.ok(opened.hidden.includes("Bearer a-long-secret"));
  for (const { headers, method, rpc } of server.asked) {
    const what = `${method} ${rpc}`;
    assert.equal(headers.get("authorization"), "Bearer a-long-secret", what);
    assert.equal(headers.get("x-plain"), "1", what);
    assert.equal(headers.get("user-agent"), "meka_cli/0", what);
    const greets = rpc === "initialize";
    assert.equal(
      headers.get("mcp-session-id"),
      greets ? null : "session-1",
      what,
    );
    assert.equal(
      headers.get("mcp-protocol-version"),
      greets ? null : "2025-06-18",
      what,
    );
  }
  assert.deepEqual(
    server.asked.map(({ method, rpc }) => rpc ?? method)
      .filter((name) => name !== "GET"),
    [
      "initialize",
      "notifications/initialized",
      "tools/list",
      "tools/call",
      "DELETE",
    ],
  );
});

// what is answered to the greeting, why the server is not there
const ABSENT: readonly (readonly [string, () => Response, RegExp])[] = [
  [
    "a page",
    () => new Response("<p>", { headers: { "content-type": "text/html" } }),
    /^it does not speak MCP over streamable HTTP$/,
  ],
  [
    "401",
    () => new Response("who are you?", { status: 401 }),
    /^it answers with status 401; check its `headers`$/,
  ],
  [
    "500",
    () => new Response("\x1b[2J", { status: 500 }),
    /^it answers with status 500$/,
  ],
  [
    "JSON that is no message",
    () => Response.json({ hello: "world" }),
    /^its answer cannot be read$/,
  ],
  [
    "what is no JSON",
    () =>
      new Response("{", { headers: { "content-type": "application/json" } }),
    /^its answer cannot be read$/,
  ],
  [
    "an old version of the protocol",
    () =>
      result(0, {
        protocolVersion: "1999-01-01",
        capabilities: {},
        serverInfo: { name: "a", version: "1" },
      }),
    /^its answer cannot be read$/,
  ],
  [
    "an error",
    () =>
      Response.json({
        jsonrpc: "2.0",
        id: 0,
        error: { code: -32000, message: "\x1b[2JNo" },
      }),
    /^it says: \[2JNo$/,
  ],
];

for (const [what, answer, why] of ABSENT) {
  Deno.test(`a server over HTTP is not there when it answers with ${what}`, async () => {
    await using server = serveMcp((rpc) =>
      rpc === "initialize" ? answer() : undefined
    );
    await using opened = await openMcp([httpServer(server.url)]);
    const [warning = "", ...more] = opened.warnings;
    const start = 'The MCP server "s" is not there: ';
    assert.ok(warning.startsWith(start), warning);
    assert.match(warning.slice(start.length), why);
    assert.deepEqual(more, []);
    assert.deepEqual(opened.tools(), []);
  });
}

Deno.test("a server over HTTP is not there when nothing listens", async () => {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr;
  listener.close();
  const url = `http://127.0.0.1:${port}/mcp`;
  await using opened = await openMcp([httpServer(url)]);
  assert.deepEqual(opened.warnings, [
    'The MCP server "s" is not there: connection refused',
  ]);
});

for (const status of [301, 302, 303, 307, 308]) {
  Deno.test(`a server over HTTP is not followed with status ${status}, on which headers would go elsewhere`, async () => {
    await using elsewhere = serveMcp();
    await using server = serveMcp(() =>
      new Response(null, { status, headers: { location: elsewhere.url } })
    );
    await using opened = await openMcp([httpServer(server.url)]);
    assert.deepEqual(opened.warnings, [
      'The MCP server "s" is not there: it answers with a redirect, and headers do not follow one',
    ]);
    assert.deepEqual(elsewhere.asked, []);
  });
}

/** A stream of events, whose pieces are made as they are asked for. */
function stream(pull: UnderlyingSourcePullCallback<Uint8Array>): Response {
  return new Response(new ReadableStream({ pull }), {
    headers: { "content-type": "text/event-stream" },
  });
}

const encoder = new TextEncoder();

// Before or after the head of the response has arrived.
const BROKEN = /^(?:it says: The connection broke|connection closed)$/;

// what a call is answered with, why it failed
const CALLS: readonly (readonly [string, () => Response, RegExp])[] = [
  ["an answer that breaks off", () => {
    let pulled = 0;
    return stream((controller) => {
      if (pulled++ > 0) controller.error(new Error("gone"));
      else controller.enqueue(encoder.encode('data: {"jsonrpc":'));
    });
  }, BROKEN],
  ["a flood", () => {
    const much = encoder.encode("x".repeat(1024 * 1024));
    return stream((controller) => controller.enqueue(much));
  }, BROKEN],
  [
    "silence",
    () => stream(() => new Promise(() => {})),
    /^it did not answer within 0\.3 s$/,
  ],
  [
    "404 that is no answer of a server",
    () => new Response("?", { status: 404 }),
    /^it answers with status 404$/,
  ],
];

for (const [what, answer, why] of CALLS) {
  Deno.test(`a call over HTTP has a result when the answer is ${what}`, async () => {
    const answering: Answering = (rpc) =>
      rpc === "tools/call" ? answer() : undefined;
    await using server = serveMcp(answering);
    const config = httpServer(server.url, {
      timeoutMs: what === "silence" ? 300 : 60_000,
    });
    await using opened = await openMcp([config]);
    const told = await opened.call("mcp__s__echo");
    assert.equal(told.error, true);
    assert.equal(told.output.slice(0, FAILED.length), FAILED);
    assert.match(told.output.slice(FAILED.length), why);
  });
}

Deno.test("a call over HTTP is made anew where the server has forgotten the session, and has not seen it", async () => {
  let forgotten = true;
  await using server = serveMcp((rpc) => {
    if (rpc !== "tools/call" || !forgotten) return undefined;
    forgotten = false;
    return new Response("unknown session", { status: 404 });
  });
  await using opened = await openMcp([httpServer(server.url)]);
  const { output } = await opened.call("mcp__s__echo");
  assert.equal(output, "again");
  const greetings = server.asked.filter(({ rpc }) => rpc === "initialize");
  assert.equal(greetings.length, 2);
});

Deno.test("calls over HTTP beside each other greet a forgetful server once more, not each", async () => {
  let forgotten = 3;
  await using server = serveMcp((rpc) =>
    rpc === "tools/call" && forgotten-- > 0
      ? new Response("unknown session", { status: 404 })
      : undefined
  );
  await using opened = await openMcp([httpServer(server.url)]);
  const outputs = await Promise.all(
    [1, 2, 3].map(() => opened.call("mcp__s__echo")),
  );
  assert.deepEqual(outputs.map(({ output }) => output), [
    "again",
    "again",
    "again",
  ]);
});
