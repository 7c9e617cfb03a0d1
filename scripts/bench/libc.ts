/** What one process used, as the kernel counted it. */
export interface ProcessUse {
  readonly status: number;
  /** User and system time in milliseconds. */
  readonly cpuMs: number;
  /** The most memory it had at any moment, in MB. */
  readonly peakMb: number;
}

/** The few calls of Linux that Deno has no name for. */
export interface Libc {
  /** Milliseconds on the clock that all processes of the machine share and nobody sets. */
  monotonicMs(): number;
  /** Makes this process the parent of its orphaned grandchildren, so that it can wait for them. */
  adoptOrphans(): void;
  /** Waits for a child to end. */
  wait(pid: number): Promise<ProcessUse>;
}

const CLOCK_MONOTONIC = 1;
const PR_SET_CHILD_SUBREAPER = 36;

/** Opens the C library; undefined where it is not Linux's. */
export function openLibc(): Libc | undefined {
  if (Deno.build.os !== "linux") return undefined;
  const { symbols } = Deno.dlopen("libc.so.6", {
    "clock_gettime": { parameters: ["i32", "buffer"], result: "i32" },
    "prctl": {
      parameters: ["i32", "u64", "u64", "u64", "u64"],
      result: "i32",
    },
    "wait4": {
      parameters: ["i32", "buffer", "i32", "buffer"],
      result: "i32",
      nonblocking: true,
    },
  });
  const time = new BigInt64Array(2);
  return {
    monotonicMs: () => {
      symbols.clock_gettime(CLOCK_MONOTONIC, time);
      return seconds(time, 0) * 1e3 + Number(time[1]) / 1e6;
    },
    adoptOrphans: () => {
      if (symbols.prctl(PR_SET_CHILD_SUBREAPER, 1n, 0n, 0n, 0n) !== 0) {
        throw new Error("prctl(PR_SET_CHILD_SUBREAPER) failed");
      }
    },
    wait: async (pid) => {
      const status = new Int32Array(1);
      // struct rusage: two timevals, then ru_maxrss in KiB and more counts.
      const usage = new BigInt64Array(18);
      if (await symbols.wait4(pid, status, 0, usage) !== pid) {
        throw new Error(`wait4(${pid}) failed`);
      }
      const user = seconds(usage, 0) * 1e3 + Number(usage[1]) / 1e3;
      const system = seconds(usage, 2) * 1e3 + Number(usage[3]) / 1e3;
      return {
        status: exitStatus(status[0] ?? 0),
        cpuMs: user + system,
        peakMb: Number(usage[4]) / 1024,
      };
    },
  };
}

function seconds(fields: BigInt64Array, at: number): number {
  return Number(fields[at]);
}

/** As a shell tells it: 128 and the signal's number for a process that was killed. */
function exitStatus(status: number): number {
  return (status & 0x7f) === 0 ? (status >> 8) & 0xff : 128 + (status & 0x7f);
}
