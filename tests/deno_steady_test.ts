import assert from "node:assert/strict";
import { identityOf, steadily, type Way } from "../src/deno_steady.ts";
import { link } from "./support/link.ts";
import { repositoryPath } from "./support/program.ts";

const onUnix = { ignore: Deno.build.os === "windows" };

/** A folder, another one like it outside, and a link that can take its place. */
interface Field extends AsyncDisposable {
  readonly base: string;
  readonly way: Way;
  /** Does something while the folder's path leads outside. */
  swapped<T>(work: () => T): T;
}

async function field(): Promise<Field> {
  const made = await Deno.makeTempDir({ prefix: "meka-" });
  const base = await Deno.realPath(made);
  const folder = `${base}/root/a`;
  for (const [path, text] of [["root/a", "in"], ["outside", "out"]] as const) {
    await Deno.mkdir(`${base}/${path}`, { recursive: true });
    await Deno.writeTextFile(`${base}/${path}/f`, text);
  }
  await link(`${base}/outside`, `${base}/link`);
  return {
    base,
    way: { root: `${base}/root`, folder, closed: new Set() },
    swapped: (work) => {
      Deno.renameSync(folder, `${base}/aside`);
      Deno.renameSync(`${base}/link`, folder);
      try {
        return work();
      } finally {
        Deno.renameSync(folder, `${base}/link`);
        Deno.renameSync(`${base}/aside`, folder);
      }
    },
    [Symbol.asyncDispose]: () => Deno.remove(base, { recursive: true }),
  };
}

function seen(path: string): { key: string; value: string } {
  const text = Deno.readTextFileSync(path);
  return { key: text, value: text };
}

Deno.test(
  "steadily() looks once where change times prove that nothing moved",
  onUnix,
  () => {
    let looks = 0;
    const root = repositoryPath(".").replace(/\/$/, "");
    const way = { root, folder: `${root}/src/tools`, closed: new Set("") };
    const value = steadily(way, () => {
      looks++;
      return { key: `${looks}`, value: "it" };
    });
    assert.deepEqual([value, looks], ["it", 1]);
  },
);

Deno.test(
  "steadily() looks sixteen times at what is young",
  onUnix,
  async () => {
    await using place = await field();
    let looks = 0;
    const value = steadily(place.way, () => {
      looks++;
      return seen(`${place.way.folder}/f`);
    });
    assert.deepEqual([value, looks], ["in", 16]);
  },
);

// how often in a row the link is in the place of the folder, at first
for (const times of [1, 2, 15]) {
  Deno.test(
    `steadily() is not taken in by ${times} looks through a link`,
    onUnix,
    async () => {
      await using place = await field();
      let looks = 0;
      const look = (): { key: string; value: string } =>
        seen(`${place.way.folder}/f`);
      const value = steadily(
        place.way,
        () => looks++ < times ? place.swapped(look) : look(),
      );
      assert.equal(value, "in");
    },
  );
}

Deno.test(
  "steadily() is not taken in by every other look through a link",
  onUnix,
  async () => {
    await using place = await field();
    let looks = 0;
    const look = (): { key: string; value: string } =>
      seen(`${place.way.folder}/f`);
    assert.throws(
      () =>
        steadily(
          place.way,
          () => looks++ % 2 === 0 ? place.swapped(look) : look(),
        ),
      { name: "Refusal" },
    );
  },
);

Deno.test(
  "steadily() does not look through a link that stays",
  onUnix,
  async () => {
    await using place = await field();
    assert.throws(
      () =>
        place.swapped(() =>
          steadily(place.way, () => seen(`${place.way.folder}/f`))
        ),
      { name: "Refusal" },
    );
  },
);

Deno.test("steadily() throws what each look throws", onUnix, async () => {
  await using place = await field();
  assert.throws(
    () => steadily(place.way, () => seen(`${place.way.folder}/none`)),
    Deno.errors.NotFound,
  );
});

// A name that is written otherwise, or a mount, may lead there.
Deno.test(
  "steadily() knows a closed folder by what it is",
  onUnix,
  async () => {
    await using place = await field();
    const { folder } = place.way;
    const closed = new Set([identityOf(await Deno.lstat(folder))]);
    assert.throws(
      () => steadily({ ...place.way, closed }, () => seen(`${folder}/f`)),
      { name: "Refusal", message: "it is closed to tools" },
    );
  },
);
