import assert from "node:assert/strict";
import { startStandin } from "../../scripts/standin/mod.ts";
import type { Standin } from "../../scripts/standin/types.ts";
import { decide } from "../support/consent.ts";
import { type Home, makeHome, storedTokens } from "../support/meka.ts";
import { reserveSignInPorts, untilFree } from "../support/ports.ts";
import { mekaProgram } from "../support/program.ts";
import { assertNoSecret, secretsOf } from "../support/secrets.ts";

/** Gives a program a terminal; part of util-linux. */
const SCRIPT = await canRun("script", "--version");

/** All that would be asked otherwise. */
const ARGS = ["setup", "--provider", "openai-codex", "--model", "gpt-5"];

/** How long a test may take before its terminal is closed. */
const PATIENCE_MS = 30_000;

/** `meka setup` on a terminal. */
interface Terminal extends AsyncDisposable {
  type(text: string): Promise<void>;
  /** Resolves once the screen holds the text after what was waited for before. */
  shows(text: string | RegExp): Promise<string>;
  /** Everything so far. */
  screen(): string;
  readonly ended: Promise<number>;
}

function start(
  standin: Standin,
  home: Home,
  args: readonly string[],
): Terminal {
  const setup = [...mekaProgram(), ...ARGS, ...args];
  // The shell outlives the interrupt that it gets, too.
  const line =
    `trap : INT; ${setup.map((word) => `'${word}'`).join(" ")}; code=$?; ` +
    "stty -a; exit $code";
  const child = new Deno.Command("script", {
    args: ["-qefc", line, "/dev/null"],
    env: {
      ...home.env,
      MEKA_OAUTH_ISSUER: standin.issuer.origin,
      MEKA_BASE_URL: standin.baseUrl.origin,
      SHELL: "/bin/sh",
      TERM: "dumb",
      BROWSER: "true",
    },
    stdin: "piped",
    stdout: "piped",
    stderr: "null",
  }).spawn();
  const stdin = child.stdin.getWriter();
  let screen = "";
  let seen = 0;
  let over = false;
  let changed = Promise.withResolvers<void>();
  const reading = (async () => {
    for await (
      const text of child.stdout.pipeThrough(new TextDecoderStream())
    ) {
      screen += text;
      changed.resolve();
      changed = Promise.withResolvers();
    }
    over = true;
    changed.resolve();
  })();
  const late = setTimeout(() => child.kill("SIGKILL"), PATIENCE_MS);
  const ended = Promise.all([child.status, reading])
    .then(([status]) => status.code)
    .finally(() => clearTimeout(late));
  return {
    type: (text) => stdin.write(new TextEncoder().encode(text)),
    shows: async (text) => {
      for (;;) {
        const match = screen.slice(seen).match(text);
        if (match !== null) {
          seen += (match.index ?? 0) + match[0].length;
          return match[0];
        }
        if (over) throw new Error(`never showed ${text}, only: ${screen}`);
        await changed.promise;
      }
    },
    screen: () => screen,
    ended,
    [Symbol.asyncDispose]: async () => {
      try {
        child.kill("SIGKILL");
      } catch {
        // It has ended by itself.
      }
      await stdin.abort().catch(() => {});
      await ended;
    },
  };
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

async function canRun(name: string, ...args: string[]): Promise<boolean> {
  if (Deno.build.os !== "linux") return false;
  try {
    return (await new Deno.Command(name, { args }).output()).success;
  } catch {
    return false;
  }
}
