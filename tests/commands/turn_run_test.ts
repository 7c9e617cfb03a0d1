import assert from "node:assert/strict";
import { MekaError } from "../../src/errors.ts";
import type { Effort } from "../../src/message.ts";
import {
  chooseEffort,
  readNumber,
  readTurnOptions,
  WHOLE_NUMBER,
} from "../../src/commands/turn_run.ts";
import { resolveProvider } from "../../src/commands/provider_run.ts";
import type { FlagName } from "../../src/cli/flags.ts";
import { accountPlace } from "../support/account_place.ts";
import { modelInfo } from "../support/model_info.ts";

// what is typed, what it means; undefined for what is refused
const TIMES: readonly (readonly [string, number | undefined])[] = [
  ["1", 1_000],
  ["0.5", 500],
  [".25", 250],
  ["90", 90_000],
  [" 2 ", 2_000],
  ["0", undefined],
  ["0.0", undefined],
  ["-1", undefined],
  ["1s", undefined],
  ["1e3", undefined],
  ["", undefined],
  ["Infinity", undefined],
];

for (const [typed, expected] of TIMES) {
  Deno.test(`readTurnOptions() reads --timeout "${typed}"`, async () => {
    const read = await options({ timeout: typed });
    if (expected !== undefined) return assert.equal(read().timeoutMs, expected);
    assert.throws(read, isUsage(/--timeout.+number of seconds above 0/));
  });
}

const NUMBERS: readonly (readonly [string, number | undefined])[] = [
  ["1", 1],
  ["4096", 4096],
  [" 7 ", 7],
  ["0", undefined],
  ["-1", undefined],
  ["1.5", undefined],
  ["ten", undefined],
  ["", undefined],
];

for (const [typed, expected] of NUMBERS) {
  Deno.test(`readNumber() reads the whole number "${typed}"`, async () => {
    await using place = await accountPlace();
    const context = place.context({ "max-tokens": typed });
    const read = (): unknown => readNumber(context, "max-tokens", WHOLE_NUMBER);
    if (expected !== undefined) return assert.equal(read(), expected);
    assert.throws(read, isUsage(/--max-tokens.+whole number above 0/));
  });
}

Deno.test("readTurnOptions() leaves to the service what nobody asked for", async () => {
  const read = await options({});
  assert.deepEqual(read(), {
    timeoutMs: undefined,
    maxTokens: undefined,
    temperature: undefined,
    maxRounds: 50,
  });
});

Deno.test("readTurnOptions() refuses what the provider cannot honor", async () => {
  const read = await options({ "no-stream": "" });
  assert.throws(
    read,
    isUsage(/^openai-codex streams only; --no-stream is not available for it$/),
  );
});

interface Row {
  readonly name: string;
  readonly effort: Effort;
  readonly origin?: "default" | "flag" | "file";
  readonly offers?: readonly string[];
  readonly ultra?: string;
  /** What is asked for; undefined for a refusal. */
  readonly expected: string | undefined;
}

const EFFORTS: readonly Row[] = [
  { name: "what was set", effort: "low", expected: "low" },
  {
    name: "what was set and is offered",
    effort: "low",
    offers: ["low", "high"],
    expected: "low",
  },
  {
    name: "the model's own in the place of a default that it does not offer",
    effort: "high",
    origin: "default",
    offers: ["low", "medium"],
    expected: "medium",
  },
  {
    name: "nothing that was set and is not offered",
    effort: "high",
    offers: ["low"],
    expected: undefined,
  },
  {
    name: "ultra, where what it stands for is offered",
    effort: "ultra",
    offers: ["low", "xhigh"],
    expected: "ultra",
  },
  {
    name: "ultra, as the catalogue maps it",
    effort: "ultra",
    offers: ["low", "max"],
    ultra: "max",
    expected: "ultra",
  },
];

for (
  const { name, effort, origin = "flag", offers, ultra, expected } of EFFORTS
) {
  Deno.test(`chooseEffort() asks for ${name}`, () => {
    const known = offers && modelInfo({
      efforts: offers,
      defaultEffort: "medium",
      ultraEffort: ultra,
    });
    const choose = (): string =>
      chooseEffort(
        { effort: { value: effort, origin }, model: "gpt-x" },
        known,
      );
    if (expected !== undefined) return assert.equal(choose(), expected);
    assert.throws(choose, isUsage(/"gpt-x" does not offer the effort "high"/));
  });
}

async function options(
  given: Partial<Record<FlagName, string>>,
): Promise<() => ReturnType<typeof readTurnOptions>> {
  await using place = await accountPlace();
  const context = place.context(given);
  const chosen = await resolveProvider(context);
  return () => readTurnOptions(context, chosen);
}

function isUsage(message: RegExp): (error: unknown) => boolean {
  return (error) =>
    error instanceof MekaError && error.kind === "usage" &&
    message.test(error.message);
}
