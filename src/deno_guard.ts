import {
  type BigIntStats,
  closeSync,
  constants,
  fstatSync,
  openSync,
} from "node:fs";
import { basename, dirname, join, resolve, sep } from "node:path";
import { CLOSED, identityOf, RESTLESS, steadily } from "./deno_steady.ts";
import { type Bounds, Refusal } from "./host.ts";
import { nameProblem } from "./tools/name_problem.ts";

/** What reading can act on, and what tells of the process that reads. */
const SYSTEM = /^\/(?:proc|sys|dev)(?:\/|$)/;
const NO_FILE = "it is no regular file";

/** Bounds, and what they forbid by any other name. */
export interface Guard extends Bounds {
  /** The identities of the forbidden folders. */
  readonly closed: ReadonlySet<string>;
  /** The identities of the files in them, and of those that links there lead to. */
  readonly closedFiles: ReadonlySet<string>;
}

/** Looks up what is forbidden. */
export function makeGuard(bounds: Bounds): Guard {
  const closed = new Set<string>();
  const closedFiles = new Set<string>();
  for (
    const path of bounds.forbidden.flatMap((folder) => [...within(folder)])
  ) {
    const info = attempt(() => Deno.statSync(path));
    // Where nothing tells files apart, names must do.
    if (info === undefined || identityOf(info) === "") continue;
    (info.isDirectory ? closed : closedFiles).add(identityOf(info));
  }
  return { ...bounds, closed, closedFiles };
}

/** A folder and all that is in it. */
function* within(folder: string): Generator<string> {
  yield folder;
  for (const entry of attempt(() => [...Deno.readDirSync(folder)]) ?? []) {
    const path = join(folder, entry.name);
    if (entry.isDirectory) yield* within(path);
    else yield path;
  }
}

function attempt<T>(work: () => T): T | undefined {
  try {
    return work();
  } catch {
    return undefined;
  }
}

/** A path that lies within its bounds, as its names tell. */
export interface Resolved {
  /** The real path; of something that does not exist, where it would be. */
  readonly path: string;
  /** The folder of the bounds that it lies in. */
  readonly root: string;
  /** The names at its end that do not exist. */
  readonly missing: readonly string[];
}

/** Resolves a path. What lies outside is refused in the same words, whether it exists or not. */
export function resolveWithin(path: string, guard: Guard): Resolved {
  const problem = nameProblem(path, Deno.build.os);
  if (problem !== undefined) throw new Refusal(problem);
  const [first] = guard.folders;
  if (first === undefined) throw new Refusal("no folder is open to tools");
  const { real, missing, failure } = realPath(resolve(first, path));
  const target = join(real, ...missing);
  const root = guard.folders.find((folder) => isWithin(target, folder));
  if (root === undefined) {
    throw new Refusal("it is outside the folders that are open to tools");
  }
  if (isClosed(target, guard)) throw new Refusal(CLOSED);
  const [next] = missing;
  if (failure !== undefined && !(failure instanceof Deno.errors.NotFound)) {
    throw asRefusal(failure);
  }
  if (
    next !== undefined &&
    attempt(() => Deno.lstatSync(join(real, next))) !== undefined
  ) {
    throw new Refusal("a link in its path leads nowhere");
  }
  return { path: target, root, missing };
}

/** The real path of as much of a path as there is, the names that are left, and why the first of them has none. */
function realPath(path: string): {
  readonly real: string;
  readonly missing: readonly string[];
  readonly failure: unknown;
} {
  const missing: string[] = [];
  let failure: unknown;
  for (let at = path;; at = dirname(at)) {
    try {
      return { real: Deno.realPathSync(at), missing, failure };
    } catch (error) {
      if (dirname(at) === at) throw asRefusal(error);
      failure ??= error;
      missing.unshift(basename(at));
    }
  }
}

function isWithin(path: string, folder: string): boolean {
  const start = folder.endsWith(sep) ? folder : `${folder}${sep}`;
  return path === folder || path.startsWith(start);
}

/** Tells whether a real path is forbidden, or the system's own. */
export function isClosed(path: string, { forbidden }: Bounds): boolean {
  return SYSTEM.test(path) ||
    forbidden.some((folder) => isWithin(path, folder));
}

/** A regular file, open to be read. */
export interface OpenFile extends Disposable {
  readonly file: number;
  readonly info: BigIntStats;
}

/** Opens a file, and is sure that it is the one that its path means. */
export function openWithin(resolved: Resolved, guard: Guard): OpenFile {
  const { path, root } = resolved;
  const way = { root, folder: dirname(path), closed: guard.closed };
  for (let tries = 0; tries < 3; tries++) {
    const opened = openFile(path);
    try {
      // While a file is open, no other one can have its identity.
      const found = steadily(way, () => {
        const key = identityOf(Deno.lstatSync(path));
        return { key, value: key };
      });
      if (found === identityOf(opened.info)) {
        if (guard.closedFiles.has(found)) throw new Refusal(CLOSED);
        return opened;
      }
    } catch (error) {
      opened[Symbol.dispose]();
      throw asRefusal(error);
    }
    // Another one has taken its place since, as when an editor saves it.
    opened[Symbol.dispose]();
  }
  throw new Refusal(RESTLESS);
}

/** Opens a path whose last name is a regular file; a FIFO that takes its place is not waited for. */
function openFile(path: string): OpenFile {
  try {
    // A device may act when it is opened.
    if (!Deno.lstatSync(path).isFile) throw new Refusal(NO_FILE);
    const { O_RDONLY, O_NOFOLLOW = 0, O_NONBLOCK = 0 } = constants;
    const file = openSync(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
    const info = fstatSync(file, { bigint: true });
    const opened = { file, info, [Symbol.dispose]: () => closeSync(file) };
    if (info.isFile()) return opened;
    opened[Symbol.dispose]();
  } catch (error) {
    throw asRefusal(error);
  }
  throw new Refusal(NO_FILE);
}

/** Why the system refused; its own words may hold a path from outside. */
const REASONS: Readonly<Record<string, string>> = {
  EACCES: "the system does not permit it",
  EEXIST: "there is something of this name",
  EISDIR: "it is a folder",
  ELOOP: "the links in its path go around in a circle",
  ENAMETOOLONG: "a name in its path is too long",
  ENOENT: "there is no such file or folder",
  ENOSPC: "the disk is full",
  ENOTDIR: "a name in its path is no folder",
  EPERM: "the system does not permit it",
  EROFS: "the disk is read-only",
};

/** Says why something failed, in words that tell of nothing outside. */
export function asRefusal(error: unknown): Refusal {
  if (error instanceof Refusal) return error;
  const code = error instanceof Error && "code" in error ? error.code : "";
  const reason = REASONS[`${code}`] ??
    (error instanceof Deno.errors.NotCapable
      ? "the runtime does not permit it"
      : `the system refuses it${code ? ` (${code})` : ""}`);
  return new Refusal(reason);
}
