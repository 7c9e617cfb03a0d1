import assert from "node:assert/strict";
import {
  findKey,
  type KeyContext,
  needsNoStore,
  refusedKey,
} from "../../src/auth/api_key.ts";
import type { KeySetting } from "../../src/config/resolve.ts";
import { MekaError } from "../../src/errors.ts";
import { writeKey } from "../../src/store/api_keys.ts";
import { openDatabase, type OpenedDatabase } from "../../src/store/database.ts";
import { memoryHost } from "../support/memory_host.ts";

const API = "https://api.openai.com/v1";
const LOCAL = "http://127.0.0.1:11434";

const ENVIRONMENT: KeySetting = {
  value: "sk-env",
  origin: "environment",
  name: "OPENAI_API_KEY",
  server: "https://api.openai.com",
};
const FILE: KeySetting = { ...ENVIRONMENT, value: "sk-file", origin: "file" };

async function withStore<T>(
  use: (opened: OpenedDatabase) => Promise<T>,
): Promise<T> {
  const folder = await Deno.makeTempDir();
  const opened = await openDatabase(`${folder}/sessions.db`, memoryHost());
  try {
    return await use(opened);
  } finally {
    opened.database.close();
    await Deno.remove(folder, { recursive: true });
  }
}

/** Name, base URL, what is set, what is stored for api.openai.com, the key and its place. */
const ROWS: readonly (readonly [
  string,
  string,
  KeySetting | undefined,
  string | undefined,
  string | undefined,
  string | undefined,
])[] = [
  ["one that is set", API, ENVIRONMENT, "sk-stored", "sk-env", "environment"],
  ["one in the file", API, FILE, "sk-stored", "sk-file", "file"],
  ["the stored one", API, undefined, "sk-stored", "sk-stored", "stored"],
  [
    "no other server's file key, but the stored one",
    API,
    { ...FILE, server: "https://x.example" },
    "sk-stored",
    "sk-stored",
    "stored",
  ],
  ["nothing", API, undefined, undefined, undefined, undefined],
  [
    "no other server's stored key",
    "https://x.example/v1",
    undefined,
    "sk-stored",
    undefined,
    undefined,
  ],
  [
    "no other port's stored key",
    "https://api.openai.com:8443/v1",
    undefined,
    "sk-stored",
    undefined,
    undefined,
  ],
  ["nothing on this machine", LOCAL, undefined, "sk-stored", undefined, "none"],
  [
    "one that is set for this machine",
    LOCAL,
    { ...ENVIRONMENT, server: LOCAL },
    undefined,
    "sk-env",
    "environment",
  ],
  [
    "no other server's key on this machine",
    LOCAL,
    FILE,
    "sk-stored",
    undefined,
    "none",
  ],
];

for (const [name, base, setting, stored, key, place] of ROWS) {
  Deno.test(`findKey() finds ${name}`, async () => {
    await withStore(async (opened) => {
      if (stored !== undefined) {
        writeKey(opened.database, {
          provider: "openai-api",
          origin: "https://api.openai.com",
        }, { key: stored, storedAt: 0 });
      }
      const context: KeyContext = {
        provider: "openai-api",
        baseUrl: new URL(base),
        setting,
        store: () => Promise.resolve(opened),
      };
      if (place === undefined) {
        return await assert.rejects(findKey(context), {
          kind: "auth",
          message: `There is no key for ${new URL(base).host}`,
        });
      }
      const found = await findKey(context);
      assert.deepEqual(found, {
        credential: { type: "api_key", key },
        place,
      });
      if (place !== "stored") assert.equal(needsNoStore(context), true);
    });
  });
}

const CLOSED = (): Promise<OpenedDatabase> =>
  Promise.reject(new MekaError("auth", "Cannot read the store"));

Deno.test("findKey() says which server the file's key is for", async () => {
  await withStore(async (opened) => {
    const context: KeyContext = {
      provider: "openai-api",
      baseUrl: new URL("https://x.example"),
      setting: FILE,
      store: () => Promise.resolve(opened),
    };
    await assert.rejects(findKey(context), {
      message:
        "There is no key for x.example: the `api_key` in the config is for https://api.openai.com",
    });
  });
});

Deno.test("findKey() needs no store on this machine, nor for a key that is set", async () => {
  const context = { provider: "openai-api", store: CLOSED };
  const local = await findKey({
    ...context,
    baseUrl: new URL(LOCAL),
    setting: undefined,
  });
  assert.equal(local.place, "none");
  const set = await findKey({
    ...context,
    baseUrl: new URL(API),
    setting: ENVIRONMENT,
  });
  assert.equal(set.place, "environment");
  const none = { ...context, baseUrl: new URL(API), setting: undefined };
  assert.equal(needsNoStore(none), false);
  await assert.rejects(findKey(none), { message: "Cannot read the store" });
});

for (const value of ["sk with spaces", "", "clé", "a\nb"]) {
  Deno.test(`findKey() never sends ${JSON.stringify(value)}, nor repeats it`, async () => {
    const context: KeyContext = {
      provider: "openai-api",
      baseUrl: new URL(API),
      setting: { ...ENVIRONMENT, value },
      store: CLOSED,
    };
    await assert.rejects(findKey(context), (error) => {
      assert.ok(error instanceof MekaError);
      assert.equal(error.kind, "auth");
      assert.match(error.message, /`OPENAI_API_KEY` holds a character/);
      assert.ok(value === "" || !error.message.includes(value));
      return true;
    });
  });
}

const PLACES = [
  ["environment", ENVIRONMENT, /the key in `OPENAI_API_KEY`/],
  ["file", FILE, /the `api_key` in the config/],
  ["stored", undefined, /the key that `meka setup` stored/],
  ["none", undefined, /asks for a key/],
] as const;
for (const [place, setting, message] of PLACES) {
  Deno.test(`refusedKey() says whose key of "${place}" it was`, () => {
    const credential = { type: "api_key", key: "sk-x" } as const;
    const error = refusedKey({ credential, place }, {
      provider: "openai-api",
      baseUrl: new URL(API),
      setting,
    });
    assert.equal(error.kind, "auth");
    assert.match(error.message, message);
    assert.doesNotMatch(error.message, /sk-/);
  });
}
