import assert from "node:assert/strict";
import { startChatStandin } from "../../scripts/standin/chat/mod.ts";
import {
  CHAT_PROFILES,
  isProfileName,
  type ProfileName,
} from "../../scripts/standin/chat/profiles.ts";
import type { ChatScenario } from "../../scripts/standin/chat/scenario.ts";
import { CHAT_SCENARIOS } from "../../scripts/standin/chat/scenarios.ts";
import type { ChatStandin } from "../../scripts/standin/chat/types.ts";
import { PROMPT } from "../../scripts/standin/scenario.ts";
import { type Ended, makeHome, runMeka } from "../support/meka.ts";
import { inPool } from "../support/pool.ts";
import { assertPlainStderr } from "../support/stderr.ts";

// Every scenario of the stand-in, played by the family of servers that it is known of, end to end.

interface Row {
  readonly name: string;
  readonly scenario: ChatScenario;
}

interface Played extends Ended {
  readonly asked: number;
  readonly elsewhere: number;
  readonly violations: readonly string[];
}

/** A family plays what it alone is known for; the first one plays the rest as well. */
const FAMILIES = Object.keys(CHAT_PROFILES).filter(isProfileName);

/** What each of the others plays of the common ones. */
const COMMON = ["text", "reasoning", "no_done", "whole"];

function rowsOf(profile: ProfileName): Row[] {
  return Object.entries(CHAT_SCENARIOS)
    .filter(([name, { expect, profiles }]) =>
      expect !== undefined &&
      (profiles?.includes(profile) ??
        (profile === FAMILIES[0] || COMMON.includes(name)))
    )
    .map(([name, scenario]) => ({ name, scenario }))
    .sort((a, b) =>
      (b.scenario.expect?.requests ?? 0) - (a.scenario.expect?.requests ?? 0)
    );
}

for (const profile of FAMILIES) {
  Deno.test(`meka ends every scenario of ${profile} as the table says`, async (t) => {
    const rows = rowsOf(profile);
    const own = (): Promise<ChatStandin> => startChatStandin({ profile });
    const played = await inPool(rows, { size: 8, own }, play);
    for (const [at, { name, scenario }] of rows.entries()) {
      await t.step(name, () => check(played[at]!, scenario));
    }
  });
}

async function play(
  { name, scenario }: Row,
  standin: ChatStandin,
): Promise<Played> {
  standin.reset();
  standin.play(name);
  await using home = await makeHome();
  const ended = await runMeka({
    home,
    args: [...scenario.args ?? [], PROMPT],
    env: environment(standin),
  });
  const { completions, elsewhere } = standin.counts();
  return {
    ...ended,
    asked: completions,
    elsewhere,
    violations: [...standin.violations],
  };
}

function environment(standin: ChatStandin): Record<string, string> {
  return {
    MEKA_PROVIDER: "openai-api",
    MEKA_BASE_URL: standin.baseUrl.href,
    MEKA_MODEL: standin.model,
    ...standin.key === undefined ? {} : { OPENAI_API_KEY: standin.key },
  };
}

function check(played: Played, { expect }: ChatScenario): void {
  const { code, stderr, stdout } = played;
  assert.equal(code, expect?.exit, `exit status, with stderr:\n${stderr}`);
  // Not assert.equal: the difference of two megabytes takes minutes to print.
  assert.ok(
    stdout === expect?.stdout,
    `stdout is ${JSON.stringify(stdout.slice(0, 300))}, expected ${
      JSON.stringify(expect?.stdout.slice(0, 300))
    }`,
  );
  assert.equal(played.asked, expect?.requests, `requests, with:\n${stderr}`);
  assert.equal(played.elsewhere, 0);
  assert.deepEqual(played.violations, []);
  assertPlainStderr(stderr, code);
  for (const text of expect?.stderr ?? []) {
    assert.ok(stderr.includes(text), `"${text}" is not in:\n${stderr}`);
  }
}

Deno.test("meka lists every family's models, and needs a key where the family does", async () => {
  for (const profile of FAMILIES) {
    await using standin = await startChatStandin({ profile });
    await using home = await makeHome();
    const env = environment(standin);
    const listed = await runMeka({ home, args: ["models", "--json"], env });
    assert.equal(listed.code, 0, `${profile}: ${listed.stderr}`);
    const ids = JSON.parse(listed.stdout).models
      .map(({ id }: { readonly id: string }) => id);
    assert.ok(ids.includes(standin.model), `${profile}: ${ids}`);
    if (standin.key === undefined) continue;
    const { OPENAI_API_KEY: _, ...keyless } = env;
    const refused = await runMeka({ home, args: [PROMPT], env: keyless });
    assert.equal(refused.code, 3, `${profile}: ${refused.stderr}`);
    assert.match(refused.stderr, /asks for a key/);
  }
});
