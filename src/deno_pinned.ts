import { RESTLESS, steadily, type Way } from "./deno_steady.ts";
import { Refusal } from "./host.ts";

/** Changes to the names in a folder. */
export interface Names {
  /** Makes a folder, unless there is one. */
  makeFolder(name: string): Promise<void>;
  /** Makes an empty file, which must not be there, without the mode's bits in `umask`, or as the person's own says. */
  makeFile(name: string, umask: "077" | ""): Promise<void>;
  /** Gives a file another name in one step. What has it is gone then, or a reason to refuse. */
  rename(
    names: { readonly from: string; readonly to: string },
    options: { readonly replace: boolean },
  ): Promise<void>;
  remove(name: string): Promise<void>;
}

/**
 * Changes names in a folder and in no other, though its path can mean another one at any moment. The runtime changes names
 * by whole paths only, which the system looks up anew each time. A process, though, keeps the folder it works in: a shell
 * is started there, asks the system for the real path of where it is, and goes on only where that is the right one.
 *
 * Windows has no such shell. There the way is looked at before and after: a link that is swapped in between gets
 * an empty folder or file, or the new file, to where it leads, and the failure is told.
 */
export function namesIn(way: Way): Names {
  return Deno.build.os === "windows" ? byPath(way) : byShell(way);
}

const SHELL = "/bin/sh";
const MOVED = 90;
const TAKEN = 91;

/** The dot keeps a newline that a name ends in. */
const PIN = `[ "$(pwd -P; echo .)" = "$1\n." ] || exit ${MOVED}`;

/** To a link that leads to a folder, a plain \`mv\` moves into that folder. */
const MOVE = Deno.build.os === "linux" ? "mv -fT" : "mv -fh";

function byShell({ folder }: Way): Names {
  const run = (script: string, ...names: string[]): Promise<void> =>
    runPinned(folder, { script, names });
  return {
    makeFolder: (name) => run(`[ -d "./$2" ] || mkdir -- "./$2"`, name),
    makeFile: (name, umask) =>
      run(`[ -z "$3" ] || umask "$3"; set -C; : > "./$2"`, name, umask),
    rename: ({ from, to }, { replace }) =>
      run(
        replace
          ? `${MOVE} -- "./$2" "./$3"`
          : `if [ -e "./$3" ] || [ -L "./$3" ]; then exit ${TAKEN}; fi
             ${MOVE} -- "./$2" "./$3"`,
        from,
        to,
      ),
    remove: (name) => run(`rm -f -- "./$2"`, name),
  };
}

async function runPinned(
  folder: string,
  { script, names }: {
    readonly script: string;
    readonly names: readonly string[];
  },
): Promise<void> {
  const { code, stderr } = await outputOf(folder, [
    "-c",
    `${PIN}\n${script}`,
    "sh",
    folder,
    ...names,
  ]);
  if (code === 0) return;
  if (code === MOVED) throw new Refusal(RESTLESS);
  if (code === TAKEN) throw new Refusal("there is something of this name");
  // "mv: cannot move './a' to './b': Permission denied"
  const reason = new TextDecoder().decode(stderr).trim().split(": ").at(-1);
  throw new Refusal(`the system refuses it${reason ? ` (${reason})` : ""}`);
}

async function outputOf(
  folder: string,
  args: readonly string[],
): Promise<Deno.CommandOutput> {
  try {
    return await new Deno.Command(SHELL, {
      args: [...args],
      cwd: folder,
      clearEnv: true,
      env: { PATH: safePath(), LC_ALL: "C" },
      stdin: "null",
      stdout: "null",
      stderr: "piped",
    }).output();
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
    throw new Refusal(`its folder is gone, or there is no ${SHELL}`);
  }
}

/** No program of the folder's own may be taken for one of the system's. */
function safePath(): string {
  const folders = (Deno.env.get("PATH") ?? "").split(":");
  const named = folders.filter((folder) => folder.startsWith("/"));
  return ["/usr/bin", "/bin", ...named].join(":");
}

function byPath(way: Way): Names {
  const path = (name: string): string => `${way.folder}/${name}`;
  const surely = async (change: () => Promise<void>): Promise<void> => {
    const look = (): { key: string; value: undefined } => {
      return { key: "", value: undefined };
    };
    steadily(way, look);
    await change();
    steadily(way, look);
  };
  return {
    makeFolder: (name) =>
      surely(() => Deno.mkdir(path(name), { recursive: true })),
    makeFile: (name) =>
      surely(async () => {
        const options = { write: true, createNew: true };
        (await Deno.open(path(name), options)).close();
      }),
    rename: ({ from, to }, { replace }) =>
      surely(async () => {
        const taken = !replace && await Deno.lstat(path(to)).catch(() => {});
        if (taken) throw new Refusal("there is something of this name");
        await Deno.rename(path(from), path(to));
      }),
    remove: (name) => surely(() => Deno.remove(path(name))),
  };
}
