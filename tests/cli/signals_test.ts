import assert from "node:assert/strict";
import { startStandin } from "../../scripts/standin/mod.ts";
import { PROMPT } from "../../scripts/standin/scenario.ts";
import { findScenario } from "../../scripts/standin/scenarios.ts";
import type { RecordedRequest } from "../../scripts/standin/types.ts";
import { delay } from "../support/delay.ts";
import { startFlood } from "../support/flood.ts";
import {
  makeHome,
  runMeka,
  signedInHome,
  signIn,
  startMeka,
} from "../support/meka.ts";
import { residentMegabytes } from "../support/memory.ts";
import { assertPlainStderr } from "../support/stderr.ts";

const MEGABYTE = 1024 * 1024;

function isTurn({ path }: RecordedRequest): boolean {
  return path === "/backend-api/codex/responses";
}

function wasAborted(requests: readonly RecordedRequest[]): boolean {
  return requests.some((request) => isTurn(request) && request.aborted);
}

const CLOSED: readonly [string, readonly string[], string][] = [
  ["a line", [], "line 1 of"],
  ["a line of JSON", ["--json"], '"type":"text"'],
  ["the first event", ["--json"], '"type":"start"'],
];

for (const [what, args, seen] of CLOSED) {
  Deno.test(`meka ends silently with 141 when the reader leaves after ${what}`, async () => {
    await using standin = await startStandin({ scenario: "endless" });
    await using home = await signedInHome(standin);
    await using meka = startMeka({ standin, home, args: [...args, PROMPT] });
    await meka.stdout.until(seen);
    await meka.stdout.close();
    assert.equal((await meka.ended).code, 141);
    assert.equal(meka.stderr(), "");
    await standin.until(wasAborted);
    assert.deepEqual(standin.violations, []);
  });
}

Deno.test("meka ends with 141 when nobody reads from the start", async () => {
  await using standin = await startStandin({ scenario: "endless" });
  await using home = await signedInHome(standin);
  await using meka = startMeka({ standin, home, args: [PROMPT] });
  await meka.stdout.close();
  assert.equal((await meka.ended).code, 141);
  assert.equal(meka.stderr(), "");
  await standin.until(wasAborted);
});

Deno.test("meka --version ends with 141 when nobody reads", async () => {
  await using home = await makeHome();
  await using meka = startMeka({ home, args: ["--version"] });
  await meka.stdout.close();
  const { code } = await meka.ended;
  // It may have written its line before the pipe was closed.
  assert.ok(code === 141 || code === 0, `exit ${code}`);
  assert.equal(meka.stderr(), "");
});

const SIGNALS: readonly [Deno.Signal, number][] = [
  ["SIGINT", 130],
  ["SIGTERM", 143],
];

for (const [signal, exit] of SIGNALS) {
  Deno.test(`meka ends with ${exit} at ${signal} in mid-answer`, async () => {
    await using standin = await startStandin({
      scenario: "first_then_silence",
    });
    await using home = await signedInHome(standin);
    await using meka = startMeka({ standin, home, args: [PROMPT] });
    await meka.stdout.until("first");
    meka.kill(signal);
    assert.deepEqual(await meka.stdout.rest(), new Uint8Array());
    assert.equal(meka.stdout.text, "first");
    assert.equal((await meka.ended).code, exit);
    assertPlainStderr(meka.stderr(), exit);
    await standin.until(wasAborted);
  });

  Deno.test(`meka --json tells of ${signal} in its last event`, async () => {
    await using standin = await startStandin({
      scenario: "first_then_silence",
    });
    await using home = await signedInHome(standin);
    await using meka = startMeka({ standin, home, args: ["--json", PROMPT] });
    await meka.stdout.until('"first"');
    meka.kill(signal);
    const rest = new TextDecoder().decode(await meka.stdout.rest());
    const last = JSON.parse(rest.trimEnd().split("\n").at(-1) ?? "");
    assert.deepEqual(
      [last.type, last.status, last.text],
      ["done", "incomplete", "first"],
    );
    assert.equal((await meka.ended).code, exit);
  });

  Deno.test(`meka ends with ${exit} at ${signal} before the head`, async () => {
    await using standin = await startStandin({ scenario: "hang_before_head" });
    await using home = await signedInHome(standin);
    await using meka = startMeka({ standin, home, args: [PROMPT] });
    await standin.until((requests) => requests.some(isTurn));
    meka.kill(signal);
    assert.equal((await meka.ended).code, exit);
    assertPlainStderr(meka.stderr(), exit);
    await standin.until(wasAborted);
  });

  Deno.test(`meka ends with ${exit} at ${signal} while it waits to try again`, async () => {
    await using standin = await startStandin({ scenario: "http_500" });
    await using home = await signedInHome(standin);
    await using meka = startMeka({ standin, home, args: [PROMPT] });
    await meka.said("(3 of 4)");
    meka.kill(signal);
    assert.equal((await meka.ended).code, exit);
    assertPlainStderr(meka.stderr(), exit);
    assert.ok(standin.counts().responses <= 4);
  });

  Deno.test(`meka ends with ${exit} at ${signal} while it reads stdin`, async () => {
    await using standin = await startStandin();
    await using home = await signedInHome(standin);
    await using meka = startMeka({ standin, home, args: [], stdin: "open" });
    // More than a pipe holds: once it is written, somebody reads.
    await meka.stdin.write(new Uint8Array(MEGABYTE).fill(0x61));
    meka.kill(signal);
    assert.equal((await meka.ended).code, exit);
    assertPlainStderr(meka.stderr(), exit);
    assert.equal(standin.requests.length, 0);
  });
}

Deno.test("a second signal ends meka at once", async () => {
  await using standin = await startStandin();
  await using home = await makeHome();
  await signIn(home, standin.grant({ lifetimeSeconds: -10 }));
  // The first one leaves a refresh under way a moment to come home.
  standin.refreshPlan("hang");
  await using meka = startMeka({ standin, home, args: [PROMPT] });
  await standin.until((requests) => requests.length > 0);
  // Two of one kind could arrive as one.
  meka.kill("SIGINT");
  meka.kill("SIGTERM");
  const { code } = await meka.ended;
  assert.ok(code === 130 || code === 143, `exit ${code}`);
  assert.equal(meka.stderr(), "");
});

Deno.test({
  name:
    "a reader that stalls makes neither memory nor the answer grow, and Ctrl-C still works",
  ignore: Deno.build.os !== "linux",
  fn: async () => {
    await using standin = await startStandin();
    await using home = await signedInHome(standin);
    await using flood = startFlood();
    await using meka = startMeka({
      standin,
      home,
      args: [PROMPT],
      env: { MEKA_BASE_URL: flood.baseUrl.origin },
    });
    const read = async (megabytes: number): Promise<void> => {
      const end = meka.stdout.bytes + megabytes * MEGABYTE;
      while (meka.stdout.bytes < end) await meka.stdout.read();
    };
    await read(20);
    await flood.stalled();
    const before = await residentMegabytes(meka.pid);
    await read(60);
    await flood.stalled();
    const after = await residentMegabytes(meka.pid);
    // What lies in pipes, sockets and buffers on the way.
    const ahead = (flood.sent - meka.stdout.bytes) / MEGABYTE;
    assert.ok(ahead < 32, `${ahead} MB were taken that nobody had read`);
    assert.ok(after < before + 35, `grew from ${before} MB to ${after} MB`);
    meka.kill("SIGINT");
    assert.equal((await meka.ended).code, 130);
    await flood.left;
    assertPlainStderr(meka.stderr(), 130);
  },
});

Deno.test("meka writes all of 20 MB to a slow reader before it ends", async () => {
  await using standin = await startStandin({ scenario: "megabytes:20" });
  await using home = await signedInHome(standin);
  await using meka = startMeka({ standin, home, args: [PROMPT] });
  const chunks: Uint8Array[] = [];
  let paused = 0;
  for (
    let chunk = await meka.stdout.read();
    chunk !== undefined;
    chunk = await meka.stdout.read()
  ) {
    chunks.push(chunk);
    if (meka.stdout.bytes < paused + MEGABYTE) continue;
    paused = meka.stdout.bytes;
    await delay(20);
  }
  const text = await new Blob(chunks as BlobPart[]).text();
  const expected = findScenario("megabytes:20")?.expect?.stdout;
  assert.equal(text.length, expected?.length);
  assert.ok(text === expected);
  assert.equal((await meka.ended).code, 0);
  assert.equal(meka.stderr(), "");
});

const FULL: readonly (readonly string[])[] = [
  [PROMPT],
  ["--json", PROMPT],
  ["--version"],
  ["--help"],
];

for (const args of FULL) {
  Deno.test({
    name: `meka ${args.join(" ")} ends with 1 when stdout is a full disk`,
    ignore: Deno.build.os !== "linux",
    fn: async () => {
      await using standin = await startStandin();
      await using home = await signedInHome(standin);
      const { code, stderr } = await runMeka({
        standin,
        home,
        args,
        shell: ">/dev/full",
      });
      assert.equal(code, 1, stderr);
      assertPlainStderr(stderr, 1);
      assert.match(stderr, /^meka: Cannot write to stdout: /m);
    },
  });
}

Deno.test("meka answers when stderr cannot be written", async () => {
  await using standin = await startStandin({ scenario: "flaky_503_then_text" });
  await using home = await signedInHome(standin);
  const { code, stdout } = await runMeka({
    standin,
    home,
    args: ["--usage", PROMPT],
    shell: "2>/dev/full",
  });
  assert.equal(code, 0);
  assert.equal(
    stdout,
    findScenario("flaky_503_then_text")?.expect?.stdout,
  );
});

Deno.test("meka takes a time limit in parts of a second", async () => {
  await using standin = await startStandin({ scenario: "hang_after_head" });
  await using home = await signedInHome(standin);
  const args = ["--timeout", "0.5", PROMPT];
  const { code, stderr } = await runMeka({ standin, home, args });
  assert.equal(code, 5, stderr);
  assert.match(stderr, /^meka: .*0\.5 s/m);
  await standin.until(wasAborted);
});
