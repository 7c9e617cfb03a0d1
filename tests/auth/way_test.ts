import assert from "node:assert/strict";
import { browserObstacle, suggestsDevice } from "../../src/auth/way.ts";
import { openers } from "../../src/deno_browser.ts";
import { memoryHost } from "../support/memory_host.ts";

const URL_TEXT = "https://auth.example.com/it's?a=b&c='d'";

type Row = readonly [
  name: string,
  os: string,
  env: Readonly<Record<string, string>>,
  obstacle: "ssh" | "no display" | undefined,
  commands: readonly string[],
];

const ROWS: readonly Row[] = [
  ["X11", "linux", { DISPLAY: ":0" }, undefined, ["xdg-open"]],
  ["Wayland", "linux", { WAYLAND_DISPLAY: "wl" }, undefined, ["xdg-open"]],
  ["a console", "linux", {}, "no display", []],
  ["SSH", "linux", { SSH_CONNECTION: "a b" }, "ssh", []],
  ["SSH by its terminal", "darwin", { SSH_TTY: "/dev/pts/1" }, "ssh", []],
  [
    "SSH with a display",
    "linux",
    { SSH_TTY: "/dev/pts/1", DISPLAY: "localhost:10" },
    undefined,
    ["xdg-open"],
  ],
  [
    "SSH with a command of its own",
    "linux",
    { SSH_TTY: "/dev/pts/1", BROWSER: "helper --url %s" },
    undefined,
    ["helper"],
  ],
  [
    "WSL",
    "linux",
    { WSL_DISTRO_NAME: "Debian" },
    undefined,
    ["wslview", "powershell.exe", "xdg-open"],
  ],
  ["macOS", "darwin", {}, undefined, ["open"]],
  ["Windows", "windows", {}, undefined, ["rundll32"]],
];

for (const [name, os, env, obstacle, commands] of ROWS) {
  Deno.test(`browserObstacle() and openers() know ${name}`, () => {
    const host = memoryHost({ os, env });
    assert.equal(browserObstacle(host), obstacle);
    assert.equal(suggestsDevice(host), obstacle !== undefined);
    const url = new URL(URL_TEXT);
    const lines = openers(url, { ...host, seen: true });
    assert.deepEqual(lines.map(([command]) => command), commands);
    // The URL is one argument, whatever is in it; only PowerShell reads it as text.
    for (const [command, ...args] of lines) {
      const given = command === "powershell.exe"
        ? "Start-Process 'https://auth.example.com/it''s?a=b&c=%27d%27'"
        : url.href;
      assert.equal(args.at(-1), given);
    }
  });

  Deno.test(`openers() opens nothing unseen but $BROWSER: ${name}`, () => {
    const host = memoryHost({ os, env });
    const lines = openers(new URL(URL_TEXT), { ...host, seen: false });
    assert.equal(lines.length, env.BROWSER === undefined ? 0 : 1);
  });
}
