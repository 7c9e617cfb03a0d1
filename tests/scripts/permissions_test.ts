import assert from "node:assert/strict";
import config from "../../deno.json" with { type: "json" };

// One that is left out would be missing to the programs that the model runs, to `[[mcp]]` servers, and to meka itself:
// it would read as unset, and nothing would tell. What of it programs get is decided in src/tools/environment.ts.
Deno.test("the permission set has every variable of the environment", () => {
  assert.equal(config.permissions.meka.env, true);
});

// Neither loads native code, nor asks for more.
Deno.test("the permission set has nothing that meka does not use", () => {
  assert.deepEqual(config.permissions.meka, {
    net: true,
    read: true,
    write: true,
    run: true,
    sys: ["osRelease"],
    env: true,
  });
});
