import assert from "node:assert/strict";
import type { ToolArguments } from "../../src/tools/tool.ts";
import { toolPlace } from "../support/tool_place.ts";

const LINES = Array.from({ length: 5 }, (_, at) => `line ${at + 1}`);

// what, the file's bytes or text, the arguments, what the model is told
const TEXTS: readonly (readonly [
  string,
  string | Uint8Array,
  ToolArguments,
  string,
])[] = [
  ["a text as it is", "a\n\tb\n", {}, "a\n\tb"],
  ["a text without a newline at its end", "a\nb", {}, "a\nb"],
  ["a text of newlines", "\n\n", {}, "\n"],
  ["an empty file", "", {}, "[f is empty]"],
  ["Windows line ends as plain ones", "a\r\nb\r\n", {}, "a\nb"],
  ["text behind a byte order mark", "\ufeffa", {}, "a"],
  ["other letters", "çüß 漢字 🙂\n", {}, "çüß 漢字 🙂"],
  [
    "lines from the middle",
    LINES.join("\n"),
    { start_line: 2, end_line: 3 },
    "line 2\nline 3\n[lines 2 to 3 of 5]",
  ],
  [
    "lines to the end",
    `${LINES.join("\n")}\n`,
    { start_line: 4, end_line: 9 },
    "line 4\nline 5\n[lines 4 to 5 of 5]",
  ],
  [
    "all lines that were asked for",
    LINES.join("\n"),
    { start_line: 1, end_line: 5 },
    LINES.join("\n"),
  ],
  [
    "the first lines of many, and how to go on",
    "x\n".repeat(2_500),
    {},
    `${
      "x\n".repeat(2_000)
    }[lines 1 to 2000 of 2500; go on with "start_line": 2001]`,
  ],
  [
    "as many long lines as fit",
    `${"y".repeat(9_000)}\n`.repeat(20),
    { start_line: 3 },
    `${
      `${"y".repeat(9_000)}\n`.repeat(11)
    }[lines 3 to 13 of 20; go on with "start_line": 14]`,
  ],
  [
    "the beginning of a very long line",
    "z".repeat(10_001),
    {},
    `${"z".repeat(10_000)} [1 more characters in this line]`,
  ],
  [
    "an old encoding as well as it can",
    new Uint8Array([0x63, 0x61, 0x66, 0xe9]),
    {},
    "caf\ufffd\n[not UTF-8, so it cannot be edited]",
  ],
  [
    "UTF-16 with its mark",
    new Uint8Array([0xff, 0xfe, 0x61, 0, 0x0a, 0, 0x62, 0]),
    {},
    "a\nb\n[not UTF-8, so it cannot be edited]",
  ],
];

for (const [what, content, args, output] of TEXTS) {
  Deno.test(`read_file shows ${what}`, async () => {
    await using place = await toolPlace();
    const path = await place.put("root/f", content);
    assert.deepEqual(await place.run("read_file", { path: "f", ...args }), {
      output,
      error: false,
    });
    assert.ok(place.context.seen.has(path));
  });
}

const PNG = "\x89PNG\r\n\x1a\n";

/** A file that begins with these bytes. */
function padded(start: string, length: number): Uint8Array {
  const bytes = new Uint8Array(length);
  bytes.set(Uint8Array.from(start, (char) => char.charCodeAt(0)));
  return bytes;
}

// what, the file's content or undefined for none, the path, the arguments, what the model is told
const FAILURES = [
  [
    "what is not there",
    undefined,
    "none",
    {},
    "Cannot read none: there is no such file or folder",
  ],
  ["a folder", "x", ".", {}, ". is a folder; look into it with list_files"],
  [
    "what is no text",
    "a\0b",
    "f",
    {},
    "Cannot read f: it is no text and no picture",
  ],
  [
    "lines that are not there",
    "a\nb\n",
    "f",
    { start_line: 3 },
    "f has no line 3: it has 2 lines",
  ],
  [
    "a huge file",
    new Uint8Array(16 * 1024 * 1024 + 1),
    "f",
    {},
    "Cannot read f: it has more than 16777216 bytes",
  ],
  [
    "a huge picture",
    padded(PNG, 8 * 1024 * 1024 + 1),
    "f",
    {},
    "Cannot show f: it has more than 8388608 bytes",
  ],
] as const;

for (const [what, content, path, args, output] of FAILURES) {
  Deno.test(`read_file does not show ${what}`, async () => {
    await using place = await toolPlace();
    if (content !== undefined) {
      await place.put("root/f", content);
    }
    assert.deepEqual(await place.run("read_file", { path, ...args }), {
      output,
      error: true,
    });
    assert.equal(place.context.seen.size, 0);
  });
}

Deno.test("read_file shows a picture", async () => {
  await using place = await toolPlace();
  const bytes = padded(PNG, 9);
  await place.put("root/a.txt", bytes);
  assert.deepEqual(await place.run("read_file", { path: "a.txt" }), {
    output: "a.txt: image/png, 9 bytes",
    images: [{
      type: "image",
      mediaType: "image/png",
      base64: btoa(String.fromCharCode(...bytes)),
    }],
    error: false,
  });
});

// the arguments, what a person is told
const DESCRIPTIONS = [
  [{ path: "src/a.ts" }, "Read src/a.ts"],
  [{ path: "a", start_line: 2, end_line: 9 }, "Read a, lines 2 to 9"],
  [{ path: "a", start_line: 2 }, "Read a, lines 2 to the last"],
  [{ path: "a\nb" }, 'Read "a\\nb"'],
] as const;

for (const [args, text] of DESCRIPTIONS) {
  Deno.test(`read_file tells a person "${text}"`, async () => {
    await using place = await toolPlace();
    assert.equal(await place.describe("read_file", args), text);
  });
}
