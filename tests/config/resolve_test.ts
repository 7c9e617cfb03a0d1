import assert from "node:assert/strict";
import {
  type Origin,
  resolveSettings,
  type Settings,
  type SettingSources,
} from "../../src/config/resolve.ts";
import { MekaError } from "../../src/errors.ts";
import { EFFORTS } from "../../src/message.ts";
import { memoryHost } from "../support/memory_host.ts";

const PATH = "/c/config.toml";
const PROVIDERS = {
  "openai-codex": { baseUrl: "https://chatgpt.com" },
  "other": { baseUrl: "https://other.example" },
  "keyed": {
    baseUrl: "https://keyed.example/v1",
    variables: { baseUrl: "OPENAI_BASE_URL", apiKey: "OPENAI_API_KEY" },
  },
};

type FlagName = Parameters<SettingSources["flag"]>[0];

interface Given {
  readonly flags?: Partial<Readonly<Record<FlagName, string>>>;
  readonly env?: Readonly<Record<string, string>>;
  readonly file?: string;
}

async function resolve({ flags, env, file }: Given): Promise<Settings> {
  return await resolveSettings({
    flag: (name) => flags?.[name],
    host: memoryHost({
      env: env ?? {},
      files: file === undefined ? {} : { [PATH]: file },
    }),
    configPath: PATH,
    providers: PROVIDERS,
  });
}

type Name = Exclude<keyof Settings, "tools">;

/** Values and origins as a row of a table has them. */
function shown(settings: Settings, name: Name): unknown {
  const setting = settings[name];
  return setting && [`${setting.value}`, setting.origin];
}

interface Source {
  readonly name: Name;
  readonly key: string;
  readonly variable: string;
  readonly flag: FlagName | undefined;
  /** The default, and a value of each kind of its own. */
  readonly values: Readonly<Record<Origin, string | undefined>>;
}

const SOURCES: readonly Source[] = [
  {
    name: "provider",
    key: "name",
    variable: "MEKA_PROVIDER",
    flag: "provider",
    // Only two names are known, so neighbors differ and no more.
    values: {
      flag: "openai-codex",
      environment: "other",
      file: "other",
      default: "openai-codex",
    },
  },
  {
    name: "model",
    key: "model",
    variable: "MEKA_MODEL",
    flag: "model",
    values: { flag: "m1", environment: "m2", file: "m3", default: undefined },
  },
  {
    name: "effort",
    key: "effort",
    variable: "MEKA_EFFORT",
    flag: "effort",
    values: {
      flag: "low",
      environment: "max",
      file: "none",
      default: "high",
    },
  },
  {
    name: "baseUrl",
    key: "base_url",
    variable: "MEKA_BASE_URL",
    flag: "base-url",
    values: {
      flag: "https://flag.example/",
      environment: "https://environment.example/",
      file: "https://file.example/",
      default: "https://chatgpt.com/",
    },
  },
  {
    name: "issuer",
    key: "issuer",
    variable: "MEKA_OAUTH_ISSUER",
    flag: undefined,
    values: {
      flag: undefined,
      environment: "http://127.0.0.1:1/",
      file: "https://file.example/",
      default: "https://auth.openai.com/",
    },
  },
];

const ORDER: readonly Origin[] = ["flag", "environment", "file", "default"];

for (const { name, key, variable, flag, values } of SOURCES) {
  // Every set of sources: the first of them in the order decides.
  for (let set = 0; set < 8; set++) {
    const has = {
      flag: (set & 4) > 0,
      environment: (set & 2) > 0,
      file: (set & 1) > 0,
      default: true,
    };
    if (has.flag && flag === undefined) continue;
    const present = ORDER.filter((origin) => has[origin]);
    Deno.test(`resolveSettings() takes ${name} from the first of ${present.join(", ")}`, async () => {
      const settings = await resolve({
        flags: has.flag ? { [flag!]: values.flag } : {},
        env: has.environment ? { [variable]: values.environment ?? "" } : {},
        file: has.file ? `[provider]\n${key} = "${values.file}"` : "",
      });
      const [origin = "default"] = present;
      const value = values[origin];
      assert.deepEqual(
        shown(settings, name),
        value === undefined ? undefined : [value, origin],
      );
    });
  }

  Deno.test(`resolveSettings() takes an empty ${variable} for an unset one`, async () => {
    const settings = await resolve({ env: { [variable]: "" } });
    const value = values.default;
    assert.deepEqual(
      shown(settings, name),
      value === undefined ? undefined : [value, "default"],
    );
  });
}

Deno.test("resolveSettings() needs no file", async () => {
  assert.deepEqual(await resolve({}), {
    provider: { value: "openai-codex", origin: "default" },
    model: undefined,
    effort: { value: "high", origin: "default" },
    baseUrl: { value: new URL("https://chatgpt.com"), origin: "default" },
    issuer: { value: new URL("https://auth.openai.com"), origin: "default" },
    apiKey: undefined,
    tools: { own: [], mcp: [] },
  });
});

Deno.test("resolveSettings() carries the file's tools along", async () => {
  const file = `
[[tools]]
name = "count"
description = "Counts lines"
command = ["wc", "-l"]

[[mcp]]
name = "files"
url = "https://a.example/mcp"
`;
  const { tools } = await resolve({ file });
  assert.deepEqual(tools.own.map(({ name }) => name), ["count"]);
  assert.deepEqual(tools.mcp.map(({ name }) => name), ["files"]);
});

const OWN = { MEKA_PROVIDER: "keyed" };
const KEYED = 'name = "keyed"\napi_key = "sk-file"';

// what, what is given, base URL, key and where from and for which server
const KEYS: readonly (readonly [
  string,
  Given,
  string,
  readonly [string, string, string] | undefined,
])[] = [
  ["nothing", { env: OWN }, "https://keyed.example/v1", undefined],
  [
    "the environment's key, for the server of this run",
    {
      env: { ...OWN, OPENAI_API_KEY: "sk-env" },
      flags: { "base-url": "https://flag.example" },
    },
    "https://flag.example/",
    ["sk-env", "environment", "https://flag.example"],
  ],
  [
    "the file's key, for the file's server",
    { file: `[provider]\n${KEYED}\nbase_url = "https://file.example/v1"` },
    "https://file.example/v1",
    ["sk-file", "file", "https://file.example"],
  ],
  [
    "the file's key, for the default server",
    { file: `[provider]\n${KEYED}` },
    "https://keyed.example/v1",
    ["sk-file", "file", "https://keyed.example"],
  ],
  [
    "the file's key, which stays with its server",
    {
      file: `[provider]\n${KEYED}\nbase_url = "https://file.example/v1"`,
      env: { OPENAI_BASE_URL: "https://env.example" },
    },
    "https://env.example/",
    ["sk-file", "file", "https://file.example"],
  ],
  [
    "the environment's key before the file's",
    { file: `[provider]\n${KEYED}`, env: { OPENAI_API_KEY: "sk-env" } },
    "https://keyed.example/v1",
    ["sk-env", "environment", "https://keyed.example"],
  ],
  [
    "no key of another provider's file",
    { file: '[provider]\nname = "other"\napi_key = "sk-file"', env: OWN },
    "https://keyed.example/v1",
    undefined,
  ],
  [
    "OPENAI_BASE_URL below MEKA_BASE_URL",
    {
      env: {
        ...OWN,
        OPENAI_BASE_URL: "https://low.example",
        MEKA_BASE_URL: "https://high.example",
      },
    },
    "https://high.example/",
    undefined,
  ],
  [
    "nothing of OpenAI's variables for other providers",
    { env: { OPENAI_API_KEY: "sk-env", OPENAI_BASE_URL: "https://x.example" } },
    "https://chatgpt.com/",
    undefined,
  ],
];

for (const [what, given, address, key] of KEYS) {
  Deno.test(`resolveSettings() takes ${what}`, async () => {
    const { baseUrl, apiKey } = await resolve(given);
    assert.equal(baseUrl.value.href, address);
    const found = apiKey && [apiKey.value, apiKey.origin, apiKey.server];
    assert.deepEqual(found, key);
  });
}

const ADDRESSES =
  'base_url = "https://b.example"\nissuer = "https://i.example"';
const MODEL = 'model = "m"\neffort = "low"';

// what the file names, what is chosen, whose addresses count
const OWNERS = [
  ["other", undefined, "file"],
  ["other", "other", "file"],
  ["other", "openai-codex", "default"],
  ["openai-codex", "other", "default"],
  [undefined, undefined, "file"],
  [undefined, "openai-codex", "file"],
  [undefined, "other", "default"],
] as const;

for (const [named, chosen, origin] of OWNERS) {
  for (const way of ["flag", "environment"] as const) {
    Deno.test(`resolveSettings() takes addresses of ${named} from the ${origin} when the ${way} chooses ${chosen}`, async () => {
      const name = named === undefined ? "" : `name = "${named}"`;
      const settings = await resolve({
        file: `[provider]\n${name}\n${MODEL}\n${ADDRESSES}`,
        flags: way === "flag" && chosen ? { provider: chosen } : {},
        env: way === "environment" && chosen ? { MEKA_PROVIDER: chosen } : {},
      });
      const { baseUrl, issuer, model, effort, provider } = settings;
      assert.deepEqual([baseUrl.origin, issuer.origin], [origin, origin]);
      const fallback = PROVIDERS[chosen ?? named ?? "openai-codex"].baseUrl;
      assert.equal(
        baseUrl.value.origin,
        origin === "file" ? "https://b.example" : fallback,
      );
      // These belong to nobody.
      assert.deepEqual(
        [model, effort].map((setting) => setting?.origin),
        ["file", "file"],
      );
      assert.equal(provider.value, chosen ?? named ?? "openai-codex");
    });
  }
}

for (const model of [" gpt-5", "gpt-5\n", "org/model:free", "模型", "--x"]) {
  Deno.test(`resolveSettings() leaves the model ${JSON.stringify(model)} as it is`, async () => {
    assert.equal((await resolve({ flags: { model } })).model?.value, model);
    const env = { MEKA_MODEL: model };
    assert.equal((await resolve({ env })).model?.value, model);
  });
}

const EFFORT_LIST = EFFORTS.join(", ");

// what, sources, kind, message, hint
const REFUSED = [
  [
    "an unknown provider",
    { flags: { provider: "openai" } },
    "usage",
    '`--provider` cannot be "openai"; allowed: openai-codex, other, keyed',
    "The nearest is `other`",
  ],
  [
    "an empty provider",
    { flags: { provider: "" } },
    "usage",
    '`--provider` cannot be ""; allowed: openai-codex, other, keyed',
  ],
  [
    "a method for a provider",
    { flags: { provider: "toString" } },
    "usage",
    '`--provider` cannot be "toString"; allowed: openai-codex, other, keyed',
  ],
  [
    "an unknown provider in the environment",
    { env: { MEKA_PROVIDER: "openai-codx" } },
    "config",
    '`MEKA_PROVIDER` cannot be "openai-codx"; allowed: openai-codex, other, keyed',
    "The nearest is `openai-codex`",
  ],
  [
    "an unknown effort",
    { flags: { effort: "hihg" } },
    "usage",
    `\`--effort\` cannot be "hihg"; allowed: ${EFFORT_LIST}`,
    "The nearest is `high`",
  ],
  [
    "an unknown effort in the environment",
    { env: { MEKA_EFFORT: "LOW" } },
    "config",
    `\`MEKA_EFFORT\` cannot be "LOW"; allowed: ${EFFORT_LIST}`,
  ],
  [
    "an empty model",
    { flags: { model: "" } },
    "usage",
    "`--model` must not be empty",
  ],
  [
    "a blank model",
    { flags: { model: " \t" } },
    "usage",
    "`--model` must not be empty",
  ],
  [
    "a blank model in the environment",
    { env: { MEKA_MODEL: " " } },
    "config",
    "`MEKA_MODEL` must not be empty",
  ],
  [
    "a base URL that is none",
    { flags: { "base-url": "chatgpt.com" } },
    "usage",
    '`--base-url` is not an http or https URL: "chatgpt.com"',
  ],
  [
    "a plain base URL",
    { flags: { "base-url": "http://example.com" } },
    "usage",
    '`--base-url` would send your credentials unencrypted: "http://example.com"',
    "Use https, or a loopback address",
  ],
  [
    "a plain base URL in the environment",
    { env: { MEKA_BASE_URL: "http://example.com" } },
    "config",
    '`MEKA_BASE_URL` would send your credentials unencrypted: "http://example.com"',
    "Use https, or a loopback address",
  ],
  [
    "a plain issuer in the environment",
    { env: { MEKA_OAUTH_ISSUER: "http://example.com" } },
    "config",
    '`MEKA_OAUTH_ISSUER` would send your credentials unencrypted: "http://example.com"',
    "Use https, or a loopback address",
  ],
  [
    "a plain base URL in the file",
    { file: '[provider]\nbase_url = "http://example.com"' },
    "config",
    `${PATH}:2: "provider.base_url" would send your credentials unencrypted: "http://example.com"`,
    "Use https, or a loopback address",
  ],
  [
    "a wrong file, whatever the flags say",
    { file: '[provider]\n\neffort = "big"', flags: { effort: "low" } },
    "config",
    `${PATH}:3: "provider.effort" cannot be "big"; allowed: ${EFFORT_LIST}`,
  ],
] as const satisfies readonly (readonly [
  string,
  Given,
  string,
  string,
  string?,
])[];

for (const [what, given, kind, message, hint] of REFUSED) {
  Deno.test(`resolveSettings() refuses ${what}`, async () => {
    await assert.rejects(resolve(given), (error) => {
      assert.ok(error instanceof MekaError, `${error}`);
      assert.equal(error.message, message);
      assert.equal(error.kind, kind);
      if (hint !== undefined) assert.equal(error.hint, hint);
      return true;
    });
  });
}

// what, how the file is read, message
const UNREADABLE = [
  [
    "a folder",
    () => Promise.reject(new Error("Is a directory")),
    `Cannot read "${PATH}": Is a directory`,
  ],
  [
    "Latin-1",
    () => Promise.resolve(new Uint8Array([0x23, 0xe9])),
    `Cannot read "${PATH}": it is not UTF-8`,
  ],
] as const;

for (const [what, readFile, message] of UNREADABLE) {
  Deno.test(`resolveSettings() refuses ${what} for a file`, async () => {
    const sources = {
      flag: () => undefined,
      host: { env: () => undefined, readFile },
      configPath: PATH,
      providers: PROVIDERS,
    };
    await assert.rejects(resolveSettings(sources), { kind: "config", message });
  });
}

Deno.test("resolveSettings() drops the BOM that an editor left", async () => {
  const { model } = await resolve({ file: '\ufeff[provider]\nmodel = "m"' });
  assert.deepEqual(model, { value: "m", origin: "file" });
});
