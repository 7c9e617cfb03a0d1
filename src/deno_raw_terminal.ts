import type { WindowSize } from "./terminal/layout.ts";

/** What can happen to a terminal. */
export interface RawTerminalOptions {
  readonly onResize: () => void;
  /** The shell has had it meanwhile, and wrote on it. */
  readonly onResume: () => void;
  readonly onHangup: () => void;
}

/** A terminal that hands out each key as it is pressed. */
export interface RawTerminal extends Disposable {
  /** Lets the shell have the terminal until the person brings this program back; nothing happens where there is none. */
  suspend(): void;
}

const MARK_PASTES = "\x1b[?2004h";
const LEAVE_PASTES = "\x1b[?2004l";

/** Each way for a program to end by itself. */
const ENDS = ["unload", "error", "unhandledrejection"] as const;

/** Has the terminal hand out keys, and mark pastes, until it is disposed of or the program ends, however it does. */
export function rawTerminal(options: RawTerminalOptions): RawTerminal {
  const hasSignals = Deno.build.os !== "windows";
  const enter = (): void => {
    Deno.stdin.setRaw(true);
    say(MARK_PASTES);
  };
  const leave = (): void => {
    try {
      say(LEAVE_PASTES);
      Deno.stdin.setRaw(false);
    } catch {
      // The terminal is gone, and with it what was changed.
    }
  };
  let isSuspended = false;
  const resume = (): void => {
    if (!isSuspended) {
      enter();
      options.onResume();
    }
    isSuspended = false;
  };
  const signals: readonly [Deno.Signal, () => void][] = hasSignals
    ? [
      ["SIGWINCH", options.onResize],
      ["SIGCONT", resume],
      ["SIGHUP", options.onHangup],
    ]
    : [];
  enter();
  for (const end of ENDS) globalThis.addEventListener(end, leave);
  for (const signal of signals) Deno.addSignalListener(...signal);
  return {
    suspend: () => {
      if (!hasSignals) return;
      isSuspended = true;
      leave();
      // Returns once the person has brought us back.
      Deno.kill(Deno.pid, "SIGTSTP");
      enter();
    },
    [Symbol.dispose]: () => {
      for (const end of ENDS) globalThis.removeEventListener(end, leave);
      for (const signal of signals) Deno.removeSignalListener(...signal);
      leave();
    },
  };
}

function say(text: string): void {
  Deno.stderr.writeSync(new TextEncoder().encode(text));
}

/** The size of the window now; the usual one where the terminal does not tell. */
export function windowSize(): WindowSize {
  try {
    const { columns, rows } = Deno.consoleSize();
    return { columns: columns || 80, rows: rows || 24 };
  } catch {
    return { columns: 80, rows: 24 };
  }
}
