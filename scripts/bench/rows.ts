import { answerText, SIZES } from "./answers.ts";
import type { Home } from "./home.ts";
import type { Programs } from "./programs.ts";
import { type Meter, runProgram, type RunResult } from "./run_program.ts";
import type { Service } from "./service.ts";

/** What one play of a row found, by the metric's name; undefined where it cannot be counted. */
export type Sample = Readonly<Record<string, number | undefined>>;

/** One number of a row. */
export interface Metric {
  readonly name: string;
  readonly unit: "ms" | "MB";
  /** The most that is aimed for: a ratio to the floor, or the value itself in a row without one. */
  readonly aim: number;
}

/** Something to measure, played by the program and by its floor in turn. */
export interface Row {
  readonly title: string;
  /** Undefined when the program is measured against itself. */
  readonly floor: "empty" | "linear" | undefined;
  readonly metrics: readonly Metric[];
  play(who: "meka" | "floor", bench: Bench): Promise<Sample>;
}

/** What a row is played with. */
export interface Bench {
  readonly programs: Programs;
  readonly service: Service;
  readonly home: Home;
  /** Another person's, who has a long conversation. */
  readonly longHome: Home;
  readonly meter: Meter;
  /** The environment that every program gets. */
  readonly env: Readonly<Record<string, string>>;
}

const WALL = { name: "wall", unit: "ms" } as const;
const CPU = { name: "CPU", unit: "ms" } as const;
const RSS = { name: "peak RSS", unit: "MB" } as const;

/** Every row, by the name that `--only` takes. */
export const ROWS: Readonly<Record<string, Row>> = {
  version: {
    title: "`--version`",
    floor: "empty",
    metrics: [{ ...WALL, aim: 1.1 }, { ...RSS, aim: 1.1 }],
    play: async (who, bench) => {
      const { meka, empty } = bench.programs;
      const argv = who === "meka" ? [...meka, "--version"] : empty;
      const run = await runProgram(
        { argv, env: { ...bench.env, ...bench.home.env }, stdin: "" },
        bench.meter,
      );
      if (run.status !== 0) throw new Error(`exit ${run.status}`);
      return usage(run);
    },
  },
  short: {
    title: "a short answer",
    floor: "linear",
    metrics: [
      { name: "start to request", unit: "ms", aim: 1.25 },
      { ...WALL, aim: 1.25 },
      { ...CPU, aim: 1.25 },
      { ...RSS, aim: 1.25 },
    ],
    play: (who, bench) => startedTurn(bench, who),
  },
  kept: {
    title: "a turn that is kept, next to one with `--no-save`",
    floor: undefined,
    metrics: [
      { name: "added to start to request", unit: "ms", aim: 2 },
      { name: "added to wall", unit: "ms", aim: 3 },
    ],
    play: async (_, bench) => {
      const unkept = await startedTurn(withOptions(bench, "--no-save"));
      return added(await startedTurn(bench), unkept);
    },
  },
  long: {
    title: "`-c` on 500 turns, next to a new conversation",
    floor: undefined,
    metrics: [
      { name: "added to start to request", unit: "ms", aim: 150 },
      { name: "added to wall", unit: "ms", aim: 150 },
    ],
    play: async (_, bench) => {
      const fresh = await startedTurn(bench);
      const { longHome: home } = bench;
      return added(
        await startedTurn(withOptions({ ...bench, home }, "-c")),
        fresh,
      );
    },
  },
  delta: {
    title: "a delta, then silence",
    floor: "linear",
    metrics: [{ name: "sent to stdout", unit: "ms", aim: 1.3 }],
    play: async (who, bench) => {
      const run = await turn("pauses", who, bench);
      const { sentAt } = await bench.service.next();
      const length = SIZES.pauses?.length ?? 0;
      const waits = sentAt.map((sent, n) => {
        const come = run.arrivals.find((a) => a.bytes >= (n + 1) * length);
        return (come?.at ?? Infinity) - sent;
      });
      return { "sent to stdout": median(waits) };
    },
  },
  deltas: {
    title: "100,000 deltas of 20 characters",
    floor: "linear",
    metrics: [{ ...WALL, aim: 1.2 }, { ...CPU, aim: 1.2 }],
    play: (who, bench) => servedTurn("deltas", who, bench),
  },
  megabytes: {
    title: "an answer of 20 MB",
    floor: "linear",
    metrics: [{ ...WALL, aim: 1.5 }, { ...RSS, aim: 1.3 }],
    play: (who, bench) => servedTurn("megabytes", who, bench),
  },
  growth: {
    title: "from 10,000 to 200,000 deltas",
    floor: undefined,
    metrics: [{ name: "growth of peak RSS", unit: "MB", aim: 35 }],
    play: async (who, bench) => {
      const few = await servedTurn("few", who, bench);
      const many = await servedTurn("many", who, bench);
      const [before, after] = [few["peak RSS"], many["peak RSS"]];
      return {
        "growth of peak RSS": before === undefined || after === undefined
          ? undefined
          : after - before,
      };
    },
  },
  sequence: {
    title: "50 in a row",
    floor: "linear",
    metrics: [{ ...WALL, aim: 1.25 }],
    play: async (who, bench) => {
      let wall = 0;
      for (let n = 0; n < 50; n++) {
        const sample = await servedTurn("short", who, bench);
        wall += sample.wall ?? NaN;
      }
      return { wall };
    },
  },
  crowd: {
    title: "16 at once",
    floor: "linear",
    metrics: [{ ...WALL, aim: 1.5 }],
    play: async (who, bench) => {
      const runs = await Promise.allSettled(
        Array.from({ length: 16 }, () => turn("short", who, bench)),
      );
      const done = runs.flatMap((run) =>
        run.status === "fulfilled" ? [run.value] : []
      );
      for (const _ of done) await bench.service.next();
      for (const run of runs) if (run.status === "rejected") throw run.reason;
      const start = Math.min(...done.map((run) => run.startedAt));
      return { wall: Math.max(...done.map((run) => run.endedAt)) - start };
    },
  },
};

/** The value in the middle. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  const [low, high] = [sorted[middle - 1] ?? NaN, sorted[middle] ?? NaN];
  return sorted.length % 2 === 1 ? high : (low + high) / 2;
}

/** A short answer, and how long it took until the request for it was there. */
async function startedTurn(
  bench: Bench,
  who: "meka" | "floor" = "meka",
): Promise<Sample> {
  const run = await turn("short", who, bench);
  const { arrivedAt } = await bench.service.next();
  return { ...usage(run), "start to request": arrivedAt - run.startedAt };
}

function withOptions(bench: Bench, ...options: readonly string[]): Bench {
  const { programs } = bench;
  const meka = [...programs.meka, ...options];
  return { ...bench, programs: { ...programs, meka } };
}

/** What one turn takes longer than another one. */
function added(sample: Sample, floor: Sample): Sample {
  const more = (name: string): number =>
    (sample[name] ?? NaN) - (floor[name] ?? NaN);
  return {
    "added to start to request": more("start to request"),
    "added to wall": more("wall"),
  };
}

async function servedTurn(
  answer: string,
  who: "meka" | "floor",
  bench: Bench,
): Promise<Sample> {
  const run = await turn(answer, who, bench);
  await bench.service.next();
  return usage(run);
}

/** One answer to a piped prompt, every byte of it checked. */
async function turn(
  answer: string,
  who: "meka" | "floor",
  bench: Bench,
): Promise<RunResult> {
  const { programs, service, home, env } = bench;
  const base = `${service.origin}/${answer}`;
  const program = who === "meka"
    ? {
      argv: programs.meka,
      env: { ...env, ...home.env, MEKA_BASE_URL: base },
      stdin: "say hi\n",
    }
    : {
      argv: programs.linear,
      env: {
        ...env,
        BENCH_URL: `${base}/backend-api/codex/responses`,
        BENCH_TOKEN: home.token,
      },
      stdin: "say hi\n",
    };
  const run = await runProgram(program, bench.meter);
  if (run.status !== 0) {
    throw new Error(`${who}: exit ${run.status}: ${run.stderr.trim()}`);
  }
  if (!equal(run.stdout, expected(answer))) {
    throw new Error(`${who}: wrong bytes on stdout`);
  }
  return run;
}

const texts = new Map<string, Uint8Array>();

function expected(answer: string): Uint8Array {
  const size = SIZES[answer];
  const found = texts.get(answer);
  if (found !== undefined || size === undefined) {
    return found ?? new Uint8Array();
  }
  const bytes = new TextEncoder().encode(answerText(size));
  texts.set(answer, bytes);
  return bytes;
}

function equal(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false;
  for (let at = 0; at < a.length; at++) if (a[at] !== b[at]) return false;
  return true;
}

function usage(run: RunResult): Sample {
  return {
    "wall": run.endedAt - run.startedAt,
    "CPU": run.cpuMs,
    "peak RSS": run.peakMb,
  };
}
