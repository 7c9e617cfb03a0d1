import assert from "node:assert/strict";
import { startStandin } from "../../scripts/standin/mod.ts";
import type { Standin } from "../../scripts/standin/types.ts";
import {
  type Home,
  type Meka,
  runMeka,
  signedInHome,
  startMeka,
} from "../support/meka.ts";
import { assertPlainStderr } from "../support/stderr.ts";

const JOBS = 16;

interface Scene extends AsyncDisposable {
  readonly standin: Standin;
  readonly home: Home;
}

async function scene(): Promise<Scene> {
  // Of several answers at once nobody knows which is the last to come.
  const standin = await startStandin({
    scenario: "fast",
    expectCookies: false,
  });
  const home = await signedInHome(standin);
  return {
    standin,
    home,
    [Symbol.asyncDispose]: async () => {
      await standin.close();
      await home[Symbol.asyncDispose]();
    },
  };
}

/** Records of all sorts, some of which ask the same. */
function records(count: number): readonly string[] {
  return Array.from({ length: count }, (_, n) => {
    const prompt = `prompt ${n % 100 === 99 ? n - 1 : n}`;
    return n % 2 === 0 ? prompt : JSON.stringify({ prompt, id: `r${n}`, n });
  });
}

/** The prompts that the lines of an output answer; the last line may be cut. */
function answersOf(output: string): readonly string[] {
  return output.split("\n").slice(0, -1).map((line) => {
    const { status, text } = JSON.parse(line);
    assert.equal(status, "completed");
    return String(text).replace(/^echo: /, "");
  });
}

function sentOf({ prompts }: Standin, prompt: string): number {
  return prompts.get(prompt)?.sent ?? 0;
}

function start(
  { standin, home }: Scene,
  input: readonly string[],
  args: readonly string[] = [],
): Meka {
  const meka = startMeka({
    standin,
    home,
    args: ["batch", "--jobs", `${JOBS}`, ...args],
    stdin: "open",
  });
  // It may end without reading everything.
  meka.stdin.write(new TextEncoder().encode(`${input.join("\n")}\n`))
    .catch(() => {});
  meka.stdin.close().catch(() => {});
  return meka;
}

Deno.test("meka batch, killed twice and run again, answers each record once and in order", async () => {
  await using there = await scene();
  const { standin } = there;
  const input = records(500);
  const wanted = input.map((line) =>
    line.startsWith("{") ? String(JSON.parse(line).prompt) : line
  );
  /** How often the prompts had been sent whose answers were written by then. */
  const written = new Map<string, number>();
  for (const arrived of [150, 300]) {
    await using meka = start(there, input);
    const output = meka.stdout.rest();
    await standin.until((requests) => requests.length >= arrived);
    meka.kill("SIGKILL");
    const text = new TextDecoder().decode(await output);
    const answers = answersOf(text);
    assert.deepEqual(answers, wanted.slice(0, answers.length));
    for (const prompt of answers) {
      const one = wanted.indexOf(prompt) === wanted.lastIndexOf(prompt);
      if (one) written.set(prompt, sentOf(standin, prompt));
    }
  }
  assert.ok(written.size > 50, `only ${written.size} answers were written`);
  await using meka = start(there, input);
  const text = new TextDecoder().decode(await meka.stdout.rest());
  assert.equal((await meka.ended).code, 0, meka.stderr());
  assert.deepEqual(answersOf(text), wanted);
  assert.match(
    meka.stderr(),
    /^note: 500 answered \(\d+ of them by an earlier run\), .*\n$/,
  );
  const ids = text.trimEnd().split("\n").map((line) => JSON.parse(line).id);
  assert.deepEqual(ids, input.map((_, n) => n % 2 === 0 ? n + 1 : `r${n}`));
  // What was under way when it was killed is asked again, and nothing else.
  const sent = standin.counts().responses;
  assert.ok(sent <= input.length + 2 * JOBS, `${sent} were sent`);
  for (const [prompt, times] of written) {
    assert.equal(sentOf(standin, prompt), times, prompt);
  }
  assert.deepEqual(standin.violations, []);
});

Deno.test("meka batch ends at Ctrl-C, and goes on where it was", async () => {
  await using there = await scene();
  const { standin } = there;
  const input = records(200);
  {
    await using meka = start(there, input);
    const output = meka.stdout.rest();
    await standin.until((requests) => requests.length >= 60);
    meka.kill("SIGINT");
    const answers = answersOf(new TextDecoder().decode(await output));
    assert.equal((await meka.ended).code, 130);
    assertPlainStderr(meka.stderr(), 130);
    assert.ok(answers.length >= 60 - 2 * JOBS);
  }
  const before = standin.counts().responses;
  const { code, stdout } = await runMeka({
    ...there,
    args: ["batch"],
    input: input.join("\n"),
  });
  assert.equal(code, 0);
  assert.equal(answersOf(stdout).length, 200);
  const again = standin.counts().responses - before;
  assert.ok(again <= 200 - 60 + 2 * JOBS, `${again} were sent again`);
});

Deno.test("meka batch ends silently with 141 when the reader leaves", async () => {
  await using there = await scene();
  await using meka = start(there, records(500));
  await meka.stdout.until("\n");
  await meka.stdout.close();
  assert.equal((await meka.ended).code, 141);
  assert.equal(meka.stderr(), "");
});

Deno.test("two runs of meka batch at once answer all of their records", async () => {
  await using there = await scene();
  const runs = [1, 2].map(async (n) => {
    const input = records(200).map((line) => line.replace("prompt ", `${n} `));
    await using meka = start(there, input);
    const text = new TextDecoder().decode(await meka.stdout.rest());
    assert.equal((await meka.ended).code, 0, meka.stderr());
    assertPlainStderr(meka.stderr(), 0);
    return answersOf(text).length;
  });
  assert.deepEqual(await Promise.all(runs), [200, 200]);
});

Deno.test("meka batch renews a sign-in while it answers, and keeps all it has got", async () => {
  await using there = await scene();
  const { standin } = there;
  await using meka = start(there, records(300));
  const output = meka.stdout.rest();
  await standin.until((requests) => requests.length >= 100);
  standin.invalidateAccessTokens();
  const text = new TextDecoder().decode(await output);
  assert.equal((await meka.ended).code, 0, meka.stderr());
  assert.equal(answersOf(text).length, 300);
  assert.equal(standin.counts().refreshes, 1);
  const before = standin.counts().responses;
  const { stdout } = await runMeka({
    ...there,
    args: ["batch", "--quiet"],
    input: records(300).join("\n"),
  });
  assert.equal(stdout, text);
  assert.equal(standin.counts().responses, before);
});
