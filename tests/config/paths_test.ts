import assert from "node:assert/strict";
import { configPath, databasePath } from "../../src/config/paths.ts";
import { memoryHost } from "../support/memory_host.ts";

type Env = Readonly<Record<string, string>>;

const PLACES: readonly (readonly [string, string, Env, string, string])[] = [
  [
    "home",
    "linux",
    { HOME: "/homes/me" },
    "/homes/me/.config/meka/config.toml",
    "/homes/me/.local/share/meka/sessions.db",
  ],
  [
    "XDG folders",
    "linux",
    { HOME: "/homes/me", XDG_CONFIG_HOME: "/c/", XDG_DATA_HOME: "/d" },
    "/c/meka/config.toml",
    "/d/meka/sessions.db",
  ],
  [
    "relative XDG folders, which do not count",
    "darwin",
    { HOME: "/Users/someone", XDG_CONFIG_HOME: "c", XDG_DATA_HOME: "d" },
    "/Users/someone/.config/meka/config.toml",
    "/Users/someone/.local/share/meka/sessions.db",
  ],
  [
    "folders of meka's own, without a home",
    "linux",
    { MEKA_CONFIG_DIR: "/c", MEKA_DATA_DIR: "d/", XDG_CONFIG_HOME: "/x" },
    "/c/config.toml",
    "d/sessions.db",
  ],
  [
    "Windows",
    "windows",
    { APPDATA: "C:\\A\\Roaming", LOCALAPPDATA: "C:\\A\\Local\\", HOME: "/x" },
    "C:\\A\\Roaming\\meka\\config.toml",
    "C:\\A\\Local\\meka\\sessions.db",
  ],
  [
    "Windows with only a profile",
    "windows",
    { USERPROFILE: "C:\\Users\\someone" },
    "C:\\Users\\someone\\AppData\\Roaming\\meka\\config.toml",
    "C:\\Users\\someone\\AppData\\Local\\meka\\sessions.db",
  ],
];

for (const [name, os, env, config, database] of PLACES) {
  Deno.test(`configPath() and databasePath() follow ${name}`, () => {
    const place = memoryHost({ os, env });
    assert.equal(configPath(place), config);
    assert.equal(databasePath(place), database);
  });
}

Deno.test("configPath() names what to set when there is no home", () => {
  assert.throws(() => configPath(memoryHost()), {
    kind: "config",
    hint: "Set `HOME` or `MEKA_CONFIG_DIR`",
  });
});
