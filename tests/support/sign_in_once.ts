/** A sign-in and an answer, all in one process tree: for a network namespace, which nobody outside can reach. */
import assert from "node:assert/strict";
import { startStandin } from "../../scripts/standin/mod.ts";
import { makeHome, runMeka, storedTokens } from "./meka.ts";
import { approvingBrowser } from "./program.ts";

if (import.meta.main) {
  assert.throws(
    () => Deno.listen({ hostname: "::1", port: 0 }),
    "this machine has IPv6",
  );
  await using standin = await startStandin();
  await using home = await makeHome();
  const setup = await runMeka({
    standin,
    home,
    args: ["setup", "--model", "gpt-5"],
    env: { BROWSER: approvingBrowser() },
  });
  assert.equal(setup.code, 0, setup.stderr);
  assert.equal(storedTokens(home)?.email, "person@example.com");
  const turn = await runMeka({ standin, home, args: ["say hi"] });
  assert.equal(turn.code, 0, turn.stderr);
  assert.deepEqual(standin.violations, []);
}
