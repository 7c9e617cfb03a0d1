import assert from "node:assert/strict";
import { Catalogue } from "../../scripts/standin/catalogue.ts";
import { liteProblems } from "../../scripts/standin/lite_checks.ts";
import { startStandin } from "../../scripts/standin/mod.ts";
import { MODELS } from "../../scripts/standin/models.ts";
import type { Tokens } from "../../scripts/standin/tokens.ts";
import type { Standin } from "../../scripts/standin/types.ts";
import {
  ask,
  type Deviation,
  identity,
  lastViolations,
  user,
} from "./client.ts";

const LITE = { "x-openai-internal-codex-responses-lite": "true" };
const FUNCTION = {
  type: "function",
  name: "read_file",
  strict: false,
  parameters: { type: "object" },
};
const PNG = "data:image/png;base64,iVBORw0KGgo=";

function developer(text: string): Record<string, unknown> {
  return { ...user(text), role: "developer" };
}

function tools(
  list: unknown = [
    {
      type: "namespace",
      name: "functions",
      description: "",
      tools: [FUNCTION],
    },
  ],
): Record<string, unknown> {
  return { type: "additional_tools", role: "developer", tools: list };
}

/** A lite request that breaks no rule, but for the changes. */
function lite(changes: Record<string, unknown> = {}): Deviation {
  return {
    headers: LITE,
    without: ["instructions"],
    body: {
      model: "gpt-6.1-sol",
      input: [developer("Be brief."), user("say hi")],
      parallel_tool_calls: false,
      reasoning: { effort: "high", summary: "auto", context: "all_turns" },
      ...changes,
    },
  };
}

/** Gives the sign-in the list of models, as `meka models` does. */
async function tell(standin: Standin, tokens: Tokens): Promise<void> {
  const url = new URL("/backend-api/codex/models", standin.baseUrl);
  url.searchParams.set("client_version", "0.169.0");
  await (await fetch(url, { headers: identity(tokens) })).text();
}

const CLASSIC: Deviation = { body: { model: "gpt-6.1-sol" } };
const OTHER_MODEL = { ...lite({ model: "gpt-5.5" }) };

/** What is sent, whether the list was given, whether strict, and the status. */
const SHAPES: readonly [string, Deviation, boolean, boolean, number][] = [
  ["lite for a lite model", lite(), true, false, 200],
  ["lite for a lite model", lite(), false, true, 200],
  ["lite for a lite model", lite(), false, false, 200],
  ["classic for a lite model", CLASSIC, true, false, 400],
  ["classic for a lite model", CLASSIC, false, true, 400],
  ["classic for a lite model", CLASSIC, false, false, 200],
  ["lite for a classic model", OTHER_MODEL, true, false, 400],
  ["lite for a classic model", OTHER_MODEL, false, false, 400],
  ["lite for no model of the list", lite({ model: "x" }), true, false, 400],
  ["classic for a classic model", {}, true, false, 200],
];

for (const [name, deviation, told, strictLite, status] of SHAPES) {
  const when = `${told ? "" : "un"}told${strictLite ? ", strict" : ""}`;
  Deno.test(`backend answers ${status} to ${name}, ${when}`, async () => {
    await using standin = await startStandin({
      strictLite,
      expectCookies: false,
    });
    const tokens = standin.grant();
    if (told) await tell(standin, tokens);
    const response = await ask(standin, tokens, deviation);
    const text = await response.text();
    assert.equal(response.status, status, text);
    assert.equal(lastViolations(standin).length, status === 200 ? 0 : 1);
    if (deviation === CLASSIC && status === 400) {
      assert.match(text, /'reasoning\.context' must be 'all_turns'/);
    }
  });
}

Deno.test("another sign-in has not been told", async () => {
  await using standin = await startStandin({ expectCookies: false });
  await tell(standin, standin.grant());
  const response = await ask(standin, standin.grant(), CLASSIC);
  await response.text();
  assert.deepEqual(standin.violations, []);
});

Deno.test("Catalogue.shape() goes by the list that was given, not by a newer one", () => {
  const catalogue = new Catalogue({ strictLite: true });
  catalogue.told("grant", catalogue.list("0.169.0") ?? []);
  catalogue.use(
    MODELS.map((entry) => ({ ...entry, use_responses_lite: false })),
  );
  assert.equal(catalogue.shape("grant", "gpt-6.1-sol"), "lite");
  assert.equal(catalogue.shape("other", "gpt-6.1-sol"), "classic");
  assert.equal(catalogue.shape("grant", "gpt-9"), "classic");
});

/** What differs, the status, and what is noted. */
const WRONG: readonly [string, Deviation, number, RegExp][] = [
  [
    "instructions",
    { ...lite({ instructions: "Be brief." }), without: [] },
    400,
    /Unsupported parameter: instructions/,
  ],
  ["tools", lite({ tools: [FUNCTION] }), 400, /Unsupported parameter: tools/],
  [
    "no context",
    lite({ reasoning: { effort: "high", summary: "auto" } }),
    400,
    /all_turns/,
  ],
  [
    "parallel calls",
    lite({ parallel_tool_calls: true }),
    200,
    /parallel_tool_calls/,
  ],
  ["no base prompt", lite({ input: [user("hi")] }), 200, /base prompt/],
  [
    "the base prompt second",
    lite({ input: [user("hi"), developer("x")] }),
    200,
    /base prompt/,
  ],
  [
    "tools second",
    lite({ input: [developer("x"), tools(), user("hi")] }),
    200,
    /item 1, not the first/,
  ],
  [
    "no tools in the item",
    lite({ input: [tools([]), developer("x"), user("hi")] }),
    200,
    /without tools/,
  ],
  [
    "a bare tool",
    lite({ input: [tools([FUNCTION]), developer("x"), user("hi")] }),
    200,
    /outside a namespace/,
  ],
  [
    "a bad tool in a namespace",
    lite({
      input: [
        tools([{
          type: "namespace",
          name: "functions",
          description: "",
          tools: [{ ...FUNCTION, strict: undefined }],
        }]),
        developer("x"),
        user("hi"),
      ],
    }),
    400,
    /input\[0\]\.tools\[0\]\.tools\[0\]\.strict/,
  ],
  [
    "detail of an image",
    lite({
      input: [developer("x"), {
        type: "message",
        role: "user",
        content: [
          { type: "input_image", image_url: PNG, detail: "auto" },
        ],
      }],
    }),
    200,
    /image detail/,
  ],
  [
    "the header alone",
    { headers: LITE, body: { model: "gpt-6.1-sol" }, without: [] },
    400,
    /instructions/,
  ],
  [
    "another value of the header",
    {
      headers: { "x-openai-internal-codex-responses-lite": "1" },
    },
    200,
    /responses-lite is "1"/,
  ],
  [
    "tools of lite mode in a classic request",
    { body: { input: [tools(), user("hi")] } },
    400,
    /additional_tools/,
  ],
  [
    "context of lite mode in a classic request",
    {
      body: {
        reasoning: { effort: "high", summary: "auto", context: "all_turns" },
      },
    },
    200,
    /context in classic mode/,
  ],
];

for (const [name, deviation, status, expected] of WRONG) {
  Deno.test(`backend answers ${status} and notes: ${name}`, async () => {
    await using standin = await startStandin();
    const response = await ask(standin, standin.grant(), deviation);
    const text = await response.text();
    assert.equal(response.status, status, text);
    assert.match(standin.violations.join(), expected);
  });
}

Deno.test("liteProblems() takes tools, then the base prompt, and an image without detail", () => {
  const image = {
    type: "message",
    role: "user",
    content: [{ type: "input_image", image_url: PNG }],
  };
  const { body = {} } = lite({ input: [tools(), developer("x"), image] });
  assert.deepEqual(liteProblems(body, true), []);
});

for (const echoed of ["functions", "other", undefined]) {
  Deno.test(`a call in a namespace goes back with ${echoed ?? "none"}`, async () => {
    await using standin = await startStandin({
      scenario: "function_call",
      expectCookies: false,
    });
    const tokens = standin.grant();
    const input = [tools(), developer("x"), user("say hi")];
    const first = await ask(standin, tokens, lite({ input }));
    const items = [
      ...(await first.text()).matchAll(
        /^data: (.*"response\.output_item\.done".*)$/gm,
      ),
    ].map((match) => JSON.parse(match[1] ?? "").item);
    const call = items.find(({ type }) => type === "function_call");
    assert.equal(call.name, "read_file");
    assert.equal(call.namespace, "functions");
    const { namespace: _, ...bare } = call;
    const again = [
      ...input,
      ...items.filter(({ type }) => type !== "function_call"),
      echoed === undefined ? bare : { ...call, namespace: echoed },
      { type: "function_call_output", call_id: call.call_id, output: "42" },
    ];
    const { headers, ...rest } = lite({ input: again });
    const state = first.headers.get("x-codex-turn-state") ?? "";
    const second = await ask(standin, tokens, {
      ...rest,
      headers: { ...headers, "x-codex-turn-state": state },
    });
    const text = await second.text();
    if (echoed === "functions") {
      assert.match(text, /42/);
      assert.deepEqual(lastViolations(standin), []);
      return;
    }
    assert.equal(second.status, 400);
    assert.match(text, /not what was sent: namespace/);
    assert.equal(
      lastViolations(standin)[0],
      `call ${call.call_id} without its namespace`,
    );
  });
}
