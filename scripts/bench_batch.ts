/**
 * Measures `meka batch` next to a bare loop of requests, and kills it on the way to see that nothing is lost:
 * `deno run -A --no-prompt scripts/bench_batch.ts --help`.
 *
 * @module
 */
import { parseArgs } from "node:util";
import { type BatchService, startBatchService } from "./bench/batch_service.ts";
import { median } from "./bench/rows.ts";

const HELP = `Measures \`meka batch\` against the stand-in.

  --records N   how many in a run (10000)
  --jobs N      how many at once (16)
  --rounds N    how often meka and the floor are played in turn (5)
  --slow MS     the stand-in takes so long before an answer, and in its middle
  --bin FILE    measure this executable instead of the source
`;

interface Plan {
  readonly service: BatchService;
  /** The start of meka's command line. */
  readonly meka: readonly string[];
  readonly jobs: number;
  readonly prompts: readonly string[];
  /** Where homes are made. */
  readonly folder: string;
}

interface Played {
  readonly ms: number;
  /** Resident memory in MB, when half and all of the answers were written. */
  readonly halfMb: number;
  readonly endMb: number;
}

if (import.meta.main) await main(Deno.args);

async function main(args: readonly string[]): Promise<void> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      "bin": { type: "string" },
      "help": { type: "boolean" },
      "jobs": { type: "string", default: "16" },
      "records": { type: "string", default: "10000" },
      "rounds": { type: "string", default: "5" },
      "slow": { type: "string" },
    },
  });
  if (values.help) return print(HELP);
  const slow = values.slow === undefined ? "" : ` [[slow:${values.slow}]]`;
  const folder = await Deno.makeTempDir({ prefix: "meka-bench-" });
  try {
    await using service = await startBatchService();
    const plan: Plan = {
      service,
      meka: values.bin === undefined
        ? fromSource("../main.ts")
        : [await Deno.realPath(values.bin)],
      jobs: Number(values.jobs),
      prompts: Array.from(
        { length: Number(values.records) },
        (_, n) => `prompt number ${n}${slow}`,
      ),
      folder,
    };
    await measure(plan, Number(values.rounds));
    await killTwice(plan);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

async function measure(plan: Plan, rounds: number): Promise<void> {
  const ratios: number[] = [];
  for (let n = 0; n < rounds; n++) {
    const floor = await playFloor(plan);
    const meka = await playMeka(plan, `${plan.folder}/round-${n}`);
    // How many answers a second, next to what the stand-in allows.
    ratios.push(floor / meka.ms);
    print(
      `round ${n + 1}: meka ${perSecond(plan, meka.ms)}, floor ${
        perSecond(plan, floor)
      }, ratio ${(floor / meka.ms).toFixed(2)}; memory after a half ${
        meka.halfMb.toFixed(0)
      } MB, at the end ${meka.endMb.toFixed(0)} MB\n`,
    );
  }
  print(`median ratio ${median(ratios).toFixed(2)}\n`);
}

function perSecond({ prompts }: Plan, ms: number): string {
  return `${(prompts.length / ms * 1000).toFixed(0)}/s`;
}

async function playFloor({ service, jobs, prompts }: Plan): Promise<number> {
  await service.reset();
  const [command = "", ...args] = fromSource("./bench/parallel.ts");
  const before = performance.now();
  const child = new Deno.Command(command, {
    args: [...args, `${jobs}`],
    env: { ...service.env },
    stdin: "piped",
    stdout: "null",
  }).spawn();
  feed(child, prompts);
  const { success } = await child.status;
  if (!success) throw new Error("the floor failed");
  return performance.now() - before;
}

async function playMeka(plan: Plan, home: string): Promise<Played> {
  const { service, prompts } = plan;
  await service.reset();
  const before = performance.now();
  const child = startMeka(plan, home);
  const lines: string[] = [];
  let halfMb = NaN;
  let endMb = NaN;
  for await (const line of linesOf(child.stdout)) {
    lines.push(line);
    if (lines.length === prompts.length >> 1) halfMb = residentMb(child.pid);
    // The program may be gone a moment after its last line.
    if (lines.length === prompts.length - 20) endMb = residentMb(child.pid);
  }
  const { success } = await child.status;
  const ms = performance.now() - before;
  if (!success) throw new Error("meka failed");
  check(lines, prompts);
  return { ms, halfMb, endMb };
}

/** Kills it after a third and after two thirds of what is to be done, and runs it to the end. */
async function killTwice(plan: Plan): Promise<void> {
  const { service, prompts, jobs, folder } = plan;
  await service.reset();
  const home = `${folder}/killed`;
  const written = new Map<string, number>();
  for (const share of [1 / 3, 2 / 3]) {
    const child = startMeka(plan, home);
    const lines: string[] = [];
    for await (const line of linesOf(child.stdout)) {
      lines.push(line);
      if (lines.length === Math.floor(prompts.length * share)) {
        child.kill("SIGKILL");
      }
    }
    await child.status;
    check(lines, prompts.slice(0, lines.length));
    const counts = await service.prompts();
    for (const prompt of prompts.slice(0, lines.length)) {
      written.set(prompt, counts[prompt]?.sent ?? 0);
    }
    print(`killed after ${lines.length} lines\n`);
  }
  const child = startMeka(plan, home);
  const lines = await Array.fromAsync(linesOf(child.stdout));
  if (!(await child.status).success) throw new Error("meka failed");
  check(lines, prompts);
  const counts = await service.prompts();
  for (const [prompt, sent] of written) {
    if (counts[prompt]?.sent !== sent) throw new Error(`sent again: ${prompt}`);
  }
  const { prompts: { sent } } = await service.report();
  if (sent > prompts.length + 2 * jobs) throw new Error(`${sent} were sent`);
  print(
    `run to the end: ${lines.length} answers, each once and in order; ${sent} requests, ${
      sent - prompts.length
    } of them again, for what was under way when it was killed\n`,
  );
}

function startMeka(
  { service, meka, jobs, prompts }: Plan,
  home: string,
): Deno.ChildProcess {
  const [command = "", ...args] = meka;
  const child = new Deno.Command(command, {
    args: [...args, "batch", "--quiet", "--jobs", `${jobs}`],
    env: {
      ...service.env,
      MEKA_CONFIG_DIR: `${home}/config`,
      MEKA_DATA_DIR: `${home}/data`,
      MEKA_MODEL: "gpt-5",
    },
    stdin: "piped",
    stdout: "piped",
  }).spawn();
  feed(child, prompts);
  return child;
}

/** A program that is killed reads no more. */
function feed(child: Deno.ChildProcess, prompts: readonly string[]): void {
  new Blob([`${prompts.join("\n")}\n`]).stream().pipeTo(child.stdin)
    .catch(() => {});
}

/** Fails unless these are the answers to these prompts, each once and in order. */
function check(lines: readonly string[], prompts: readonly string[]): void {
  if (lines.length !== prompts.length) {
    throw new Error(`${lines.length} lines instead of ${prompts.length}`);
  }
  for (const [at, line] of lines.entries()) {
    const { id, status, text } = JSON.parse(line);
    const good = id === at + 1 && status === "completed" &&
      text === `echo: ${prompts[at]}`;
    if (!good) throw new Error(`line ${at + 1} is wrong: ${line}`);
  }
}

/** Whole lines; the last one of a program that was killed may be cut. */
async function* linesOf(
  bytes: ReadableStream<Uint8Array>,
): AsyncGenerator<string, void, undefined> {
  let rest = "";
  for await (const text of bytes.pipeThrough(new TextDecoderStream())) {
    const lines = (rest + text).split("\n");
    rest = lines.pop() ?? "";
    yield* lines;
  }
}

function residentMb(pid: number): number {
  const status = Deno.readTextFileSync(`/proc/${pid}/status`);
  return Number(/VmRSS:\s*(\d+) kB/.exec(status)?.[1]) / 1024;
}

function fromSource(path: string): readonly string[] {
  const script = new URL(path, import.meta.url).pathname;
  return [Deno.execPath(), "run", "-A", "--no-prompt", script];
}

function print(text: string): void {
  const bytes = new TextEncoder().encode(text);
  for (let at = 0; at < bytes.length;) {
    at += Deno.stdout.writeSync(bytes.subarray(at));
  }
}
