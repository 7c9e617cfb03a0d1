import assert from "node:assert/strict";
import { startStandin } from "../../scripts/standin/mod.ts";
import { signedInHome } from "../support/meka.ts";
import {
  hasTerminals,
  openTerminal,
  type Terminal,
} from "../support/terminal.ts";

// What a person sees of a call before it runs, on a real terminal.

interface Asked {
  readonly screen: string;
  readonly code: number;
  /** What the file holds that the call was to write; undefined when there is none. */
  readonly written: string | undefined;
}

/** Has the model write a file, at the level "ask". */
async function ask(
  content: string,
  answer: (terminal: Terminal) => Promise<void>,
): Promise<Asked> {
  await using standin = await startStandin();
  await using home = await signedInHome(standin);
  const folder = `${home.folder}/project`;
  await Deno.mkdir(folder);
  const path = `${folder}/c.txt`;
  const call = JSON.stringify({ path, content });
  await using terminal = openTerminal({
    standin,
    home,
    args: [
      "-m",
      "gpt-5",
      "--permission",
      "ask",
      "--add-dir",
      folder,
      `[[call:write_file ${call}]]`,
    ],
  });
  // Not what the call says itself: what is typed before the question does not count.
  await terminal.shows(/\r\nRun it\? \[y\/N\] /);
  await answer(terminal);
  const code = await terminal.ended;
  return {
    code,
    screen: terminal.screen(),
    written: await Deno.readTextFile(path).catch(() => undefined),
  };
}

const ignore = !hasTerminals();

// what is typed, whether the call runs
for (
  const [typed, runs] of [
    ["y\n", true],
    ["YES\n", true],
    ["n\n", false],
    ["\n", false],
    ["yesterday\n", false],
    ["always\n", false],
  ] as const
) {
  Deno.test({
    name: `a call ${runs ? "runs" : "does not run"} after ${
      JSON.stringify(typed)
    }`,
    ignore,
    fn: async () => {
      const { code, screen, written } = await ask(
        "new words\n",
        (terminal) => terminal.type(typed),
      );
      assert.equal(code, 0, screen);
      assert.equal(written, runs ? "new words\n" : undefined);
      assert.match(screen, /The model wants to run write_file:/);
      assert.match(screen, /\|.*c\.txt/);
      assert.match(screen, /\|.*new words/);
      if (!runs) assert.match(screen, /The person did not permit this call/);
    },
  });
}

Deno.test({
  name: "Ctrl-C at the question ends the run, and nothing was run",
  ignore,
  fn: async () => {
    const { code, written } = await ask(
      "x",
      (terminal) => terminal.type("\x03"),
    );
    assert.equal(code, 130);
    assert.equal(written, undefined);
  },
});

Deno.test({
  name:
    "a call that would hide something shows it, and cannot drive the screen",
  ignore,
  fn: async () => {
    const hidden =
      "ls\u001b[2J\u001b[1;1H\u001b[8m\rRun it? [y/N] y\u0007\u202egpj.exe\u200b\u2028\u0000end";
    const { code, screen, written } = await ask(
      hidden,
      (terminal) => terminal.type("n\n"),
    );
    assert.equal(code, 0);
    assert.equal(written, undefined);
    const before = screen.split("stty")[0] ?? "";
    assert.doesNotMatch(before, /[^\P{C}\n\r\t]|[\p{Zl}\p{Zp}]/u);
    assert.match(before, /\\u\{1b\}\[2J/);
    assert.match(before, /\\u\{202e\}gpj\.exe/);
  },
});
