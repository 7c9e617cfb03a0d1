import assert from "node:assert/strict";
import { schemaProblem } from "../../src/config/schema_problem.ts";
import { builtinTools } from "../../src/tools/builtin.ts";

const TOOLS = builtinTools({ allowPrivate: false });

// the tool, its level
const LEVELS = [
  ["read_file", "read"],
  ["list_files", "read"],
  ["search_files", "read"],
  ["edit_file", "write"],
  ["write_file", "write"],
  ["run_command", "write"],
  // What a URL says leaves this machine.
  ["fetch_url", "write"],
] as const;

Deno.test("builtinTools() has these, and no other", () => {
  assert.deepEqual(TOOLS.map(({ name, level }) => [name, level]), LEVELS);
});

for (const { name, description, parameters, origin } of TOOLS) {
  Deno.test(`${name} tells the model what it takes, and nothing else`, () => {
    assert.equal(schemaProblem(parameters), undefined);
    assert.equal(parameters["additionalProperties"], false);
    assert.match(description, /^[A-Z].*\.$/s);
    assert.equal(origin, "built in");
  });
}
