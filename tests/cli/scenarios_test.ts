import assert from "node:assert/strict";
import { startStandin } from "../../scripts/standin/mod.ts";
import { PROMPT, type Scenario } from "../../scripts/standin/scenario.ts";
import { SCENARIOS } from "../../scripts/standin/scenarios.ts";
import type { RecordedRequest, Standin } from "../../scripts/standin/types.ts";
import { EXIT_CODE } from "../../src/errors.ts";
import { type Ended, runMeka, signedInHome } from "../support/meka.ts";
import { inPool } from "../support/pool.ts";
import { assertNoSecret, secretsOf } from "../support/secrets.ts";
import { assertPlainStderr } from "../support/stderr.ts";

type Expected = NonNullable<Scenario["expect"]>;

interface Row {
  readonly name: string;
  readonly args: readonly string[];
  readonly expect: Expected;
}

/** One run, with all that the stand-in saw of it. */
interface Played extends Ended {
  readonly requests: readonly RecordedRequest[];
  readonly violations: readonly string[];
  readonly refreshes: number;
  readonly secrets: ReadonlySet<string>;
}

// Those that wait between their tries come first, so that no worker is left with them at the end.
const ROWS: readonly Row[] = Object.entries(SCENARIOS).flatMap(
  ([name, { expect, args = [] }]: [string, Scenario]) =>
    expect === undefined ? [] : [{ name, args, expect }],
).sort((a, b) => b.expect.requests - a.expect.requests);

const FORMATS: readonly [string, readonly string[], typeof checkText][] = [
  ["as text", [], checkText],
  ["with --json", ["--json"], checkJson],
];

for (const [title, args, check] of FORMATS) {
  Deno.test(`meka ends every scenario as the table says, ${title}`, async (t) => {
    const rows = ROWS.map((row) => ({ ...row, args: [...row.args, ...args] }));
    const played = await inPool(
      rows,
      { size: 8, own: () => startStandin() },
      play,
    );
    for (const [at, row] of rows.entries()) {
      await t.step(row.name, () => {
        checkCommon(played[at]!, row);
        check(played[at]!, row);
      });
    }
  });
}

async function play(row: Row, standin: Standin): Promise<Played> {
  standin.reset();
  standin.play(row.name);
  await using home = await signedInHome(standin);
  const ended = await runMeka({
    home,
    standin,
    args: [...row.args, PROMPT],
  });
  return {
    ...ended,
    requests: standin.requests.filter(({ path }) =>
      path === "/backend-api/codex/responses"
    ),
    violations: [...standin.violations],
    refreshes: standin.counts().refreshes,
    secrets: secretsOf(standin, home),
  };
}

function checkCommon(played: Played, { expect }: Row): void {
  const { code, stderr, stdout } = played;
  assert.equal(code, expect.exit, `exit status, with stderr:\n${stderr}`);
  assert.equal(played.requests.length, expect.requests, "requests");
  assert.equal(played.refreshes, expect.refreshes ?? 0, "refreshes");
  assert.deepEqual(played.violations, []);
  assertPlainStderr(stderr, code);
  for (const text of expect.stderr ?? []) {
    assert.ok(stderr.includes(text), `"${text}" is not in:\n${stderr}`);
  }
  assert.ok(played.secrets.size > 0);
  assertNoSecret(stdout, played.secrets, "stdout");
  assertNoSecret(stderr, played.secrets, "stderr");
}

function checkText({ stdout }: Played, { expect }: Row): void {
  // Not assert.equal: the difference of two megabytes takes minutes to print.
  assert.ok(
    stdout === expect.stdout,
    `stdout is ${JSON.stringify(stdout.slice(0, 500))}, expected ${
      JSON.stringify(expect.stdout.slice(0, 500))
    }`,
  );
}

const TYPES = [
  "start",
  "text",
  "reasoning",
  "tool_call",
  "tool_result",
  "usage",
  "limits",
  "warning",
  "done",
  "error",
];

function checkJson({ stdout, code, stderr }: Played, { expect }: Row): void {
  assert.ok(stdout.endsWith("\n"));
  const events = stdout.trimEnd().split("\n").map(parseEvent);
  for (const { type } of events) {
    assert.ok(TYPES.includes(String(type)), `type is ${type}`);
  }
  const first = events[0];
  const last = events.at(-1);
  assert.deepEqual(
    [first?.type, first?.v, first?.provider, first?.model],
    ["start", 1, "openai-codex", "gpt-5"],
  );
  assert.match(String(first?.session), /^[0-9a-f-]{36}$/);
  const ends = events.filter(({ type }) => type === "done" || type === "error");
  assert.equal(ends.length, 1, "one last event");
  assert.equal(ends[0], last);
  const deltas = events.filter(({ type }) => type === "text");
  const text = deltas.map(({ delta }) => String(delta)).join("");
  if (expect.exit === 0) {
    assert.deepEqual([last?.type, last?.status], ["done", "completed"]);
    assert.ok(text === expect.stdout || `${text}\n` === expect.stdout);
  } else assert.equal(text, expect.stdout);
  if (last?.type === "done") {
    assert.ok(last.text === text, "done has all the text");
    assert.equal(last.status, code === 0 ? "completed" : "incomplete");
    return;
  }
  assert.equal(text, "", "an error event after text");
  assert.equal(last?.exit, code);
  const known = Object.entries(EXIT_CODE).find(([name]) => name === last?.code);
  assert.equal(known?.[1], code, `code is ${last?.code}`);
  assert.ok(
    stderr.includes(`meka: ${last?.message}\n`),
    "stderr has the same sentence",
  );
}

function parseEvent(line: string): Record<string, unknown> {
  const event: unknown = JSON.parse(line);
  assert.ok(typeof event === "object" && event !== null);
  return { ...event };
}
