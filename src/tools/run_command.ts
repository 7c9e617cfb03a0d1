import { type ProgramEnd, Refusal } from "../host.ts";
import { isAskedFor, numberOf, textOf, textsOf } from "./arguments.ts";
import { keptText } from "./kept_output.ts";
import { attempting, outcome } from "./outcome.ts";
import { shownCommand, shownName, shownPath } from "./shown.ts";
import type { Tool, ToolArguments, ToolContext, ToolResult } from "./tool.ts";

const DEFAULT_SECONDS = 120;
const MOST_SECONDS = 600;
/** The most that is kept of each of the two streams, in bytes. */
const KEPT_BYTES = 32 * 1024;

/** Runs a program. */
export const runCommand: Tool = {
  name: "run_command",
  description:
    `Run a program to its end and get its exit code, stdout and stderr. It gets nothing on stdin, no terminal, and no variables that hold keys or tokens. Of long output only the beginning and the end are kept. Nothing keeps running in the background.`,
  parameters: {
    type: "object",
    properties: {
      command: {
        type: "array",
        items: { type: "string" },
        minItems: 1,
        description:
          'The program and its arguments, one item each, like ["git", "log", "-3"]; no shell reads them.',
      },
      shell: {
        type: "boolean",
        description:
          "command has one item, a line for the shell, with pipes and so on.",
      },
      cwd: {
        type: "string",
        description: "The folder to run it in; the working folder by default.",
      },
      timeout_seconds: {
        type: "integer",
        minimum: 1,
        maximum: MOST_SECONDS,
        description: `${DEFAULT_SECONDS} by default.`,
      },
    },
    required: ["command"],
    additionalProperties: false,
  },
  level: "write",
  origin: "built in",
  describe: async (args, context) => {
    const { argv, folder, seconds } = await plan(args, context);
    const name = shownName(shownPath(folder, context.folders));
    const where = name === "." ? "" : ` in ${name}`;
    return `Run${where}, for at most ${seconds} s:\n${shownCommand(argv)}`;
  },
  run: (args, context) => outcome(() => run(args, context)),
};

/** A program that can be run. */
interface Plan {
  readonly argv: readonly [string, ...string[]];
  /** A real path. */
  readonly folder: string;
  readonly seconds: number;
}

function plan(args: ToolArguments, context: ToolContext): Promise<Plan> {
  return attempting("run the command", async () => {
    const argv = argvOf(args, context);
    const files = await context.host.guardedFiles(context);
    const given = textOf(args, "cwd") ?? ".";
    const { path, kind } = await attempting(
      `use the folder ${shownName(given)}`,
      () => files.locate(given),
    );
    if (kind !== "folder") {
      throw new Refusal(`${shownName(given)} is no folder`);
    }
    const asked = numberOf(args, "timeout_seconds") ?? DEFAULT_SECONDS;
    return { argv, folder: path, seconds: Math.min(asked, MOST_SECONDS) };
  });
}

function argvOf(
  args: ToolArguments,
  { host }: ToolContext,
): readonly [string, ...string[]] {
  const [name = "", ...rest] = textsOf(args, "command");
  if (name === "") throw new Refusal("it names no program");
  if ([name, ...rest].some((word) => word.includes("\0"))) {
    throw new Refusal("it holds a NUL character");
  }
  if (!isAskedFor(args, "shell")) return [name, ...rest];
  if (rest.length > 0) {
    throw new Refusal(
      'with "shell", command has one item: the whole line for the shell',
    );
  }
  return host.machine.os === "windows"
    ? ["cmd", "/d", "/s", "/c", `"${name}"`]
    : ["sh", "-c", name];
}

async function run(
  args: ToolArguments,
  context: ToolContext,
): Promise<ToolResult> {
  const { argv, folder, seconds } = await plan(args, context);
  const { host, signal } = context;
  const end = await attempting("run the command", () =>
    host.runProgram({
      argv,
      folder,
      timeoutMs: seconds * 1_000,
      keepBytes: KEPT_BYTES,
      signal,
    }));
  return { output: tell(end, seconds), error: end.code !== 0 };
}

function tell({ code, stdout, stderr }: ProgramEnd, seconds: number): string {
  const how = code === undefined
    ? `Ended after ${seconds} s, before it was done`
    : `Exit code ${code}`;
  const parts = [["stdout", stdout], ["stderr", stderr]] as const;
  return [
    how,
    ...parts.flatMap(([name, kept]) => {
      const text = keptText(kept);
      return text === "" ? [] : [`${name}:\n${text}`];
    }),
  ].join("\n");
}
