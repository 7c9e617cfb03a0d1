import assert from "node:assert/strict";
import type { ToolArguments } from "../../src/tools/tool.ts";
import { type ToolPlace, toolPlace } from "../support/tool_place.ts";

const FILES: Readonly<Record<string, string | Uint8Array>> = {
  ".git/a.txt": "needle",
  ".gitignore": "ignored/",
  "a.txt": "one\ntwo Needle\nthree\nfour\nfive needle\nsix\nseven\n",
  "b/c.md": "needle\r\nin Windows\r\n",
  "b/d.txt": "a needle",
  "b/long.txt": `${"x".repeat(1_000)} needle ${"y".repeat(1_000)}`,
  "binary": new Uint8Array([0x6e, 0, 0x6e]),
  "ignored/e.txt": "needle",
};

async function haystack(): Promise<ToolPlace> {
  const place = await toolPlace();
  for (const [name, content] of Object.entries(FILES)) {
    await place.put(`root/${name}`, content);
  }
  return place;
}

// the arguments, the lines of the output
const SEARCHES: readonly (readonly [ToolArguments, readonly string[]])[] = [
  [{ pattern: "a needle" }, ["b/d.txt:1:a needle"]],
  [{ pattern: "needle", path: "a.txt" }, ["a.txt:5:five needle"]],
  [{ pattern: "needle", path: "a.txt", ignore_case: true }, [
    "a.txt:2:two Needle",
    "a.txt:5:five needle",
  ]],
  [{ pattern: "^needle$" }, ["b/c.md:1:needle"]],
  [{ pattern: "needle", glob: "*.md" }, ["b/c.md:1:needle"]],
  [{ pattern: "needle", path: "b", glob: "d.*" }, ["b/d.txt:1:a needle"]],
  [{ pattern: "needle", path: "ignored" }, ["ignored/e.txt:1:needle"]],
  [{ pattern: "^needle", ignored: true }, [
    "b/c.md:1:needle",
    "ignored/e.txt:1:needle",
  ]],
  [{ pattern: "(?i)needle", path: "a.txt", context: 1 }, [
    "a.txt-1-one",
    "a.txt:2:two Needle",
    "a.txt-3-three",
    "a.txt-4-four",
    "a.txt:5:five needle",
    "a.txt-6-six",
  ]],
  [{ pattern: "one|seven", path: "a.txt", context: 1 }, [
    "a.txt:1:one",
    "a.txt-2-two Needle",
    "--",
    "a.txt-6-six",
    "a.txt:7:seven",
  ]],
  [{ pattern: "n", path: "binary" }, ["[nothing found]"]],
  [{ pattern: "needle", path: "b/long.txt" }, [
    `b/long.txt:1:…${"x".repeat(49)} needle ${"y".repeat(343)}…`,
  ]],
];

for (const [args, lines] of SEARCHES) {
  Deno.test(`search_files answers ${JSON.stringify(args)}`, async () => {
    await using place = await haystack();
    assert.deepEqual(await place.run("search_files", args), {
      output: lines.join("\n"),
      error: false,
    });
  });
}

// the arguments, how the answer begins
const FAILURES = [
  [
    { pattern: "(" },
    "Cannot search: the pattern is not one of RE2, which has no look-around and no backreferences: missing",
  ],
  [{ pattern: "(?=a)" }, "Cannot search: the pattern is not one of RE2"],
  [{ pattern: "(a)\\1" }, "Cannot search: the pattern is not one of RE2"],
  [{ pattern: "a", path: "none" }, "Cannot search none: there is no such"],
] as const;

for (const [args, start] of FAILURES) {
  Deno.test(`search_files refuses ${JSON.stringify(args)}`, async () => {
    await using place = await haystack();
    const { output, error } = await place.run("search_files", args);
    assert.ok(error && output.startsWith(start), output);
  });
}

// Each takes an engine that goes back longer than the universe has lasted.
const CATASTROPHES = [
  "(a+)+$",
  "(a|aa)+$",
  "(.*a){25}b",
  "(a*)*b",
  "([a-z]+)*!",
];

for (const pattern of CATASTROPHES) {
  Deno.test(`search_files is not kept busy by ${pattern}`, async () => {
    await using place = await toolPlace();
    await place.put("root/a.txt", `${"a".repeat(200_000)}?\n`.repeat(3));
    const { output } = await place.run("search_files", { pattern });
    // Of a long line only the beginning is looked at.
    const found = /\$$/.test(pattern);
    assert.equal(output.startsWith("a.txt:1:aaa"), found, output);
  });
}

Deno.test("search_files ends a flood, and says so", async () => {
  await using place = await toolPlace();
  await place.put("root/a.txt", "needle\n".repeat(1_000));
  const { output } = await place.run("search_files", { pattern: "needle" });
  const lines = output.split("\n");
  assert.deepEqual([lines.length, lines.at(-1)], [
    201,
    "[there may be more matches]",
  ]);
});

Deno.test("search_files names what it passes over", async () => {
  await using place = await toolPlace();
  await place.put("root/big.txt", "needle\n".repeat(700_000));
  await place.put("root/small.txt", "needle\n");
  const { output } = await place.run("search_files", { pattern: "needle" });
  assert.equal(output, "small.txt:1:needle\n[not searched: big.txt]");
});

Deno.test("search_files stops when the call is interrupted", async () => {
  await using place = await toolPlace({
    signal: AbortSignal.abort(new Error("interrupted")),
  });
  await assert.rejects(place.run("search_files", { pattern: "a" }), {
    message: "interrupted",
  });
});
