import { join, relative, sep } from "node:path";
import { Refusal } from "./host.ts";

/** A change time this old, in milliseconds, cannot be the same after a change. */
const COLD_MS = 2_000;
/** How often something must look the same where change times prove nothing. */
const ROUNDS = 16;
const MOST_LOOKS = 200;

/** The folders from one of the bounds down to the one in which something happens, all by their real paths. */
export interface Way {
  readonly root: string;
  readonly folder: string;
  /** The identities of folders that nothing may lead through. */
  readonly closed: ReadonlySet<string>;
}

/** Something seen, and what tells it from something else in the same place. */
export interface Seen<T> {
  readonly key: string;
  readonly value: T;
}

/** What is said of all that is forbidden. */
export const CLOSED = "it is closed to tools";
/** What is said where nothing stays in its place for long enough. */
export const RESTLESS =
  "what its path means is changed all the while; try again";

/**
 * Looks at something in a folder, and comes back with what is sure to be there and nowhere else, though the path to the
 * folder can mean another one from one moment to the next.
 *
 * To swap a folder for a link and back, somebody must rename it. That sets its change time, and that of the folder it
 * stands in, and nothing but the system's clock can set them otherwise. Where one of the two was two seconds old (the
 * runtime tells whole seconds) and is the same after the look, nothing was swapped meanwhile: that is proof, on the file
 * systems of Linux and macOS. Where both are younger, or unknown, the folders and what is seen must be the same sixteen
 * times in a row: whoever swaps links must win the race each time.
 *
 * Not seen: a file system that root mounts over a folder and takes away again, a network's file system whose clock is
 * seconds apart, and, on Windows, which tells no identity of folders, a swap that is over in a moment.
 */
export function steadily<T>(way: Way, look: () => Seen<T>): T {
  let last: Seen<T> | Failed | undefined;
  let agreed = 0;
  for (let looks = 0; looks < MOST_LOOKS; looks++) {
    const before = stepsOf(way);
    const seen = outcome(look);
    const after = stepsOf(way);
    if (before === undefined || !isSame(before, after)) {
      agreed = 0;
      continue;
    }
    agreed = last?.key === seen.key ? agreed + 1 : 1;
    last = seen;
    if (agreed < ROUNDS && !isCold(before)) continue;
    if ("error" in seen) throw seen.error;
    return seen.value;
  }
  throw new Refusal(RESTLESS);
}

interface Failed {
  readonly key: string;
  readonly error: unknown;
}

function outcome<T>(look: () => Seen<T>): Seen<T> | Failed {
  try {
    return look();
  } catch (error) {
    return { key: `failed: ${error}`, error };
  }
}

/** One of the folders on the way. */
interface Step {
  readonly identity: string;
  /** Epoch milliseconds. */
  readonly changed: number | undefined;
}

/** The folders on the way as they are; undefined where one is none at this moment. */
function stepsOf(
  { root, folder, closed }: Way,
): readonly Step[] | undefined {
  const names = relative(root, folder).split(sep).filter((name) => name !== "");
  const steps: Step[] = [];
  let at = root;
  for (const name of ["", ...names]) {
    at = join(at, name);
    const info = lstat(at);
    if (info?.isDirectory !== true) return undefined;
    const identity = identityOf(info);
    // Not by the name alone, which may be written otherwise, or lead there over a mount.
    if (closed.has(identity)) throw new Refusal(CLOSED);
    steps.push({ identity, changed: info.ctime?.getTime() });
  }
  return steps;
}

function lstat(path: string): Deno.FileInfo | undefined {
  try {
    return Deno.lstatSync(path);
  } catch {
    return undefined;
  }
}

/** What tells a file or folder from all others of this machine; on Windows nothing does. */
export function identityOf(
  { dev, ino }: { readonly dev: number | bigint; readonly ino: unknown },
): string {
  return Deno.build.os === "windows" ? "" : `${dev}:${ino}`;
}

function isSame(
  before: readonly Step[],
  after: readonly Step[] | undefined,
): boolean {
  return before.every(({ identity, changed }, at) =>
    identity === after?.[at]?.identity && changed === after[at].changed
  );
}

/** Each folder below the first is held in its place by a change time that no change would have left as it is. */
function isCold(steps: readonly Step[]): boolean {
  const now = Date.now();
  const cold = ({ changed }: Step): boolean =>
    changed !== undefined && Math.abs(now - changed) >= COLD_MS;
  return steps.every((step, at) => {
    const above = steps[at - 1];
    return above === undefined || cold(step) || cold(above);
  });
}
