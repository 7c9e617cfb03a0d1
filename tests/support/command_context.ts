import type { CommandContext } from "../../src/commands/context.ts";
import type { Host } from "../../src/host.ts";
import { oneLine } from "../../src/http/redact.ts";

/** What a command is run with that needs no account. */
export function commandContext(
  host: Host,
  { words = [], options = new Map() }: {
    readonly words?: readonly string[] | undefined;
    readonly options?: CommandContext["options"] | undefined;
  } = {},
): CommandContext {
  return {
    host,
    fetch: host.fetch,
    options,
    words,
    userAgent: "meka_cli/0",
    clean: (text) => oneLine(text, 1000),
    hide: () => {},
    onFailure: () => {},
  };
}
