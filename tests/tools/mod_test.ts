import assert from "node:assert/strict";
import { LONGEST_NAME } from "../../src/config/tool_tables.ts";
import { RESERVED_NAMES } from "../../src/config/tool_problem.ts";
import { schemaProblem } from "../../src/config/schema_problem.ts";
import { type OpenTools, openTools } from "../../src/tools/mod.ts";
import type { ToolTables } from "../../src/config/tool_tables.ts";
import { childHost } from "../support/child_host.ts";
import { memoryHost } from "../support/memory_host.ts";
import { handServer } from "../support/open_mcp.ts";

async function open(tables: Partial<ToolTables> = {}): Promise<OpenTools> {
  const context = {
    host: { ...memoryHost(), ...childHost() },
    fetch,
    userAgent: "meka_cli/0",
    hide: () => {},
  };
  return await openTools({ context, tables: { own: [], mcp: [], ...tables } });
}

Deno.test("openTools() has the built-in tools, and the config may take none of their names", async () => {
  await using opened = await open();
  const names = opened.tools().map(({ name }) => name);
  assert.ok(names.length > 5);
  assert.deepEqual(names.filter((name) => !RESERVED_NAMES.includes(name)), []);
  // One of them is the service's own.
  assert.deepEqual(
    RESERVED_NAMES.filter((name) => !names.includes(name)),
    ["web_search"],
  );
});

Deno.test("openTools() has tools that every service takes", async () => {
  await using opened = await open();
  for (const { name, parameters } of opened.tools()) {
    assert.match(name, /^[A-Za-z0-9_-]+$/);
    assert.ok(name.length <= LONGEST_NAME);
    assert.equal(parameters.type, "object", name);
    assert.equal(schemaProblem(parameters), undefined, name);
  }
});

Deno.test("openTools() has the config's tools and those of its servers, in this order, each with its origin", async () => {
  const own = {
    name: "mine",
    description: "Mine",
    parameters: {},
    command: ["true"],
    permission: "read",
    timeoutMs: 1_000,
  } as const;
  const off = handServer("dies at once", { name: "off", enabled: false });
  await using opened = await open({
    own: [own],
    mcp: [handServer("fine"), off],
  });
  assert.deepEqual(opened.warnings, []);
  const others = opened.tools().filter(({ origin }) => origin !== "built in");
  assert.deepEqual(others.map(({ name, origin }) => [name, origin]), [
    ["mine", "config"],
    ["mcp__s__echo", "mcp s"],
    ["mcp__s__drop", "mcp s"],
  ]);
  assert.equal(opened.tools().at(-3)?.name, "mine");
});
