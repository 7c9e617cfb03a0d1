// deno-lint-ignore-file camelcase -- names are those of the tools
import assert from "node:assert/strict";
import type { ToolArguments } from "../../src/tools/tool.ts";
import { link } from "../support/link.ts";
import type { Swapping } from "../support/swap_links_worker.ts";
import { type ToolPlace, toolPlace } from "../support/tool_place.ts";

const onUnix = { ignore: Deno.build.os === "windows" };

/** What must not come out, as text or as a name. */
const SECRET = "s3cret";

/** What each tool is asked to do with a path. */
const TOOLS: Readonly<Record<string, (path: string) => ToolArguments>> = {
  read_file: (path) => ({ path }),
  list_files: (path) => ({ path, ignored: true }),
  "list_files with a glob": (path) => ({ path, glob: "**", ignored: true }),
  search_files: (path) => ({ path, pattern: "[^x]", ignored: true }),
  edit_file: (path) => ({ path, old_text: SECRET, new_text: "gone" }),
  write_file: (path) => ({ path, content: "written" }),
  "write_file below": (path) => ({ path: `${path}/new/x`, content: "written" }),
  run_command: (path) => ({ command: ["ls"], cwd: path }),
};

// what is tried, the path ("BASE" is the folder above the working folder)
const TRICKS = [
  ["dot-dot to a file", "../outside/key.txt"],
  ["dot-dot to a folder", "../outside"],
  ["dot-dot in the middle", "src/../../outside/key.txt"],
  ["dot-dot above the root of all", "../../../../../../../../../../etc/passwd"],
  ["the folder above", ".."],
  ["dot-dot behind a link", "inner/../../outside/key.txt"],
  ["an absolute file", "BASE/outside/key.txt"],
  ["an absolute folder", "BASE/outside"],
  ["an absolute file that is not there", "BASE/outside/none"],
  ["a system file", "/etc/passwd"],
  ["a folder whose name begins the same", "BASE/root-other/key.txt"],
  ["a link to a file", "file-link"],
  ["a link to a folder", "folder-link"],
  ["a file behind a link", "folder-link/key.txt"],
  ["a chain of links", "chain"],
  ["a link to what could be made", "dangling"],
  ["a file behind a link that leads nowhere", "dangling/x"],
  ["a link to itself", "loop"],
  ["a file behind a link to itself", "loop/x"],
  ["a link to a device", "device-link"],
  ["a device", "/dev/zero"],
  ["a terminal", "/dev/tty"],
  ["this process's environment", "/proc/self/environ"],
  ["an open file of this process", "/proc/self/fd/0"],
  ["the working folder of this process", "/proc/self/cwd/deno.json"],
  ["the root of this process", "/proc/self/root/etc/passwd"],
  ["a link to this process", "process-link"],
  ["a file of the kernel", "/sys/kernel/uevent_helper"],
  ["a FIFO", "fifo"],
  ["a socket", "socket"],
  ["the token database", "data/tokens.db"],
  ["its folder", "data"],
  ["a file that could be made beside it", "data/tokens.db-journal"],
  ["the token database, absolute", "BASE/root/data/tokens.db"],
  ["the token database by dot-dot", "src/../data/tokens.db"],
  ["the token database by a link", "database-link"],
  ["the token database by a link to its folder", "data-link/tokens.db"],
  ["the token database by a hard link", "database-hard-link"],
  ["a file that meka's config links to", "dotfiles/config.toml"],
  ["meka's folder outside", "BASE/config/key.toml"],
  ["an empty path", ""],
  ["a NUL", "src/a.txt\0"],
  ["a NUL before an outside path", "src\0/../../outside/key.txt"],
  ["a very long name", `${"n".repeat(300)}`],
  ["a very long path", "d/".repeat(3_000)],
  ["a file taken for a folder", "src/a.txt/x"],
] as const;

/** The folders for one trick, with everything in them that a trick needs. */
async function trickPlace(): Promise<ToolPlace> {
  const place = await toolPlace({ forbidden: ["root/data", "config"] });
  const { base, root } = place;
  await place.put("root/src/a.txt", "x");
  await place.put("root/src/.gitignore", "x");
  await place.put("root/data/tokens.db", SECRET);
  await place.put("root/dotfiles/config.toml", SECRET);
  await place.put("root-other/key.txt", SECRET);
  await place.put("outside/key.txt", SECRET);
  for (const folder of ["outside", "root-other", "root/data", "config"]) {
    await place.put(`${folder}/${SECRET}/key.txt`, SECRET);
  }
  await place.put("config/key.toml", SECRET);
  await link(`${root}/dotfiles/config.toml`, `${base}/config/linked`);
  const links = [
    ["../outside/key.txt", "file-link"],
    ["../outside", "folder-link"],
    ["folder-link", "chain"],
    ["../outside/made", "dangling"],
    ["loop", "loop"],
    ["/dev/zero", "device-link"],
    ["/proc/self/environ", "process-link"],
    ["data/tokens.db", "database-link"],
    ["data", "data-link"],
    ["src", "inner"],
  ] as const;
  for (const [to, name] of links) await link(to, `${root}/${name}`);
  await Deno.link(`${root}/data/tokens.db`, `${root}/database-hard-link`);
  await new Deno.Command("mkfifo", { args: [`${root}/fifo`] }).output();
  return place;
}

/** Leaves a socket, which this process may not make. */
async function makeSocket(path: string): Promise<void> {
  const script = `Deno.listen({ transport: "unix", path: Deno.args[0] })`;
  const args = ["eval", "-q", `${script}; Deno.exit()`, path];
  const { success } = await new Deno.Command(Deno.execPath(), { args })
    .output();
  assert.ok(success && (await Deno.lstat(path)).isSocket);
}

/** All that lies outside the working folder, and meka's own folder in it: names, kinds and contents. */
async function outsideOf({ base }: ToolPlace): Promise<string> {
  const seen: string[] = [];
  const look = async (path: string): Promise<void> => {
    const info = await Deno.lstat(path);
    const text = info.isFile ? await Deno.readTextFile(path) : "";
    seen.push(`${path} ${info.isFile} ${info.isSymlink} ${text}`);
    if (!info.isDirectory) return;
    for await (const { name } of Deno.readDir(path)) {
      await look(`${path}/${name}`);
    }
  };
  for (const name of ["outside", "root-other", "config", "root/data"]) {
    await look(`${base}/${name}`);
  }
  return seen.sort().join("\n");
}

for (const [what, given] of TRICKS) {
  Deno.test(`no tool gets out by ${what}`, onUnix, async () => {
    await using place = await trickPlace();
    if (given === "socket") await makeSocket(`${place.root}/socket`);
    const before = await outsideOf(place);
    const path = given.replace("BASE", place.base);
    // Nothing is left to the rule that only what was read may be changed.
    const seen = new EverythingWasSeen();
    for (const [named, args] of Object.entries(TOOLS)) {
      const tool = place.tool(named.replace(/ .*/, ""));
      const context = { ...place.context, seen };
      const result = await tool.run(args(path), context);
      assert.equal(result.error, true, `${named}: ${result.output}`);
      const told = await tool.describe(args(path), context)
        .catch((error) => `${error}`);
      for (const text of [result.output, told]) {
        assert.ok(!text.includes(SECRET), `${named}: ${text}`);
      }
      assert.equal(await outsideOf(place), before, named);
    }
  });
}

/** A record in which every file was read, in the state that it will be found in. */
class EverythingWasSeen extends Map<string, string> {
  override get(): string {
    return SECRET_STATE;
  }
}

/** The SHA-256 of the secret. */
const SECRET_STATE = new Uint8Array(
  await crypto.subtle.digest("SHA-256", new TextEncoder().encode(SECRET)),
).toHex();

// the tool, its arguments
const SWEEPS = [
  ["list_files", { path: "." }],
  ["list_files", { path: ".", glob: "**", ignored: true }],
  ["list_files", { path: ".", glob: "*.db", ignored: true }],
  ["search_files", { path: ".", pattern: "s.cret", ignored: true }],
  ["search_files", { path: ".", pattern: "[^x]", glob: "**/*", ignored: true }],
] as const;

for (const [name, args] of SWEEPS) {
  Deno.test(
    `${name} passes over what lies outside, with ${JSON.stringify(args)}`,
    onUnix,
    async () => {
      await using place = await trickPlace();
      const { output } = await place.run(name, args);
      assert.ok(!output.includes(SECRET), output);
      assert.ok(!output.includes("data/"), output);
    },
  );
}

Deno.test("a link within the folder is followed", onUnix, async () => {
  await using place = await trickPlace();
  const read = await place.run("read_file", { path: "inner/a.txt" });
  assert.deepEqual(read, { output: "x", error: false });
  const wrote = await place.run("write_file", {
    path: "inner/a.txt",
    content: "y",
  });
  assert.equal(wrote.error, false, wrote.output);
  assert.equal(await place.text("root/src/a.txt"), "y");
});

Deno.test(
  "a further folder is open, and what leads from one to the other",
  onUnix,
  async () => {
    await using place = await toolPlace({ others: ["more"] });
    await place.put("more/a.txt", "more");
    await link("../more", `${place.root}/way`);
    for (
      const path of ["../more/a.txt", `${place.base}/more/a.txt`, "way/a.txt"]
    ) {
      const { output } = await place.run("read_file", { path });
      assert.equal(output, "more", path);
    }
  },
);

const ROUNDS = 60;

// what is swapped, the path in question
const RACES = [
  ["a folder", "a", "a/f"],
  ["a folder further up", "a", "a/b/f"],
  ["a file", "a/f", "a/f"],
] as const;

for (const [what, swapped, path] of RACES) {
  Deno.test(
    `no tool gets out while ${what} and a link are swapped`,
    onUnix,
    async () => {
      await using place = await toolPlace();
      const { root } = place;
      await place.put("root/a/f", "inside");
      await place.put("root/a/b/f", "inside");
      await place.put("outside/f", SECRET);
      await place.put("outside/b/f", SECRET);
      await place.put(`outside/${SECRET}`, SECRET);
      await place.put(`outside/b/${SECRET}`, SECRET);
      const target = swapped === "a/f" ? "outside/f" : "outside";
      await link(`${place.base}/${target}`, `${root}/link`);
      const before = await treeOf(`${place.base}/outside`);
      await whileSwapping(
        { path: `${root}/${swapped}`, link: `${root}/link` },
        async () => {
          const folder = path.replace(/\/f$/, "");
          for (let round = 0; round < ROUNDS; round++) {
            place.context.seen.clear();
            for (
              const [name, args] of [
                ["read_file", { path }],
                ["list_files", { path: folder }],
                ["search_files", { path: folder, pattern: "." }],
                ["edit_file", {
                  path,
                  old_text: "inside",
                  new_text: "inside!",
                }],
                ["edit_file", {
                  path,
                  old_text: "inside!",
                  new_text: "inside",
                }],
                ["write_file", {
                  path: `${folder}/n${round}/x`,
                  content: "new",
                }],
              ] as const
            ) {
              const { output } = await place.run(name, args);
              assert.ok(!output.includes(SECRET), `${name}: ${output}`);
            }
          }
        },
      );
      assert.deepEqual(await treeOf(`${place.base}/outside`), before);
    },
  );
}

async function whileSwapping(
  swapping: Omit<Swapping, "flag">,
  work: () => Promise<void>,
): Promise<void> {
  const flag = new SharedArrayBuffer(4);
  const url = import.meta.resolve("../support/swap_links_worker.ts");
  const worker = new Worker(url, { type: "module" });
  const says = (): Promise<unknown> =>
    new Promise((resolve, reject) => {
      worker.onmessage = ({ data }) => resolve(data);
      worker.onerror = (event) => reject(new Error(event.message));
    });
  const begun = says();
  worker.postMessage({ ...swapping, flag });
  await begun;
  const over = says();
  try {
    await work();
  } finally {
    Atomics.store(new Int32Array(flag), 0, 1);
    await over;
    worker.terminate();
  }
}

async function treeOf(path: string): Promise<readonly string[]> {
  const seen: string[] = [];
  for await (const { name, isDirectory } of Deno.readDir(path)) {
    const inside = `${path}/${name}`;
    if (isDirectory) seen.push(inside, ...await treeOf(inside));
    else seen.push(`${inside} ${await Deno.readTextFile(inside)}`);
  }
  return seen.sort();
}
