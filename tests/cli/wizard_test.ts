import assert from "node:assert/strict";
import { startStandin } from "../../scripts/standin/mod.ts";
import { approveDevice } from "../../scripts/standin/browser.ts";
import { PROMPT } from "../../scripts/standin/scenario.ts";
import type { Standin } from "../../scripts/standin/types.ts";
import { decide } from "../support/consent.ts";
import {
  type Home,
  makeHome,
  runMeka,
  signedInHome,
  storedTokens,
} from "../support/meka.ts";
import { holdPort, reserveSignInPorts } from "../support/ports.ts";
import { approvingBrowser, executable } from "../support/program.ts";
import { assertNoSecret, secretsOf } from "../support/secrets.ts";
import {
  hasTerminals,
  openTerminal,
  type Terminal,
  type TerminalOptions,
} from "../support/terminal.ts";

const ENTER = "\r";
const DOWN = "\x1b[B";
const CTRL_C = "\x03";

/** What the last line of each question's frame begins with once it waits for an answer. */
const READY = "└";

/** A test of the wizard on a terminal, alone with the sign-in's ports. */
function wizardTest(
  name: string,
  fn: (standin: Standin, home: Home) => Promise<void>,
  makeAHome: (standin: Standin) => Promise<Home> = makeHome,
): void {
  const obstacle = !hasTerminals()
    ? "there is no `script`"
    // The runtime of Deno 2.6, which an executable may have, loses keys that are typed as fast as here.
    : executable() === undefined
    ? undefined
    : "only from source";
  Deno.test({
    name: obstacle === undefined ? name : `${name} (skipped: ${obstacle})`,
    ignore: obstacle !== undefined,
    fn: async () => {
      using _ = await reserveSignInPorts();
      await using standin = await startStandin();
      await using home = await makeAHome(standin);
      await fn(standin, home);
      assert.deepEqual(standin.violations, []);
    },
  });
}

/** Starts `meka setup` without an option, as a person would. */
function begin(
  standin: Standin,
  home: Home,
  more: Partial<TerminalOptions> = {},
): Terminal {
  return openTerminal({ standin, home, args: ["setup"], ...more });
}

async function answer(
  terminal: Terminal,
  question: string,
  ...keys: readonly string[]
): Promise<void> {
  await terminal.shows(question);
  await terminal.shows(READY);
  for (const key of keys) await terminal.type(key);
}

async function configOf(home: Home): Promise<string | undefined> {
  try {
    return await Deno.readTextFile(home.config);
  } catch {
    return undefined;
  }
}

wizardTest(
  "meka setup leads from an empty home to an answer",
  async (standin, home) => {
    {
      const env = { BROWSER: approvingBrowser() };
      await using terminal = begin(standin, home, { env });
      await answer(
        terminal,
        "Who should answer?",
        ENTER,
      );
      await answer(terminal, "Which model?", DOWN, ENTER);
      await answer(terminal, "How hard should it think?", ENTER);
      await terminal.shows("Model     gpt-6-astra");
      await answer(terminal, "Write this to", ENTER);
      await terminal.shows("Signed in as person@example.com (plan: plus).");
      await terminal.shows('Try it: meka "Say hello"');
      assert.equal(await terminal.ended, 0, terminal.screen());
      const secrets = secretsOf(standin, home);
      assertNoSecret(terminal.screen(), secrets, "the terminal");
      assert.match(
        terminal.screen(),
        /openai-codex \(ChatGPT subscription login\)/,
      );
      assert.match(terminal.screen(), /gpt-6\.1-sol \(low\* medium high/);
    }
    assert.equal(
      await configOf(home),
      '[provider]\nname = "openai-codex"\nmodel = "gpt-6-astra"\neffort = "high"\n',
    );
    const { code, stdout } = await runMeka({
      standin,
      home,
      args: [PROMPT],
      env: { MEKA_MODEL: "" },
    });
    assert.equal(code, 0);
    assert.match(stdout, /say hi/);
    const { models, usage } = standin.counts();
    assert.deepEqual([models, usage], [1, 0]);
  },
);

const CONFIG =
  '# mine\n[provider]\nmodel = "gpt-5" # good\neffort = "low"\nname = "openai-codex"\n\n# the end\n';

async function settledHome(standin: Standin): Promise<Home> {
  const home = await signedInHome(standin);
  await Deno.mkdir(`${home.folder}/config`);
  await Deno.writeTextFile(home.config, CONFIG);
  return home;
}

wizardTest(
  "a second meka setup changes only the model",
  async (standin, home) => {
    const before = storedTokens(home);
    await using terminal = begin(standin, home);
    await answer(terminal, "Who should answer?", ENTER);
    await answer(terminal, "You are signed in as person@example.com", ENTER);
    await answer(terminal, "Which model?", DOWN, ENTER);
    await answer(terminal, "How hard should it think?", ENTER);
    await answer(terminal, "Write this to", ENTER);
    assert.equal(await terminal.ended, 0, terminal.screen());
    assert.equal(
      await configOf(home),
      CONFIG.replace('"gpt-5"', '"gpt-5.4-spark"'),
    );
    assert.deepEqual(storedTokens(home), before);
    assert.equal(standin.counts().authorize, 0);
  },
  settledHome,
);

/** The questions of a person who is signed in already, each with what to press to come to the next. */
const QUESTIONS = [
  "Who should answer?",
  "You are signed in",
  "Which model?",
  "How hard should it think?",
  "Write this to",
] as const;

for (const [at, last] of QUESTIONS.entries()) {
  wizardTest(
    `Ctrl-C at "${last}" leaves everything as it was`,
    async (standin, home) => {
      const before = storedTokens(home);
      await using terminal = begin(standin, home);
      for (const question of QUESTIONS.slice(0, at)) {
        await answer(terminal, question, ENTER);
      }
      await answer(terminal, last, CTRL_C);
      await terminal.shows("meka: Interrupted; nothing was changed");
      assert.equal(await terminal.ended, 130);
      assert.equal(await configOf(home), CONFIG);
      assert.deepEqual(storedTokens(home), before);
      assert.match(terminal.screen(), /[^-]\bicanon\b/);
    },
    settledHome,
  );
}

wizardTest(
  "Ctrl-C after the sign-in takes it back",
  async (standin, home) => {
    const env = { BROWSER: approvingBrowser() };
    await using terminal = begin(standin, home, { env });
    await answer(terminal, "Who should answer?", ENTER);
    await answer(terminal, "Which model?", CTRL_C);
    assert.equal(await terminal.ended, 130);
    assert.equal(standin.counts().exchanges, 1);
    assert.equal(storedTokens(home), undefined);
    assert.equal(await configOf(home), undefined);
  },
);

wizardTest("No at the last question changes nothing", async (standin, home) => {
  await using terminal = begin(standin, home);
  for (const question of QUESTIONS.slice(0, 4)) {
    await answer(terminal, question, ENTER);
  }
  await answer(terminal, "Write this to", "n");
  await terminal.shows("meka: Nothing was changed");
  assert.equal(await terminal.ended, 1);
  assert.equal(await configOf(home), CONFIG);
}, settledHome);

wizardTest(
  "a terminal that does not tell its width shows whole words",
  async (standin, home) => {
    await using terminal = begin(standin, home, { columns: 0 });
    await answer(
      terminal,
      "openai-codex (ChatGPT subscription login)",
      CTRL_C,
    );
    assert.equal(await terminal.ended, 130);
  },
);

/** No opener can be found there. */
const NOWHERE = "/nowhere";
const BARE = { env: { BROWSER: "", DISPLAY: ":0" }, path: NOWHERE };
const OVER_SSH = {
  env: {
    BROWSER: "",
    DISPLAY: "",
    WAYLAND_DISPLAY: "",
    SSH_CONNECTION: "192.0.2.1 1 192.0.2.2 22",
  },
};

wizardTest(
  "without $BROWSER and an opener the page is shown, and a paste ends it well",
  async (standin, home) => {
    await using terminal = begin(standin, home, BARE);
    await answer(terminal, "Who should answer?", ENTER);
    const page = await terminal.shows(/http\S+authorize\S+/);
    await terminal.shows("Open it in a browser on this machine.");
    await terminal.shows("does not show");
    await terminal.type(`${await decide(page)}\n`);
    await answer(terminal, "Which model?", CTRL_C);
    assert.equal(await terminal.ended, 130);
  },
);

wizardTest(
  "with both ports taken a paste still ends it well",
  async (standin, home) => {
    using _first = await holdPort(1455);
    using _second = await holdPort(1457);
    await using terminal = begin(standin, home);
    await answer(terminal, "Who should answer?", ENTER);
    await terminal.shows(/Ports in use: 1455 by .*, 1457 by /);
    const page = await terminal.shows(/http\S+authorize\S+/);
    await terminal.shows("does not show");
    await terminal.type(`${await decide(page)}\n`);
    await answer(terminal, "Which model?", CTRL_C);
    assert.equal(await terminal.ended, 130);
    assert.equal(standin.counts().exchanges, 1);
  },
);

wizardTest(
  "over SSH a code for another device is offered first",
  async (standin, home) => {
    await using terminal = begin(standin, home, OVER_SSH);
    await answer(terminal, "Who should answer?", ENTER);
    await answer(terminal, "How do you want to sign in?", ENTER);
    await terminal.shows("/codex/device");
    const code = await terminal.shows(/[A-Z\d]{4}-[A-Z\d]{4,5}/);
    await terminal.shows(/Waiting for you there: 1[45]:\d\d left/);
    const page = await approveDevice(standin.issuer, code);
    await page.body?.cancel();
    await answer(terminal, "Which model?", ENTER);
    await answer(terminal, "How hard should it think?", ENTER);
    await answer(terminal, "Write this to", ENTER);
    assert.equal(await terminal.ended, 0, terminal.screen());
    assert.equal(storedTokens(home)?.email, "person@example.com");
  },
);

wizardTest(
  "a workspace without device codes is offered the browser",
  async (standin, home) => {
    standin.devicePlan("off");
    await using terminal = begin(standin, home, OVER_SSH);
    await answer(terminal, "Who should answer?", ENTER);
    await answer(terminal, "How do you want to sign in?", ENTER);
    await answer(terminal, "Sign in with a browser instead?", ENTER);
    const page = await terminal.shows(/http\S+authorize\S+/);
    const callback = await fetch(await decide(page));
    assert.match(await callback.text(), /You are signed in/);
    await answer(terminal, "Which model?", CTRL_C);
    assert.equal(await terminal.ended, 130);
  },
);
