/** How long an opener may take to fail, in milliseconds; one that still runs after it has done its work. */
const EARLY_FAILURE_MS = 300;

/**
 * Opens a URL with the command in `$BROWSER`, else, on a terminal, with the system's opener; tells whether one started.
 * Only http and https URLs are handed on, and never through a shell.
 */
export async function openBrowser(url: URL): Promise<boolean> {
  if (!/^https?:$/.test(url.protocol)) return false;
  for (const command of commands(url.href)) {
    if (await starts(command)) return true;
  }
  return false;
}

function commands(url: string): readonly (readonly string[])[] {
  const browser = Deno.env.get("BROWSER");
  if (browser) return [withUrl(browser, url)];
  // Where nobody sits at a screen, nothing may pop up on one.
  if (!Deno.stdin.isTerminal() || !Deno.stderr.isTerminal()) return [];
  switch (Deno.build.os) {
    case "darwin":
      return [["open", url]];
    case "windows":
      return [["rundll32", "url.dll,FileProtocolHandler", url]];
    default:
      return [["wslview", url], ["xdg-open", url]];
  }
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
