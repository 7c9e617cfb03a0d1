import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { startStandin } from "../../scripts/standin/mod.ts";
import { findScenario } from "../../scripts/standin/scenarios.ts";
import { help } from "../../src/cli/help.ts";
import { VERSION } from "../../src/version.ts";
import { makeHome, runMeka, signedInHome, startMeka } from "../support/meka.ts";
import { approvingBrowser, executable } from "../support/program.ts";

if (executable() === undefined) {
  throw new Error("Name the executable: deno task test:binary FILE");
}

const INFORMATION = [
  ["--version", `meka ${VERSION}\n`],
  ["-V", `meka ${VERSION}\n`],
  ["--help", help("ask")],
  ["help", help("ask")],
] as const;

for (const [argument, text] of INFORMATION) {
  Deno.test(`the executable answers ${argument} at once and leaves nothing behind`, async () => {
    await using home = await makeHome();
    // A code cache in the shared folder for temporary files would be run without a look at its owner.
    const env = { TMPDIR: home.folder };
    const { code, stdout, stderr } = await runMeka({
      home,
      env,
      args: [argument],
    });
    assert.deepEqual({ code, stdout, stderr }, {
      code: 0,
      stdout: text,
      stderr: "",
    });
    assert.deepEqual(await namesIn(home.folder), []);
  });
}

Deno.test("the executable signs in with a browser, answers, and keeps its files private", async () => {
  await using standin = await startStandin();
  await using home = await makeHome();
  const before = "umask 0";
  const env = { BROWSER: approvingBrowser(), TMPDIR: `${home.folder}/tmp` };
  await Deno.mkdir(env.TMPDIR);
  const args = ["setup", "--provider", "openai-codex", "--model", "gpt-5"];
  const setup = await runMeka({ home, standin, env, before, args });
  assert.equal(setup.code, 0, setup.stderr);
  assert.equal(setup.stdout, "");

  const { expect } = findScenario("text") ?? {};
  const turn = await runMeka({
    home,
    standin,
    env,
    before,
    args: [],
    input: "say hi",
  });
  assert.equal(turn.code, 0, turn.stderr);
  assert.equal(turn.stdout, expect?.stdout);
  assert.deepEqual(standin.violations, []);

  assert.deepEqual(await modesIn(home.folder), {
    config: "700",
    "config/config.toml": "600",
    data: "700",
    "data/sessions.db": "600",
    // A small journal is left to a later run.
    "data/sessions.db-shm": "600",
    "data/sessions.db-wal": "600",
  });

  using database = new DatabaseSync(home.database);
  database.exec("DELETE FROM oauth_tokens WHERE provider = 'openai-codex'");
  const { code, stderr } = await runMeka({ home, standin, args: ["say hi"] });
  assert.equal(code, 3);
  assert.match(stderr, /^meka: .+\n.*`meka setup`/);
});

const FAILURES = [
  [2, "text", ["--no-stream"]],
  [4, "http_429_usage_limit", []],
  [5, "redirect_307", []],
  [6, "http_400_detail", []],
  [7, "cut_after_3", []],
  [8, "http_403_challenge", []],
] as const;

for (const [exit, scenario, args] of FAILURES) {
  Deno.test(`the executable exits ${exit} on ${scenario} ${args}`, async () => {
    await using standin = await startStandin({ scenario });
    await using home = await signedInHome(standin);
    const { code, stderr } = await runMeka({
      home,
      standin,
      args: [...args, "say hi"],
    });
    assert.equal(code, exit, stderr);
    assert.match(stderr, /^meka: /m);
    assert.deepEqual(standin.violations, []);
  });
}

Deno.test("the executable exits 1 on a database of a newer version", async () => {
  await using standin = await startStandin();
  await using home = await signedInHome(standin);
  using database = new DatabaseSync(home.database);
  database.exec("PRAGMA user_version = 9999");
  const { code, stderr } = await runMeka({ home, standin, args: ["say hi"] });
  assert.equal(code, 1, stderr);
});

Deno.test("the executable exits 141 in silence when the reader of stdout has gone", async () => {
  await using standin = await startStandin({ scenario: "endless" });
  await using home = await signedInHome(standin);
  await using meka = startMeka({ home, standin, args: ["say hi"] });
  await meka.stdout.read();
  await meka.stdout.close();
  assert.equal((await meka.ended).code, 141);
  assert.equal(meka.stderr(), "");
});

for (const [signal, exit] of [["SIGINT", 130], ["SIGTERM", 143]] as const) {
  Deno.test(`the executable exits ${exit} on ${signal} in mid-answer`, async () => {
    await using standin = await startStandin({ scenario: "hang_after_text" });
    await using home = await signedInHome(standin);
    await using meka = startMeka({ home, standin, args: ["say hi"] });
    await meka.stdout.read();
    meka.kill(signal);
    assert.equal((await meka.ended).code, exit, meka.stderr());
  });
}

Deno.test("the executable passes an answer of 20 MB through a pipe as it is", async () => {
  const scenario = "megabytes:20";
  await using standin = await startStandin({ scenario });
  await using home = await signedInHome(standin);
  const { code, stdout } = await runMeka({ home, standin, args: ["say hi"] });
  assert.equal(code, 0);
  // Not assert.equal, which would print both.
  assert.ok(stdout === findScenario(scenario)?.expect?.stdout);
});

async function namesIn(folder: string): Promise<string[]> {
  const entries = await Array.fromAsync(Deno.readDir(folder));
  return entries.map(({ name }) => name);
}

/** The mode of each file and folder that meka made. */
async function modesIn(folder: string): Promise<Record<string, string>> {
  const modes: Record<string, string> = {};
  for (const name of ["config", "data"]) {
    const files = await namesIn(`${folder}/${name}`);
    for (const path of [name, ...files.map((file) => `${name}/${file}`)]) {
      const { mode } = await Deno.stat(`${folder}/${path}`);
      modes[path] = ((mode ?? 0) & 0o777).toString(8);
    }
  }
  return modes;
}
