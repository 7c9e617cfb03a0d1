import assert from "node:assert/strict";
import { type Names, namesIn } from "../src/deno_pinned.ts";
import { link } from "./support/link.ts";

const onUnix = { ignore: Deno.build.os === "windows" };

interface Field extends AsyncDisposable {
  readonly base: string;
  names(folder: string): Names;
}

/** A folder `in`, a folder `out`, and links to the latter. */
async function field(): Promise<Field> {
  const made = await Deno.makeTempDir({ prefix: "meka-" });
  const base = await Deno.realPath(made);
  await Deno.mkdir(`${base}/in`);
  await Deno.mkdir(`${base}/out`);
  await link("out", `${base}/link`);
  await link("../out", `${base}/in/link`);
  return {
    base,
    names: (folder) =>
      namesIn({ root: base, folder: `${base}/${folder}`, closed: new Set() }),
    [Symbol.asyncDispose]: () => Deno.remove(base, { recursive: true }),
  };
}

async function namesOf(path: string): Promise<readonly string[]> {
  const entries = await Array.fromAsync(Deno.readDir(path));
  return entries.map(({ name }) => name).sort();
}

// what is done, in a folder
const CHANGES: readonly [string, (names: Names) => Promise<void>][] = [
  ["makeFolder()", (names) => names.makeFolder("new")],
  ["makeFile()", (names) => names.makeFile("new", "")],
  [
    "rename()",
    (names) => names.rename({ from: "f", to: "new" }, { replace: true }),
  ],
  ["remove()", (names) => names.remove("f")],
];

for (const [what, change] of CHANGES) {
  Deno.test(
    `${what} does nothing where the folder's path is a link by now`,
    onUnix,
    async () => {
      await using place = await field();
      await Deno.writeTextFile(`${place.base}/out/f`, "f");
      await assert.rejects(change(place.names("link")), { name: "Refusal" });
      assert.deepEqual(await namesOf(`${place.base}/out`), ["f"]);
    },
  );

  Deno.test(`${what} is refused where the folder is gone`, onUnix, async () => {
    await using place = await field();
    await assert.rejects(change(place.names("gone")), { name: "Refusal" });
  });
}

Deno.test(
  "rename() takes the place of a link, not of what it leads to",
  onUnix,
  async () => {
    await using place = await field();
    const names = place.names("in");
    await names.makeFile("f", "077");
    await names.rename({ from: "f", to: "link" }, { replace: true });
    assert.deepEqual(await namesOf(`${place.base}/in`), ["link"]);
    assert.deepEqual(await namesOf(`${place.base}/out`), []);
    assert.ok((await Deno.lstat(`${place.base}/in/link`)).isFile);
  },
);

// what has the name already
for (const taken of ["link", "folder", "file"]) {
  Deno.test(
    `rename() without replacing refuses the name of a ${taken}`,
    onUnix,
    async () => {
      await using place = await field();
      const names = place.names("in");
      await names.makeFolder("folder");
      await names.makeFile("file", "");
      await names.makeFile("f", "");
      await assert.rejects(
        names.rename({ from: "f", to: taken }, { replace: false }),
        { name: "Refusal", message: "there is something of this name" },
      );
      assert.deepEqual(await namesOf(`${place.base}/out`), []);
    },
  );
}

Deno.test(
  "makeFile() refuses a name that is taken, by a link, too",
  onUnix,
  async () => {
    await using place = await field();
    await link("../out/made", `${place.base}/in/dangling`);
    const names = place.names("in");
    for (const name of ["link", "dangling"]) {
      await assert.rejects(names.makeFile(name, ""), { name: "Refusal" });
    }
    assert.deepEqual(await namesOf(`${place.base}/out`), []);
  },
);

// names that a shell or a program could take for something else
const NAMES = ["-rf", "a b", "$(touch x)", "`touch x`", "*", "a\nb", "'", '"'];

for (const name of NAMES) {
  Deno.test(
    `namesIn() takes ${JSON.stringify(name)} as it is`,
    onUnix,
    async () => {
      await using place = await field();
      await place.names("in").makeFolder(name);
      const names = place.names(`in/${name}`);
      await names.makeFile(name, "");
      await names.rename({ from: name, to: `${name}.` }, { replace: true });
      assert.deepEqual(await namesOf(`${place.base}/in/${name}`), [`${name}.`]);
      await names.remove(`${name}.`);
      assert.deepEqual(await namesOf(`${place.base}/in/${name}`), []);
      assert.deepEqual(
        await namesOf(`${place.base}/in`),
        [name, "link"].sort(),
      );
    },
  );
}
