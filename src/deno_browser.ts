import { browserObstacle, isWsl } from "./auth/way.ts";
import type { Host } from "./host.ts";

/** How long an opener may take to fail, in milliseconds; one that still runs after it has done its work. */
const EARLY_FAILURE_MS = 300;

/**
 * Opens a URL with the command in `$BROWSER`, else, on a terminal, with the system's opener; tells whether one started.
 * Only http and https URLs are handed on, and never through a shell.
 */
export async function openBrowser(
  url: URL,
  host: Pick<Host, "env" | "machine">,
): Promise<boolean> {
  if (!/^https?:$/.test(url.protocol)) return false;
  const seen = Deno.stdin.isTerminal() && Deno.stderr.isTerminal();
  for (const command of openers(url, { ...host, seen })) {
    if (await starts(command)) return true;
  }
  return false;
}

/** The commands to try, in their order. */
export function openers(
  url: URL,
  host: Pick<Host, "env" | "machine"> & {
    /** Somebody sits at this terminal. */
    readonly seen: boolean;
  },
): readonly (readonly string[])[] {
  const { href } = url;
  const browser = host.env("BROWSER");
  if (browser !== undefined) return [withUrl(browser, href)];
  // Where nobody sits at a screen, nothing may pop up on one.
  if (!host.seen || browserObstacle(host) !== undefined) return [];
  switch (host.machine.os) {
    case "darwin":
      return [["open", href]];
    case "windows":
      return [["rundll32", "url.dll,FileProtocolHandler", href]];
    default:
      return isWsl(host)
        ? [["wslview", href], startProcess(href), ["xdg-open", href]]
        : [["xdg-open", href]];
  }
}

/** For PowerShell, where nothing but a single quote ends a text in single quotes; a URL holds ASCII only. */
function startProcess(url: string): readonly string[] {
  const command = `Start-Process '${url.replaceAll("'", "''")}'`;
  return ["powershell.exe", "-NoProfile", "-Command", command];
}

/** `$BROWSER` is a command with arguments, in which `%s`, if any, stands for the URL. */
function withUrl(browser: string, url: string): readonly string[] {
  const words = browser.trim().split(/\s+/);
  const named = words.map((word) => word.replaceAll("%s", () => url));
  return browser.includes("%s") ? named : [...words, url];
}

async function starts([name, ...args]: readonly string[]): Promise<boolean> {
  if (name === undefined) return false;
  try {
    const streams = { stdin: "null", stdout: "null", stderr: "null" } as const;
    const child = new Deno.Command(name, { args, ...streams }).spawn();
    child.unref();
    const { promise: stillRuns, resolve } = Promise.withResolvers<boolean>();
    const timer = setTimeout(() => resolve(true), EARLY_FAILURE_MS);
    const ended = child.status.then((status) => status.success);
    const started = await Promise.race([ended, stillRuns]);
    clearTimeout(timer);
    return started;
  } catch {
    return false;
  }
}
