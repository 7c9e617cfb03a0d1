import { MekaError } from "./errors.ts";
import type { Child, ChildOptions } from "./host.ts";

/**
 * Starts a program in a process group of its own, so that it can be ended with all that it starts, and Ctrl-C on the
 * terminal is meka's alone to act on.
 *
 * @throws {MekaError} "internal" when it cannot be started.
 */
export function startChild(
  { command, env, cwd }: ChildOptions,
): Child {
  const [program, ...args] = command;
  let child: Deno.ChildProcess;
  try {
    child = new Deno.Command(program, {
      args,
      env: { ...env },
      clearEnv: true,
      ...cwd !== undefined && { cwd },
      detached: Deno.build.os !== "windows",
      stdin: "piped",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
  } catch (error) {
    throw new MekaError(
      "internal",
      `Cannot start "${program}": ${why(error)}`,
      {
        cause: error,
      },
    );
  }
  const ended = child.status.then(({ code }) => code);
  const kill = (signal: "SIGTERM" | "SIGKILL"): void => killAll(child, signal);
  return {
    pid: child.pid,
    stdin: child.stdin,
    stdout: child.stdout,
    stderr: child.stderr,
    ended,
    kill,
    [Symbol.asyncDispose]: async () => {
      // What it started may outlive it.
      kill("SIGKILL");
      await ended;
      // A stream that somebody reads is closed by its reader.
      const open = [child.stdout, child.stderr].filter(({ locked }) => !locked);
      await Promise.all(open.map((stream) => stream.cancel().catch(() => {})));
      if (!child.stdin.locked) await child.stdin.abort().catch(() => {});
    },
  };
}

function killAll(
  child: Deno.ChildProcess,
  signal: "SIGTERM" | "SIGKILL",
): void {
  try {
    if (Deno.build.os === "windows") child.kill(signal);
    // A negative number names the group that the process leads.
    else Deno.kill(-child.pid, signal);
  } catch {
    // It has ended, with all that it had started.
  }
}

function why(error: unknown): string {
  if (error instanceof Deno.errors.NotFound) {
    return "there is no such program or folder";
  }
  if (error instanceof Deno.errors.PermissionDenied) return "it may not be run";
  return error instanceof Error ? error.message : "unknown reason";
}
