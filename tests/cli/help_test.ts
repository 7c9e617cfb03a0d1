import assert from "node:assert/strict";
import {
  type CommandName,
  commandsOf,
  flag,
  FLAGS,
  flagsOf,
  isFlagName,
  isGroup,
  VERBS,
} from "../../src/cli/flags.ts";
import {
  ENVIRONMENT,
  EXIT_STATUS,
  help,
  shortHelp,
} from "../../src/cli/help.ts";
import { COMMANDS } from "../../src/commands/mod.ts";
import { CLOSED_STDOUT_EXIT, EXIT_CODE } from "../../src/errors.ts";
import { EFFORTS } from "../../src/message.ts";
import { PROVIDERS } from "../../src/providers/mod.ts";

const NAMES = Object.keys(COMMANDS).filter(isCommand);

function isCommand(name: string): name is CommandName {
  return Object.hasOwn(COMMANDS, name);
}

const GROUPS = Object.keys(VERBS).filter(isGroup);

const TEXTS = [
  ...[...NAMES, ...GROUPS].map((name) =>
    [`help("${name}")`, help(name)] as const
  ),
  ["shortHelp()", shortHelp()] as const,
];

for (const [name, text] of TEXTS) {
  Deno.test(`${name} keeps to 80 columns of plain text`, () => {
    for (const line of text.split("\n")) {
      assert.ok(line.length <= 80, `${line.length} columns: ${line}`);
      assert.match(line, /^[\x20-\x7e]*$/);
      assert.equal(line, line.trimEnd());
    }
    assert.match(text, /[^\n]\n$/);
  });
}

Deno.test("help() has a text for each command", () => {
  for (const name of NAMES.filter((name) => name !== "ask")) {
    const [word] = name.split(" ");
    assert.match(help("ask"), new RegExp(`^  meka ${word} `, "m"));
    assert.match(help(name), new RegExp(`^Usage: meka ${name} `));
  }
});

Deno.test("help() of a group lists all of its commands", () => {
  for (const group of GROUPS) {
    assert.match(help(group), new RegExp(`^Usage: meka ${group} `));
    const listed = [...help(group).matchAll(/^ {2}meka (\S+ \S+) /gm)];
    assert.deepEqual(listed.map(([, name]) => name), commandsOf(group));
  }
});

for (const command of NAMES) {
  Deno.test(`help("${command}") lists the command's options and no others`, () => {
    const listed = [...help(command).matchAll(/^ {2}.{4}--([a-z-]+)/gm)]
      .map(([, name]) => name);
    assert.deepEqual(listed, flagsOf(command));
  });
}

Deno.test("help() tells every exit status that there is", () => {
  const text = EXIT_STATUS.map((row) => row.join(" ")).join("\n");
  const codes = [0, ...Object.values(EXIT_CODE), 143, CLOSED_STDOUT_EXIT];
  for (const code of codes) assert.match(text, new RegExp(`\\b${code}\\b`));
  for (const [code, meaning] of EXIT_STATUS) {
    assert.ok(help("ask").includes(`  ${code.padEnd(3)}  ${meaning}\n`));
  }
});

Deno.test("help() tells every environment variable of its table", () => {
  for (const [name, meaning] of ENVIRONMENT) {
    assert.ok(help("ask").includes(`  ${name.padEnd(18)}  ${meaning}\n`), name);
  }
});

Deno.test("FLAGS spells the values that are allowed as the tables do", () => {
  assert.equal(FLAGS.effort.help, EFFORTS.join(" "));
  const names = Object.keys(PROVIDERS).join(" ");
  assert.equal(FLAGS.provider.help, `who answers: ${names}`);
});

Deno.test("FLAGS gives no letter twice", () => {
  const letters = Object.keys(FLAGS).filter(isFlagName)
    .flatMap((name) => flag(name).short ?? []);
  assert.deepEqual(letters, [...new Set(letters)]);
});

// Contract, section 1: what is built so far.
const SHORT_FORMS = [
  ["model", "m"],
  ["effort", "e"],
  ["system", "s"],
  ["prompt", "p"],
  ["image", "i"],
  ["quiet", "q"],
  ["verbose", "v"],
  ["help", "h"],
  ["version", "V"],
] as const;

for (const [name, letter] of SHORT_FORMS) {
  Deno.test(`FLAGS has -${letter} for --${name}`, () => {
    assert.equal(flag(name).short, letter);
  });
}
