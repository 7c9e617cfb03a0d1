import { asRefusal } from "./deno_guard.ts";
import { type ProgramCall, type ProgramEnd, Refusal } from "./host.ts";
import { withoutSecrets } from "./tools/environment.ts";
import { OutputKeeper } from "./tools/kept_output.ts";

/** How long a program may take to end by itself once it was asked to, in milliseconds. */
const GRACE_MS = 1_000;
/** How long the end of its output is waited for once it has ended, in milliseconds. */
const DRAIN_MS = 500;

const IS_WINDOWS = Deno.build.os === "windows";

/** A variable that all that a program starts inherits; it tells nothing. */
export const MARK = "MEKA_RUN";

/**
 * Runs a program to its end, in a session of its own: no Ctrl-C of the terminal reaches it, and it reaches no terminal.
 * What it has left running in its process group, or on its pipes, ends with it. When it is made to end, so is all that it
 * has started: its group, its session, its descendants, and every process with its mark in the environment. A daemon that
 * has taken that away, too, is not found; its pipes are not waited for.
 */
export async function runProgram(
  call: ProgramCall,
  env: Readonly<Record<string, string>>,
): Promise<ProgramEnd> {
  call.signal.throwIfAborted();
  const mark = crypto.randomUUID();
  const child = start(call, { ...env, PWD: call.folder, [MARK]: mark });
  const killGroup = (): void => kill(-child.pid, "SIGKILL");
  // A second Ctrl-C ends this process at once.
  addEventListener("unload", killGroup);
  const streams = [
    keep(child.stdout, call.keepBytes),
    keep(child.stderr, call.keepBytes),
    feed(child, call.stdin),
  ] as const;
  using late = deadline(call.timeoutMs);
  try {
    const stop = AbortSignal.any([call.signal, late.signal]);
    const status = await before(stop, child.status);
    if (status === undefined) await end(child, mark);
    killGroup();
    const closed = Promise.all(streams.map(({ ended }) => ended));
    using soon = deadline(DRAIN_MS);
    // Who still holds its pipes is not of its group.
    if (await before(soon.signal, closed) === undefined) {
      for (const pid of await familyOf(child.pid, mark)) kill(pid, "SIGKILL");
    }
    call.signal.throwIfAborted();
    const [stdout, stderr] = streams;
    return {
      code: status?.code,
      stdout: stdout.keeper.kept(),
      stderr: stderr.keeper.kept(),
    };
  } finally {
    removeEventListener("unload", killGroup);
    await Promise.all(streams.map((stream) => stream.close()));
  }
}

/** The environment for programs that the model has a hand in; `replaced` holds what this process has changed in it. */
export function childEnv(
  replaced: ReadonlyMap<string, string | undefined>,
): Record<string, string> {
  const env = Deno.env.toObject();
  for (const [name, value] of replaced) {
    if (value === undefined) delete env[name];
    else env[name] = value;
  }
  return withoutSecrets(env);
}

function start(
  { argv: [name, ...args], folder, stdin }: ProgramCall,
  env: Readonly<Record<string, string>>,
): Deno.ChildProcess {
  try {
    return new Deno.Command(name, {
      args,
      cwd: folder,
      clearEnv: true,
      env,
      detached: true,
      // It alone reads its command line by rules of its own.
      windowsRawArguments: /^cmd(?:\.exe)?$/i.test(name),
      stdin: stdin === undefined ? "null" : "piped",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw asRefusal(error);
    throw new Refusal(`there is no program "${name}"`);
  }
}

/** What is done with one of its streams. */
interface Stream {
  readonly ended: Promise<unknown>;
  /** Lets go of it, whoever else still has it. */
  close(): Promise<void>;
}

function keep(
  stream: ReadableStream<Uint8Array>,
  keepBytes: number,
): Stream & { readonly keeper: OutputKeeper } {
  const keeper = new OutputKeeper(keepBytes);
  const reader = stream.getReader();
  const readOn = async (): Promise<void> => {
    for (;;) {
      const { value, done } = await reader.read();
      if (done) return;
      keeper.add(value);
    }
  };
  const ended = readOn().catch(() => {});
  return { keeper, ended, close: () => reader.cancel().catch(() => {}) };
}

/** Writes its stdin; it need not read all of that. */
function feed(child: Deno.ChildProcess, stdin: string | undefined): Stream {
  if (stdin === undefined) {
    return { ended: Promise.resolve(), close: () => Promise.resolve() };
  }
  const writer = child.stdin.getWriter();
  const writeOn = async (): Promise<void> => {
    await writer.write(new TextEncoder().encode(stdin));
    await writer.close();
  };
  const ended = writeOn().catch(() => {});
  return { ended, close: () => writer.abort().catch(() => {}) };
}

/** Asks a program and all of its family to end, and soon sees to it. */
async function end(child: Deno.ChildProcess, mark: string): Promise<void> {
  const family = [-child.pid, ...await familyOf(child.pid, mark)];
  for (const pid of family) kill(pid, "SIGTERM");
  using grace = deadline(GRACE_MS);
  await before(grace.signal, child.status);
  // Some may have been started since.
  const late = await familyOf(child.pid, mark);
  for (const pid of [...family, ...late]) kill(pid, "SIGKILL");
  await child.status;
}

/** A process, or, by a negative number, a group of them; what has ended by itself is fine. */
export function kill(pid: number, signal: "SIGTERM" | "SIGKILL"): void {
  try {
    if (IS_WINDOWS) endTree(Math.abs(pid));
    else Deno.kill(pid, signal);
  } catch {
    // It is gone.
  }
}

/** Windows knows who started whom, and no other way to end a program that has no window. */
function endTree(pid: number): void {
  new Deno.Command("taskkill", {
    args: ["/t", "/f", "/pid", `${pid}`],
    stdin: "null",
    stdout: "null",
    stderr: "null",
  }).outputSync();
}

/** The processes that a program has started, wherever they are by now; none where the system does not tell. */
export async function familyOf(
  leader: number,
  mark: string,
): Promise<readonly number[]> {
  if (IS_WINDOWS) return [];
  try {
    const { stdout } = await new Deno.Command("ps", {
      // With their environments, as far as they are this person's.
      args: ["axeww", "-o", "pid=,ppid=,sess=,command="],
      cwd: "/",
      stdin: "null",
      stdout: "piped",
      stderr: "null",
    }).output();
    return readFamily(new TextDecoder().decode(stdout), { leader, mark });
  } catch {
    return [];
  }
}

/**
 * Finds the family of a process in a list of processes with their parents, sessions and environments: its descendants,
 * those of its session, and those that were given its mark.
 *
 * @example A child, its child that went away, a job of a shell, a daemon, and a stranger
 * ```ts
 * import assert from "node:assert/strict";
 * const list = [
 *   "  7 1 7 sh -c …",
 *   "  8 7 7 make",
 *   "  9 8 9 setsid",
 *   " 10 1 7 sleep 9",
 *   " 11 1 11 daemon PATH=/bin MARK=m",
 *   " 12 1 12 init",
 * ].join("\n");
 * assert.deepEqual(readFamily(list, { leader: 7, mark: "m" }), [8, 9, 10, 11]);
 * ```
 */
export function readFamily(
  list: string,
  { leader, mark }: { readonly leader: number; readonly mark: string },
): readonly number[] {
  const rows = list.split("\n").map((line) => {
    const [pid = 0, parent = 0, session = 0] = line.trim().split(/\s+/, 3)
      .map(Number);
    const isOf = session === leader || line.includes(`=${mark}`);
    return { pid, parent, isOf };
  });
  const found = new Set([leader]);
  for (let size = 0; size < found.size;) {
    size = found.size;
    for (const { pid, parent, isOf } of rows) {
      if (pid > 0 && (isOf || found.has(parent))) found.add(pid);
    }
  }
  found.delete(leader);
  return [...found];
}

/** What a promise brings, or undefined when the signal comes first. */
async function before<T>(
  signal: AbortSignal,
  promise: Promise<T>,
): Promise<T | undefined> {
  const { promise: aborted, resolve } = Promise.withResolvers<undefined>();
  const onAbort = (): void => resolve(undefined);
  signal.addEventListener("abort", onAbort, { once: true });
  if (signal.aborted) onAbort();
  try {
    return await Promise.race([promise, aborted]);
  } finally {
    signal.removeEventListener("abort", onAbort);
  }
}

/** A signal after so many milliseconds, unless it is disposed of before. */
function deadline(ms: number): Disposable & { readonly signal: AbortSignal } {
  const controller = new AbortController();
  const timer = setTimeout(() => controller.abort(), ms);
  return {
    signal: controller.signal,
    [Symbol.dispose]: () => clearTimeout(timer),
  };
}
