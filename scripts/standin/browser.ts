/** How the scripted person behaves. */
export interface ApproveOptions {
  /** Press "Cancel" instead of "Continue". */
  readonly deny?: boolean;
  /** Come back with this state instead of the right one. */
  readonly tamperState?: string;
}

/**
 * Plays the browser: loads the authorize page, posts the decision, and follows the redirects to the callback and on.
 * Answers the last response; one that is not OK on the way is the last.
 */
export async function approve(
  url: URL | string,
  options: ApproveOptions = {},
): Promise<Response> {
  const page = await fetch(url, { redirect: "manual" });
  if (!page.ok) return page;
  const request = /name="request" value="([^"]+)"/.exec(await page.text())?.[1];
  if (request === undefined) {
    throw new Error("The authorize page holds no form");
  }
  const decided = await fetch(new URL("/oauth/authorize/decision", url), {
    method: "POST",
    body: new URLSearchParams({
      request,
      decision: options.deny ? "deny" : "approve",
    }),
    redirect: "manual",
  });
  const callback = await target(decided, url);
  if (callback === undefined) return decided;
  if (options.tamperState !== undefined) {
    callback.searchParams.set("state", options.tamperState);
  }
  let here = callback;
  let response = await fetch(here, { redirect: "manual" });
  for (let hops = 0; hops < 5; hops++) {
    const next = await target(response, here);
    if (next === undefined) break;
    here = next;
    response = await fetch(here, { redirect: "manual" });
  }
  return response;
}

/**
 * Plays the person with a browser on another machine: loads the device page of the issuer, types the code and presses
 * "Continue", or "Cancel" with `deny`. Answers the page that follows, which is not OK for a wrong code.
 */
export async function approveDevice(
  issuer: URL | string,
  userCode: string,
  options: Pick<ApproveOptions, "deny"> = {},
): Promise<Response> {
  const url = new URL("/codex/device", issuer);
  const page = await fetch(url, { redirect: "manual" });
  if (!page.ok) return page;
  const action = /<form method="post" action="([^"]+)"/.exec(await page.text())
    ?.[1];
  if (action === undefined) throw new Error("The device page holds no form");
  return await fetch(new URL(action, url), {
    method: "POST",
    body: new URLSearchParams({
      ["user_code"]: userCode,
      decision: options.deny ? "deny" : "approve",
    }),
    redirect: "manual",
  });
}

async function target(
  response: Response,
  base: URL | string,
): Promise<URL | undefined> {
  const location = response.headers.get("location");
  if (response.status < 300 || response.status > 399 || location === null) {
    return undefined;
  }
  await response.body?.cancel();
  return new URL(location, base);
}

if (import.meta.main) {
  const response = await approve(Deno.args[0] ?? "");
  await response.body?.cancel();
  if (!response.ok) Deno.exit(1);
}
