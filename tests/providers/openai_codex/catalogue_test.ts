import assert from "node:assert/strict";
import { MODELS } from "../../../scripts/standin/models.ts";
import type { Access } from "../../../src/message.ts";
import { catalogue } from "../../../src/providers/openai_codex/catalogue.ts";
import { modelInfo } from "../../support/model_info.ts";

const ACCESS: Access = {
  baseUrl: new URL("https://chatgpt.com"),
  credential: {
    type: "oauth",
    accessToken: "at_secret",
    accountId: "acc_1",
    fedramp: false,
  },
  userAgent: "meka_cli/0.1.0 (linux 6.0; x86_64)",
  turnState: undefined,
  reduced: false,
  signal: AbortSignal.any([]),
};

const read = (
  models: unknown,
  headers: HeadersInit = {},
): ReturnType<typeof catalogue.read> =>
  catalogue.read(JSON.stringify({ models }), new Headers(headers));

Deno.test("catalogue.encode() asks for the list with the version and the account", () => {
  const request = catalogue.encode(ACCESS);
  assert.equal(
    request.url,
    "https://chatgpt.com/backend-api/codex/models?client_version=0.169.0",
  );
  assert.equal(request.method, "GET");
  assert.equal(request.redirect, "manual");
  assert.deepEqual(Object.fromEntries(request.headers), {
    "accept": "application/json",
    "authorization": "Bearer at_secret",
    "chatgpt-account-id": "acc_1",
    "originator": "meka_cli",
    "user-agent": "meka_cli/0.1.0 (linux 6.0; x86_64)",
  });
});

Deno.test("catalogue.read() puts the models in the order of their priority", () => {
  const { models, etag } = read(MODELS, { etag: 'W/"x"' });
  assert.equal(etag, 'W/"x"');
  assert.deepEqual(models.map(({ id }) => id), [
    "gpt-6.1-sol",
    "gpt-6-astra",
    "gpt-5.5",
    "gpt-6-luna",
    "gpt-5",
    "gpt-7-preview",
    "gpt-5.4-spark",
    "gpt-5-hidden",
  ]);
  assert.deepEqual(models.filter(({ listed }) => !listed).length, 1);
  assert.deepEqual(models[0], {
    id: "gpt-6.1-sol",
    name: "GPT-6.1 Sol",
    efforts: ["low", "medium", "high", "xhigh", "max", "ultra"],
    defaultEffort: "low",
    ultraEffort: "xhigh",
    contextWindow: 372_000,
    modalities: ["text", "image"],
    lite: true,
    listed: true,
  });
});

const PLAIN = modelInfo({
  id: "m",
  name: "m",
  efforts: [],
  defaultEffort: undefined,
  contextWindow: undefined,
  modalities: [],
});

/** One entry of the list, and what is made of it. */
const ENTRIES: readonly (readonly [unknown, Partial<typeof PLAIN>[]])[] = [
  [{ slug: "m" }, [{}]],
  [{ slug: "m", display_name: "M" }, [{ name: "M" }]],
  [{ slug: "m", supported_reasoning_levels: ["low", { effort: "high" }] }, [
    { efforts: ["low", "high"] },
  ]],
  [{ slug: "m", supported_reasoning_levels: "low" }, [{}]],
  [
    { slug: "m", supported_reasoning_levels: [null, 1, {}, [], { effort: 2 }] },
    [
      {},
    ],
  ],
  [{ slug: "m", context_window: "1" }, [{}]],
  [{ slug: "m", context_window: 1.5 }, [{}]],
  [{ slug: "m", context_window: 1e300 }, [{}]],
  [{ slug: "m", context_window: 8 }, [{ contextWindow: 8 }]],
  [{ slug: "m", input_modalities: ["text", 1, null] }, [
    { modalities: ["text"] },
  ]],
  [{ slug: "m", use_responses_lite: "true" }, [{}]],
  [{ slug: "m", visibility: "hide" }, [{ listed: false }]],
  [{ slug: "m", visibility: null }, [{}]],
  [{ slug: "" }, []],
  [{ slug: 7 }, []],
  [{ slug: "a b" }, []],
  [{ slug: "a\u0000b" }, []],
  [{ slug: "\u001b[31mred" }, []],
  [{ slug: "a\u202eb" }, []],
  [{}, []],
  [null, []],
  ["m", []],
  [[], []],
];

for (const [entry, expected] of ENTRIES) {
  Deno.test(`catalogue.read() of ${JSON.stringify(entry)} is ${JSON.stringify(expected)}`, () => {
    assert.deepEqual(
      read([entry]).models,
      expected.map((fields) => ({ ...PLAIN, ...fields })),
    );
  });
}

Deno.test("catalogue.read() takes a model once, and no more than a thousand", () => {
  assert.deepEqual(
    read([{ slug: "m", display_name: "1" }, { slug: "m" }]).models,
    [{ ...PLAIN, name: "1" }],
  );
  const many = Array.from({ length: 5000 }, (_, n) => ({ slug: `m${n}` }));
  assert.equal(read(many).models.length, 1000);
});

for (const body of ["", "[]", "{}", '{"models":{}}', "<html>", "null"]) {
  Deno.test(`catalogue.read() refuses ${JSON.stringify(body)}`, () => {
    assert.throws(() => catalogue.read(body, new Headers()), {
      kind: "network",
      message: "The list of models cannot be read",
    });
  });
}
