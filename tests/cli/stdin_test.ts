import assert from "node:assert/strict";
import { startStandin } from "../../scripts/standin/mod.ts";
import type { Standin } from "../../scripts/standin/types.ts";
import { delay } from "../support/delay.ts";
import {
  type Home,
  type Meka,
  runMeka,
  signedInHome,
  startMeka,
} from "../support/meka.ts";
import { stepsInPool } from "../support/pool.ts";
import { assertPlainStderr } from "../support/stderr.ts";

const ASK = "Explain this";

function bytes(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

/** UTF-16 with its byte order mark. */
function utf16(text: string, littleEndian: boolean): Uint8Array {
  const units = new DataView(new ArrayBuffer(2 * text.length + 2));
  units.setUint16(0, 0xfeff, littleEndian);
  for (let at = 0; at < text.length; at++) {
    units.setUint16(2 * at + 2, text.charCodeAt(at), littleEndian);
  }
  return new Uint8Array(units.buffer);
}

interface PipeCase {
  readonly what: string;
  readonly args: readonly string[];
  readonly input: string | Uint8Array;
  readonly prompt: string;
}

const ODD = "a\r\nb\rc\u0000\t \u2028 ünï 你好 👋🏽\ufeff\n\n";
const PIPES: readonly PipeCase[] = [
  { what: "no PROMPT", args: [], input: "say hi\n", prompt: "say hi\n" },
  { what: "no final newline", args: [], input: "say hi", prompt: "say hi" },
  { what: "PROMPT is -", args: ["-"], input: "say hi\n", prompt: "say hi\n" },
  {
    what: "-p is -",
    args: ["--prompt", "-"],
    input: "say hi\n",
    prompt: "say hi\n",
  },
  {
    what: "PROMPT and a pipe",
    args: [ASK],
    input: "first\nsecond\n",
    prompt: `${ASK}\n\nfirst\nsecond\n`,
  },
  {
    what: "PROMPT ends in a newline",
    args: [`${ASK}\n`],
    input: "x",
    prompt: `${ASK}\n\n\nx`,
  },
  { what: "odd characters", args: [], input: ODD, prompt: ODD },
  {
    what: "odd characters after PROMPT",
    args: [ASK],
    input: ODD,
    prompt: `${ASK}\n\n${ODD}`,
  },
  { what: "space around it", args: [], input: " \n x \n", prompt: " \n x \n" },
  {
    what: "a byte order mark",
    args: [],
    input: "\ufeffsay hi\n",
    prompt: "say hi\n",
  },
  {
    what: "UTF-16LE",
    args: [ASK],
    input: utf16("grüß 👋\r\n", true),
    prompt: `${ASK}\n\ngrüß 👋\r\n`,
  },
  {
    what: "UTF-16BE",
    args: [],
    input: utf16("grüß 👋\n", false),
    prompt: "grüß 👋\n",
  },
  { what: "an empty pipe", args: [ASK], input: "", prompt: ASK },
  { what: "a mark alone", args: [ASK], input: "\ufeff", prompt: ASK },
  {
    what: "a pipe that is not to be read",
    args: ["--no-stdin", ASK],
    input: "secret",
    prompt: ASK,
  },
];

Deno.test("what is piped in is part of the prompt, byte for byte", async (t) => {
  await using standin = await startStandin();
  await using home = await signedInHome(standin);
  for (const { what, args, input, prompt } of PIPES) {
    await t.step(what, async () => {
      const { code, stderr } = await runMeka({ standin, home, args, input });
      assert.equal(code, 0, stderr);
      assert.equal(stderr, "");
      assert.equal(lastPrompt(standin), prompt);
    });
  }
  assert.deepEqual(standin.violations, []);
});

const REDIRECTIONS: readonly [string, readonly string[], string, string][] = [
  ["/dev/null", [ASK], "</dev/null", ASK],
  ["a closed stdin", [ASK], "<&-", ASK],
  ["a folder that is not to be read", ["--no-stdin", ASK], "<.", ASK],
  ["a file", [], '<"$FILE"', "of a file\n"],
  ["a file and PROMPT", [ASK], '<"$FILE"', `${ASK}\n\nof a file\n`],
  ["an empty file and PROMPT", [ASK], '<"$EMPTY"', ASK],
];

for (const [what, args, shell, prompt] of REDIRECTIONS) {
  Deno.test({
    name: `meka reads ${what} as stdin`,
    ignore: Deno.build.os === "windows",
    fn: async () => {
      await using standin = await startStandin();
      await using home = await signedInHome(standin);
      const env = {
        FILE: `${home.folder}/a file`,
        EMPTY: `${home.folder}/empty`,
      };
      await Deno.writeTextFile(env.FILE, "of a file\n");
      await Deno.writeTextFile(env.EMPTY, "");
      const { code, stderr } = await runMeka({
        standin,
        home,
        args,
        shell,
        env,
      });
      assert.equal(code, 0, stderr);
      assert.equal(stderr, "");
      assert.equal(lastPrompt(standin), prompt);
    },
  });
}

interface BadCase {
  readonly what: string;
  readonly args: readonly string[];
  readonly input: string | Uint8Array;
  readonly says: RegExp;
}

const EMPTY = /^meka: The prompt is empty$/m;
const REFUSED: readonly BadCase[] = [
  { what: "nothing", args: [], input: "", says: EMPTY },
  { what: "space", args: [], input: " \n\t\r\n", says: EMPTY },
  { what: "a mark alone", args: [], input: "\ufeff", says: EMPTY },
  { what: "- and nothing", args: ["-"], input: "", says: EMPTY },
  { what: "an empty PROMPT", args: [""], input: "", says: EMPTY },
  { what: "PROMPT of spaces", args: ["  "], input: "", says: EMPTY },
  { what: "an empty -p", args: ["-p", ""], input: "", says: EMPTY },
  {
    what: "--no-stdin and no PROMPT",
    args: ["--no-stdin"],
    input: "x",
    says: EMPTY,
  },
  {
    what: "a wrong byte",
    args: [],
    input: new Uint8Array([0x68, 0x69, 0xff, 0x68]),
    says: /\b2\b/,
  },
  {
    what: "a wrong first byte",
    args: [ASK],
    input: new Uint8Array([0x80]),
    says: /\b0\b/,
  },
  {
    what: "Latin-1",
    args: [ASK],
    input: new Uint8Array([...bytes("gr"), 0xfc, 0xdf, 0x0a]),
    says: /\b2\b/,
  },
  {
    what: "a cut character",
    args: [],
    input: bytes("ab👋").subarray(0, 5),
    says: /\b2\b/,
  },
  {
    what: "a surrogate",
    args: [],
    input: new Uint8Array([0x61, 0xed, 0xa0, 0x80]),
    says: /\b1\b/,
  },
  {
    what: "an overlong slash",
    args: [],
    input: new Uint8Array([0x61, 0x62, 0x63, 0xc0, 0xaf]),
    says: /\b3\b/,
  },
  {
    what: "a wrong byte after a mark",
    args: [],
    input: new Uint8Array([0xef, 0xbb, 0xbf, 0x61, 0xff]),
    says: /\b4\b/,
  },
  {
    what: "a wrong byte far away",
    args: [],
    input: new Uint8Array([...bytes("é".repeat(100_000)), 0xfe]),
    says: /\b200000\b/,
  },
  {
    what: "UTF-16 with half a pair",
    args: [],
    input: utf16("ab\ud83dc", true),
    says: /\b6\b/,
  },
  {
    what: "UTF-16 with half a unit",
    args: [],
    input: utf16("ab", false).subarray(0, 5),
    says: /\b4\b/,
  },
];

Deno.test("an empty prompt and wrong bytes are refused, and nothing is sent", async (t) => {
  await using standin = await startStandin();
  await using home = await signedInHome(standin);
  for (const { what, args, input, says } of REFUSED) {
    await t.step(what, async () => {
      const { code, stdout, stderr } = await runMeka({
        standin,
        home,
        args,
        input,
      });
      assert.equal(code, 2, stderr);
      assert.equal(stdout, "");
      assertPlainStderr(stderr, 2);
      assert.match(stderr, says);
      assert.equal(standin.requests.length, 0);
    });
  }
});

Deno.test({
  name: "a folder as stdin is a usage error",
  ignore: Deno.build.os === "windows",
  fn: async () => {
    await using standin = await startStandin();
    await using home = await signedInHome(standin);
    for (const args of [[], [ASK]]) {
      const ended = await runMeka({ standin, home, args, shell: "<." });
      assert.equal(ended.code, 2, ended.stderr);
      assertPlainStderr(ended.stderr, 2);
      assert.match(ended.stderr, /--no-stdin/);
    }
    assert.equal(standin.requests.length, 0);
  },
});

Deno.test("5 MB of stdin arrive whole", async () => {
  await using standin = await startStandin({ scenario: "done_only" });
  await using home = await signedInHome(standin);
  const line = 'The quick "brown" fox — über den faulen Hund 🦊.\r\n';
  const count = Math.ceil(5_000_000 / bytes(line).length);
  const input = line.repeat(count);
  const { code, stderr } = await runMeka({ standin, home, args: [ASK], input });
  assert.equal(code, 0, stderr);
  assert.ok(lastPrompt(standin) === `${ASK}\n\n${input}`);
  assert.deepEqual(standin.violations, []);
});

/** The silence that a run with a PROMPT waits for is 3 s; these are longer. */
const LONG_SILENCE_MS = 3_500;

interface SlowCase {
  readonly args: readonly string[];
  readonly type: (meka: Meka) => Promise<void>;
  readonly prompt: string;
  readonly notes: number;
}

const SLOW: ReadonlyMap<string, SlowCase> = new Map(Object.entries({
  "a pipe that stays open and silent is noted, and given up": {
    args: [ASK],
    type: (meka) => meka.said("note: "),
    prompt: ASK,
    notes: 1,
  },
  "a pipe whose first byte came is read to its end": {
    args: [ASK],
    type: async (meka) => {
      await meka.stdin.write(bytes("a"));
      await delay(LONG_SILENCE_MS);
      await meka.stdin.write(bytes("b\n"));
      await meka.stdin.close();
    },
    prompt: `${ASK}\n\nab\n`,
    notes: 0,
  },
  "a pipe that is all of the prompt is waited for": {
    args: [],
    type: async (meka) => {
      await delay(LONG_SILENCE_MS);
      await meka.stdin.write(bytes("late\n"));
      await meka.stdin.close();
    },
    prompt: "late\n",
    notes: 0,
  },
  "a silent pipe is not noted with --quiet": {
    args: ["--quiet", ASK],
    type: () => Promise.resolve(),
    prompt: ASK,
    notes: 0,
  },
  "a silent pipe costs no time with --no-stdin": {
    args: ["--no-stdin", ASK],
    type: () => Promise.resolve(),
    prompt: ASK,
    notes: 0,
  },
}));

Deno.test("slow and silent pipes", (t) =>
  stepsInPool(t, SLOW, async ({ args, type, prompt, notes }) => {
    await using standin = await startStandin();
    await using home: Home = await signedInHome(standin);
    await using meka = startMeka({ standin, home, args, stdin: "open" });
    const typing = type(meka);
    const { code } = await meka.ended;
    await typing;
    assert.equal(code, 0, meka.stderr());
    assert.equal(lastPrompt(standin), prompt);
    const found = meka.stderr().split("\n").filter((line) =>
      line.startsWith("note: ")
    );
    assert.equal(found.length, notes, meka.stderr());
  }));

/** The text of the newest request. */
function lastPrompt(standin: Standin): unknown {
  const { input } = JSON.parse(standin.requests.at(-1)?.body ?? "{}");
  assert.equal(input.length, 1);
  assert.equal(input[0].content.length, 1);
  return input[0].content[0].text;
}
