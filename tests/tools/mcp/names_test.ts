import assert from "node:assert/strict";
import fc from "fast-check";
import { toolNames } from "../../../src/tools/mcp/names.ts";

const LONG = "x".repeat(80);

// what, servers and tools, names
const NAMES = [
  ["plain names", [["files", "read"], ["web", "read"]], [
    "mcp__files__read",
    "mcp__web__read",
  ]],
  ["letters that no service takes", [["a", "b.c/d é"]], ["mcp__a__b_c_d__"]],
  ["an empty name", [["a", ""]], ["mcp__a__"]],
  ["a name that is too long", [["a", LONG]], [
    `mcp__a__${"x".repeat(47)}_b1f66694`,
  ]],
  ["a tool that is named twice", [["a", "b"], ["a", "b"]], [
    "mcp__a__b",
    undefined,
  ]],
  ["names that would be the same", [["a", "b.c"], ["a", "b c"]], [
    "mcp__a__b_c",
    "mcp__a__b_c_1491ef69",
  ]],
  ["servers that would make them the same", [["a__b", "c"], ["a", "b__c"]], [
    "mcp__a__b__c",
    "mcp__a__b__c_fef89235",
  ]],
] as const;

for (const [what, given, wanted] of NAMES) {
  Deno.test(`toolNames() takes ${what}`, () => {
    const tools = given.map(([server, tool]) => ({ server, tool }));
    assert.deepEqual(toolNames(tools), wanted);
  });
}

Deno.test("toolNames() gives names that every service takes, each once", () => {
  const server = fc.stringMatching(/^[a-z_]{1,64}$/);
  const tool = fc.oneof(fc.string(), fc.constantFrom("a.b", "a b", "a_b"));
  const named = fc.record({ server, tool });
  fc.assert(fc.property(fc.array(named), (tools) => {
    const names = toolNames(tools);
    const given = names.filter((name) => name !== undefined);
    assert.equal(new Set(given).size, given.length);
    for (const name of given) assert.match(name, /^mcp__[A-Za-z0-9_-]{1,59}$/);
    const pairs = new Set(tools.map((one) => JSON.stringify(one)));
    assert.equal(given.length, pairs.size);
  }));
});
