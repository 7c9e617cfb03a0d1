import assert from "node:assert/strict";
import { Wizard } from "../../src/commands/wizard.ts";
import { MekaError } from "../../src/errors.ts";
import { memoryHost, type MemoryHostOptions } from "../support/memory_host.ts";
import { modelInfo } from "../support/model_info.ts";
import { tokenRow } from "../support/token_row.ts";

const MODELS = [modelInfo(), modelInfo({ id: "gpt-y", efforts: [] })];
const EVIL = "\x1b[31m\u202ered";

type Host = ReturnType<typeof memoryHost>;

interface Case {
  readonly what: string;
  readonly host: MemoryHostOptions;
  readonly ask: (wizard: Wizard) => Promise<unknown>;
  readonly gives: unknown;
  /** The questions, with what can be chosen. */
  readonly asks: readonly string[];
}

const CASES: readonly Case[] = [
  {
    what: "provider() gives the one that was chosen",
    host: { answers: ["b"] },
    ask: (wizard) =>
      wizard.provider([{ name: "a", label: "A" }, { name: "b", label: "B" }]),
    gives: "b",
    asks: ["Who should answer? a b"],
  },
  {
    what: "keepSignIn() keeps",
    host: { answers: ["keep"] },
    ask: (wizard) => wizard.keepSignIn(tokenRow()),
    gives: true,
    asks: ["You are signed in as someone@example.com (plan: plus). keep again"],
  },
  {
    what: "keepSignIn() of a hostile name asks a harmless question",
    host: { answers: ["again"] },
    ask: (wizard) =>
      wizard.keepSignIn(tokenRow({ email: EVIL, plan: undefined })),
    gives: false,
    asks: ["You are signed in as [31mred. keep again"],
  },
  {
    what: "way() is a browser's where one can be opened, without a question",
    host: { env: { DISPLAY: ":0" } },
    ask: (wizard) => wizard.way(),
    gives: "browser",
    asks: [],
  },
  {
    what: "way() offers the device over SSH",
    host: { env: { SSH_TTY: "/dev/pts/1" }, answers: ["device"] },
    ask: (wizard) => wizard.way(),
    gives: "device",
    asks: ["How do you want to sign in? device browser"],
  },
  {
    what: "browserInstead() takes a no",
    host: { answers: ["no"] },
    ask: (wizard) => wizard.browserInstead(new MekaError("auth", "refused")),
    gives: false,
    asks: ["Sign in with a browser instead?"],
  },
  {
    what: "model() gives one of the list",
    host: { answers: ["gpt-y"] },
    ask: (wizard) => wizard.model(MODELS, undefined),
    gives: "gpt-y",
    asks: ["Which model? gpt-x gpt-y \0another"],
  },
  {
    what: "model() offers the present one that the list does not have",
    host: { answers: ["mine"] },
    ask: (wizard) => wizard.model(MODELS, "mine"),
    gives: "mine",
    asks: ["Which model? gpt-x gpt-y mine \0another"],
  },
  {
    what: "model() takes a name that is typed",
    host: { answers: ["\0another", "typed"] },
    ask: (wizard) => wizard.model(MODELS, "gpt-x"),
    gives: "typed",
    asks: [
      "Which model? gpt-x gpt-y \0another",
      "Which model? (for example gpt-5)",
    ],
  },
  {
    what: "model() has it typed where there is no list",
    host: { answers: ["typed"] },
    ask: (wizard) => wizard.model([], undefined),
    gives: "typed",
    asks: ["Which model? (for example gpt-5)"],
  },
  {
    what: "effort() offers what the model has",
    host: { answers: ["high"] },
    ask: (wizard) => wizard.effort(MODELS[0], undefined),
    gives: "high",
    asks: ["How hard should it think? low medium high"],
  },
  {
    what: "effort() offers no word that the config would refuse",
    host: { answers: ["low"] },
    ask: (wizard) =>
      wizard.effort(modelInfo({ efforts: ["turbo", "low"] }), undefined),
    gives: "low",
    asks: ["How hard should it think? low"],
  },
  {
    what: "effort() does not ask where the model does not say",
    host: {},
    ask: (wizard) => wizard.effort(MODELS[1], "high"),
    gives: undefined,
    asks: [],
  },
];

for (const { what, host: options, ask, gives, asks } of CASES) {
  Deno.test(what, async () => {
    const host = memoryHost({ ...options, terminal: true });
    const wizard = new Wizard(host);
    assert.equal(await ask(wizard), gives);
    assert.deepEqual(host.questions, asks);
    assert.equal(wizard.asked, asks.length > 0);
  });
}

Deno.test("confirm() shows what will be written; a no changes nothing", async () => {
  for (const answer of ["yes", "no"]) {
    const host: Host = memoryHost({ answers: [answer], terminal: true });
    const asking = new Wizard(host).confirm(`Account ${EVIL}`, "/c.toml");
    if (answer === "yes") await asking;
    else {
      await assert.rejects(asking, {
        kind: "interrupted",
        message: "Nothing was changed",
        exit: 1,
      });
    }
    assert.match(host.stderr(), /^Account \[31mred$/m);
    assert.deepEqual(host.questions, ["Write this to /c.toml?"]);
  }
});

Deno.test("stepAside() and end() write nothing where nothing was asked", async () => {
  const host = memoryHost({ terminal: true });
  const wizard = new Wizard(host);
  await wizard.stepAside();
  wizard.end("done", "next");
  assert.deepEqual(host.written, []);
});

Deno.test("Ctrl-C at a question is told as such", async () => {
  const wizard = new Wizard(memoryHost({ terminal: true }));
  await assert.rejects(wizard.provider([{ name: "a", label: "A" }]), {
    kind: "interrupted",
    exit: 130,
  });
});
