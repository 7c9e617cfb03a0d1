import type { Host } from "../host.ts";
import { stripControl } from "../http/redact.ts";
import type { CallbackPlace } from "./callback.ts";
import { browserObstacle } from "./way.ts";

/** What leading a person through a sign-in with a browser needs. */
export interface BrowserContext {
  readonly host: Pick<
    Host,
    | "listen"
    | "sleep"
    | "whoListens"
    | "randomBytes"
    | "now"
    | "elapsed"
    | "env"
    | "machine"
    | "isTerminal"
    | "write"
    | "prompt"
    | "openBrowser"
  >;
  /** False only shows the page's URL. */
  readonly openBrowser: boolean;
}

/** Shows the page to open, and opens it where that can be done. */
export async function announce(
  url: URL,
  place: CallbackPlace,
  context: BrowserContext,
): Promise<void> {
  const { host } = context;
  if (place.holders.length > 0) {
    await say(host, `Ports in use: ${place.holders.join(", ")}.\n`);
  }
  // The URL stands on a line of its own, whole, to be copied where no browser can be opened.
  await say(host, `Sign in to ChatGPT on this page:\n${url.href}\n\n`);
  const opened = context.openBrowser && await host.openBrowser(url);
  await say(host, `${whereToGo(opened, place, context).join("\n")}\n`);
}

/** Asks for the answer on a terminal; undefined without one. */
export function pastePrompt(
  { host }: BrowserContext,
):
  | ((
    problem: string | undefined,
    signal: AbortSignal,
  ) => Promise<string | undefined>)
  | undefined {
  if (!host.isTerminal("stdin") || !host.isTerminal("stderr")) return undefined;
  return async (problem, signal) => {
    if (problem !== undefined) await say(host, `${problem}.\n`);
    return await host.prompt(
      "Or paste the last address or the code (it does not show): ",
      { hidden: true, signal },
    );
  };
}

function whereToGo(
  opened: boolean,
  { listening, redirectUri }: CallbackPlace,
  context: BrowserContext,
): readonly string[] {
  const { host, openBrowser } = context;
  if (!listening) {
    return [
      `In the end the browser goes to ${new URL(redirectUri).origin}, which`,
      "does not load, or is a page of another program: its address is what to",
      "paste here, within 5 minutes.",
    ];
  }
  if (opened) {
    return [
      "It should open in your browser. Waiting for you there, 5 minutes at most.",
    ];
  }
  const obstacle = openBrowser ? browserObstacle(host) : undefined;
  const canPaste = pastePrompt(context) !== undefined;
  return [
    ...obstacle === undefined ? [] : [OBSTACLES[obstacle]],
    "Open it in a browser on this machine. In one on another machine the last page",
    canPaste
      ? "does not load: paste its address here, or run `meka setup --device` instead."
      : "does not load: run `meka setup --device` instead.",
    "Waiting for you there, 5 minutes at most.",
  ];
}

const OBSTACLES = {
  "ssh": "This is a session over SSH, so no browser was opened.",
  "no display": "There is no display, so no browser was opened.",
} as const;

async function say(host: Pick<Host, "write">, text: string): Promise<void> {
  await host.write({ to: "stderr", text: stripControl(text) });
}
