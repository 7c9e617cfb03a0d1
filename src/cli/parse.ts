import { MekaError } from "../errors.ts";
import {
  type CommandName,
  commandsOf,
  flag,
  FLAG_NAMES,
  type FlagName,
  flagsOf,
  type GroupName,
  isFlagName,
  isGroup,
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
    ["batch", "batch"],
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
  const { command, length } = await readCommand(typed);
  const words = typed.words.map((word) => word.text).slice(length);
  const options = new Map<FlagName, readonly string[]>();
  const takes = command === "help" ? HELP_TAKES : flagsOf(command);
  for (const { spelling, word, name, value } of typed.options) {
    if (name === undefined || !takes.includes(name)) {
      throw await unknownOption(word, command, takes);
    }
    if (value === undefined) throw missingValue(spelling, name);
    const earlier = flag(name).repeat ? options.get(name) ?? [] : [];
    options.set(name, [...earlier, value]);
  }
  const tooMany = words[mostWords(command, words)];
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
  batch: 0,
  help: 1,
  "session list": 0,
  "tools list": 0,
  "tools run": 2,
  "mcp list": 0,
  "mcp tools": 1,
  "mcp add": Infinity,
  "mcp remove": 1,
  "session show": 1,
  "session search": Infinity,
  "session rename": 2,
  "session fork": 1,
  "session export": 1,
  "session import": 1,
  "session delete": Infinity,
};

function isCommand(name: string): name is Invocation["command"] {
  return Object.hasOwn(MOST_WORDS, name);
}

/** A verb of a group is named by two words when help on it is asked for. */
function mostWords(
  command: Invocation["command"],
  [first = ""]: readonly string[],
): number {
  return command === "help" && isGroup(first) ? 2 : MOST_WORDS[command];
}

/** What a group does when it is not told what to do. */
const DEFAULT_COMMANDS: Readonly<Partial<Record<GroupName, CommandName>>> = {
  tools: "tools list",
  mcp: "mcp list",
};

const HELP_TAKES: readonly FlagName[] = ["help", "version"];

interface NamedCommand {
  readonly command: Invocation["command"];
  /** How many words name it. */
  readonly length: number;
}

async function readCommand(
  { words: [first, second], options }: Typed,
): Promise<NamedCommand> {
  if (first === undefined || first.literal) {
    return { command: "ask", length: 0 };
  }
  if (isGroup(first.text)) {
    const wantsHelp = options.some(({ name }) =>
      name === "help" || name === "version"
    );
    return await readVerb(first.text, second, wantsHelp);
  }
  if (!COMMANDS.has(first.text)) return { command: "ask", length: 0 };
  const command = COMMANDS.get(first.text);
  // Before its options, which this version cannot know either.
  if (command === undefined) throw unknownCommand(first.text);
  return { command, length: 1 };
}

async function readVerb(
  group: GroupName,
  verb: TypedWord | undefined,
  wantsHelp: boolean,
): Promise<NamedCommand> {
  const commands = commandsOf(group);
  const hint = `\`meka help ${group}\` lists what there is`;
  if (verb === undefined || verb.literal) {
    // What it is about is then the group itself.
    if (wantsHelp) return { command: "help", length: 0 };
    const usual = DEFAULT_COMMANDS[group];
    if (usual !== undefined) return { command: usual, length: 1 };
    const message = `\`meka ${group}\` needs to be told what to do`;
    throw new MekaError("usage", message, { hint });
  }
  const typed = `${group} ${verb.text}`;
  if (isCommand(typed)) return { command: typed, length: 2 };
  const { closest } = await import("fastest-levenshtein");
  throw new MekaError("usage", `There is no command \`${typed}\``, {
    hint: `The nearest is \`${closest(typed, commands)}\`; ${hint}`,
  });
}

interface Typed {
  readonly words: readonly TypedWord[];
  readonly options: readonly TypedOption[];
}

interface TypedWord {
  readonly text: string;
  /** Stood after `--`. */
  readonly literal: boolean;
}

interface TypedOption {
  readonly spelling: string;
  /** What it was typed in: several letters, or a letter and its value, tell a person more than the one that failed. */
  readonly word: string;
  readonly name: FlagName | undefined;
  /** Undefined when a value is missing. */
  readonly value: string | undefined;
}

function readArguments(argv: readonly string[]): Typed {
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
  const typed = { spelling, word: spelling };
  if (!isFlagName(name)) return { ...typed, name: undefined, value: "" };
  if (equals === -1) return { ...typed, name, value: takeValue(name, rest) };
  const value = word.slice(equals + 1);
  if (flag(name).value === undefined) {
    throw new MekaError("usage", `\`${spelling}\` takes no value: "${value}"`);
  }
  return { ...typed, name, value };
}

/** Letters may stand together; the value of the last one may follow at once, as in `-mgpt-5`. */
function readShort(word: string, rest: string[]): TypedOption[] {
  const options: TypedOption[] = [];
  for (let at = 1; at < word.length; at++) {
    const letter = word.charAt(at);
    const spelling = `-${letter}`;
    const name = nameOf(letter);
    if (name === undefined) {
      return [...options, { spelling, word, name, value: "" }];
    }
    const attached = word.slice(at + 1);
    if (flag(name).value !== undefined && attached !== "") {
      const value = attached.replace(/^=/, "");
      return [...options, { spelling, word, name, value }];
    }
    options.push({ spelling, word, name, value: takeValue(name, rest) });
  }
  return options;
}

function nameOf(letter: string): FlagName | undefined {
  return FLAG_NAMES.find((name) => flag(name).short === letter);
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
