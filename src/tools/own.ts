import type { OwnToolConfig } from "../config/tool_tables.ts";
import type { KeptOutput, ProgramEnd } from "../host.ts";
import { stripControl } from "../http/redact.ts";
import { keptText } from "./kept_output.ts";
import { attempting, failed, outcome, told } from "./outcome.ts";
import { shownCommand } from "./shown.ts";
import type { Tool, ToolArguments, ToolContext, ToolResult } from "./tool.ts";

/** The most that is kept of what a command writes, in bytes. */
const KEPT_BYTES = 64 * 1024;

/** How much of stderr explains a failure, in characters. */
const TOLD_STDERR = 4 * 1024;

/** The tool that a person's `[[tools]]` table makes: a command that is given the arguments of a call as JSON on stdin. */
export function ownTool(config: OwnToolConfig): Tool {
  const { name, description, parameters, command, permission } = config;
  return {
    name,
    description,
    parameters: { properties: {}, ...parameters, type: "object" },
    level: permission,
    origin: "config",
    describe: (args) =>
      Promise.resolve(
        `Run the config's command, for at most ${
          config.timeoutMs / 1000
        } s:\n` +
          `${shownCommand(command)}\nwith this on its stdin:\n` +
          JSON.stringify(args, undefined, 2),
      ),
    run: (args, context) => outcome(() => run(config, args, context)),
  };
}

async function run(
  { name, command, timeoutMs }: OwnToolConfig,
  args: ToolArguments,
  { host, folders: [folder = "."], signal }: ToolContext,
): Promise<ToolResult> {
  const end = await attempting(`run the tool "${name}"`, () =>
    host.runProgram({
      argv: command,
      folder,
      stdin: `${JSON.stringify(args)}\n`,
      timeoutMs,
      keepBytes: KEPT_BYTES,
      signal,
    }));
  return tell(end, timeoutMs);
}

function tell({ code, stdout, stderr }: ProgramEnd, ms: number): ToolResult {
  const output = textOf(stdout);
  if (code === 0) return told(output === "" ? "[no output]" : output);
  const how = code === undefined
    ? `The tool was stopped after ${ms / 1000} s, before it was done`
    : `The tool failed with exit status ${code}`;
  const words = textOf(stderr).slice(-TOLD_STDERR).trim() || output;
  return failed(words === "" ? how : `${how}:\n${words}`);
}

function textOf(kept: KeptOutput): string {
  return stripControl(keptText(kept));
}
