import assert from "node:assert/strict";
import type { ToolArguments } from "../../src/tools/tool.ts";
import { link } from "../support/link.ts";
import { type ToolPlace, toolPlace } from "../support/tool_place.ts";

const onUnix = { ignore: Deno.build.os === "windows" };

const FILES = [
  ".git/config",
  ".github/ci.yml",
  ".gitignore",
  "README.md",
  "build/out.js",
  "node_modules/x/index.js",
  "src/.gitignore",
  "src/a.ts",
  "src/b.tsx",
  "src/deep/c.ts",
  "src/deep/d.log",
  "src/deep/keep.log",
  "src/tmp/e.ts",
];

const CONTENTS: Readonly<Record<string, string>> = {
  ".gitignore": "/build/\nnode_modules\n*.log\n",
  "src/.gitignore": "tmp/\n!keep.log\n",
};

async function project(): Promise<ToolPlace> {
  const place = await toolPlace();
  for (const name of FILES) {
    await place.put(`root/${name}`, CONTENTS[name] ?? "");
  }
  await link("src", `${place.root}/way`);
  return place;
}

// the arguments, the lines of the output
const LISTS: readonly (readonly [ToolArguments, readonly string[]])[] = [
  [{}, [
    ".github/",
    ".gitignore",
    "README.md",
    "build/",
    "node_modules/",
    "src/",
    "way (link)",
  ]],
  [{ path: "src" }, [".gitignore", "a.ts", "b.tsx", "deep/", "tmp/"]],
  [{ path: "way" }, [".gitignore", "a.ts", "b.tsx", "deep/", "tmp/"]],
  [{ glob: "*.ts" }, ["src/a.ts", "src/deep/c.ts"]],
  [{ glob: "./src/*.ts" }, ["src/a.ts"]],
  [{ glob: "src/**/*.{ts,tsx}" }, ["src/a.ts", "src/b.tsx", "src/deep/c.ts"]],
  [{ glob: "**/*.log" }, ["src/deep/keep.log"]],
  [{ glob: "**/*.log", ignored: true }, [
    "src/deep/d.log",
    "src/deep/keep.log",
  ]],
  [{ glob: "*.yml" }, [".github/ci.yml"]],
  [{ glob: "**", path: "src/deep" }, ["src/deep/c.ts", "src/deep/keep.log"]],
  // It was asked for, whatever is said above it.
  [{ glob: "*", path: "node_modules" }, ["node_modules/x/index.js"]],
  [{ glob: "*", path: "src/tmp" }, ["src/tmp/e.ts"]],
  [{ glob: "config", ignored: true }, ["[nothing found]"]],
  [{ glob: "**/x?y" }, ["[nothing found]"]],
  [{ glob: "!*.ts" }, ["[nothing found]"]],
  [{ glob: "*.[mt]d" }, ["README.md"]],
];

for (const [args, lines] of LISTS) {
  Deno.test(`list_files answers ${JSON.stringify(args)}`, onUnix, async () => {
    await using place = await project();
    assert.deepEqual(await place.run("list_files", args), {
      output: lines.join("\n"),
      error: false,
    });
  });
}

Deno.test("list_files tells at the working folder what else is open", async () => {
  await using place = await toolPlace({ others: ["more"] });
  const { output } = await place.run("list_files", {});
  assert.equal(output, `[nothing found]\n[other folders: ${place.base}/more]`);
});

Deno.test("list_files shows whole paths in another folder", async () => {
  await using place = await toolPlace({ others: ["more"] });
  const file = await place.put("more/a/b.ts", "");
  const { output } = await place.run("list_files", {
    path: `${place.base}/more`,
    glob: "*.ts",
  });
  assert.equal(output, file);
});

Deno.test(
  "list_files gives a line to each name, whatever is in it",
  onUnix,
  async () => {
    await using place = await toolPlace();
    await place.put("root/a\nb", "");
    await place.put("root/\x1b[2Jc", "");
    const { output } = await place.run("list_files", {});
    assert.equal(output, '"\\u001b[2Jc"\n"a\\nb"');
  },
);

// the arguments, the last line
const FLOODS = [
  [{}, "[1001 names in all]"],
  [{ glob: "*" }, "[there are more]"],
] as const;

for (const [args, last] of FLOODS) {
  Deno.test(`list_files ends a long list with ${last}`, async () => {
    await using place = await toolPlace();
    for (let at = 0; at < 1_001; at++) await place.put(`root/${at}`, "");
    const { output } = await place.run("list_files", args);
    const lines = output.split("\n");
    assert.deepEqual([lines.length, lines.at(-1)], [1_001, last]);
  });
}

// Patterns of a model, and of a .gitignore that anybody may have written, that take other matchers very long.
const SLOW = [
  "*a".repeat(30) + "b",
  "**/a/".repeat(12) + "b",
  "{a,b}".repeat(40),
];

for (const pattern of SLOW) {
  Deno.test(`list_files is not kept busy by ${pattern.slice(0, 12)}…`, async () => {
    await using place = await toolPlace();
    const name = `${"a/".repeat(40)}${"a".repeat(200)}`;
    await place.put(`root/${name}`, "");
    await place.put("root/.gitignore", `${pattern}\n`);
    const { output } = await place.run("list_files", { glob: pattern });
    assert.equal(output, "[nothing found]");
    const { output: all } = await place.run("list_files", { glob: "**/a*" });
    assert.equal(all, name);
  });
}

Deno.test("list_files stops when the call is interrupted", async () => {
  await using place = await toolPlace({
    signal: AbortSignal.abort(new Error("interrupted")),
  });
  await assert.rejects(place.run("list_files", { glob: "*" }), {
    message: "interrupted",
  });
});
