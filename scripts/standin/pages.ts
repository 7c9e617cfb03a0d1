/** What the consent page shows. */
export interface ConsentOptions {
  /** The pending authorization that the form names. */
  readonly request: string;
  readonly originator: string;
  readonly email: string;
  readonly redirectUri: string;
}

/** The page on which a person lets the program in or not. */
export function consentPage(options: ConsentOptions): string {
  const { request, originator, email, redirectUri } = options;
  return page(
    "Sign in to the stand-in",
    `<p><b>${escape(originator)}</b> wants to use the account <b>${
      escape(email)
    }</b>.</p>
<p class="small">The answer goes to ${
      escape(redirectUri)
    }. No real account is involved: this page is part of a test server on this machine.</p>
<form method="post" action="/oauth/authorize/decision">
<input type="hidden" name="request" value="${escape(request)}">
<button name="decision" value="approve">Continue</button>
<button name="decision" value="deny" class="quiet">Cancel</button>
</form>`,
  );
}

/** The page on which a person types the code that a terminal shows, with a note after a wrong one. */
export function devicePage(problem = ""): string {
  return page(
    "Sign in on another device",
    `${problem === "" ? "" : `<p role="alert"><b>${escape(problem)}</b></p>`}
<p>Type the code that the terminal shows.</p>
<form method="post" action="/codex/device/decision">
<p><input name="user_code" aria-label="Code" placeholder="ABCD-12345" autocomplete="off" autofocus required></p>
<button name="decision" value="approve">Continue</button>
<button name="decision" value="deny" class="quiet">Cancel</button>
</form>`,
  );
}

/** A page that says how something went. */
export function messagePage(title: string, text: string): string {
  return page(title, `<p>${escape(text)}</p>`);
}

/** The page for an authorize request that is refused, listing why. */
export function refusalPage(reasons: readonly string[]): string {
  const items = reasons.map((reason) => `<li>${escape(reason)}</li>`).join("");
  return page(
    "Authorization refused",
    `<p>authorize_hydra_invalid_request</p><ul>${items}</ul>`,
  );
}

/** A Cloudflare page: the challenge, or the one for a blocked region. */
export function cloudflarePage(kind: "challenge" | "blocked"): string {
  if (kind === "challenge") {
    return `<!DOCTYPE html><html lang="en-US"><head><title>Just a moment...</title><meta name="robots" content="noindex,nofollow"></head>` +
      `<body><noscript>Enable JavaScript and cookies to continue</noscript><script>(function(){window._cf_chl_opt={cType:'managed'};}());</script></body></html>`;
  }
  return `<!DOCTYPE html><html><head><title>Attention Required! | Cloudflare</title></head>` +
    `<body><h1>Sorry, you have been blocked</h1><p>You are unable to access chatgpt.com. This website is using Cloudflare.</p></body></html>`;
}

/** The ray id on every Cloudflare answer of the stand-in. */
export const CF_RAY = "8f3a1b2c4d5e6f70-FRA";

/** The headers that come with a Cloudflare challenge. */
export const CHALLENGE_HEADERS: Readonly<Record<string, string>> = {
  "content-type": "text/html; charset=UTF-8",
  "server": "cloudflare",
  "cf-mitigated": "challenge",
  "cf-ray": CF_RAY,
};

function page(title: string, body: string): string {
  return `<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><title>${title}</title><meta name="viewport" content="width=device-width">
<style>body{font:16px/1.5 system-ui,sans-serif;max-width:26rem;margin:15vh auto;padding:0 1rem;color:#222}
button{font:inherit;padding:.5rem 1.2rem;border:1px solid #222;border-radius:.5rem;background:#222;color:#fff;cursor:pointer}
button.quiet{background:#fff;color:#222}.small{color:#666;font-size:.85rem}</style></head>
<body><h1>${title}</h1>
${body}
</body></html>`;
}

function escape(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(
    '"',
    "&quot;",
  );
}
