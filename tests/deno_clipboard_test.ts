import assert from "node:assert/strict";
import { clipboards, copyText } from "../src/deno_clipboard.ts";

const CASES: readonly [
  name: string,
  os: string,
  env: Readonly<Record<string, string>>,
  programs: readonly string[],
][] = [
  ["macOS", "darwin", {}, ["pbcopy"]],
  ["Windows", "windows", {}, ["clip.exe"]],
  ["X11", "linux", { DISPLAY: ":0" }, ["xclip", "xsel"]],
  [
    "Wayland, which may have X11, too",
    "linux",
    { WAYLAND_DISPLAY: "wayland-0", DISPLAY: ":0" },
    ["wl-copy", "xclip", "xsel"],
  ],
  ["Linux inside Windows", "linux", { WSL_DISTRO_NAME: "D" }, ["clip.exe"]],
  ["a console", "linux", {}, []],
  ["tmux", "linux", { TMUX: "/tmp/t,1,0" }, ["tmux"]],
  [
    "tmux on a desktop, whose own programs come first",
    "linux",
    { TMUX: "/tmp/t,1,0", DISPLAY: ":0" },
    ["xclip", "xsel", "tmux"],
  ],
  [
    "another machine, whose clipboard nobody sits at",
    "linux",
    { SSH_CONNECTION: "a", DISPLAY: ":10", TMUX: "/tmp/t,1,0" },
    ["tmux"],
  ],
  ["macOS over SSH", "darwin", { SSH_TTY: "/dev/ttys0" }, []],
];

for (const [name, os, env, programs] of CASES) {
  Deno.test(`clipboards() knows the programs of ${name}`, () => {
    const found = clipboards({
      env: (name) => env[name],
      machine: { os, release: "", arch: "" },
    });
    assert.deepEqual(found.map(([program]) => program), programs);
  });
}

Deno.test("copyText() copies nothing where no program can", async () => {
  const place = {
    env: () => undefined,
    machine: { os: "linux", release: "", arch: "" },
  };
  assert.equal(await copyText("text", place), undefined);
});
