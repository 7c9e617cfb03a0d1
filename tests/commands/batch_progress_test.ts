import assert from "node:assert/strict";
import { Tally } from "../../src/batch/tally.ts";
import type { FlagName } from "../../src/cli/flags.ts";
import {
  openProgress,
  type Progress,
} from "../../src/commands/batch_progress.ts";
import { oneLine } from "../../src/http/redact.ts";
import {
  type MemoryHost,
  memoryHost,
  type MemoryHostOptions,
} from "../support/memory_host.ts";

interface Place {
  readonly host: MemoryHost;
  readonly tally: Tally;
  readonly progress: Progress;
}

function open(
  { options = [], ...rest }: MemoryHostOptions & {
    readonly options?: readonly FlagName[];
  } = {},
): Place {
  const host = memoryHost({ napMs: 0, terminal: ["stderr"], ...rest });
  const tally = new Tally(host);
  const progress = openProgress({
    host,
    options: new Map(options.map((name) => [name, [""]])),
    fetch: host.fetch,
    words: [],
    userAgent: "meka_cli/0",
    clean: (text) => oneLine(text, 1000),
    hide: () => {},
    onFailure: () => {},
  }, { tally, pace: { waitMs: 0 } });
  return { host, tally, progress };
}

function line(text: string): string {
  return `\r\x1b[?7l${text}\x1b[K\x1b[?7h`;
}

Deno.test("openProgress() draws a line anew and anew, and takes it away at the end", async () => {
  const { host, tally, progress } = open();
  await host.sleeps(200);
  tally.completed = 1;
  host.wake(200);
  await host.sleeps(200);
  await progress.note("A word\r\x1b[31m");
  tally.completed = 2;
  host.wake(200);
  await host.sleeps(200);
  await progress.end();
  await progress.note("The end");
  assert.equal(
    host.stderr(),
    `${line("0 done")}${line("1 done")}\r\x1b[Knote: A word [31m\n${
      line("2 done")
    }\r\x1b[Knote: The end\n`,
  );
});

const SILENT: readonly (readonly [string, Parameters<typeof open>[0]])[] = [
  ["stderr is no terminal", { terminal: [] }],
  ["the answers are on the same terminal", { terminal: true }],
  ["requests are shown", { options: ["verbose"] }],
  ["the terminal knows no such thing", { env: { TERM: "dumb" } }],
];

for (const [when, options] of SILENT) {
  Deno.test(`openProgress() draws nothing when ${when}, and tells the rest`, async () => {
    const { host, progress } = open(options);
    await progress.note("A word");
    await progress.end();
    assert.equal(host.stderr(), "note: A word\n");
  });
}

Deno.test("openProgress() is silent with --quiet", async () => {
  const { host, progress } = open({ options: ["quiet"] });
  await progress.note("A word");
  await progress.warn("Another");
  await progress.end();
  assert.equal(host.stderr(), "");
});

Deno.test("openProgress() warns of the same thing once, and of so many things only", async () => {
  const { host, progress } = open({ terminal: [] });
  for (let n = 0; n < 3; n++) await progress.warn("Again");
  assert.equal(host.stderr(), "warning: Again\n");
  for (let n = 0; n < 200; n++) await progress.warn(`Number ${n}`);
  assert.equal(host.stderr().split("\n").length, 101);
});
