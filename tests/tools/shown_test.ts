import assert from "node:assert/strict";
import fc from "fast-check";
import { shownCommand } from "../../src/tools/shown.ts";

const onUnix = { ignore: Deno.build.os === "windows" };

/** Characters with a meaning for a shell or a terminal, and others. */
const word = fc.string({
  unit: fc.constantFrom(
    ..."ab '\"\\$`!*?[]{}()<>|&;#~=%\n\t\r\x1b\x07é漢",
    "\u202e",
    "\u200b",
    "🙂",
  ),
  maxLength: 12,
});

// What a person agrees to is what is run: another program reads it back.
Deno.test(
  "shownCommand() is read by a shell as the words that it is of",
  onUnix,
  async () => {
    const bash = await new Deno.Command("bash", { args: ["-c", "exit"] })
      .output().then(({ success }) => success, () => false);
    assert.ok(bash, "there is no bash to read it");
    await fc.assert(
      fc.asyncProperty(fc.array(word, { minLength: 1 }), async (words) => {
        const line = `printf '%s\\0' ${shownCommand(words)}`;
        const { stdout } = await new Deno.Command("bash", {
          args: ["-c", line],
          clearEnv: true,
          env: { LC_ALL: "C.UTF-8" },
        }).output();
        const read = new TextDecoder().decode(stdout).split("\0").slice(0, -1);
        assert.deepEqual(read, words);
      }),
    );
  },
);

Deno.test("shownCommand() shows nothing that cannot be seen", () => {
  fc.assert(
    fc.property(fc.array(fc.string({ unit: "binary" })), (words) => {
      assert.doesNotMatch(shownCommand(words), /\p{C}|\p{Zl}|\p{Zp}/u);
    }),
  );
});
