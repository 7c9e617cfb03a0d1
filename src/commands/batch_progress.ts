import type { Pace } from "../batch/pace.ts";
import type { Tally } from "../batch/tally.ts";
import type { CommandContext } from "./context.ts";

/** How often the line is drawn anew, in milliseconds. */
const EVERY_MS = 200;
/** So many different warnings are told; more are the same in other words. */
const MOST_WARNINGS = 100;

const CLEAR = "\r\x1b[K";

/** What a batch tells on stderr while it goes on. */
export interface Progress extends AsyncDisposable {
  note(message: string): Promise<void>;
  /** Tells the same thing once. */
  warn(message: string): Promise<void>;
  /** Takes the line away for good. */
  end(): Promise<void>;
}

/**
 * Shows how a batch stands in one line that is drawn anew and anew, where stderr is a terminal and the answers go
 * elsewhere.
 */
export function openProgress(
  context: CommandContext,
  { tally, pace }: {
    readonly tally: Tally;
    readonly pace: Pick<Pace, "waitMs">;
  },
): Progress {
  const { host, options, clean } = context;
  const quiet = options.has("quiet");
  const drawn = !quiet && host.isTerminal("stderr") &&
    !host.isTerminal("stdout") && !options.has("verbose") &&
    host.env("TERM") !== "dumb";
  const stop = new AbortController();
  const draw = async (): Promise<void> => {
    tally.total = await host.stdinSize();
    while (!stop.signal.aborted) {
      const line = tally.progress(pace.waitMs);
      // Without wrapping, so that a narrow window cuts the line instead of breaking it.
      const text = `\r\x1b[?7l${line}\x1b[K\x1b[?7h`;
      await host.write({ to: "stderr", text });
      await host.sleep(EVERY_MS, stop.signal).catch(() => {});
    }
    await host.write({ to: "stderr", text: CLEAR });
  };
  const drawing = drawn ? draw() : Promise.resolve();
  const told = new Set<string>();
  const say = async (kind: string, message: string): Promise<void> => {
    if (quiet) return;
    const clear = drawn && !stop.signal.aborted ? CLEAR : "";
    const text = `${clear}${kind}: ${clean(message)}\n`;
    await host.write({ to: "stderr", text });
  };
  const end = async (): Promise<void> => {
    stop.abort();
    await drawing;
  };
  return {
    note: (message) => say("note", message),
    warn: async (message) => {
      if (told.has(message) || told.size >= MOST_WARNINGS) return;
      told.add(message);
      await say("warning", message);
    },
    end,
    [Symbol.asyncDispose]: end,
  };
}
