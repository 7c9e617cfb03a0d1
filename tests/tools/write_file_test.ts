import assert from "node:assert/strict";
import { toolPlace } from "../support/tool_place.ts";

const onUnix = { ignore: Deno.build.os === "windows" };

Deno.test("write_file makes a file and the folders above it", async () => {
  await using place = await toolPlace();
  const args = { path: "a/b/c.txt", content: "çüß\n" };
  assert.deepEqual(await place.run("write_file", args), {
    output: "Wrote a/b/c.txt, 7 bytes",
    error: false,
  });
  assert.equal(await place.text("root/a/b/c.txt"), "çüß\n");
  const names = await Array.fromAsync(Deno.readDir(`${place.root}/a/b`));
  assert.deepEqual(names.map(({ name }) => name), ["c.txt"]);
});

Deno.test(
  "write_file gives a new file and folder the usual modes",
  onUnix,
  async () => {
    await using place = await toolPlace();
    await place.put("usual/f", "");
    await place.run("write_file", { path: "new/f", content: "" });
    for (const name of ["", "/f"]) {
      const { mode } = await Deno.stat(`${place.root}/new${name}`);
      const { mode: usual } = await Deno.stat(`${place.base}/usual${name}`);
      assert.equal(mode, usual);
    }
  },
);

Deno.test("write_file knows what it wrote itself", async () => {
  await using place = await toolPlace();
  for (const content of ["a", "b"]) {
    const { error } = await place.run("write_file", { path: "f", content });
    assert.equal(error, false);
  }
  assert.equal(await place.text("root/f"), "b");
});

// what, whether the file was read, the reason
const REFUSALS = [
  [
    "a file that was not read",
    false,
    "it was not read yet; read it with read_file first",
  ],
  [
    "a file that has changed since",
    true,
    "it has changed since it was read; read it again",
  ],
] as const;

for (const [what, wasRead, why] of REFUSALS) {
  Deno.test(`write_file does not write over ${what}`, async () => {
    await using place = await toolPlace();
    await place.put("root/f", "a");
    if (wasRead) await place.run("read_file", { path: "f" });
    await place.put("root/f", "b");
    const args = { path: "f", content: "c" };
    const message = `Cannot write f: ${why}`;
    assert.deepEqual(await place.run("write_file", args), {
      output: message,
      error: true,
    });
    await assert.rejects(place.describe("write_file", args), { message });
    assert.equal(await place.text("root/f"), "b");
  });
}

Deno.test("write_file does not write a folder over", async () => {
  await using place = await toolPlace();
  await place.put("root/a/f", "a");
  const { output } = await place.run("write_file", { path: "a", content: "" });
  assert.equal(output, "Cannot write a: it is no regular file");
});

// the file before, the content, the file after
const ENDS = [
  ["a\r\nb\r\n", "x\ny\n", "x\r\ny\r\n"],
  ["a\r\nb\r\n", "x\r\ny\n", "x\r\ny\r\n"],
  ["a\nb\n", "x\ny\n", "x\ny\n"],
  ["\ufeffa\n", "x\n", "\ufeffx\n"],
  ["", "x\n", "x\n"],
] as const;

for (const [before, content, after] of ENDS) {
  Deno.test(`write_file makes ${JSON.stringify(after)} of ${JSON.stringify(before)}`, async () => {
    await using place = await toolPlace();
    await place.put("root/f", before);
    await place.run("read_file", { path: "f" });
    const { error } = await place.run("write_file", { path: "f", content });
    assert.equal(error, false);
    const bytes = await Deno.readFile(`${place.root}/f`);
    assert.deepEqual(bytes, new TextEncoder().encode(after));
  });
}

// the content, what a person is told
const DESCRIPTIONS = [
  ["a\n\tb\n", "Write the new file f:\n+a\n+\tb"],
  ["a", "Write the new file f:\n+a\n\\ No newline at the end"],
  ["", "Write the new file f, which is empty"],
] as const;

for (const [content, text] of DESCRIPTIONS) {
  Deno.test(`write_file tells a person all of ${JSON.stringify(content)}`, async () => {
    await using place = await toolPlace();
    assert.equal(
      await place.describe("write_file", { path: "f", content }),
      text,
    );
  });
}

Deno.test("write_file shows a person what changes in a file", async () => {
  await using place = await toolPlace();
  await place.put("root/f", "a\nb\n");
  await place.run("read_file", { path: "f" });
  const told = await place.describe("write_file", {
    path: "f",
    content: "a\nc\n",
  });
  assert.equal(told, "Write f anew:\n@@ line 1 @@\n a\n-b\n+c");
});

Deno.test("write_file shows both whole texts where they have too little in common", async () => {
  await using place = await toolPlace();
  const lines = (from: number): string =>
    Array.from({ length: 3_000 }, (_, at) => `${from + at}\n`).join("");
  await place.put("root/f", lines(0));
  // Too long for one reading, which is not needed to know it.
  await place.run("read_file", { path: "f" });
  const told = await place.describe("write_file", {
    path: "f",
    content: lines(10_000),
  });
  assert.ok(told.startsWith("Write f anew:\n-0\n-1\n"));
  assert.ok(
    told.endsWith(
      "-2999\n" + lines(10_000).replace(/^/gm, "+").replace(/\n\+$/, ""),
    ),
  );
});
