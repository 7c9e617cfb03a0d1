import assert from "node:assert/strict";
import { startStandin } from "../../scripts/standin/mod.ts";
import { SMALL_MODELS } from "../../scripts/standin/models.ts";
import { tokensOf } from "../../scripts/standin/token_count.ts";
import type { Standin } from "../../scripts/standin/types.ts";
import { ask, identity, user } from "./client.ts";
import { Talk } from "./conversation.ts";

const PNG = "data:image/png;base64,iVBORw0KGgo=";

async function small(): Promise<Standin> {
  const standin = await startStandin({ expectCookies: false });
  standin.useModels(SMALL_MODELS);
  return standin;
}

Deno.test("the list tells the room of the small models", async () => {
  await using standin = await small();
  const url = new URL("/backend-api/codex/models", standin.baseUrl);
  url.searchParams.set("client_version", "0.169.0");
  const response = await fetch(url, { headers: identity(standin.grant()) });
  const { models } = await response.json();
  const windows = models.filter(({ slug }: { slug: string }) =>
    slug.startsWith("standin-")
  ).map((model: Record<string, unknown>) => [
    model["slug"],
    model["context_window"],
    model["use_responses_lite"],
  ]);
  assert.deepEqual(windows, [
    ["standin-small", 2000, false],
    ["standin-small-400", 2000, false],
    ["standin-small-lite", 2000, true],
  ]);
});

Deno.test("a small model counts usage, the same for the same request and more for a longer one", async () => {
  await using standin = await small();
  const talk = new Talk(standin, standin.grant(), { model: "standin-small" });
  const [first] = await talk.say("hi");
  const [second] = await talk.say("hi again");
  const usage = first?.usage ?? {};
  assert.equal(
    usage["total_tokens"],
    Number(usage["input_tokens"]) + Number(usage["output_tokens"]),
  );
  const input = standin.asked()[0]?.input;
  const { instructions, tools } = standin.asked()[0]?.body ?? {};
  assert.equal(usage["input_tokens"], tokensOf(instructions, input, tools));
  const grown = Number(second?.usage?.["input_tokens"]) -
    Number(usage["input_tokens"]);
  assert.ok(grown >= Number(usage["output_tokens"]), `${grown}`);
});

/** The model, and how an input without room is refused. */
const REFUSALS: readonly [string, boolean, number, RegExp][] = [
  ["standin-small", false, 200, /response\.failed.*context_length_exceeded/s],
  [
    "standin-small-lite",
    true,
    200,
    /response\.failed.*context_length_exceeded/s,
  ],
  ["standin-small-400", false, 400, /"code":"context_length_exceeded"/],
];

for (const [model, lite, status, expected] of REFUSALS) {
  Deno.test(`${model} refuses an input without room, and takes it when it is shorter`, async () => {
    await using standin = await small();
    const talk = new Talk(standin, standin.grant(), { model, lite });
    await talk.say(`[[scenario:digest]] ${"x".repeat(5000)}`);
    talk.items.push(user("y".repeat(2500)));
    const refused = await talk.send();
    assert.equal(refused.status, status);
    assert.match(refused.body, expected);
    assert.match(standin.requests.at(-1)?.scenario ?? "", /context_length/);
    talk.items.shift();
    talk.items.shift();
    talk.forgetTurn();
    assert.match((await talk.send()).text, /^Hi! You asked/);
    assert.deepEqual(standin.violations, []);
  });
}

Deno.test("any model of the list that begins with standin- has the room it says", async () => {
  await using standin = await startStandin({ expectCookies: false });
  const [model] = SMALL_MODELS.filter(({ slug }) => slug === "standin-small");
  assert.ok(model);
  standin.useModels([{
    ...model,
    slug: "standin-tiny",
    ["context_window"]: 60,
  }]);
  const response = await ask(standin, standin.grant(), {
    body: { model: "standin-tiny" },
    prompt: "x".repeat(200),
  });
  assert.match(await response.text(), /context_length_exceeded/);
});

Deno.test("tokensOf() counts a picture as 3000 characters, whatever its size", () => {
  const picture = (length: number): unknown => ({
    ["image_url"]: PNG.padEnd(length, "A"),
  });
  assert.equal(tokensOf(picture(4000)), tokensOf(picture(400_000)));
  assert.equal(tokensOf(picture(400_000)), 755);
  assert.equal(tokensOf("x".repeat(4000)), 1001);
  assert.equal(tokensOf("x", undefined), tokensOf("x"));
});
