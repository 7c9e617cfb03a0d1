import { familyOf, kill, MARK } from "./deno_command.ts";
import { MekaError } from "./errors.ts";
import type { Child, ChildOptions } from "./host.ts";

/**
 * Starts a program in a process group of its own, so that it can be ended with all that it starts, and Ctrl-C on the
 * terminal is meka's alone to act on.
 *
 * @throws {MekaError} "internal" when it cannot be started.
 */
export function startChild(options: ChildOptions): Child {
  const mark = crypto.randomUUID();
  const child = spawn(options, mark);
  const { pid, stdin, stdout, stderr, status } = child;
  const ended = status.then(({ code }) => code);
  const killGroup = (): void => kill(-pid, "SIGKILL");
  // A second Ctrl-C ends this process at once.
  addEventListener("unload", killGroup);
  return {
    pid,
    stdin,
    stdout,
    stderr,
    ended,
    kill: (signal) => kill(-pid, signal),
    [Symbol.asyncDispose]: async () => {
      removeEventListener("unload", killGroup);
      // What it started may outlive it, in a group of its own.
      const family = await familyOf(pid, mark);
      for (const other of [-pid, ...family]) kill(other, "SIGKILL");
      await ended;
      // A stream that somebody reads is closed by its reader.
      const open = [stdout, stderr].filter(({ locked }) => !locked);
      await Promise.all(open.map((stream) => stream.cancel().catch(() => {})));
      if (!stdin.locked) await stdin.abort().catch(() => {});
    },
  };
}

function spawn(
  { command: [program, ...args], env, cwd }: ChildOptions,
  mark: string,
): Deno.ChildProcess {
  try {
    return new Deno.Command(program, {
      args,
      env: { ...env, [MARK]: mark },
      clearEnv: true,
      ...cwd !== undefined && { cwd },
      detached: true,
      stdin: "piped",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
  } catch (error) {
    const message = `Cannot start "${program}": ${why(error)}`;
    throw new MekaError("internal", message, { cause: error });
  }
}

function why(error: unknown): string {
  if (error instanceof Deno.errors.NotFound) {
    return "there is no such program or folder";
  }
  if (error instanceof Deno.errors.PermissionDenied) return "it may not be run";
  return error instanceof Error ? error.message : "unknown reason";
}
