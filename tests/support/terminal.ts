import type { Standin } from "../../scripts/standin/types.ts";
import type { Home } from "./meka.ts";
import { mekaProgram } from "./program.ts";

/** How long a test may take before its terminal is closed. */
const PATIENCE_MS = 30_000;

/** The real program on a terminal. */
export interface Terminal extends AsyncDisposable {
  type(text: string): Promise<void>;
  /** Resolves once the screen holds the text after what was waited for before. */
  shows(text: string | RegExp): Promise<string>;
  /** Everything so far; after the end also the terminal's state, as `stty -a` has it. */
  screen(): string;
  readonly ended: Promise<number>;
}

/** What a person types at the shell, and where. */
export interface TerminalOptions {
  readonly args: readonly string[];
  readonly home: Home;
  readonly standin: Standin;
  /** An empty value is that of an unset variable. */
  readonly env?: Readonly<Record<string, string>>;
  /** Where the program finds others. */
  readonly path?: string;
  /** How wide the screen is; some terminals do not tell, which is 0. */
  readonly columns?: number;
}

/** Tells whether there is the tool that gives a program a terminal; part of util-linux. */
export function hasTerminals(): boolean {
  if (Deno.build.os !== "linux") return false;
  try {
    return new Deno.Command("script", { args: ["--version"] }).outputSync()
      .success;
  } catch {
    return false;
  }
}

/** Starts the real program on a terminal, where it may ask. */
export function openTerminal(
  { args, home, standin, env, path, columns = 80 }: TerminalOptions,
): Terminal {
  return openShell([...mekaProgram(), ...args], {
    columns,
    path,
    env: {
      ...home.env,
      MEKA_OAUTH_ISSUER: standin.issuer.origin,
      MEKA_BASE_URL: standin.baseUrl.origin,
      TERM: "dumb",
      BROWSER: "true",
      ...env,
    },
  });
}

/** How a shell runs a program. */
export interface ShellOptions {
  readonly columns: number;
  readonly env?: Readonly<Record<string, string>>;
  readonly path?: string | undefined;
  /** What the shell does when the program has ended or was suspended, ending with a semicolon. */
  readonly then?: string;
}

/** Starts a shell on a terminal, which runs a program and tells the terminal's state behind it. */
export function openShell(
  program: readonly string[],
  { columns, env = {}, path, then = "" }: ShellOptions,
): Terminal {
  // The shell outlives the interrupt that it gets, too.
  const line = `stty cols ${columns} rows 40; trap : INT; ` +
    `${then === "" ? "" : "set -m; "}` +
    `${path === undefined ? "" : `PATH='${path}' `}` +
    `${program.map((word) => `'${word}'`).join(" ")}; ${then}code=$?; ` +
    "stty -a; exit $code";
  const child = new Deno.Command("script", {
    args: ["-qefc", line, "/dev/null"],
    env: { SHELL: "/bin/sh", ...env },
    stdin: "piped",
    stdout: "piped",
    stderr: "null",
  }).spawn();
  const stdin = child.stdin.getWriter();
  let screen = "";
  let seen = 0;
  let over = false;
  let changed = Promise.withResolvers<void>();
  const reading = (async () => {
    for await (
      const text of child.stdout.pipeThrough(new TextDecoderStream())
    ) {
      screen += text;
      changed.resolve();
      changed = Promise.withResolvers();
    }
    over = true;
    changed.resolve();
  })();
  const late = setTimeout(() => child.kill("SIGKILL"), PATIENCE_MS);
  const ended = Promise.all([child.status, reading])
    .then(([status]) => status.code)
    .finally(() => clearTimeout(late));
  return {
    type: (text) => stdin.write(new TextEncoder().encode(text)),
    shows: async (text) => {
      for (;;) {
        const found = typeof text === "string"
          ? { text, at: screen.indexOf(text, seen) }
          : firstMatch(text, screen, seen);
        if (found.at >= 0) {
          seen = found.at + found.text.length;
          return found.text;
        }
        if (over) throw new Error(`never showed ${text}, only: ${screen}`);
        await changed.promise;
      }
    },
    screen: () => screen,
    ended,
    [Symbol.asyncDispose]: async () => {
      try {
        child.kill("SIGKILL");
      } catch {
        // It has ended by itself.
      }
      await stdin.abort().catch(() => {});
      await ended;
    },
  };
}

function firstMatch(
  pattern: RegExp,
  screen: string,
  from: number,
): { readonly text: string; readonly at: number } {
  const match = pattern.exec(screen.slice(from));
  return match === null
    ? { text: "", at: -1 }
    : { text: match[0], at: from + match.index };
}
