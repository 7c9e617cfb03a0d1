import assert from "node:assert/strict";
import { copyPrivately, createPrivateFile, lock } from "../src/deno_host.ts";

const onUnix = { ignore: Deno.build.os === "windows" };

async function inFolder(work: (path: string) => Promise<void>): Promise<void> {
  const path = await Deno.makeTempDir({ prefix: "meka-" });
  try {
    await work(path);
  } finally {
    await Deno.remove(path, { recursive: true });
  }
}

async function mode(path: string): Promise<number> {
  return ((await Deno.stat(path)).mode ?? 0) & 0o777;
}

Deno.test(
  "createPrivateFile() makes a private file in private folders",
  onUnix,
  () =>
    inFolder(async (path) => {
      await createPrivateFile(`${path}/a/b/file`);
      assert.equal(await mode(`${path}/a`), 0o700);
      assert.equal(await mode(`${path}/a/b`), 0o700);
      assert.equal(await mode(`${path}/a/b/file`), 0o600);
      assert.equal(await Deno.readTextFile(`${path}/a/b/file`), "");
    }),
);

// what the name stands for, its mode, the mode it is left with
const MODES = [
  ["file", 0o644, 0o600],
  ["file", 0o666, 0o600],
  ["file", 0o400, 0o400],
  ["folder", 0o755, 0o755],
] as const;

for (const [kind, before, after] of MODES) {
  Deno.test(
    `createPrivateFile() leaves a ${kind} of mode ${before.toString(8)} with ${
      after.toString(8)
    }`,
    onUnix,
    () =>
      inFolder(async (path) => {
        const name = `${path}/it`;
        if (kind === "folder") await Deno.mkdir(name);
        else await Deno.writeTextFile(name, "kept");
        await Deno.chmod(name, before);
        await createPrivateFile(name);
        assert.equal(await mode(name), after);
        if (kind === "file") {
          assert.equal(await Deno.readTextFile(name), "kept");
        }
      }),
  );
}

Deno.test(
  "copyPrivately() copies what is there, and removes it all",
  onUnix,
  () =>
    inFolder(async (path) => {
      await Deno.writeTextFile(`${path}/a`, "one");
      await Deno.writeTextFile(`${path}/a-x`, "two");
      let folder = "";
      {
        await using copy = await copyPrivately(`${path}/a`, ["-x", "-y"]);
        assert.ok(copy);
        folder = copy.path.slice(0, copy.path.lastIndexOf("/"));
        assert.equal(await mode(folder), 0o700);
        assert.equal(await Deno.readTextFile(copy.path), "one");
        assert.equal(await Deno.readTextFile(`${copy.path}-x`), "two");
        const names = await Array.fromAsync(Deno.readDir(folder));
        assert.equal(names.length, 2);
      }
      await assert.rejects(Deno.stat(folder), Deno.errors.NotFound);
    }),
);

Deno.test(
  "copyPrivately() fails without the file itself",
  onUnix,
  () =>
    inFolder(async (path) => {
      await assert.rejects(
        copyPrivately(`${path}/a`, []),
        Deno.errors.NotFound,
      );
    }),
);

Deno.test(
  "lock() makes a private file in private folders, and removes it",
  onUnix,
  () =>
    inFolder(async (path) => {
      const held = await lock(`${path}/a/b/x.lock`);
      assert.equal(await mode(`${path}/a/b`), 0o700);
      assert.equal(await mode(`${path}/a/b/x.lock`), 0o600);
      await held[Symbol.asyncDispose]();
      await assert.rejects(Deno.stat(`${path}/a/b/x.lock`));
    }),
);

Deno.test("lock() lets one after the other have it", () =>
  inFolder(async (path) => {
    let inside = 0;
    await Promise.all(Array.from({ length: 8 }, async () => {
      await using _ = await lock(`${path}/x.lock`);
      assert.equal(++inside, 1);
      await new Promise((resolve) => setTimeout(resolve, 1));
      inside--;
    }));
    await using _ = await lock(`${path}/y.lock`);
    await using __ = await lock(`${path}/x.lock`);
  }));

Deno.test(
  "lock() is not held up by a file that somebody left",
  onUnix,
  () =>
    inFolder(async (path) => {
      await Deno.writeTextFile(`${path}/x.lock`, "", { mode: 0o644 });
      await using _ = await lock(`${path}/x.lock`);
      assert.equal(await mode(`${path}/x.lock`), 0o600);
    }),
);

Deno.test("lock() fails where there can be no file", () =>
  inFolder(async (path) => {
    await Deno.writeTextFile(`${path}/file`, "");
    await assert.rejects(lock(`${path}/file/x.lock`));
  }));
