import assert from "node:assert/strict";
import fc from "fast-check";
import { isEffort, readConfig } from "../../src/config/schema.ts";
import { MekaError } from "../../src/errors.ts";
import { EFFORTS } from "../../src/message.ts";

const FILE = { path: "/c/config.toml", providers: ["openai-codex", "other"] };
const KEYS = "name, model, effort, base_url, issuer, api_key";
const WORDS = "none, minimal, low, medium, high, xhigh, max, ultra";

// what, text, config
const GOOD = [
  ["nothing", "", {}],
  ["only comments", "# mine\n\n# [provider]\n", {}],
  ["an empty table", "[provider]\n", {}],
  ["the provider", '[provider]\nname = "openai-codex"', {
    name: "openai-codex",
  }],
  ["the model", '[provider]\nmodel = "gpt-5"', { model: "gpt-5" }],
  ["a model as it is written", '[provider]\nmodel = " x/y:z "', {
    model: " x/y:z ",
  }],
  [
    "addresses",
    '[provider]\nbase_url = "https://a"\nissuer = "http://[::1]:1"',
    {
      baseUrl: "https://a",
      issuer: "http://[::1]:1",
    },
  ],
  ["dotted keys", 'provider.name = "other"\nprovider.effort = "low"', {
    name: "other",
    effort: "low",
  }],
  ["an inline table", 'provider = { model = "m", effort = "max" }', {
    model: "m",
    effort: "max",
  }],
  ["quoted keys", '["provider"]\n"model" = \'m\'', { model: "m" }],
  ["CRLF", '[provider]\r\nmodel = "m"\r\n', { model: "m" }],
  ["multi-line strings", '[provider]\nmodel = """\nm"""', { model: "m" }],
] as const;

for (const [what, toml, config] of GOOD) {
  Deno.test(`readConfig() reads ${what}`, async () => {
    assert.deepEqual(await readConfig(toml, FILE), config);
  });
}

for (const effort of EFFORTS) {
  Deno.test(`readConfig() knows the effort "${effort}"`, async () => {
    const toml = `[provider]\neffort = "${effort}"`;
    assert.deepEqual(await readConfig(toml, FILE), { effort });
    assert.equal(isEffort(effort), true);
  });
}

// what, text, line, what is said
const BAD = [
  [
    "an unknown table",
    '[provider]\nmodel="m"\n[tool]\nx=1\n',
    3,
    'unknown key "tool"; allowed are provider, tools, mcp',
  ],
  [
    "an unknown table of many",
    "\n[[tool]]\n[[tool]]\n",
    2,
    'unknown key "tool"; allowed are provider, tools, mcp',
  ],
  [
    "a key without a table",
    'model = "m"\n',
    1,
    'unknown key "model"; allowed are provider, tools, mcp',
  ],
  [
    "an unknown dotted key",
    "\na.b.c = 1",
    2,
    'unknown key "a"; allowed are provider, tools, mcp',
  ],
  [
    "a key named as JavaScript's own",
    "__proto__ = 1",
    1,
    'unknown key "__proto__"; allowed are provider, tools, mcp',
  ],
  [
    "a provider that is a word",
    '# a\nprovider = "openai-codex"',
    2,
    '"provider" must be a table: [provider]',
  ],
  [
    "a provider that is a list",
    "[[provider]]\nname = 'other'",
    1,
    '"provider" must be a table: [provider]',
  ],
  [
    "a provider that is a date",
    "provider = 2026-01-01",
    1,
    '"provider" must be a table: [provider]',
  ],
  [
    "an unknown key",
    '[provider]\nname = "other"\n\nmodle = "m"',
    4,
    `unknown key "provider.modle"; allowed are ${KEYS}`,
  ],
  [
    "an unknown inline key",
    '# a\nprovider = { name = "other", modle = 1 }',
    2,
    `unknown key "provider.modle"; allowed are ${KEYS}`,
  ],
  [
    "an unknown quoted key",
    '[provider]\n"mod\\u006ce" = "m"',
    2,
    `unknown key "provider.modle"; allowed are ${KEYS}`,
  ],
  [
    "a key after many lines of one string",
    '[provider]\nmodel = """\n\n\nm"""\nx = 1',
    6,
    `unknown key "provider.x"; allowed are ${KEYS}`,
  ],
  [
    "a key after CRLF",
    '[provider]\r\nmodel = "m"\r\nx = 1\r\n',
    3,
    `unknown key "provider.x"; allowed are ${KEYS}`,
  ],
  [
    "a method's name",
    "[provider]\ntoString = 1",
    2,
    `unknown key "provider.toString"; allowed are ${KEYS}`,
  ],
  [
    "a table too deep",
    "[provider]\n[provider.proxy]\nx = 1",
    2,
    `unknown key "provider.proxy"; allowed are ${KEYS}`,
  ],
  [
    "an empty key",
    '[provider]\n"" = 1',
    2,
    `unknown key "provider."; allowed are ${KEYS}`,
  ],
  [
    "a table for a word",
    "[provider.model]\nx = 1",
    1,
    '"provider.model" must be a string: a model\'s name',
  ],
  [
    "a number for the model",
    "[provider]\nmodel = 5",
    2,
    '"provider.model" must be a string: a model\'s name',
  ],
  [
    "an empty model",
    '[provider]\nmodel = ""',
    2,
    '"provider.model" cannot be ""; allowed: a model\'s name',
  ],
  [
    "a blank model",
    '[provider]\nmodel = " "',
    2,
    '"provider.model" cannot be " "; allowed: a model\'s name',
  ],
  [
    "a list for the name",
    '[provider]\nname = ["other"]',
    2,
    '"provider.name" must be a string: openai-codex, other',
  ],
  [
    "an unknown provider",
    '[provider]\nname = "openai"',
    2,
    '"provider.name" cannot be "openai"; allowed: openai-codex, other',
  ],
  [
    "a method for a provider",
    '[provider]\nname = "toString"',
    2,
    '"provider.name" cannot be "toString"; allowed: openai-codex, other',
  ],
  [
    "true for the effort",
    "[provider]\neffort = true",
    2,
    `"provider.effort" must be a string: ${WORDS}`,
  ],
  [
    "an unknown effort",
    '[provider]\neffort = "High"',
    2,
    `"provider.effort" cannot be "High"; allowed: ${WORDS}`,
  ],
  [
    "a date for an address",
    "[provider]\nbase_url = 2026-01-01",
    2,
    '"provider.base_url" must be a string: a URL',
  ],
  [
    "an address without a scheme",
    '[provider]\nbase_url = "chatgpt.com"',
    2,
    '"provider.base_url" is not an http or https URL: "chatgpt.com"',
  ],
  [
    "an empty address",
    '[provider]\nissuer = ""',
    2,
    '"provider.issuer" is not an http or https URL: ""',
  ],
  [
    "a plain address",
    '[provider]\n\nbase_url = "http://example.com"',
    3,
    '"provider.base_url" would send your credentials unencrypted: "http://example.com"',
  ],
  [
    "a plain issuer",
    'provider.issuer = "http://example.com"',
    1,
    '"provider.issuer" would send your credentials unencrypted: "http://example.com"',
  ],
  [
    "a password in an address",
    '[provider]\nbase_url = "https://u:SECRET@a"',
    2,
    '"provider.base_url" must not hold a user, a password, a query or a fragment',
  ],
  [
    "a day that is none",
    "[provider]\nmodel = 2026-02-30",
    2,
    '"provider.model" must be a string: a model\'s name',
  ],
  [
    "a key twice",
    '[provider]\nmodel = "a"\nmodel = "b"',
    3,
    /^not valid TOML: /,
  ],
  ["a table twice", "[provider]\n[provider]", 2, /^not valid TOML: /],
  [
    "a string without its end",
    '[provider]\nmodel = "SECRET\n',
    2,
    /^not valid TOML: /,
  ],
  [
    "a value without quotes",
    "[provider]\n\nmodel = gpt-5",
    3,
    /^not valid TOML: /,
  ],
  ["a key without a value", "[provider]\nmodel", 2, /^not valid TOML: /],
  ["words", "please use gpt-5", 1, /^not valid TOML: /],
] as const;

for (const [what, toml, line, says] of BAD) {
  Deno.test(`readConfig() refuses ${what}`, async () => {
    await assert.rejects(readConfig(toml, FILE), (error) => {
      assert.ok(error instanceof MekaError, `${error}`);
      assert.equal(error.kind, "config");
      const [place, rest] = cut(error.message, ": ");
      assert.equal(place, `${FILE.path}:${line}`);
      if (typeof says === "string") assert.equal(rest, says);
      else assert.match(rest, says);
      // An excerpt of the file may hold a key.
      assert.doesNotMatch(error.message, /\n|SECRET/);
      return true;
    });
  });
}

Deno.test("readConfig() gives a config, or an error that names the file and a line of it", async () => {
  const piece = fc.oneof(
    fc.constantFrom(
      ...["[provider]", "[[", "]", "{", "}", "=", ".", ",", "\n", "\r\n", " "],
      ...["provider", "model", "name", "effort", '"x"', "'''", '"""', "1", "#"],
      ...["true", "2026-02-30", "inf", "\\", "\u0000", "é"],
    ),
    fc.string(),
  );
  const document = fc.array(piece).map((pieces) => pieces.join(""));
  await fc.assert(
    fc.asyncProperty(document, async (toml) => {
      try {
        await readConfig(toml, FILE);
      } catch (error) {
        assert.ok(error instanceof MekaError, `${error}`);
        const [place] = cut(error.message, ": ");
        const [, line] = cut(place, ":");
        const lines = toml.split("\n").length;
        assert.ok(Number(line) >= 1 && Number(line) <= lines, place);
      }
    }),
    { numRuns: 1_000 },
  );
});

/** The text before and after the first mark. */
function cut(text: string, mark: string): [string, string] {
  const at = text.indexOf(mark);
  return [text.slice(0, at), text.slice(at + mark.length)];
}
