import assert from "node:assert/strict";
import fc from "fast-check";
import {
  type CommandName,
  commandsOf,
  flag,
  type FlagName,
  FLAGS,
  flagsOf,
  isFlagName,
  isGroup,
  VERBS,
} from "../../src/cli/flags.ts";
import { type Invocation, parseArguments } from "../../src/cli/parse.ts";
import { COMMANDS } from "../../src/commands/mod.ts";
import { MekaError } from "../../src/errors.ts";

const NAMES = Object.keys(FLAGS).filter(isFlagName);
const VALUED = NAMES.filter((name) => flag(name).value !== undefined);
const BUILT = Object.keys(COMMANDS).filter(isBuilt);

// Contract, section 1: every command, and the options of a turn and of `setup`. What is not built yet is unknown.
const ALL_COMMANDS =
  "setup status models logout session batch tools mcp completions".split(" ");
const ALL_OPTIONS: Readonly<Partial<Record<CommandName, string>>> = {
  ask:
    "--model -m --effort -e --system -s --prompt -p --provider --base-url --continue -c --resume -r --session " +
    "--fork --no-save --json --schema --image -i --reasoning --usage --permission --search --add-dir --no-stream " +
    "--no-stdin --timeout --quiet -q --verbose -v --help -h --version -V",
  setup:
    "--provider --model --effort --base-url --device --no-browser --api-key-stdin",
};

function isBuilt(name: string): name is CommandName {
  return Object.hasOwn(COMMANDS, name);
}

function spellings(name: FlagName): string[] {
  const { short } = flag(name);
  return short === undefined ? [`--${name}`] : [`--${name}`, `-${short}`];
}

/** What to type before an option so that it belongs to a command that takes it. */
function before(name: FlagName): string[] {
  const [command = "ask"] = flag(name).of;
  return wordsOf(command);
}

/** What names a command. */
function wordsOf(command: CommandName): string[] {
  return command === "ask" ? [] : command.split(" ");
}

interface Read {
  readonly command: Invocation["command"];
  readonly words: readonly string[];
  readonly options: Readonly<Partial<Record<FlagName, readonly string[]>>>;
}

async function read(argv: readonly string[]): Promise<Read> {
  const { command, words, options } = await parseArguments(argv);
  return { command, words, options: Object.fromEntries(options) };
}

async function refuse(argv: readonly string[]): Promise<MekaError> {
  try {
    await parseArguments(argv);
  } catch (error) {
    assert.ok(error instanceof MekaError, `${error}`);
    assert.equal(error.kind, "usage");
    return error;
  }
  throw new assert.AssertionError({ message: `accepted: ${argv.join(" ")}` });
}

// argv, command, words
const FIRST_WORDS = [
  [[], "ask", []],
  [["say", "hi"], "ask", ["say", "hi"]],
  [["setup"], "setup", []],
  [["help"], "help", []],
  [["help", "setup"], "help", ["setup"]],
  [["help", "status"], "help", ["status"]],
  [["--", "setup"], "ask", ["setup"]],
  [["--", "status", "now"], "ask", ["status", "now"]],
  [["setup of X"], "ask", ["setup of X"]],
  [["status of X"], "ask", ["status of X"]],
  [["the", "setup"], "ask", ["the", "setup"]],
  [["Setup"], "ask", ["Setup"]],
  [["-m", "gpt-5", "setup"], "setup", []],
  [["setup", "-m", "gpt-5"], "setup", []],
  [["setup", "--"], "setup", []],
  [["-m", "setup", "hi"], "ask", ["hi"]],
  [["-"], "ask", ["-"]],
  [["--", "-"], "ask", ["-"]],
  [["--", "--json", "-x"], "ask", ["--json", "-x"]],
  [["a", "--", "--", "b"], "ask", ["a", "--", "b"]],
  [[""], "ask", [""]],
] as const;

for (const [argv, command, words] of FIRST_WORDS) {
  Deno.test(`parseArguments() takes [${argv.join("|")}] for "${command}" with [${words.join("|")}]`, async () => {
    const got = await read(argv);
    assert.equal(got.command, command);
    assert.deepEqual(got.words, words);
  });
}

// argv, options, words
const OPTIONS = [
  [["--model", "gpt-5"], { model: ["gpt-5"] }, []],
  [["--model=gpt-5"], { model: ["gpt-5"] }, []],
  [["--model=a=b"], { model: ["a=b"] }, []],
  [["--model="], { model: [""] }, []],
  [["--model", ""], { model: [""] }, []],
  [["-m", "gpt-5"], { model: ["gpt-5"] }, []],
  [["-mgpt-5"], { model: ["gpt-5"] }, []],
  [["-m=gpt-5"], { model: ["gpt-5"] }, []],
  [["-m=", "hi"], { model: [""] }, ["hi"]],
  [["-qm", "gpt-5"], { quiet: [""], model: ["gpt-5"] }, []],
  [["-qvmgpt-5"], { quiet: [""], verbose: [""], model: ["gpt-5"] }, []],
  [["-p", "-"], { prompt: ["-"] }, []],
  [["-p", "-5"], { prompt: ["-5"] }, []],
  [["-p", "-hello"], { prompt: ["-hello"] }, []],
  [["-p", "--what is this?"], { prompt: ["--what is this?"] }, []],
  [["--prompt=--json"], { prompt: ["--json"] }, []],
  [["-m", "a", "-m", "b"], { model: ["b"] }, []],
  [["-i", "a", "hi", "--image=b"], { image: ["a", "b"] }, ["hi"]],
  [["say", "--json", "hi", "-q"], { json: [""], quiet: [""] }, ["say", "hi"]],
  [["--json", "--json"], { json: [""] }, []],
  [["--json", "--", "--usage"], { json: [""] }, ["--usage"]],
  [["-hV"], { help: [""], version: [""] }, []],
] as const;

for (const [argv, options, words] of OPTIONS) {
  Deno.test(`parseArguments() reads the options of [${argv.join("|")}]`, async () => {
    const got = await read(argv);
    assert.deepEqual(got.options, options);
    assert.deepEqual(got.words, words);
  });
}

// what was typed, the option that is named, the nearest one
const UNKNOWN = [
  [["--modle", "x"], "--modle", "--model"],
  [["--modle=x"], "--modle", "--model"],
  [["--MODEL", "x"], "--MODEL", "--model"],
  [["--sytem"], "--sytem", "--system"],
  [["--jsonl"], "--jsonl", "--json"],
  [["--no-sdtin"], "--no-sdtin", "--no-stdin"],
  [["-M"], "-M", "-m"],
  [["-json"], "-json", "--json"],
  [["-qx"], "-qx", undefined],
  [["hi", "--modle"], "--modle", "--model"],
  [["--__proto__"], "--__proto__", undefined],
  [["--constructor"], "--constructor", undefined],
  [["help", "--json"], "--json", undefined],
] as const;

for (const [argv, option, nearest] of UNKNOWN) {
  Deno.test(`parseArguments() knows no option ${option} in [${argv.join("|")}]`, async () => {
    assertUnknown(await refuse(argv), { option, nearest, command: "ask" });
  });
}

interface Unknown {
  readonly option: string;
  readonly nearest?: string | undefined;
  readonly command: CommandName;
}

function assertUnknown(
  { message, hint = "" }: MekaError,
  { option, nearest, command }: Unknown,
): void {
  const [where, help] = command === "ask"
    ? ["", "meka --help"]
    : [` for \`meka ${command}\``, `meka help ${command}`];
  assert.equal(message, `There is no option \`${option}\`${where}`);
  const [, named = ""] = /^The nearest is `(-[^`]+)`; /.exec(hint) ?? [];
  assert.ok(hint.endsWith(`; \`${help}\` lists them all`), hint);
  if (nearest !== undefined) assert.equal(named, nearest);
  // Whatever is called the nearest must be taken.
  assert.ok(flagsOf(command).flatMap(spellings).includes(named), hint);
}

for (const command of BUILT) {
  const own = flagsOf(command).flatMap(spellings);
  const later = ALL_OPTIONS[command]?.split(" ") ?? [];
  for (const option of new Set([...NAMES.flatMap(spellings), ...later])) {
    const takes = own.includes(option);
    Deno.test(`parseArguments() ${takes ? "takes" : "knows no"} ${option} for "${command}"`, async () => {
      const words = wordsOf(command);
      const name = NAMES.find((name) => spellings(name).includes(option));
      const valued = name !== undefined && VALUED.includes(name);
      const typed = valued ? [option, "1"] : [option];
      for (const argv of [[...words, ...typed], [...typed, ...words]]) {
        if (takes) assert.equal((await read(argv)).command, command);
        else assertUnknown(await refuse(argv), { option, command });
      }
    });
  }
}

for (const name of VALUED) {
  for (const spelling of spellings(name)) {
    for (const rest of [[], ["--"], ["--help"], ["--version"], ["-h"]]) {
      const argv = [...before(name), spelling, ...rest];
      Deno.test(`parseArguments() misses the value in [${argv.join("|")}]`, async () => {
        const { message, hint } = await refuse(argv);
        const { value } = flag(name);
        assert.equal(message, `\`${spelling}\` needs a value: ${value}`);
        assert.ok(hint?.includes(`\`--${name}=${value}\``), hint);
      });
    }
  }
}

for (const name of NAMES.filter((name) => !VALUED.includes(name))) {
  Deno.test(`parseArguments() gives the switch --${name} no value`, async () => {
    const { message } = await refuse([`--${name}=yes`]);
    assert.equal(message, `\`--${name}\` takes no value: "yes"`);
  });
}

for (
  const name of ALL_COMMANDS.filter((name) => !isBuilt(name) && !isGroup(name))
) {
  for (const rest of [[], ["--json"], ["--no-such", "80"], ["list"]]) {
    const argv = [name, ...rest];
    Deno.test(`parseArguments() knows no command in [${argv.join("|")}]`, async () => {
      const { message, hint } = await refuse(argv);
      assert.equal(message, `There is no command \`${name}\` yet`);
      assert.match(hint ?? "", new RegExp(`\`meka -- ${name}\``));
    });
  }
}

for (const name of BUILT.filter((name) => name !== "ask")) {
  Deno.test(`parseArguments() takes "${name}" for a command as the first words, and alone`, async () => {
    const words = wordsOf(name);
    assert.equal((await read(words)).command, name);
    for (
      const argv of [["--", ...words], ["the", ...words], [`${name} of X`]]
    ) {
      assert.equal((await read(argv)).command, "ask");
    }
  });
}

const USUAL: readonly CommandName[] = ["tools list", "mcp list"];

for (const group of Object.keys(VERBS).filter(isGroup)) {
  const [first = ""] = VERBS[group];

  Deno.test(`parseArguments() reads the options of "${group}" wherever they stand`, async () => {
    for (
      const argv of [["-q", group, first], [group, "-q", first], [
        group,
        first,
        "-q",
      ]]
    ) {
      const { command, options } = await read(argv);
      assert.equal(command, `${group} ${first}`);
      assert.deepEqual(options, { quiet: [""] });
    }
  });

  // What a group does that is told nothing.
  const usual = USUAL.find((command) => command.startsWith(`${group} `));
  for (const rest of [[], ["--"], ["--", first], ["-q"]]) {
    const argv = [group, ...rest];
    if (usual !== undefined) {
      Deno.test(`parseArguments() takes [${argv.join("|")}] for "${usual}"`, async () => {
        if (rest.includes(first)) {
          const { message } = await refuse(argv);
          assert.equal(
            message,
            `\`${usual}\` cannot take the argument "${first}"`,
          );
        } else assert.equal((await read(argv)).command, usual);
      });
      continue;
    }
    Deno.test(`parseArguments() misses the verb in [${argv.join("|")}]`, async () => {
      const { message, hint } = await refuse(argv);
      assert.equal(message, `\`meka ${group}\` needs to be told what to do`);
      assert.equal(hint, `\`meka help ${group}\` lists what there is`);
    });
  }

  Deno.test(`parseArguments() names the nearest verb of "${group}"`, async () => {
    for (const typed of [`${first}x`, first.slice(1)]) {
      const { message, hint } = await refuse([group, typed, "--no-such"]);
      assert.equal(message, `There is no command \`${group} ${typed}\``);
      assert.equal(
        hint,
        `The nearest is \`${group} ${first}\`; \`meka help ${group}\` lists what there is`,
      );
    }
  });

  Deno.test(`parseArguments() takes --help and help for "${group}" and its verbs`, async () => {
    for (const option of ["--help", "-h"]) {
      const { command, words } = await read([group, option]);
      assert.deepEqual([command, words], ["help", [group]]);
    }
    for (const command of commandsOf(group)) {
      const words = command.split(" ");
      assert.deepEqual((await read(["help", ...words])).words, words);
      assert.equal((await read([...words, "--help"])).command, command);
    }
  });
}

// argv, the word that is too many
const TOO_MANY = [
  [["setup", "openai-codex"], "openai-codex"],
  [["setup", "--", "now"], "now"],
  [["help", "setup", "now"], "now"],
  [["help", "session", "list", "now"], "now"],
  [["session", "list", "now"], "now"],
  [["status", "now"], "now"],
  [["models", "now"], "now"],
  [["status", "now"], "now"],
  [["models", "now"], "now"],
  [["logout", "openai-codex", "now"], "now"],
  [["tools", "list", "now"], "now"],
  [["tools", "run", "a", "{}", "now"], "now"],
  [["mcp", "list", "now"], "now"],
  [["mcp", "tools", "a", "now"], "now"],
  [["mcp", "remove", "a", "now"], "now"],
] as const;

for (const [argv, word] of TOO_MANY) {
  Deno.test(`parseArguments() refuses the argument in [${argv.join("|")}]`, async () => {
    const { message } = await refuse(argv);
    assert.ok(message.endsWith(`"${word}"`), message);
  });
}

const typed = fc.oneof(
  fc.string(),
  fc.constantFrom("-", "--", "-m", "setup", "help", "status", "--no", "-="),
  fc.constantFrom(...NAMES).chain((name) =>
    fc.constantFrom(`--${name}`, `--${name}=`, `-${flag(name).short ?? "x"}`)
  ),
  fc.string({ unit: "binary" }).map((text) => `-${text}`),
);

Deno.test("parseArguments() throws nothing but usage errors", async () => {
  await fc.assert(fc.asyncProperty(fc.array(typed), async (argv) => {
    try {
      await parseArguments(argv);
    } catch (error) {
      assert.ok(
        error instanceof MekaError && error.kind === "usage",
        `${error}`,
      );
    }
  }));
});

Deno.test("parseArguments() hands out every word after -- as it is, and never as a command", async () => {
  await fc.assert(fc.asyncProperty(fc.array(typed), async (words) => {
    const got = await read(["--json", "--", ...words]);
    assert.deepEqual(got, {
      command: "ask",
      words,
      options: { json: [""] },
    });
  }));
});

Deno.test("parseArguments() takes any value after an equals sign", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(...VALUED),
      fc.string({ unit: "binary" }),
      async (name, value) => {
        const got = await read([...before(name), `--${name}=${value}`]);
        assert.deepEqual(got.options, { [name]: [value] });
      },
    ),
  );
});

Deno.test("parseArguments() finds the same options wherever they stand between words", async () => {
  const options = ["--json", "-m=gpt-5", "--image=a", "--image=b"];
  const words = ["say", "hi", "again"];
  const alone = await read(["say", "hi", "again", ...options]);
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.nat(words.length), { minLength: 4, maxLength: 4 }),
      async (places) => {
        const sorted = places.toSorted((a, b) => a - b);
        const argv = [...words];
        // From the back, so that the places in front stay where they are.
        for (let at = options.length - 1; at >= 0; at--) {
          argv.splice(sorted[at] ?? 0, 0, options[at] ?? "");
        }
        assert.deepEqual(await read(argv), alone);
      },
    ),
  );
});
