import { MekaError } from "../errors.ts";
import type { Host } from "../host.ts";

/** Where a machine's files go: its system and its environment. */
export type Place = Pick<Host, "env" | "machine">;

/** The config file: `$MEKA_CONFIG_DIR`, else the system's folder for settings. */
export function configPath(place: Place): string {
  const folder = place.env("MEKA_CONFIG_DIR") ?? systemFolder(place, {
    variable: "MEKA_CONFIG_DIR",
    windows: ["APPDATA", "AppData\\Roaming"],
    xdg: ["XDG_CONFIG_HOME", ".config"],
  });
  return join(place, folder, "config.toml");
}

/** The database: `$MEKA_DATA_DIR`, else the system's folder for data. */
export function databasePath(place: Place): string {
  const folder = place.env("MEKA_DATA_DIR") ?? systemFolder(place, {
    variable: "MEKA_DATA_DIR",
    windows: ["LOCALAPPDATA", "AppData\\Local"],
    xdg: ["XDG_DATA_HOME", ".local/share"],
  });
  return join(place, folder, "sessions.db");
}

/** The file that stands for a conversation, by its id, or for a name, while a run goes on with it. */
export function lockPath(place: Place, name: string): string {
  return `${databasePath(place)}-${name}.lock`;
}

/** A variable that names a folder, and the folder under home that it stands for when unset. */
type Named = readonly [variable: string, underHome: string];

function systemFolder(
  place: Place,
  names: {
    readonly variable: string;
    readonly windows: Named;
    readonly xdg: Named;
  },
): string {
  const windows = isWindows(place);
  const [variable, underHome] = windows ? names.windows : names.xdg;
  const named = place.env(variable);
  // The XDG specification has relative paths ignored: they would mean another folder in each working directory.
  if (named !== undefined && (windows || named.startsWith("/"))) {
    return join(place, named, "meka");
  }
  const home = place.env(windows ? "USERPROFILE" : "HOME");
  if (home === undefined) {
    throw new MekaError("config", "Cannot tell where your home folder is", {
      hint: `Set \`HOME\` or \`${names.variable}\``,
    });
  }
  return join(place, join(place, home, underHome), "meka");
}

function join(place: Place, folder: string, name: string): string {
  const separator = isWindows(place) ? "\\" : "/";
  const ends = isWindows(place) ? /[\\/]$/ : /\/$/;
  return ends.test(folder)
    ? `${folder}${name}`
    : `${folder}${separator}${name}`;
}

function isWindows(place: Place): boolean {
  return place.machine.os === "windows";
}
