import assert from "node:assert/strict";
import { startChatStandin } from "../../scripts/standin/chat/mod.ts";
import { startStandin } from "../../scripts/standin/mod.ts";
import {
  type Ended,
  type Home,
  makeHome,
  runMeka,
  signedInHome,
  type StartOptions,
} from "../support/meka.ts";

// Answers that must fit a schema, which is checked here.

const SCHEMA = {
  type: "object",
  properties: { city: { type: "string" }, river: { type: "string" } },
  required: ["city", "river"],
  additionalProperties: false,
};

/** A service that can be asked with a schema. */
interface Place extends AsyncDisposable {
  /** What is answered from now on, whatever is asked. */
  play(scenario: string): void;
  asked(): readonly { readonly body: unknown }[];
  readonly violations: readonly string[];
  run(...args: readonly string[]): Promise<Ended>;
}

async function codex(): Promise<Place> {
  const standin = await startStandin();
  const home = await signedInHome(standin);
  return place(standin, home, { standin });
}

async function chat(): Promise<Place> {
  const standin = await startChatStandin({ profile: "openai" });
  const home = await makeHome();
  return place(standin, home, {
    env: {
      MEKA_PROVIDER: "openai-api",
      MEKA_BASE_URL: standin.baseUrl.href,
      MEKA_MODEL: standin.model,
      OPENAI_API_KEY: standin.key ?? "",
    },
  });
}

async function place(
  standin: Omit<Place, "run">,
  home: Home,
  options: Pick<StartOptions, "standin" | "env">,
): Promise<Place> {
  const path = `${home.folder}/schema.json`;
  await Deno.writeTextFile(path, JSON.stringify(SCHEMA));
  return {
    asked: () => standin.asked(),
    play: (scenario) => standin.play(scenario),
    get violations() {
      return standin.violations;
    },
    run: (...args) =>
      runMeka({ home, ...options, args: ["--schema", path, ...args] }),
    [Symbol.asyncDispose]: async () => {
      await home[Symbol.asyncDispose]();
      await standin[Symbol.asyncDispose]();
    },
  };
}

// scenario, exit status, how often the model is asked, whether stdout has JSON that fits, stderr
const ROWS = [
  ["schema_fits", 0, 1, true, /^$/],
  [
    "schema_repair",
    0,
    2,
    true,
    /^note: The answer does not fit the schema: "\/city" must be a string, .+; asking once more\n$/,
  ],
  [
    "schema_never",
    7,
    2,
    false,
    /\nmeka: The answer does not fit the schema: "\/city" must be a string/,
  ],
  [
    "schema_not_json",
    7,
    2,
    false,
    /\nmeka: The answer does not fit the schema: it is not JSON\n$/,
  ],
] as const;

for (
  const [provider, open] of [["openai-codex", codex], [
    "openai-api",
    chat,
  ]] as const
) {
  for (const [scenario, status, requests, fits, told] of ROWS) {
    Deno.test(`${provider} ends ${scenario} with status ${status} after ${requests} request(s)`, async () => {
      await using place = await open();
      place.play(scenario);
      const { code, stdout, stderr } = await place.run("which city?");
      assert.equal(code, status, stderr);
      assert.match(stderr, told);
      assert.equal(place.asked().length, requests);
      assert.deepEqual(place.violations, []);
      // One answer, the last, whether it fits or not.
      assert.notEqual(stdout.trim(), "");
      assert.equal(stdout.trimEnd().split("\n").length, 1, stdout);
      if (fits) {
        const { city, river, ...rest } = JSON.parse(stdout);
        assert.deepEqual([typeof city, typeof river], ["string", "string"]);
        assert.deepEqual(rest, {});
      }
    });
  }

  Deno.test(`${provider} has one done event for an answer that was mended`, async () => {
    await using place = await open();
    place.play("schema_repair");
    const { code, stdout } = await place.run("--json", "which city?");
    assert.equal(code, 0);
    const events = stdout.trimEnd().split("\n").map((line) => JSON.parse(line));
    const count = (name: string): number =>
      events.filter(({ type }) => type === name).length;
    assert.deepEqual([count("start"), count("usage"), count("done")], [
      1,
      1,
      1,
    ]);
    const { status, text } = events.at(-1);
    assert.equal(status, "completed");
    assert.equal(typeof JSON.parse(text).city, "string");
    const told = events.filter(({ type }) => type === "text")
      .map(({ delta }) => delta).join("");
    assert.equal(told, text);
  });

  Deno.test(`${provider} holds the schema for the answer after the calls`, async () => {
    await using place = await open();
    const { code, stdout, stderr } = await place.run(
      "--permission",
      "read",
      "[[say:I look first.]] [[call:list_files]]",
    );
    assert.equal(code, 0, stderr);
    assert.equal(typeof JSON.parse(stdout).city, "string");
    assert.equal(place.asked().length, 2);
    assert.deepEqual(place.violations, []);
  });
}

Deno.test("an answer that was mended is gone on with as it was said", async () => {
  await using place = await codex();
  place.play("schema_repair");
  await place.run("which city?");
  const { code, stderr } = await place.run("-c", "and then?");
  assert.equal(code, 0, stderr);
  assert.deepEqual(place.violations, []);
});
