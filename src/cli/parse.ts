import { MekaError } from "../errors.ts";
import {
  type CommandName,
  flag,
  type FlagName,
  flagsOf,
  isFlagName,
} from "./flags.ts";

/** What was typed: the command, its options, and the words left over. */
export interface Invocation {
  readonly command: CommandName | "help";
  /** The values of each option given; a switch has one empty value. */
  readonly options: ReadonlyMap<FlagName, readonly string[]>;
  readonly words: readonly string[];
}

/** Names that are commands, or will be, and so are never taken for a prompt of one word. */
const COMMANDS: ReadonlyMap<string, Invocation["command"] | undefined> =
  new Map<string, Invocation["command"] | undefined>([
    ["setup", "setup"],
    ["help", "help"],
    ["status", "status"],
    ["models", "models"],
    ["logout", "logout"],
    ["session", undefined],
    ["batch", undefined],
    ["tools", undefined],
    ["mcp", undefined],
    ["completions", undefined],
  ]);

/**
 * Reads the command line. Options and words may be mixed; `--` ends the options, and a word after it is never a
 * command.
 *
 * @throws {MekaError} "usage", naming the option and the nearest valid one.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * const { command, options, words } = await parseArguments(["-m", "gpt-5", "say", "hi", "--json"]);
 * assert.equal(command, "ask");
 * assert.deepEqual(options.get("model"), ["gpt-5"]);
 * assert.deepEqual(words, ["say", "hi"]);
 * ```
 */
export async function parseArguments(
  argv: readonly string[],
): Promise<Invocation> {
  const typed = readArguments(argv);
  const first = typed.words[0];
  const named = first !== undefined && !first.literal &&
    COMMANDS.has(first.text);
  const command = named ? COMMANDS.get(first.text) : "ask";
  // Before its options, which this version cannot know either.
  if (command === undefined) throw unknownCommand(first?.text ?? "");
  const words = typed.words.map((word) => word.text).slice(named ? 1 : 0);
  const options = new Map<FlagName, readonly string[]>();
  const takes = command === "help" ? HELP_TAKES : flagsOf(command);
  for (const { spelling, name, value } of typed.options) {
    if (name === undefined || !takes.includes(name)) {
      throw await unknownOption(spelling, command, takes);
    }
    if (value === undefined) throw missingValue(spelling, name);
    const earlier = flag(name).repeat ? options.get(name) ?? [] : [];
    options.set(name, [...earlier, value]);
  }
  const tooMany = words[MOST_WORDS[command]];
  if (tooMany !== undefined) {
    throw new MekaError(
      "usage",
      `\`${command}\` cannot take the argument "${tooMany}"`,
      { hint: `\`meka help ${command}\` tells what it takes` },
    );
  }
  return { command, options, words };
}

/** How many words may follow the command. */
const MOST_WORDS: Readonly<Record<Invocation["command"], number>> = {
  ask: Infinity,
  setup: 0,
  status: 0,
  models: 0,
  logout: 1,
  help: 1,
};

const HELP_TAKES: readonly FlagName[] = ["help", "version"];

interface TypedWord {
  readonly text: string;
  /** Stood after `--`. */
  readonly literal: boolean;
}

interface TypedOption {
  readonly spelling: string;
  readonly name: FlagName | undefined;
  /** Undefined when a value is missing. */
  readonly value: string | undefined;
}

function readArguments(
  argv: readonly string[],
): { words: readonly TypedWord[]; options: readonly TypedOption[] } {
  const words: TypedWord[] = [];
  const options: TypedOption[] = [];
  const rest = [...argv];
  let literal = false;
  for (let word = rest.shift(); word !== undefined; word = rest.shift()) {
    if (literal || word === "-" || !word.startsWith("-")) {
      words.push({ text: word, literal });
    } else if (word === "--") literal = true;
    else if (word.startsWith("--")) options.push(readLong(word, rest));
    else options.push(...readShort(word, rest));
  }
  return { words, options };
}

function readLong(word: string, rest: string[]): TypedOption {
  const equals = word.indexOf("=");
  const spelling = equals === -1 ? word : word.slice(0, equals);
  const name = spelling.slice(2);
  if (!isFlagName(name)) return { spelling, name: undefined, value: "" };
  if (equals === -1) return { spelling, name, value: takeValue(name, rest) };
  const value = word.slice(equals + 1);
  if (flag(name).value === undefined) {
    throw new MekaError("usage", `\`${spelling}\` takes no value: "${value}"`);
  }
  return { spelling, name, value };
}

/** Letters may stand together; the value of the last one may follow at once, as in `-mgpt-5`. */
function readShort(word: string, rest: string[]): TypedOption[] {
  const options: TypedOption[] = [];
  for (let at = 1; at < word.length; at++) {
    const letter = word.charAt(at);
    const spelling = `-${letter}`;
    const name = nameOf(letter);
    if (name === undefined) {
      // The whole word tells a person more than the one letter that failed.
      return [...options, { spelling: word, name, value: "" }];
    }
    const attached = word.slice(at + 1);
    if (flag(name).value !== undefined && attached !== "") {
      const value = attached.replace(/^=/, "");
      return [...options, { spelling, name, value }];
    }
    options.push({ spelling, name, value: takeValue(name, rest) });
  }
  return options;
}

const ALL = [...new Set([...flagsOf("ask"), ...flagsOf("setup")])];

function nameOf(letter: string): FlagName | undefined {
  return ALL.find((name) => flag(name).short === letter);
}

/** The next word, unless it is an option itself: then the value was forgotten. */
function takeValue(name: FlagName, rest: string[]): string | undefined {
  if (flag(name).value === undefined) return "";
  const next = rest[0];
  return next === undefined || isOption(next) ? undefined : rest.shift();
}

function isOption(word: string): boolean {
  if (word.startsWith("--")) {
    const [name = ""] = word.slice(2).split("=");
    return word === "--" || isFlagName(name);
  }
  return word.length === 2 && word.startsWith("-") &&
    nameOf(word.charAt(1)) !== undefined;
}

function missingValue(spelling: string, name: FlagName): MekaError {
  return new MekaError(
    "usage",
    `\`${spelling}\` needs a value: ${flag(name).value}`,
    {
      hint: `Write \`--${name}=${flag(name).value}\` if it begins with a dash`,
    },
  );
}

async function unknownOption(
  spelling: string,
  command: Invocation["command"],
  takes: readonly FlagName[],
): Promise<MekaError> {
  const { closest } = await import("fastest-levenshtein");
  // A letter is near to letters only; which case it is in is a frequent mistake.
  const spellings = spelling.length === 2
    ? takes.flatMap((name) => flag(name).short ?? []).map((word) => `-${word}`)
    : takes.map((name) => `--${name}`);
  const nearest = closest(spelling.toLowerCase(), spellings);
  const [where, help] = command === "ask" || command === "help"
    ? ["", "meka --help"]
    : [` for \`meka ${command}\``, `meka help ${command}`];
  return new MekaError("usage", `There is no option \`${spelling}\`${where}`, {
    hint: `The nearest is \`${nearest}\`; \`${help}\` lists them all`,
  });
}

function unknownCommand(name: string): MekaError {
  return new MekaError("usage", `There is no command \`${name}\` yet`, {
    hint: `To send it as a prompt, write \`meka -- ${name}\``,
  });
}
