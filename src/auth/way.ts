import type { Host } from "../host.ts";

/** Why a browser on this machine is of no use to the person, if so. */
export type BrowserObstacle = "ssh" | "no display";

/** What is asked about the machine. */
export type WayHost = Pick<Host, "env" | "machine">;

/**
 * Tells why no browser can be opened before the person's eyes; undefined when nothing speaks against it. A command in
 * `$BROWSER` is somebody's word that one can.
 */
export function browserObstacle(host: WayHost): BrowserObstacle | undefined {
  if (host.env("BROWSER") !== undefined) return undefined;
  const display = host.env("DISPLAY") ?? host.env("WAYLAND_DISPLAY");
  if (display !== undefined) return undefined;
  const ssh = host.env("SSH_CONNECTION") ?? host.env("SSH_TTY");
  if (ssh !== undefined) return "ssh";
  // Where else than on Linux there is always a screen, and WSL has that of Windows.
  if (host.machine.os !== "linux" || isWsl(host)) return undefined;
  return "no display";
}

/** Tells whether the way with a code for another device is the one to offer first. */
export function suggestsDevice(host: WayHost): boolean {
  return browserObstacle(host) !== undefined;
}

/** Tells whether this is Linux inside Windows, whose browser is the one to open. */
export function isWsl(host: Pick<Host, "env">): boolean {
  return host.env("WSL_DISTRO_NAME") !== undefined;
}
