import { setEcho } from "./deno_echo.ts";
import type { PromptOptions } from "./host.ts";
import { orAborted } from "./or_aborted.ts";

/** How a line is asked for, and what ends the run. */
export interface PromptLineOptions extends PromptOptions {
  readonly interrupt: AbortSignal;
}

/**
 * Asks on stderr and reads one line from the terminal, which does the editing; undefined at the end of input.
 *
 * @throws the reason of `signal` or `interrupt` when one comes first; the terminal is then as it was.
 */
export async function promptLine(
  question: string,
  { hidden = false, fresh = false, signal, interrupt }: PromptLineOptions,
): Promise<string | undefined> {
  const end = signal === undefined
    ? interrupt
    : AbortSignal.any([signal, interrupt]);
  end.throwIfAborted();
  if (fresh) await forgetTyped();
  // First, for what is pasted before the question is read.
  const quiet = hidden && await setEcho(false);
  try {
    await say(question);
    // An end that came meanwhile tells no listener that is added after it.
    end.throwIfAborted();
    // A read of this process cannot be called off: it would swallow what is typed for the next one.
    const elsewhere = signal === undefined ? undefined : readElsewhere(end);
    return await (elsewhere ?? orAborted(readLine(), end));
  } finally {
    if (quiet) await setEcho(true);
    // The line's end was not shown either, or never came.
    if (quiet || end.aborted) await say("\n");
  }
}

/** Reads what has been typed so far, and forgets it; nothing happens where there are no such programs. */
async function forgetTyped(): Promise<void> {
  const script = "trap : INT; before=$(stty -g) || exit; " +
    'stty -icanon min 0 time 0; cat > /dev/null; stty "$before"';
  try {
    const command = new Deno.Command("sh", {
      args: ["-c", script],
      stdin: "inherit",
      stdout: "null",
      stderr: "null",
    });
    await command.output();
  } catch {
    // No shell.
  }
}

async function say(text: string): Promise<void> {
  await Deno.stderr.write(new TextEncoder().encode(text));
}

/** Has another process read the line, which can be ended at any time; undefined where there is no such program. */
function readElsewhere(
  end: AbortSignal,
): Promise<string | undefined> | undefined {
  let reader: Deno.ChildProcess;
  try {
    reader = new Deno.Command("head", {
      args: ["-n", "1"],
      stdin: "inherit",
      stdout: "piped",
      stderr: "null",
    }).spawn();
  } catch {
    return undefined;
  }
  return readFrom(reader, end);
}

async function readFrom(
  reader: Deno.ChildProcess,
  end: AbortSignal,
): Promise<string | undefined> {
  const stop = (): void => {
    try {
      reader.kill("SIGTERM");
    } catch {
      // It has ended by itself.
    }
  };
  end.addEventListener("abort", stop, { once: true });
  try {
    const { stdout, signal } = await reader.output();
    // Ctrl-C ends both programs, and this one may come to know of it later.
    if (signal === "SIGINT") await abortOf(end);
    end.throwIfAborted();
    const line = new TextDecoder().decode(stdout);
    return line === "" ? undefined : line.replace(/\r?\n$/, "");
  } finally {
    end.removeEventListener("abort", stop);
  }
}

/** Resolves once the signal is aborted, or is not in a second. */
async function abortOf(signal: AbortSignal): Promise<void> {
  const soon = AbortSignal.any([signal, AbortSignal.timeout(1_000)]);
  const { promise: never } = Promise.withResolvers<never>();
  await orAborted(never, soon).catch(() => {});
}

/** One line; a terminal hands out no more than that at once, and what follows stays with it. */
async function readLine(): Promise<string | undefined> {
  const decoder = new TextDecoder();
  const buffer = new Uint8Array(1024);
  let line = "";
  for (;;) {
    const length = await Deno.stdin.read(buffer);
    if (length === null) return line === "" ? undefined : line;
    line += decoder.decode(buffer.subarray(0, length), { stream: true });
    const end = line.indexOf("\n");
    if (end !== -1) return line.slice(0, end).replace(/\r$/, "");
  }
}
