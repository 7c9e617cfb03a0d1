import {
  closeSync,
  constants,
  fchmodSync,
  fchownSync,
  fstatSync,
  fsyncSync,
  openSync,
  readSync,
  type Stats,
  writeSync,
} from "node:fs";
import { basename, dirname, join } from "node:path";
import {
  asRefusal,
  type Guard,
  isClosed,
  makeGuard,
  openWithin,
  type Resolved,
  resolveWithin,
} from "./deno_guard.ts";
import { namesIn } from "./deno_pinned.ts";
import { RESTLESS, steadily } from "./deno_steady.ts";
import {
  type Bounds,
  type Entry,
  type EntryKind,
  type GuardedFiles,
  type Located,
  Refusal,
} from "./host.ts";

/** Answers {@linkcode GuardedFiles} with the system's files, as far as bounds allow. */
export function guardedFiles(bounds: Bounds): GuardedFiles {
  const guard = makeGuard(bounds);
  return {
    locate: (path) => locate(path, guard),
    read: (path, maxBytes) => read(path, { maxBytes, guard }),
    list: (path) => list(path, guard),
    write: async (path, options) => {
      try {
        return await write(path, { ...options, guard });
      } catch (error) {
        throw asRefusal(error);
      }
    },
  };
}

function locate(given: string, guard: Guard): Located {
  const { path, missing } = resolveWithin(given, guard);
  if (missing.length > 0) return { path, kind: "missing" };
  const kind = kindOf(attempt(() => Deno.lstatSync(path)));
  if (kind === "file" || kind === "folder") return { path, kind };
  throw new Refusal("it is neither a file nor a folder");
}

function read(
  given: string,
  { maxBytes, guard }: { readonly maxBytes: number; readonly guard: Guard },
): { path: string; bytes: Uint8Array } {
  const resolved = existing(given, guard);
  using opened = openWithin(resolved, guard);
  const bytes = attempt(() => readAll(opened.file, maxBytes));
  if (bytes !== undefined) return { path: resolved.path, bytes };
  throw new Refusal(`it has more than ${maxBytes} bytes`);
}

/** A file's bytes, or undefined when there are too many. */
function readAll(file: number, maxBytes: number): Uint8Array | undefined {
  const { size } = fstatSync(file);
  if (size > maxBytes) return undefined;
  // One more than there should be: some systems tell no size, and a file may grow.
  let bytes = new Uint8Array(size + 1);
  for (let length = 0;;) {
    const count = readSync(file, bytes, length, bytes.length - length, null);
    length += count;
    if (count === 0) return bytes.subarray(0, length);
    if (length > maxBytes) return undefined;
    if (length < bytes.length) continue;
    const longer = new Uint8Array(Math.min(2 * length, maxBytes) + 1);
    longer.set(bytes);
    bytes = longer;
  }
}

function list(
  given: string,
  guard: Guard,
): { path: string; entries: readonly Entry[] } {
  const { path, root } = existing(given, guard);
  const entries = attempt(() =>
    steadily({ root, folder: path, closed: guard.closed }, () => {
      const value = [...Deno.readDirSync(path)]
        .map((entry) => ({ name: entry.name, kind: kindOf(entry) }))
        .sort((a, b) => a.name < b.name ? -1 : 1);
      return { key: JSON.stringify(value), value };
    })
  );
  return {
    path,
    entries: entries.filter(({ name }) => !isClosed(join(path, name), guard)),
  };
}

function existing(given: string, guard: Guard): Resolved {
  const resolved = resolveWithin(given, guard);
  if (resolved.missing.length === 0) return resolved;
  throw new Refusal("there is no such file or folder");
}

function kindOf(
  info: {
    readonly isFile: boolean;
    readonly isDirectory: boolean;
    readonly isSymlink: boolean;
  },
): EntryKind {
  if (info.isSymlink) return "link";
  if (info.isDirectory) return "folder";
  return info.isFile ? "file" : "other";
}

async function write(
  given: string,
  { bytes, replace, guard }: {
    readonly bytes: Uint8Array;
    readonly replace: boolean;
    readonly guard: Guard;
  },
): Promise<string> {
  const resolved = resolveWithin(given, guard);
  const old = resolved.missing.length > 0 ? undefined : statOf(resolved, guard);
  if (old !== undefined && !replace) {
    throw new Refusal("there is something of this name");
  }
  // A new name would be given to it all the same: that is a right to its folder.
  if (old !== undefined && (Number(old.mode) & 0o222) === 0) {
    throw new Refusal("it is read-only");
  }
  const { path, root } = resolved;
  await makeFolders(resolved, guard);
  const folder = dirname(path);
  const names = namesIn({ root, folder, closed: guard.closed });
  // Nobody else makes a file of this name: where it is found again, there is the folder that it was made in.
  const part = `.meka-${crypto.randomUUID()}.part`;
  await names.makeFile(part, old === undefined ? "" : "077");
  try {
    fill(join(folder, part), { bytes, old });
    await names.rename({ from: part, to: basename(path) }, { replace });
  } catch (error) {
    await names.remove(part).catch(() => {});
    throw error;
  }
  return path;
}

function statOf(resolved: Resolved, guard: Guard): Stats {
  using opened = openWithin(resolved, guard);
  return fstatSync(opened.file);
}

/** Makes the folders that a new file needs, each in the one above it. */
async function makeFolders(
  { path, root, missing }: Resolved,
  guard: Guard,
): Promise<void> {
  const above = missing.slice(0, -1);
  let folder = above.reduce((at) => dirname(at), dirname(path));
  for (const name of above) {
    const names = namesIn({ root, folder, closed: guard.closed });
    await names.makeFolder(name);
    folder = join(folder, name);
  }
}

/** Writes a new file to the disk, with the mode and, where the system permits, the owner of the one it stands for. */
function fill(
  path: string,
  { bytes, old }: {
    readonly bytes: Uint8Array;
    readonly old: Stats | undefined;
  },
): void {
  const { O_WRONLY, O_NOFOLLOW = 0, O_NONBLOCK = 0 } = constants;
  const file = openSync(path, O_WRONLY | O_NOFOLLOW | O_NONBLOCK);
  try {
    const own = fstatSync(file);
    if (!own.isFile() || own.size > 0) throw new Refusal(RESTLESS);
    for (let at = 0; at < bytes.length;) {
      at += writeSync(file, bytes, at, bytes.length - at);
    }
    if (old !== undefined) {
      if (own.uid !== old.uid || own.gid !== old.gid) {
        try {
          fchownSync(file, old.uid, old.gid);
        } catch {
          // It is then the person's, who may write here.
        }
      }
      fchmodSync(file, old.mode & 0o777);
    }
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}

function attempt<T>(work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw asRefusal(error);
  }
}
