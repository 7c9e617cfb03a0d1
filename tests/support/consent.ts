/** Plays the person on the stand-in's authorize page; gives the address that the browser is then sent to. */
export async function decide(
  page: URL | string,
  decision: "approve" | "deny" = "approve",
): Promise<string> {
  const html = await (await fetch(page)).text();
  const request = /name="request" value="([^"]+)"/.exec(html)?.[1];
  if (request === undefined) throw new Error(`no form in: ${html}`);
  const response = await fetch(new URL("/oauth/authorize/decision", page), {
    method: "POST",
    body: new URLSearchParams({ request, decision }),
    redirect: "manual",
  });
  await response.body?.cancel();
  return response.headers.get("location") ?? "";
}
