import type { FlagName } from "../cli/flags.ts";
import type { MekaError } from "../errors.ts";
import type { Host, Output } from "../host.ts";
import type { Fetch } from "../http/fetch.ts";
import { stripControl } from "../http/redact.ts";

/** What a command is run with. */
export interface CommandContext {
  readonly host: Host;
  /** The host's own, traced under `--verbose`; without cookies. */
  readonly fetch: Fetch;
  readonly options: ReadonlyMap<FlagName, readonly string[]>;
  readonly words: readonly string[];
  /** The `User-Agent` of every request. */
  readonly userAgent: string;
  /** Makes one line of a text that is not the model's, without secrets and control characters. */
  readonly clean: (text: string) => string;
  /** Names secrets of this run, which from then on appear in no text that was cleaned. */
  readonly hide: (...secrets: readonly string[]) => void;
  /** Says what stands on stdout in the place of the rest when the command throws. */
  readonly onFailure: (end: (error: MekaError) => readonly Output[]) => void;
}

/** A command: its exit status, or a throw. */
export type Command = (context: CommandContext) => Promise<number>;

/** An option's value, the last one given; undefined when it was not given. */
export function text(
  context: Pick<CommandContext, "options">,
  name: FlagName,
): string | undefined {
  return context.options.get(name)?.at(-1);
}

/** Tells of a failure that does not end the run, and what would fix it. */
export async function warnOf(
  context: CommandContext,
  { message, hint }: MekaError,
): Promise<void> {
  await warn(context, hint === undefined ? message : `${message}. ${hint}`);
}

/** Tells a person on stderr what went wrong without ending the run, unless `--quiet` was given. */
export async function warn(
  context: CommandContext,
  message: string,
): Promise<void> {
  await remark(context, "warning", message);
}

/** Tells a person on stderr what goes on, unless `--quiet` was given. */
export async function note(
  context: CommandContext,
  message: string,
): Promise<void> {
  await remark(context, "note", message);
}

async function remark(
  { host, options, clean }: CommandContext,
  kind: string,
  message: string,
): Promise<void> {
  if (options.has("quiet")) return;
  await host.write({ to: "stderr", text: `${kind}: ${clean(message)}\n` });
}

/** JSON on a line of its own, which can drive no screen: JSON itself escapes only some of what could. */
export function jsonLine(value: unknown, { host }: CommandContext): string {
  const line = `${JSON.stringify(value)}\n`;
  return host.isTerminal("stdout") ? stripControl(line) : line;
}
