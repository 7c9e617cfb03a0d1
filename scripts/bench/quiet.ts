/** How busy the machine may be, as a share of all its cores. */
const BUSY = 0.15;
/** The longest wait for a quiet moment, in milliseconds. */
const LONGEST_MS = 2_000;

/** Waits until others leave the machine alone, or long enough; does nothing where that cannot be seen. */
export async function quiet(): Promise<void> {
  const until = performance.now() + LONGEST_MS;
  let before = await readCpu();
  while (before !== undefined && performance.now() < until) {
    await new Promise((resolve) => setTimeout(resolve, 60));
    const after = await readCpu();
    if (after === undefined) return;
    const idle = (after.idle - before.idle) / (after.total - before.total || 1);
    if (1 - idle < BUSY) return;
    before = after;
  }
}

/** The ticks of all cores since the start, idle ones and all. */
async function readCpu(): Promise<
  { idle: number; total: number } | undefined
> {
  try {
    const stat = await Deno.readTextFile("/proc/stat");
    const ticks = stat.split("\n")[0]?.trim().split(/\s+/).slice(1, 9)
      .map(Number) ?? [];
    const total = ticks.reduce((sum, tick) => sum + tick, 0);
    return { idle: (ticks[3] ?? 0) + (ticks[4] ?? 0), total };
  } catch {
    return undefined;
  }
}
