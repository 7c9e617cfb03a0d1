import assert from "node:assert/strict";
import { startStandin } from "../../scripts/standin/mod.ts";
import { PROMPT } from "../../scripts/standin/scenario.ts";
import type { Standin } from "../../scripts/standin/types.ts";
import { EFFORTS } from "../../src/message.ts";
import {
  type Ended,
  type Home,
  makeHome,
  runMeka,
  signedInHome,
  signIn,
} from "../support/meka.ts";
import { link } from "../support/link.ts";
import { assertPlainStderr } from "../support/stderr.ts";

/** Nobody listens there. */
const NOWHERE = "http://127.0.0.1:9";

async function writeConfig(
  home: Home,
  toml: string | Uint8Array,
): Promise<void> {
  await Deno.mkdir(`${home.folder}/config`, { recursive: true });
  const bytes = typeof toml === "string"
    ? new TextEncoder().encode(toml)
    : toml;
  await Deno.writeFile(home.config, bytes);
}

interface PrecedenceCase {
  readonly args?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly file?: string;
  readonly model: string;
  readonly effort: string;
}

const FILE = 'model = "m-file"\neffort = "low"';
const ENV = { MEKA_MODEL: "m-env", MEKA_EFFORT: "medium" };
const ARGS = ["--model", "m-flag", "--effort", "max"];
const PRECEDENCE: readonly PrecedenceCase[] = [
  { file: FILE, model: "m-file", effort: "low" },
  { file: FILE, env: ENV, model: "m-env", effort: "medium" },
  { file: FILE, env: ENV, args: ARGS, model: "m-flag", effort: "max" },
  { env: ENV, args: ARGS, model: "m-flag", effort: "max" },
  { file: FILE, args: ARGS, model: "m-flag", effort: "max" },
  { env: ENV, model: "m-env", effort: "medium" },
  { args: ["-m", "m-flag"], model: "m-flag", effort: "high" },
  {
    file: 'model = "m-file"',
    env: { MEKA_EFFORT: "none" },
    model: "m-file",
    effort: "none",
  },
  // Empty means unset.
  {
    file: FILE,
    env: { MEKA_MODEL: "", MEKA_EFFORT: "", MEKA_PROVIDER: "" },
    model: "m-file",
    effort: "low",
  },
  // The last of two flags counts.
  { args: ["-m", "m-one", "-m", "m-two"], model: "m-two", effort: "high" },
];

Deno.test("flag, environment, file and default come in this order", async (t) => {
  await using standin = await startStandin();
  for (const { args = [], env, file, model, effort } of PRECEDENCE) {
    await t.step(JSON.stringify({ args, env, file }), async () => {
      await using home = await signedInHome(standin);
      if (file !== undefined) await writeConfig(home, `[provider]\n${file}\n`);
      standin.reset();
      const { code, stderr } = await runMeka({
        standin,
        home,
        args: [...args, PROMPT],
        env: { MEKA_MODEL: "", ...env },
      });
      assert.equal(code, 0, stderr);
      const body = JSON.parse(standin.requests[0]?.body ?? "{}");
      assert.deepEqual([body.model, body.reasoning.effort], [model, effort]);
    });
  }
});

interface AddressCase {
  readonly what: string;
  readonly args?: (good: string) => readonly string[];
  readonly env?: (good: string) => Readonly<Record<string, string>>;
  readonly file?: (good: string) => string;
  readonly reached: boolean;
}

const ADDRESSES: readonly AddressCase[] = [
  { what: "file", file: (url) => `base_url = "${url}"`, reached: true },
  {
    what: "environment over file",
    file: () => `base_url = "${NOWHERE}"`,
    env: (url) => ({ MEKA_BASE_URL: url }),
    reached: true,
  },
  {
    what: "flag over environment and file",
    file: () => `base_url = "${NOWHERE}"`,
    env: () => ({ MEKA_BASE_URL: NOWHERE }),
    args: (url) => ["--base-url", url],
    reached: true,
  },
  {
    what: "OPENAI_BASE_URL is another provider's",
    file: (url) => `base_url = "${url}"`,
    env: () => ({ OPENAI_BASE_URL: NOWHERE }),
    reached: true,
  },
  {
    what: "a flag that leads nowhere is not forgiven",
    file: (url) => `base_url = "${url}"`,
    args: () => ["--base-url", NOWHERE, "--timeout", "0.3"],
    reached: false,
  },
];

Deno.test("the base URL comes from flag, environment, file in this order", async (t) => {
  await using standin = await startStandin();
  const good = standin.baseUrl.origin;
  for (const { what, args, env, file, reached } of ADDRESSES) {
    await t.step(what, async () => {
      await using home = await signedInHome(standin);
      if (file !== undefined) {
        await writeConfig(home, `[provider]\n${file(good)}\n`);
      }
      standin.reset();
      const { code, stderr } = await runMeka({
        home,
        args: [...args?.(good) ?? [], "-m", "gpt-5", PROMPT],
        env: env?.(good) ?? {},
      });
      assert.equal(code, reached ? 0 : 5, stderr);
      assert.equal(standin.requests.length, reached ? 1 : 0);
    });
  }
});

const ISSUERS: readonly [
  string,
  (good: string) => readonly [string, string],
][] = [
  ["file", (good) => [good, ""]],
  ["environment over file", (good) => [NOWHERE, good]],
];

for (const [what, addresses] of ISSUERS) {
  Deno.test(`the issuer comes from the ${what}`, async () => {
    await using standin = await startStandin();
    await using home = await makeHome();
    await signIn(home, standin.grant({ lifetimeSeconds: -10 }));
    const [file, environment] = addresses(standin.issuer.origin);
    await writeConfig(home, `[provider]\nissuer = "${file}"\n`);
    const { code, stderr } = await runMeka({
      standin,
      home,
      args: [PROMPT],
      env: { MEKA_OAUTH_ISSUER: environment },
    });
    assert.equal(code, 0, stderr);
    assert.equal(standin.counts().refreshes, 1);
  });
}

Deno.test("meka says that no model is chosen", async () => {
  await using standin = await startStandin();
  await using home = await signedInHome(standin);
  const { code, stderr } = await runMeka({
    standin,
    home,
    args: [PROMPT],
    env: { MEKA_MODEL: "" },
  });
  assert.equal(code, 2);
  assertPlainStderr(stderr, 2);
  assert.match(stderr, /--model/);
  assert.equal(standin.requests.length, 0);
});

/** What fails before anything is sent: an error that holds these texts, exit 2. */
function assertRefused(
  ended: Ended,
  texts: readonly string[],
  standin: Standin,
): void {
  const { code, stdout, stderr } = ended;
  assert.equal(code, 2, stderr);
  assert.equal(stdout, "");
  assertPlainStderr(stderr, 2);
  for (const text of texts) {
    assert.ok(stderr.includes(text), `"${text}" is not in: ${stderr}`);
  }
  assert.equal(standin.requests.length, 0, "something was sent");
}

interface BadConfig {
  readonly what: string;
  readonly toml: string | Uint8Array;
  /** 0 when no line can be told. */
  readonly line: number;
  readonly says: readonly string[];
}

const BAD_CONFIGS: readonly BadConfig[] = [
  {
    what: "an unknown key",
    toml: '[provider]\nname = "openai-codex"\nmodle = "gpt-5"\n',
    line: 3,
    says: ["provider.modle", "model", "effort", "base_url", "issuer"],
  },
  {
    what: "an unknown table",
    toml: '# mine\n\n[providers]\nmodel = "gpt-5"\n',
    line: 3,
    says: ["providers", "provider"],
  },
  {
    what: "a key without a table",
    toml: 'model = "gpt-5"\n',
    line: 1,
    says: ["model", "provider"],
  },
  {
    what: "a wrong effort",
    toml: '[provider]\nmodel = "gpt-5"\n\neffort = "hgih"\n',
    line: 4,
    says: ["provider.effort", "hgih", ...EFFORTS],
  },
  {
    what: "an effort of another type",
    toml: "[provider]\neffort = 3\n",
    line: 2,
    says: ["provider.effort", ...EFFORTS],
  },
  {
    what: "an unknown provider",
    toml: '[provider]\r\nname = "openai"\r\n',
    line: 2,
    says: ["provider.name", '"openai"', "openai-codex"],
  },
  {
    what: "a model that is a number",
    toml: "[provider]\nmodel = 5\n",
    line: 2,
    says: ["provider.model", "string"],
  },
  {
    what: "a model that is empty",
    toml: '[provider]\nmodel = ""\n',
    line: 2,
    says: ["provider.model"],
  },
  {
    what: "an address that is a list",
    toml: '[provider]\nbase_url = ["https://chatgpt.com"]\n',
    line: 2,
    says: ["provider.base_url", "URL"],
  },
  {
    what: "a table that is a list",
    toml: '[[provider]]\nname = "openai-codex"\n',
    line: 1,
    says: ["provider", "table"],
  },
  {
    what: "a wrong value in an inline table",
    toml: '\nprovider = { model = "gpt-5", effort = "loud" }\n',
    line: 2,
    says: ["provider.effort", "loud"],
  },
  {
    what: "a dotted key",
    toml: 'provider.model = "gpt-5"\nprovider.colour = "red"\n',
    line: 2,
    says: ["provider.colour"],
  },
  {
    what: "no TOML",
    toml: '[provider]\nmodel = "gpt-5"\neffort = high\n',
    line: 3,
    says: ["TOML"],
  },
  {
    what: "a key given twice",
    toml: '[provider]\nmodel = "a"\nmodel = "b"\n',
    line: 3,
    says: ["TOML"],
  },
  {
    what: "no UTF-8",
    toml: new Uint8Array([0x5b, 0xff, 0xfe]),
    line: 0,
    says: ["UTF-8"],
  },
  {
    what: "a plain-http base URL",
    toml: '[provider]\n# over there\nbase_url = "http://example.com"\n',
    line: 3,
    says: ["base_url", "http://example.com"],
  },
  {
    what: "a plain-http issuer",
    toml: '[provider]\nissuer = "http://10.0.0.1"\n',
    line: 2,
    says: ["issuer", "http://10.0.0.1"],
  },
  {
    what: "an address that is none",
    toml: '[provider]\nbase_url = "chatgpt.com"\n',
    line: 2,
    says: ["base_url", "chatgpt.com"],
  },
];

Deno.test("a wrong config is told by file, line and key, and what is allowed", async (t) => {
  await using standin = await startStandin();
  for (const { what, toml, line, says } of BAD_CONFIGS) {
    await t.step(what, async () => {
      await using home = await signedInHome(standin);
      await writeConfig(home, toml);
      const place = line === 0 ? home.config : `${home.config}:${line}`;
      const args = ["-m", "gpt-5", PROMPT];
      const env = { OPENAI_CODEX_TOKEN: standin.grant().accessToken };
      const ended = await runMeka({ home, args, env });
      assertRefused(ended, [place, ...says], standin);

      const json = await runMeka({ home, args: ["--json", ...args], env });
      const { type, code, exit } = JSON.parse(json.stdout);
      assert.deepEqual([type, code, exit], ["error", "config", 2]);
      assert.equal(json.code, 2);
    });
  }
});

Deno.test("a config that is a folder is told", async () => {
  await using standin = await startStandin();
  await using home = await signedInHome(standin);
  await Deno.mkdir(home.config, { recursive: true });
  const ended = await runMeka({ standin, home, args: [PROMPT] });
  assertRefused(ended, [home.config], standin);
});

const GOOD_CONFIGS: readonly [string, string][] = [
  ["empty", ""],
  ["comments only", "# nothing\n"],
  ["a byte order mark", '\ufeff[provider]\nmodel = "gpt-5"\n'],
  ["CRLF", '[provider]\r\nmodel = "gpt-5"\r\n'],
  ["an empty table", "[provider]\n"],
  ["an inline table", 'provider = { name = "openai-codex" }\n'],
  ["dotted keys", 'provider.name = "openai-codex"\n'],
  [
    "all keys",
    '[provider]\nname = "openai-codex"\nmodel = "x"\neffort = "ultra"\n' +
    'base_url = "https://chatgpt.com"\nissuer = "https://auth.openai.com"\n',
  ],
];

Deno.test("a config in any good form is read", async (t) => {
  await using standin = await startStandin();
  for (const [what, toml] of GOOD_CONFIGS) {
    await t.step(what, async () => {
      await using home = await signedInHome(standin);
      await writeConfig(home, toml);
      const { code, stderr } = await runMeka({ standin, home, args: [PROMPT] });
      assert.equal(code, 0, stderr);
    });
  }
});

Deno.test({
  name: "a symbolic link to a config is followed",
  ignore: Deno.build.os === "windows",
  fn: async () => {
    await using standin = await startStandin();
    await using home = await signedInHome(standin);
    const kept = `${home.folder}/dotfiles.toml`;
    await Deno.writeTextFile(kept, '[provider]\nmodel = "linked"\n');
    await Deno.mkdir(`${home.folder}/config`);
    await link(kept, home.config);
    const { code } = await runMeka({
      standin,
      home,
      args: [PROMPT],
      env: { MEKA_MODEL: "" },
    });
    assert.equal(code, 0);
    assert.equal(JSON.parse(standin.requests[0]?.body ?? "").model, "linked");
  },
});

interface BadSetting {
  readonly args?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly says: readonly string[];
}

const BAD_SETTINGS: readonly BadSetting[] = [
  { env: { MEKA_EFFORT: "loud" }, says: ["MEKA_EFFORT", "loud", ...EFFORTS] },
  { env: { MEKA_PROVIDER: "x" }, says: ["MEKA_PROVIDER", "openai-codex"] },
  {
    env: { MEKA_BASE_URL: "http://example.com" },
    says: ["MEKA_BASE_URL", "http://example.com"],
  },
  { env: { MEKA_BASE_URL: "nonsense" }, says: ["MEKA_BASE_URL"] },
  { env: { MEKA_BASE_URL: "ftp://127.0.0.1" }, says: ["MEKA_BASE_URL"] },
  {
    env: { MEKA_OAUTH_ISSUER: "http://auth.example.com" },
    says: ["MEKA_OAUTH_ISSUER"],
  },
  { args: ["--effort", "loud"], says: ["--effort", "loud", ...EFFORTS] },
  { args: ["--provider", "x"], says: ["--provider", "openai-codex"] },
  { args: ["--provider", "openai"], says: ["--provider", "openai-api"] },
  { args: ["--max-tokens", "9"], says: ["openai-codex", "--max-tokens"] },
  { args: ["--temperature", "1"], says: ["openai-codex", "--temperature"] },
  { args: ["--base-url", "http://example.com"], says: ["--base-url"] },
  { args: ["--base-url", "http://0.0.0.0"], says: ["--base-url"] },
  {
    args: ["--base-url", "http://127.0.0.1.example.com"],
    says: ["--base-url"],
  },
  {
    args: ["--base-url", "http://localhost.example.com"],
    says: ["--base-url"],
  },
  { args: ["--base-url", "https://chatgpt.com/?a=b"], says: ["--base-url"] },
  { args: ["--model", ""], says: ["--model"] },
  { args: ["--timeout", "0"], says: ["--timeout", '"0"'] },
  { args: ["--timeout=-1"], says: ["--timeout", "-1"] },
  { args: ["--timeout", "soon"], says: ["--timeout", "soon"] },
  { args: ["--timeout", "1e999"], says: ["--timeout"] },
  { args: ["--image", "/nowhere/a.png"], says: ["--image", "/nowhere/a.png"] },
  { args: ["--image", import.meta.filename ?? ""], says: ["PNG", "JPEG"] },
  { args: ["--image", "/"], says: ["--image"] },
  { args: ["--schema", "/nowhere/s.json"], says: ["--schema", "/nowhere"] },
  { args: ["--schema", import.meta.filename ?? ""], says: ["JSON"] },
  { args: ["--modle", "gpt-5"], says: ["--modle", "--model"] },
  { args: ["--verbos"], says: ["--verbos", "--verbose"] },
  { args: ["-z"], says: ["-z"] },
  { args: ["--json=yes"], says: ["--json"] },
];

Deno.test("a wrong flag or variable is named, and nothing is sent", async (t) => {
  await using standin = await startStandin();
  await using home = await signedInHome(standin);
  for (const { args = [], env = {}, says } of BAD_SETTINGS) {
    await t.step(JSON.stringify({ args, env }), async () => {
      const ended = await runMeka({
        standin,
        home,
        args: [...args, PROMPT],
        env,
      });
      assertRefused(ended, says, standin);
    });
  }
});

Deno.test("an option without its value is named", async (t) => {
  await using standin = await startStandin();
  await using home = await signedInHome(standin);
  for (
    const args of [
      [PROMPT, "--model"],
      [PROMPT, "-m"],
      ["--system", "--usage", PROMPT],
    ]
  ) {
    await t.step(JSON.stringify(args), async () => {
      const ended = await runMeka({ standin, home, args });
      const option = args.find((word) => word.startsWith("-")) ?? "";
      assertRefused(ended, [`\`${option}\``, "value"], standin);
    });
  }
});

Deno.test("the password of a base URL is not repeated", async () => {
  await using standin = await startStandin();
  await using home = await signedInHome(standin);
  const url = "https://somebody:open-sesame@example.com";
  const ended = await runMeka({
    home,
    args: ["-m", "x", "--base-url", url, PROMPT],
  });
  assertRefused(ended, ["--base-url"], standin);
  assert.doesNotMatch(ended.stderr, /sesame/);
});

interface PlaceCase {
  readonly what: string;
  readonly env: (folder: string) => Readonly<Record<string, string>>;
  readonly config: string;
  readonly data: string;
}

const PLACES: readonly PlaceCase[] = [
  {
    what: "HOME",
    env: () => ({}),
    config: ".config/meka",
    data: ".local/share/meka",
  },
  {
    what: "XDG folders",
    env: (folder) => ({
      XDG_CONFIG_HOME: `${folder}/xc`,
      XDG_DATA_HOME: `${folder}/xd/deep`,
    }),
    config: "xc/meka",
    data: "xd/deep/meka",
  },
  {
    what: "empty XDG folders",
    env: () => ({ XDG_CONFIG_HOME: "", XDG_DATA_HOME: "" }),
    config: ".config/meka",
    data: ".local/share/meka",
  },
  {
    what: "MEKA folders over XDG folders",
    env: (folder) => ({
      XDG_CONFIG_HOME: `${folder}/xc`,
      XDG_DATA_HOME: `${folder}/xd`,
      MEKA_CONFIG_DIR: `${folder}/mc`,
      MEKA_DATA_DIR: `${folder}/md/`,
    }),
    config: "mc",
    data: "md",
  },
];

for (const { what, env, config, data } of PLACES) {
  Deno.test({
    name: `files lie where the contract says: ${what}`,
    ignore: Deno.build.os === "windows",
    fn: async () => {
      await using standin = await startStandin();
      await using home = await makeHome();
      const { folder } = home;
      await Deno.mkdir(`${folder}/${config}`, { recursive: true });
      await Deno.writeTextFile(
        `${folder}/${config}/config.toml`,
        '[provider]\nmodel = "found"\n',
      );
      const { code, stderr } = await runMeka({
        standin,
        home,
        args: [PROMPT],
        env: {
          MEKA_MODEL: "",
          MEKA_CONFIG_DIR: "",
          MEKA_DATA_DIR: "",
          HOME: folder,
          OPENAI_CODEX_TOKEN: standin.grant().accessToken,
          ...env(folder),
        },
      });
      assert.equal(code, 0, stderr);
      assert.equal(JSON.parse(standin.requests[0]?.body ?? "").model, "found");
      assert.ok((await Deno.stat(`${folder}/${data}/sessions.db`)).isFile);
    },
  });
}
