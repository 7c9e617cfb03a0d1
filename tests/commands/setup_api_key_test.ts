import assert from "node:assert/strict";
import type { FlagName } from "../../src/cli/flags.ts";
import type { CommandContext } from "../../src/commands/context.ts";
import { setup } from "../../src/commands/setup.ts";
import { MekaError } from "../../src/errors.ts";
import { readKey } from "../../src/store/api_keys.ts";
import { readCatalogue } from "../../src/store/catalogues.ts";
import { openDatabase } from "../../src/store/database.ts";
import {
  type MemoryHost,
  memoryHost,
  type MemoryHostOptions,
} from "../support/memory_host.ts";
import { type Reply, scriptedFetch } from "../support/scripted_fetch.ts";

const CONFIG = "/config/config.toml";
const OPENAI = "https://api.openai.com";
const LOCAL = "http://127.0.0.1:11434";

const MODELS: Reply = () =>
  Response.json({ object: "list", data: [{ id: "gpt-5" }, { id: "gpt-6" }] });
const status = (code: number): Reply => () =>
  new Response('{"error":{"message":"Told so"}}', { status: code });

/** What came of a set-up. */
interface Done {
  readonly host: MemoryHost;
  readonly code: number | undefined;
  readonly error: MekaError | undefined;
  readonly config: string | undefined;
  readonly requests: readonly Request[];
  /** The key that is stored for an origin. */
  readonly keys: Readonly<Record<string, string | undefined>>;
  /** The names of the models that are kept for an address. */
  readonly models: readonly string[];
}

async function run(
  given: Partial<Record<FlagName, string>>,
  { replies = [], config, ...options }: MemoryHostOptions & {
    readonly replies?: readonly Reply[];
    readonly config?: string;
  } = {},
): Promise<Done> {
  const folder = await Deno.makeTempDir();
  const env = {
    MEKA_CONFIG_DIR: "/config",
    MEKA_DATA_DIR: folder,
    ...options.env,
  };
  const files: Record<string, string> = config === undefined
    ? {}
    : { [CONFIG]: config };
  const host = memoryHost({ ...options, env, files });
  const script = scriptedFetch(...replies);
  const context: CommandContext = {
    host,
    fetch: script.fetch,
    options: flags({ provider: "openai-api", ...given }),
    words: [],
    userAgent: "meka_cli/0",
    clean: (text) => text,
    hide: () => {},
    onFailure: () => {},
  };
  let code: number | undefined;
  let error: MekaError | undefined;
  try {
    code = await setup(context);
  } catch (failure) {
    if (!(failure instanceof MekaError)) throw failure;
    error = failure;
  }
  script.end();
  const { database } = await openDatabase(`${folder}/sessions.db`, host);
  const key = (origin: string): string | undefined =>
    readKey(database, { provider: "openai-api", origin });
  const keys = { [OPENAI]: key(OPENAI), [LOCAL]: key(LOCAL) };
  const owner = { provider: "openai-api", accountId: `${OPENAI}/v1` };
  const models = readCatalogue(database, owner)?.models.map(({ id }) => id);
  database.close();
  await Deno.remove(folder, { recursive: true });
  return {
    host,
    code,
    error,
    config: host.files.get(CONFIG),
    requests: script.requests,
    keys,
    models: models ?? [],
  };
}

function flags(
  given: Partial<Record<FlagName, string>>,
): CommandContext["options"] {
  const names = [
    "provider",
    "model",
    "effort",
    "base-url",
    "api-key-stdin",
  ] as const;
  return new Map(names.flatMap((name) => {
    const value = given[name];
    return value === undefined ? [] : [[name, [value]] as const];
  }));
}

const STDIN = { model: "gpt-5", "api-key-stdin": "" };

Deno.test("setup() takes a key from stdin, checks it once, stores it and writes the config", async () => {
  const done = await run(STDIN, { stdin: "sk-entered\n", replies: [MODELS] });
  assert.equal(done.code, 0, done.error?.message);
  const [request] = done.requests;
  assert.equal(request?.url, `${OPENAI}/v1/models`);
  assert.equal(request?.headers.get("authorization"), "Bearer sk-entered");
  assert.equal(done.keys[OPENAI], "sk-entered");
  assert.deepEqual(done.models, ["gpt-5", "gpt-6"]);
  assert.equal(
    done.config,
    '[provider]\nname = "openai-api"\nmodel = "gpt-5"\n',
  );
  const said = done.host.stderr();
  assert.match(said, /The key is stored for api\.openai\.com/);
  assert.doesNotMatch(said, /sk-|warning/);
  assert.equal(done.host.stdout(), "");
});

Deno.test("setup() stores a key for the origin of its own address, which the config keeps", async () => {
  const done = await run({ ...STDIN, "base-url": LOCAL }, {
    stdin: "sk-entered",
    replies: [MODELS],
  });
  assert.deepEqual(done.keys, { [OPENAI]: undefined, [LOCAL]: "sk-entered" });
  assert.match(done.config ?? "", /^base_url = "http:\/\/127.0.0.1:11434"$/m);
});

Deno.test("setup() stores nothing when the key is not accepted", async () => {
  const before = '[provider]\nname = "openai-codex"\nmodel = "m"\n';
  const done = await run(STDIN, {
    stdin: "sk-wrong",
    config: before,
    replies: [status(401)],
  });
  assert.equal(done.error?.kind, "auth");
  assert.match(done.error?.message ?? "", /did not accept the key/);
  assert.equal(done.keys[OPENAI], undefined);
  assert.equal(done.config, before);
});

Deno.test("setup() goes on with a warning where the list is not to be had", async () => {
  for (const code of [403, 404]) {
    const done = await run(STDIN, {
      stdin: "sk-entered",
      replies: [status(code)],
    });
    assert.equal(done.code, 0);
    assert.match(done.host.stderr(), /warning: The key is not checked/);
    assert.equal(done.keys[OPENAI], "sk-entered");
  }
});

Deno.test("setup() warns of a model that the server does not list", async () => {
  const done = await run({ ...STDIN, model: "gpt-7" }, {
    stdin: "sk-entered",
    replies: [MODELS],
  });
  assert.equal(done.code, 0);
  assert.match(done.host.stderr(), /does not list the model "gpt-7"/);
});

Deno.test("setup() needs no key for a server on this machine", async () => {
  const done = await run({ model: "gpt-5", "base-url": LOCAL }, {
    replies: [MODELS],
  });
  assert.equal(done.code, 0, done.error?.message);
  assert.equal(done.requests[0]?.headers.has("authorization"), false);
  assert.equal(done.keys[LOCAL], undefined);
});

Deno.test("setup() checks the environment's key and leaves it there", async () => {
  const done = await run({ model: "gpt-5" }, {
    env: { OPENAI_API_KEY: "sk-env" },
    replies: [MODELS],
  });
  assert.equal(done.code, 0, done.error?.message);
  const sent = done.requests[0]?.headers.get("authorization");
  assert.equal(sent, "Bearer sk-env");
  assert.equal(done.keys[OPENAI], undefined);
});

Deno.test("setup() asks on a terminal: for the key, hidden, and for a model of the list", async () => {
  const done = await run({}, {
    terminal: true,
    typed: ["", "sk-typed", "", "gpt-6"],
    replies: [MODELS],
  });
  assert.equal(done.code, 0, done.error?.message);
  assert.deepEqual(done.host.prompts, [
    "Base URL (Enter for https://api.openai.com/v1): ",
    "Key for api.openai.com: ",
    "Model: ",
    "Model: ",
  ]);
  assert.match(done.host.stderr(), /Models: gpt-5, gpt-6/);
  assert.equal(done.keys[OPENAI], "sk-typed");
  assert.match(done.config ?? "", /^model = "gpt-6"$/m);
});

/** What was in the config, what was given, what stands in it then. */
const CONFIGS: readonly (readonly [
  string,
  string,
  Partial<Record<FlagName, string>>,
  string,
])[] = [
  [
    "keeps what a person wrote",
    '# mine\n[provider]\nname = "openai-api" # here\nmodel = "old"\n# the end\n',
    STDIN,
    '# mine\n[provider]\nname = "openai-api" # here\nmodel = "gpt-5"\n# the end\n',
  ],
  [
    "takes another provider's addresses out of use",
    '[provider]\nname = "openai-codex"\nmodel = "m"\nbase_url = "https://b.example"\nissuer = "https://i.example"\n',
    STDIN,
    '[provider]\nname = "openai-api"\nmodel = "gpt-5"\n# base_url = "https://b.example"\n# issuer = "https://i.example"\n',
  ],
  [
    "takes a key in the file out of use, which would count before the stored one",
    '[provider]\nname = "openai-api"\nmodel = "gpt-5"\napi_key = "sk-file"\n',
    STDIN,
    '[provider]\nname = "openai-api"\nmodel = "gpt-5"\n# api_key = "sk-file"\n',
  ],
  [
    "sets the effort",
    '[provider]\nname = "openai-api"\nmodel = "gpt-5"\n',
    { ...STDIN, effort: "low" },
    '[provider]\nname = "openai-api"\nmodel = "gpt-5"\neffort = "low"\n',
  ],
];

for (const [what, config, given, expected] of CONFIGS) {
  Deno.test(`setup() ${what}`, async () => {
    // The address that a codex config names is not for keys.
    const env = { MEKA_BASE_URL: `${OPENAI}/v1` };
    const options = { stdin: "sk-entered", replies: [MODELS], env };
    const done = await run(given, { ...options, config });
    assert.equal(done.code, 0, done.error?.message);
    assert.equal(done.config, expected);
  });
}

Deno.test("setup() does not let the file's key follow to another server", async () => {
  const done = await run({ model: "gpt-5", "base-url": LOCAL }, {
    config:
      '[provider]\nname = "openai-api"\nmodel = "m"\napi_key = "sk-file"\n',
    replies: [MODELS],
  });
  assert.equal(done.code, 0, done.error?.message);
  assert.equal(done.requests[0]?.headers.has("authorization"), false);
  assert.match(done.config ?? "", /^# api_key = "sk-file"$/m);
});

Deno.test("setup() never hands a key to the address of another provider's config", async () => {
  const done = await run(STDIN, {
    stdin: "sk-entered",
    config:
      '[provider]\nname = "openai-codex"\nbase_url = "https://b.example"\n',
    replies: [MODELS],
  });
  assert.equal(done.requests[0]?.url, `${OPENAI}/v1/models`);
});

/** What is missing or wrong, with what, and what the message names. */
const WRONG: readonly (readonly [
  string,
  Partial<Record<FlagName, string>>,
  MemoryHostOptions & { readonly config?: string },
  RegExp,
])[] = [
  ["no model", { "api-key-stdin": "" }, { stdin: "sk-1" }, /`--model`/],
  ["another provider's model", { "api-key-stdin": "" }, {
    stdin: "sk-1",
    config: '[provider]\nname = "openai-codex"\nmodel = "m"\n',
  }, /`--model`/],
  ["no key", { model: "m" }, {}, /`--api-key-stdin`/],
  ["an empty stdin", STDIN, { stdin: "\n" }, /holds no key/],
  [
    "a key of two lines",
    STDIN,
    { stdin: "sk-1\nsk-2" },
    /character that no key has/,
  ],
  ["a plain address", { ...STDIN, "base-url": "http://x.example" }, {
    stdin: "sk-1",
  }, /unencrypted/],
  [
    "an effort that is none",
    { ...STDIN, effort: "loud" },
    { stdin: "sk-1" },
    /--effort/,
  ],
  ["a key for openai-codex", { ...STDIN, provider: "openai-codex" }, {
    stdin: "sk-1",
  }, /openai-codex takes no key/],
];

for (const [what, given, options, message] of WRONG) {
  Deno.test(`setup() refuses ${what} before anything is sent`, async () => {
    const done = await run(given, options);
    assert.equal(done.error?.kind, "usage");
    assert.match(done.error?.message ?? "", message);
    assert.doesNotMatch(done.error?.message ?? "", /sk-/);
    assert.equal(done.config, options.config);
    assert.deepEqual(done.keys, { [OPENAI]: undefined, [LOCAL]: undefined });
  });
}
