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
    ["status", undefined],
    ["models", undefined],
    ["logout", undefined],
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
  const words = typed.words.map((word) => word.text).slice(named ? 1 : 0);
  const options = new Map<FlagName, readonly string[]>();
  const takes = flagsOf(command === "help" || !command ? "ask" : command);
  for (const { spelling, name, value } of typed.options) {
    if (name === undefined || !takes.includes(name)) {
      throw await unknownOption(spelling, takes);
    }
    if (value === undefined) throw missingValue(spelling, name);
    const earlier = flag(name).repeat ? options.get(name) ?? [] : [];
    options.set(name, [...earlier, value]);
  }
  if (command === undefined) throw unknownCommand(first?.text ?? "");
  if (command === "setup" && words.length > 0) {
    throw new MekaError("usage", `\`setup\` takes no argument: "${words[0]}"`);
  }
  return { command, options, words };
}

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
    const name = SHORT_FORMS.find((name) => flag(name).short === letter);
    if (name === undefined) {
      // The whole word tells a person more than the one letter that failed.
      return [...options, { spelling: word, name, value: "" }];
    }
    const attached = word.slice(at + 1).replace(/^=/, "");
    if (flag(name).value !== undefined && attached !== "") {
      return [...options, { spelling, name, value: attached }];
    }
    options.push({ spelling, name, value: takeValue(name, rest) });
  }
  return options;
}

const SHORT_FORMS = [...new Set([...flagsOf("ask"), ...flagsOf("setup")])];

/** The next word, unless it is an option itself: then the value was forgotten. */
function takeValue(name: FlagName, rest: string[]): string | undefined {
  if (flag(name).value === undefined) return "";
  const next = rest[0];
  if (next === undefined || next === "--") return undefined;
  const long = next.startsWith("--") ? next.slice(2).split("=")[0] : undefined;
  if (long !== undefined && isFlagName(long)) return undefined;
  return rest.shift();
}

function missingValue(spelling: string, name: FlagName): MekaError {
  return new MekaError(
    "usage",
    `\`${spelling}\` needs a value: ${flag(name).value}`,
    { hint: "See `meka --help`" },
  );
}

async function unknownOption(
  spelling: string,
  takes: readonly FlagName[],
): Promise<MekaError> {
  const { closest } = await import("fastest-levenshtein");
  const nearest = closest(spelling, takes.map((name) => `--${name}`));
  return new MekaError("usage", `There is no option \`${spelling}\``, {
    hint: `The nearest is \`${nearest}\`; \`meka --help\` lists them all`,
  });
}

function unknownCommand(name: string): MekaError {
  return new MekaError("usage", `There is no command \`${name}\` yet`, {
    hint: `To send it as a prompt, write \`meka -- ${name}\``,
  });
}
