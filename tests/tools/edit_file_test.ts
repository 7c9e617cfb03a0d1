import assert from "node:assert/strict";
import fc from "fast-check";
import {
  readFileText,
  replaceText,
  toBytes,
  withPlainEnds,
} from "../../src/tools/text_file.ts";
import { type ToolPlace, toolPlace } from "../support/tool_place.ts";

const onUnix = { ignore: Deno.build.os === "windows" };

/** A place with a file `f` that was read. */
async function readPlace(content: string | Uint8Array): Promise<ToolPlace> {
  const place = await toolPlace();
  await place.put("root/f", content);
  assert.equal((await place.run("read_file", { path: "f" })).error, false);
  return place;
}

function edit(
  from: string,
  to: string,
  all?: boolean,
): Readonly<Record<string, unknown>> {
  const args = { path: "f", "old_text": from, "new_text": to };
  return all === undefined ? args : { ...args, "replace_all": all };
}

// what, the file before, the arguments, the file after
const EDITS = [
  ["a word", "one two three\n", edit("two", "2"), "one 2 three\n"],
  ["the beginning", "one\n", edit("one", "1"), "1\n"],
  ["the end", "one\ntwo", edit("two", "2"), "one\n2"],
  ["everything", "one", edit("one", "two\n"), "two\n"],
  ["text by nothing", "a b c", edit(" b", ""), "a c"],
  ["many places", "a-a-a", edit("a", "bb", true), "bb-bb-bb"],
  ["one of one places", "a", edit("a", "b", true), "b"],
  ["several lines", "a\nb\nc\n", edit("a\nb\n", "x\n"), "x\nc\n"],
  ["Windows lines", "a\r\nb\r\nc\r\n", edit("a\nb", "x\ny"), "x\r\ny\r\nc\r\n"],
  [
    "a part of a Windows line",
    "a b\r\nc\r\n",
    edit("a", "x\ny"),
    "x\r\ny b\r\nc\r\n",
  ],
  [
    "Windows lines said so",
    "a\r\nb\r\n",
    edit("a\r\nb", "x\r\ny"),
    "x\r\ny\r\n",
  ],
  [
    "plain lines among others",
    "a\r\nb\nc\n",
    edit("b\nc", "x\ny"),
    "a\r\nx\ny\n",
  ],
  [
    "Windows lines among others",
    "a\nb\r\nc\r\n",
    edit("b\nc", "x\ny"),
    "a\nx\r\ny\r\n",
  ],
  ["behind a byte order mark", "\ufeffa", edit("a", "b"), "\ufeffb"],
  ["dollar signs", "price", edit("price", "$& $1 $$"), "$& $1 $$"],
  ["what a pattern would be", "a.*b", edit(".*", "+"), "a+b"],
] as const;

for (const [what, before, args, after] of EDITS) {
  Deno.test(`edit_file replaces ${what}`, async () => {
    await using place = await readPlace(before);
    assert.deepEqual(await place.run("edit_file", args), {
      output: "Edited f",
      error: false,
    });
    const bytes = await Deno.readFile(`${place.root}/f`);
    assert.deepEqual(bytes, new TextEncoder().encode(after));
  });
}

// what, the file, the arguments, the reason
const REFUSALS = [
  [
    "text that is not there",
    "one",
    edit("two", "2"),
    "old_text is not in it; read it again and copy the text exactly",
  ],
  [
    "text that is there twice",
    "a a",
    edit("a", "b"),
    "old_text is in it 2 times; give more of the lines around it, or set replace_all",
  ],
  [
    "text that overlaps itself",
    "aaa",
    edit("aa", "b"),
    "old_text is in it 2 times; give more of the lines around it, or set replace_all",
  ],
  ["text by itself", "a", edit("a", "a"), "nothing would change"],
  [
    "text that is nowhere, everywhere",
    "a",
    edit("b", "c", true),
    "old_text is not in it; read it again and copy the text exactly",
  ],
  [
    "text in another encoding",
    new Uint8Array([0x61, 0xe9]),
    edit("a", "b"),
    "it is no UTF-8 text",
  ],
] as const;

for (const [what, content, args, why] of REFUSALS) {
  Deno.test(`edit_file does not replace ${what}`, async () => {
    await using place = await readPlace(content);
    const before = await Deno.readFile(`${place.root}/f`);
    const message = `Cannot edit f: ${why}`;
    assert.deepEqual(await place.run("edit_file", args), {
      output: message,
      error: true,
    });
    // Nobody is asked about what cannot be done.
    await assert.rejects(place.describe("edit_file", args), {
      name: "Refusal",
      message,
    });
    assert.deepEqual(await Deno.readFile(`${place.root}/f`), before);
  });
}

Deno.test("edit_file changes only what was read", async () => {
  await using place = await toolPlace();
  await place.put("root/f", "a");
  const { output, error } = await place.run("edit_file", edit("a", "b"));
  assert.equal(
    output,
    "Cannot edit f: it was not read yet; read it with read_file first",
  );
  assert.ok(error);
  assert.equal(await place.text("root/f"), "a");
});

Deno.test("edit_file changes only what is as it was read", async () => {
  await using place = await readPlace("a");
  await place.put("root/f", "a a person's line");
  const { output, error } = await place.run("edit_file", edit("a", "b"));
  assert.equal(
    output,
    "Cannot edit f: it has changed since it was read; read it again",
  );
  assert.ok(error);
});

Deno.test("edit_file knows what it wrote itself", async () => {
  await using place = await readPlace("a");
  for (const [from, to] of [["a", "b"], ["b", "c"]] as const) {
    const { output } = await place.run("edit_file", edit(from, to));
    assert.equal(output, "Edited f");
  }
  assert.equal(await place.text("root/f"), "c");
});

for (const mode of [0o600, 0o644, 0o755]) {
  Deno.test(
    `edit_file keeps the mode ${mode.toString(8)}, and leaves nothing else`,
    onUnix,
    async () => {
      await using place = await readPlace("a");
      await Deno.chmod(`${place.root}/f`, mode);
      await place.run("edit_file", edit("a", "b"));
      const info = await Deno.stat(`${place.root}/f`);
      assert.equal((info.mode ?? 0) & 0o7777, mode);
      const names = await Array.fromAsync(Deno.readDir(place.root));
      assert.deepEqual(names.map(({ name }) => name), ["f"]);
    },
  );
}

Deno.test("edit_file leaves a read-only file as it is", onUnix, async () => {
  await using place = await readPlace("a");
  await Deno.chmod(`${place.root}/f`, 0o444);
  const { output } = await place.run("edit_file", edit("a", "b"));
  assert.equal(output, "Cannot edit f: it is read-only");
  assert.equal(await place.text("root/f"), "a");
});

Deno.test("edit_file shows a person the whole change", async () => {
  await using place = await readPlace("1\n2\n3\n4\n5\nsix\n7\n8\n9\n10\n");
  const told = await place.describe("edit_file", edit("six\n", "6\n6.5\n"));
  assert.equal(
    told,
    [
      "Edit f:",
      "@@ line 3 @@",
      " 3",
      " 4",
      " 5",
      "-six",
      "+6",
      "+6.5",
      " 7",
      " 8",
      " 9",
    ].join("\n"),
  );
});

const line = fc.stringMatching(/^[ab]{0,3}$/);
const text = fc.array(fc.tuple(line, fc.constantFrom("\n", "\r\n", "")))
  .map((lines) => lines.flat().join(""));

Deno.test("replaceText() does to a file what is done to the text that was seen", () => {
  fc.assert(
    fc.property(
      text,
      fc.string({ minLength: 1, unit: fc.constantFrom("a", "b", "\n") }),
      text,
      fc.boolean(),
      (file, from, to, all) => {
        const seen = withPlainEnds(file);
        const replaced = replaceText(file, { from, to, all });
        const parts = seen.split(from);
        if ("found" in replaced) {
          assert.notEqual(replaced.found, 1);
          return assert.equal(replaced.found === 0, parts.length === 1);
        }
        const wanted = parts.join(withPlainEnds(to));
        assert.equal(withPlainEnds(replaced.text), withPlainEnds(wanted));
      },
    ),
  );
});

Deno.test("readFileText() and toBytes() are each other's opposite", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), (content) => {
      const bytes = new TextEncoder().encode(content);
      const read = readFileText(bytes);
      if (read === undefined) return assert.ok(content.includes("\0"));
      assert.deepEqual(toBytes(read), bytes);
    }),
  );
});
