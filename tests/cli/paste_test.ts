import assert from "node:assert/strict";
import { startStandin } from "../../scripts/standin/mod.ts";
import type { Standin } from "../../scripts/standin/types.ts";
import { decide } from "../support/consent.ts";
import { type Home, makeHome, storedTokens } from "../support/meka.ts";
import { reserveSignInPorts, untilFree } from "../support/ports.ts";
import { assertNoSecret, secretsOf } from "../support/secrets.ts";
import {
  hasTerminals,
  openTerminal,
  type Terminal,
} from "../support/terminal.ts";

const SCRIPT = hasTerminals();

/** All that would be asked otherwise. */
const ARGS = ["setup", "--provider", "openai-codex", "--model", "gpt-5"];

function start(
  standin: Standin,
  home: Home,
  args: readonly string[],
): Terminal {
  return openTerminal({ standin, home, args: [...ARGS, ...args] });
}

function terminalTest(
  name: string,
  run: (standin: Standin, home: Home) => Promise<Terminal>,
): void {
  Deno.test({
    name: `${name}${SCRIPT ? "" : " (skipped: there is no `script`)"}`,
    ignore: !SCRIPT,
    fn: async () => {
      using _ = await reserveSignInPorts();
      await using standin = await startStandin();
      await using home = await makeHome();
      await using terminal = await run(standin, home);
      await terminal.ended;
      const screen = terminal.screen();
      // The terminal shows again what is typed.
      assert.match(screen, /[^-]\becho\b/);
      assert.match(screen, /[^-]\bicanon\b/);
      assertNoSecret(screen, secretsOf(standin, home), "the terminal");
      await untilFree();
    },
  });
}

terminalTest(
  "meka setup takes a pasted address, which never shows",
  async (standin, home) => {
    const terminal = start(standin, home, ["--no-browser"]);
    const page = await terminal.shows(/http\S+authorize\S+/);
    await terminal.shows("does not show");
    const address = await decide(page);
    await terminal.type(`${address.replace(/state=./, "state=_")}\n`);
    await terminal.shows("That belongs to another sign-in.");
    await terminal.shows("does not show");
    await terminal.type(`${address}\n`);
    await terminal.shows("Signed in as person@example.com");
    assert.equal(await terminal.ended, 0);
    assert.doesNotMatch(terminal.screen(), /auth\/callback\?/);
    assert.equal(storedTokens(home)?.email, "person@example.com");
    assert.equal(standin.counts().exchanges, 1);
    assert.deepEqual(standin.violations, []);
    return terminal;
  },
);

terminalTest(
  "meka setup leaves the terminal as it was when the browser is first",
  async (standin, home) => {
    const terminal = start(standin, home, ["--no-browser"]);
    const page = await terminal.shows(/http\S+authorize\S+/);
    await terminal.shows("does not show");
    const callback = await fetch(await decide(page));
    assert.match(callback.url, /\/success$/);
    assert.match(await callback.text(), /You are signed in/);
    assert.equal(await terminal.ended, 0);
    return terminal;
  },
);

terminalTest(
  "meka setup leaves the terminal as it was after Ctrl-C",
  async (standin, home) => {
    const terminal = start(standin, home, ["--no-browser"]);
    await terminal.shows("does not show");
    await terminal.type("\x03");
    await terminal.shows("meka: Interrupted");
    await terminal.ended;
    return terminal;
  },
);
