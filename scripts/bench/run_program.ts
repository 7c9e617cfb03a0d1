import type { Clock } from "./clock.ts";
import type { Libc } from "./libc.ts";

/** What runs, and with what. */
export interface Program {
  readonly argv: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  /** Piped in at once, then closed. */
  readonly stdin: string;
}

/** How a run went; what this system cannot count is undefined. */
export interface RunResult {
  readonly startedAt: number;
  readonly endedAt: number;
  readonly status: number;
  readonly cpuMs: number | undefined;
  readonly peakMb: number | undefined;
  readonly stdout: Uint8Array;
  readonly stderr: string;
  /** How many bytes of stdout had come by when. */
  readonly arrivals: readonly { readonly at: number; readonly bytes: number }[];
}

/** The machine, as far as measuring needs it. */
export interface Meter {
  readonly libc: Libc | undefined;
  readonly clock: Clock;
}

/**
 * Starts the program as a grandchild that tells its process id, then becomes the program, while its parent ends: the
 * peak that the kernel counts for a direct child would begin at this process's own size, which it was for a moment.
 */
const ORPHAN = `exec 3<&0
sh -c 'echo $$; exec "$@" 3<&-' sh "$@" <&3 &`;

/** Runs a program to its end, taking all it writes; its start is when it has its process id. */
export async function runProgram(
  program: Program,
  meter: Meter,
): Promise<RunResult> {
  return meter.libc === undefined
    ? await runChild(program, meter)
    : await runOrphan(program, meter, meter.libc);
}

async function runOrphan(
  program: Program,
  { clock }: Meter,
  libc: Libc,
): Promise<RunResult> {
  const shell = spawn(["sh", "-c", ORPHAN, "sh", ...program.argv], program);
  const reader = shell.stdout.getReader();
  const stderr = new Response(shell.stderr).text();
  const first = await reader.read();
  const startedAt = clock();
  feed(shell, program.stdin);
  const line = first.value ?? new Uint8Array();
  const end = line.indexOf(0x0a);
  const pid = Number(new TextDecoder().decode(line.subarray(0, end)));
  const output = drain(reader, clock, line.subarray(end + 1));
  // Only then is it our child.
  await shell.status;
  const use = await libc.wait(pid);
  const endedAt = clock();
  const drained = await output;
  return { ...drained, ...use, startedAt, endedAt, stderr: await stderr };
}

async function runChild(
  program: Program,
  { clock }: Meter,
): Promise<RunResult> {
  const child = spawn(program.argv, program);
  const startedAt = clock();
  const stderr = new Response(child.stderr).text();
  feed(child, program.stdin);
  const output = drain(child.stdout.getReader(), clock, new Uint8Array());
  const { code } = await child.status;
  const endedAt = clock();
  return {
    ...await output,
    status: code,
    cpuMs: undefined,
    peakMb: undefined,
    startedAt,
    endedAt,
    stderr: await stderr,
  };
}

function spawn(
  argv: readonly string[],
  { env }: Program,
): Deno.ChildProcess {
  const [command = "", ...args] = argv;
  return new Deno.Command(command, {
    args,
    env,
    clearEnv: true,
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
}

/** A program that reads no stdin may be gone before all of it is written. */
function feed(child: Deno.ChildProcess, text: string): void {
  new Blob([text]).stream().pipeTo(child.stdin).catch(() => {});
}

async function drain(
  reader: ReadableStreamDefaultReader<Uint8Array>,
  clock: Clock,
  start: Uint8Array,
): Promise<Pick<RunResult, "stdout" | "arrivals">> {
  const chunks = [start];
  const arrivals: { at: number; bytes: number }[] = [];
  let bytes = start.length;
  for (;;) {
    const { value, done } = await reader.read();
    if (done) break;
    bytes += value.length;
    arrivals.push({ at: clock(), bytes });
    chunks.push(value);
  }
  const stdout = new Uint8Array(bytes);
  let at = 0;
  for (const chunk of chunks) {
    stdout.set(chunk, at);
    at += chunk.length;
  }
  return { stdout, arrivals };
}
