import { type GroupName, isGroup } from "./cli/flags.ts";
import { help } from "./cli/help.ts";
import { parseArguments } from "./cli/parse.ts";
import { COMMANDS } from "./commands/mod.ts";
import type { CommandContext } from "./commands/context.ts";
import { CLOSED_STDOUT_EXIT, MekaError } from "./errors.ts";
import { ClosedOutput, type Host, type Output } from "./host.ts";
import { oneLine, Redactor, stripControl } from "./http/redact.ts";
import { withDiagnosis } from "./http/with_diagnosis.ts";
import { ORIGINATOR, VERSION } from "./version.ts";

/** The most a message may repeat of what a server said, in characters. */
const LONGEST_MESSAGE = 1000;

/** From the command line to the exit status: builds what a command needs and tells every failure once. */
export async function run(
  argv: readonly string[],
  host: Host,
): Promise<number> {
  const redactor = new Redactor();
  const clean = (text: string): string =>
    // Cut last: half of a secret would not be known as one.
    oneLine(redactor.redact(text), LONGEST_MESSAGE);
  let end = (error: MekaError): Promise<readonly Output[]> =>
    endEarly(error, argv);
  try {
    const invocation = await parseArguments(argv);
    const { command, options, words } = invocation;
    if (options.has("version")) return await say(host, `meka ${VERSION}\n`);
    if (command === "help" || options.has("help")) {
      return await say(host, help(topic(command, words)));
    }
    const context: CommandContext = {
      host,
      fetch: await tracedFetch(host, options.has("verbose"), redactor),
      options,
      words,
      userAgent: userAgent(host),
      clean,
      hide: (...secrets) => redactor.add(secrets),
      onFailure: (told) => {
        end = (error) => Promise.resolve(told(error));
      },
    };
    const start = await COMMANDS[command]();
    return await start(context);
  } catch (error) {
    if (error instanceof ClosedOutput) return CLOSED_STDOUT_EXIT;
    const told = asMekaError(error);
    const stack = host.env("MEKA_DEBUG") === "1"
      ? redactor.redact(stripControl(describe(told)))
      : undefined;
    return await fail(told, { host, clean, end, stack });
  }
}

interface Ending {
  readonly host: Host;
  readonly clean: (text: string) => string;
  readonly end: (error: MekaError) => Promise<readonly Output[]>;
  readonly stack: string | undefined;
}

/** Tells a failure on both streams; a stream that cannot be written any more changes nothing about the status. */
async function fail(error: MekaError, ending: Ending): Promise<number> {
  const { host, clean, stack } = ending;
  const told = new MekaError(error.kind, clean(error.message), {
    hint: error.hint === undefined ? undefined : clean(error.hint),
    retryAt: error.retryAt,
    exit: error.exit,
  });
  const lines = [`meka: ${told.message}`];
  if (told.hint !== undefined) lines.push(told.hint);
  if (stack !== undefined) lines.push(stack);
  const last = { to: "stderr", text: `${lines.join("\n")}\n` } as const;
  for (const output of [...await ending.end(told), last]) {
    try {
      await host.write(output);
    } catch (failure) {
      if (failure instanceof ClosedOutput) return CLOSED_STDOUT_EXIT;
    }
  }
  return told.exit;
}

/** Before there is a format to ask, `--json` alone decides what stands on stdout. */
async function endEarly(
  error: MekaError,
  argv: readonly string[],
): Promise<readonly Output[]> {
  const end = argv.indexOf("--");
  const options = end === -1 ? argv : argv.slice(0, end);
  if (!options.includes("--json")) return [];
  const { errorLine } = await import("./render/jsonl.ts");
  return [{ to: "stdout", text: errorLine(error) }];
}

function asMekaError(error: unknown): MekaError {
  if (error instanceof MekaError) return error;
  const why = error instanceof Error ? error.message : "unknown reason";
  return new MekaError("internal", `Something went wrong inside meka: ${why}`, {
    hint: "Set `MEKA_DEBUG=1` to see where",
    cause: error,
  });
}

/** The stack of an error and of what caused it. */
function describe(error: unknown): string {
  if (!(error instanceof Error)) return "";
  const stack = error.stack ?? error.message;
  return error.cause === undefined
    ? stack
    : `${stack}\nCaused by: ${describe(error.cause)}`;
}

function topic(
  command: keyof typeof COMMANDS | "help",
  words: readonly string[],
): keyof typeof COMMANDS | GroupName {
  if (command !== "help") return command;
  const word = words.join(" ");
  if (word === "" || word === "help") return "ask";
  if (isCommand(word) || isGroup(word)) return word;
  throw new MekaError("usage", `There is no help on "${word}"`, {
    hint: "`meka help` lists what there is",
  });
}

function isCommand(word: string): word is keyof typeof COMMANDS {
  return Object.hasOwn(COMMANDS, word);
}

async function say(host: Host, text: string): Promise<number> {
  await host.write({ to: "stdout", text });
  return 0;
}

async function tracedFetch(
  host: Host,
  verbose: boolean,
  redactor: Redactor,
): Promise<CommandContext["fetch"]> {
  const fetch = withDiagnosis(host.fetch, host);
  if (!verbose) return fetch;
  const { withTrace } = await import("./http/with_trace.ts");
  return withTrace(fetch, {
    elapsed: host.elapsed,
    redactor,
    write: (line) => host.write({ to: "stderr", text: `${line}\n` }),
  });
}

/** As RFC 9110, section 10.1.5 has it: the product, then a comment about the machine. */
function userAgent({ machine }: Host): string {
  const { os, release, arch } = machine;
  return `${ORIGINATOR}/${VERSION} (${os} ${release}; ${arch})`;
}
