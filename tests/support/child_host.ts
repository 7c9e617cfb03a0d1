import manifest from "../../deno.json" with { type: "json" };
import { childEnv } from "../../src/deno_command.ts";
import { startChild } from "../../src/deno_program.ts";
import type { Host } from "../../src/host.ts";
import { processesWith } from "./processes.ts";
import { repositoryPath } from "./program.ts";

/** What servers are reached with. */
export interface ChildHost
  extends
    Pick<Host, "startChild" | "childEnv" | "sleep" | "interrupt" | "env"> {
  /** How many programs were started. */
  readonly started: number;
  /** The processes that are left of those programs and of what they started. */
  processes(): Promise<readonly number[]>;
  /** Presses Ctrl-C. */
  abort(reason: unknown): void;
  /** Lets the sleeps of just this length, and those to come, end at once. */
  hurry(ms: number): void;
}

/** A host whose programs are real. Its sleeps end only when they are told to. */
export function childHost(
  env: Readonly<Record<string, string>> = {},
): ChildHost {
  const interrupt = new AbortController();
  const hurried = new Set<number>();
  let started = 0;
  // In the environment of all that the programs start.
  const fromHere = `MEKA_TEST=${crypto.randomUUID()}`;
  const sleepers = new Set<{ readonly ms: number; readonly end: () => void }>();
  return {
    startChild: (options) => {
      const [name, value] = fromHere.split("=");
      const child = startChild({
        ...options,
        env: { ...options.env, [name ?? ""]: value ?? "" },
      });
      started++;
      return Promise.resolve(child);
    },
    get started() {
      return started;
    },
    processes: () => processesWith(fromHere),
    childEnv: () => Promise.resolve(childEnv(new Map())),
    interrupt: interrupt.signal,
    env: (name) => env[name],
    sleep: (ms, signal) => {
      if (hurried.has(ms)) return Promise.resolve();
      const { promise, resolve, reject } = Promise.withResolvers<void>();
      const sleeper = { ms, end: resolve };
      sleepers.add(sleeper);
      signal.addEventListener("abort", () => reject(signal.reason));
      return promise.finally(() => sleepers.delete(sleeper));
    },
    abort: (reason) => interrupt.abort(reason),
    hurry: (ms) => {
      hurried.add(ms);
      for (const sleeper of sleepers) if (sleeper.ms === ms) sleeper.end();
    },
  };
}

/** The command of a server of `tests/support/mcp_server.ts`. */
export function serverCommand(mode: string): [string, ...string[]] {
  const script = repositoryPath("tests/support/mcp_server.ts");
  return [Deno.execPath(), "run", "-q", "-A", "--no-prompt", script, mode];
}

/** The command of a reference server of MCP, from the development dependencies; nothing is fetched. */
export function referenceCommand(
  name: keyof typeof manifest.imports & `${string}/server-${string}`,
  ...args: readonly string[]
): [string, ...string[]] {
  const flags = ["-q", "-A", "--no-prompt"];
  const config = ["--config", repositoryPath("deno.json")];
  const program = manifest.imports[name];
  return [Deno.execPath(), "run", ...flags, ...config, program, ...args];
}
