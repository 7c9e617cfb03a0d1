import assert from "node:assert/strict";
import { canMake, IPV4_ALONE } from "../support/namespace.ts";
import { executable, repositoryPath } from "../support/program.ts";

const possible = canMake(IPV4_ALONE);

Deno.test({
  name: `meka setup works on a machine without IPv6${
    possible ? "" : " (skipped: no network namespace here)"
  }`,
  ignore: !possible,
  fn: async () => {
    const [command, ...args] = IPV4_ALONE;
    const script = repositoryPath("tests/support/sign_in_once.ts");
    const run = [Deno.execPath(), "run", "-q", "-A", "--no-prompt", script];
    const { code, stderr } = await new Deno.Command(command, {
      args: [...args, ...run],
      env: { MEKA_BIN: executable() ?? "" },
    }).output();
    assert.equal(code, 0, new TextDecoder().decode(stderr));
  },
});
