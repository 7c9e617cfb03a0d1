import assert from "node:assert/strict";
import fc from "fast-check";
import { parse, stringify } from "smol-toml";
import {
  editProvider,
  type ProviderChanges,
  readProvider,
} from "../../src/config/edit.ts";

const PATH = "/homes/me/config.toml";

const EDITS: readonly (readonly [string, string, ProviderChanges, string])[] = [
  [
    "an empty file",
    "",
    { name: "openai-codex", model: "gpt-5" },
    '[provider]\nname = "openai-codex"\nmodel = "gpt-5"\n',
  ],
  [
    "a file without the table",
    "# mine\n[colors]\nred = 1",
    { model: "gpt-5" },
    '# mine\n[colors]\nred = 1\n\n[provider]\nmodel = "gpt-5"\n',
  ],
  [
    "comments, order and other tables",
    "# top\n[provider] # the one\nmodel = 'old' # keep\n# tail\n\n[other]\nx = 1\n",
    { name: "n", model: "new" },
    '# top\n[provider] # the one\nmodel = "new" # keep\nname = "n"\n# tail\n\n[other]\nx = 1\n',
  ],
  [
    "an empty table before another",
    "[provider] # none yet\n\n[other]\n",
    { model: "m" },
    '[provider] # none yet\nmodel = "m"\n\n[other]\n',
  ],
  [
    "a table at the end without a newline",
    "[provider]",
    { model: "m" },
    '[provider]\nmodel = "m"\n',
  ],
  [
    "indented keys and CRLF",
    "[provider]\r\n  a = 1\r\n",
    { model: "m" },
    '[provider]\r\n  a = 1\r\n  model = "m"\r\n',
  ],
  [
    "dotted keys",
    'provider.name = "x"\n[other]\n',
    { name: "y", model: "m" },
    'provider.name = "y"\nprovider.model = "m"\n[other]\n',
  ],
  [
    "an inline table",
    'provider = { name = "x" } # one line\n',
    { name: "y", model: "m" },
    'provider = { name = "y", model = "m" } # one line\n',
  ],
  [
    "an empty inline table",
    "provider = {}\n",
    { model: "m" },
    'provider = { model = "m" }\n',
  ],
  [
    "quoted names",
    "['provider']\n\"model\" = 'x'\n",
    { model: "m" },
    '[\'provider\']\n"model" = "m"\n',
  ],
  [
    "a sub-table alone",
    "[provider.extra]\nx = 1\n",
    { model: "m" },
    '[provider.extra]\nx = 1\n\n[provider]\nmodel = "m"\n',
  ],
  [
    "a value over several lines",
    '[provider]\nmodel = """\na\nb"""\nx = 1\n',
    { model: "m" },
    '[provider]\nmodel = "m"\nx = 1\n',
  ],
  [
    "a key taken out of use",
    '[provider]\napi_key = "k" # mine\nbase_url = """\nu"""\nname = "x"\n',
    { api_key: undefined, base_url: undefined, issuer: undefined, name: "y" },
    '[provider]\n# api_key = "k" # mine\n# base_url = """\n# u"""\nname = "y"\n',
  ],
  [
    "keys taken out of an inline table",
    'provider = { api_key = "k", base_url = "u", name = "x", issuer = "i" }\n',
    { api_key: undefined, base_url: undefined, issuer: undefined },
    'provider = { name = "x" }\n',
  ],
  [
    "no change",
    '[provider]\nname = "x"\n',
    { name: "x" },
    '[provider]\nname = "x"\n',
  ],
];

for (const [name, text, changes, wanted] of EDITS) {
  Deno.test(`editProvider() keeps what a person wrote: ${name}`, async () => {
    assert.equal(await editProvider(text, changes, PATH), wanted);
  });
}

const REFUSALS: readonly (readonly [string, string, RegExp])[] = [
  ["bad TOML", 'a = 1\nb = = "sk-SECRET"\n', /config.toml", line 2: /],
  [
    "an open string",
    '[provider]\nname = "sk-SECRET\n',
    /config.toml", line 2: /,
  ],
  ["a double key", "[provider]\na = 1\na = 2\n", /config.toml", line 3: /],
  ["a value for the table", "x = 1\nprovider = 5\n", /line 2: .* table/],
  ["a list of tables", "[[provider]]\nname = 'x'\n", /config.toml"/],
];

for (const [name, text, message] of REFUSALS) {
  Deno.test(`editProvider() refuses ${name} and quotes no value`, async () => {
    await assert.rejects(editProvider(text, { model: "m" }, PATH), (error) => {
      assert.ok(error instanceof Error && "kind" in error);
      assert.equal(error.kind, "config");
      assert.match(error.message, message);
      assert.doesNotMatch(Deno.inspect(error), /SECRET/);
      return true;
    });
  });
}

const bareKey = fc.stringMatching(/^[a-z_][a-z0-9_]{0,5}$/);
const value = fc.oneof(
  fc.string({ unit: "grapheme" }),
  fc.integer(),
  fc.boolean(),
  fc.array(fc.integer()),
);
const table = fc.dictionary(bareKey, value);

Deno.test("editProvider() gives back the wanted values, all else untouched", async () => {
  const property = fc.asyncProperty(
    fc.dictionary(bareKey, fc.oneof(value, table)),
    fc.option(table, { nil: undefined }),
    fc.dictionary(bareKey, fc.string({ unit: "binary" }), { minKeys: 1 }),
    async (rest, provider, changes) => {
      const before = provider === undefined ? rest : { ...rest, provider };
      if (typeof before.provider !== "object" && "provider" in before) return;
      if (Array.isArray(before.provider)) return;
      const text = stringify(before);
      const edited = await editProvider(text, changes, PATH);
      const wanted = Object.entries(changes)
        .map(([key, text]) => [key, text.toWellFormed()] as const);
      assert.deepEqual(
        parse(edited),
        parse(stringify({
          ...before,
          provider: { ...provider, ...Object.fromEntries(wanted) },
        })),
      );
    },
  );
  await fc.assert(property);
});

Deno.test("readProvider() gives the strings of the table", async () => {
  const text = "provider.name = 'x'\nprovider.n = 1\nname = 'other'\n";
  assert.deepEqual([...await readProvider(text, PATH)], [["name", "x"]]);
  assert.deepEqual([...await readProvider("provider = 1", PATH)], []);
});
