import assert from "node:assert/strict";
import type { McpServerConfig } from "../../../src/config/tool_tables.ts";
import { childHost, referenceCommand } from "../../support/child_host.ts";
import { handServer, httpServer, openMcp } from "../../support/open_mcp.ts";
import { repositoryPath } from "../../support/program.ts";

const EVERYTHING = referenceCommand("@modelcontextprotocol/server-everything");

function overPipes(command: [string, ...string[]]): McpServerConfig {
  return handServer("", {
    transport: { type: "stdio", command, env: {}, cwd: undefined },
  });
}

/** The reference server "everything" over HTTP, in a process of its own. */
async function everythingOverHttp(): Promise<
  AsyncDisposable & { readonly origin: string }
> {
  const script = repositoryPath("tests/support/everything_http.ts");
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", "-q", "-A", "--no-prompt", script],
    stdin: "null",
    stdout: "piped",
    stderr: "null",
  }).spawn();
  const reader = child.stdout.pipeThrough(new TextDecoderStream()).getReader();
  let text = "";
  while (!text.includes("\n")) {
    const { value, done } = await reader.read();
    if (done) throw new Error("the server did not start");
    text += value;
  }
  return {
    origin: `http://127.0.0.1:${text.trim()}`,
    [Symbol.asyncDispose]: async () => {
      child.kill("SIGKILL");
      await child.status;
      await reader.cancel();
    },
  };
}

for (const way of ["pipes", "HTTP"] as const) {
  Deno.test(`the reference server "everything" is used over ${way}`, async () => {
    await using server = way === "HTTP"
      ? await everythingOverHttp()
      : undefined;
    const config = server === undefined
      ? overPipes(EVERYTHING)
      : httpServer(`${server.origin}/mcp`);
    await using opened = await openMcp([config]);
    assert.deepEqual(opened.warnings, []);
    const levels = new Map(
      opened.tools().map((tool) => [tool.name, tool.level]),
    );
    assert.equal(levels.get("mcp__s__echo"), "read");
    assert.equal(levels.get("mcp__s__gzip-file-as-resource"), "write");
    assert.deepEqual(
      await opened.call("mcp__s__echo", { message: "hi" }),
      { output: "Echo: hi", error: false },
    );
    const picture = await opened.call("mcp__s__get-tiny-image");
    assert.match(picture.output, /\[image 1, image\/png\]/);
    assert.equal(picture.images?.length, 1);
    const wrong = await opened.call("mcp__s__get-sum", { a: "x" });
    assert.equal(wrong.error, true);
    assert.match(wrong.output, /Invalid arguments for tool get-sum/);
    const structured = await opened.call("mcp__s__get-structured-content", {
      location: "Chicago",
    });
    assert.match(structured.output, /"conditions"/);
    const links = await opened.call("mcp__s__get-resource-links", { count: 2 });
    assert.match(links.output, /\[link to \S+: /);
    const resource = await opened.call("mcp__s__get-resource-reference", {
      resourceType: "Text",
      resourceId: 1,
    });
    assert.match(resource.output, /^\[demo:\/\/\S+\]$/m);
  });
}

Deno.test('the reference server "everything" forgets its sessions, and calls go on', async () => {
  await using server = await everythingOverHttp();
  await using opened = await openMcp([httpServer(`${server.origin}/mcp`)]);
  await (await fetch(`${server.origin}/forget`)).body?.cancel();
  const { output } = await opened.call("mcp__s__echo", { message: "again" });
  assert.equal(output, "Echo: again");
});

Deno.test('the reference server "everything" is killed in a call, and answers the next one', async () => {
  const host = childHost();
  await using opened = await openMcp([overPipes(EVERYTHING)], host);
  const calling = opened.call("mcp__s__trigger-long-running-operation", {
    duration: 60,
    steps: 2,
  });
  for (const pid of await host.processes()) Deno.kill(pid, "SIGKILL");
  assert.deepEqual(await calling, {
    output:
      'The MCP server "s" failed: it ended with status 137: Starting default (STDIO) server...',
    error: true,
  });
  const { output } = await opened.call("mcp__s__echo", { message: "hi" });
  assert.equal(output, "Echo: hi");
});

Deno.test('the reference server "filesystem" is used over pipes, and keeps to its folder', async () => {
  const folder = await Deno.realPath(
    await Deno.makeTempDir({ prefix: "meka-test-" }),
  );
  try {
    await Deno.writeTextFile(`${folder}/a.txt`, "alpha\n");
    const command = referenceCommand(
      "@modelcontextprotocol/server-filesystem",
      folder,
    );
    await using opened = await openMcp([overPipes(command)]);
    assert.deepEqual(opened.warnings, []);
    const read = await opened.call("mcp__s__read_text_file", {
      path: `${folder}/a.txt`,
    });
    assert.deepEqual(read, { output: "alpha\n", error: false });
    assert.equal(opened.tool("mcp__s__read_text_file").level, "read");
    assert.equal(opened.tool("mcp__s__write_file").level, "write");
    const written = await opened.call("mcp__s__write_file", {
      path: `${folder}/b.txt`,
      content: "beta",
    });
    assert.equal(written.error, false, written.output);
    assert.equal(await Deno.readTextFile(`${folder}/b.txt`), "beta");
    const outside = await opened.call("mcp__s__read_text_file", {
      path: "/etc/passwd",
    });
    assert.equal(outside.error, true);
    assert.match(outside.output, /outside allowed directories/);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
