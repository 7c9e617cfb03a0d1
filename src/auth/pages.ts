/** One of the pages that end a sign-in in the browser. */
export interface Page {
  readonly tone: "good" | "bad" | "neutral";
  readonly title: string;
  /** Names and values above the text. */
  readonly facts?: readonly (readonly [string, string])[];
  readonly text: string;
  /** A second paragraph. */
  readonly more?: string;
}

/** Who has signed in, as far as the tokens tell. */
export interface SignedIn {
  readonly email: string | undefined;
  readonly plan: string | undefined;
}

/** Shown once the sign-in is stored. */
export function successPage({ email, plan }: SignedIn): Page {
  return {
    tone: "good",
    title: "You are signed in",
    facts: [
      ...email === undefined ? [] : [["Account", email] as const],
      ...plan === undefined ? [] : [["Plan", plan] as const],
    ],
    text: "meka goes on in your terminal. You can close this tab.",
  };
}

/** Shown when the person stopped the sign-in. */
export const CANCELLED_PAGE: Page = {
  tone: "neutral",
  title: "Sign-in cancelled",
  text: "Nothing was stored. You can close this tab.",
};

/** Shown when the issuer said no or its answer was of no use. */
export function failedPage(reason: string): Page {
  return {
    tone: "bad",
    title: "That did not work",
    text: `${reason}.`,
    more: "Your terminal says what to do next. You can close this tab.",
  };
}

/**
 * A page as a response that loads nothing, runs nothing, is kept nowhere and tells no other site where it was.
 *
 * @example Text never becomes markup
 * ```ts
 * import assert from "node:assert/strict";
 * const response = await pageResponse(failedPage("<script>"));
 * assert.match(await response.text(), /&lt;script&gt;/);
 * ```
 */
export async function pageResponse(page: Page): Promise<Response> {
  return new Response(html(page), {
    headers: {
      ...PRIVATE_HEADERS,
      "content-type": "text/html; charset=utf-8",
      "content-security-policy": [
        "default-src 'none'",
        `style-src 'sha256-${await sha256(STYLE)}'`,
        "img-src data:",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'none'",
      ].join("; "),
    },
  });
}

/** For every answer of the listener: a shared cache or another site has no business with any of them. */
export const PRIVATE_HEADERS = {
  "cache-control": "no-store",
  "referrer-policy": "no-referrer",
  "x-content-type-options": "nosniff",
  "connection": "close",
} as const;

const MARKS: Readonly<Record<Page["tone"], string>> = {
  good: "M7 12.5l3.4 3.4L17 9",
  bad: "M8.5 8.5l7 7m0-7l-7 7",
  neutral: "M7.5 12h9",
};

const STYLE = `
:root {
  color-scheme: light dark;
  --paper: #f5f4f1; --card: #ffffff; --ink: #1d1c1a; --soft: #65625c;
  --line: #e4e1da; --good: #19764a; --bad: #b3362c; --neutral: #6b6862;
}
@media (prefers-color-scheme: dark) {
  :root {
    --paper: #161614; --card: #20201d; --ink: #efede8; --soft: #a5a199;
    --line: #34332f; --good: #5cc893; --bad: #f08379; --neutral: #b0aca4;
  }
}
* { box-sizing: border-box; margin: 0; }
body {
  min-height: 100vh; min-height: 100dvh; padding: 24px;
  display: grid; place-items: center;
  background: var(--paper); color: var(--ink);
  font: 17px/1.55 system-ui, -apple-system, "Segoe UI", sans-serif;
  -webkit-text-size-adjust: 100%;
}
main {
  width: 100%; max-width: 27rem; padding: 2.5rem 2rem 2rem;
  background: var(--card); border: 1px solid var(--line);
  border-radius: 18px; text-align: center;
}
svg {
  width: 56px; height: 56px; fill: none; stroke: currentColor;
  stroke-width: 1.6; stroke-linecap: round; stroke-linejoin: round;
}
.good svg { color: var(--good); }
.bad svg { color: var(--bad); }
.neutral svg { color: var(--neutral); }
h1 { margin: 1rem 0 .5rem; font-size: 1.45rem; line-height: 1.25; letter-spacing: -.01em; }
p { color: var(--soft); overflow-wrap: anywhere; }
p + p { margin-top: .6rem; }
dl {
  margin: 1.25rem 0; padding: .9rem 1.1rem;
  background: var(--paper); border-radius: 12px;
}
dt { color: var(--soft); font-size: .85rem; }
dd { font-weight: 600; overflow-wrap: anywhere; }
dd + dt { margin-top: .6rem; }
footer {
  margin-top: 2rem; padding-top: 1.1rem; border-top: 1px solid var(--line);
  color: var(--soft); font: .85rem ui-monospace, "SF Mono", Menlo, Consolas, monospace;
}
`;

function html(page: Page): string {
  const title = escapeHtml(page.title);
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<title>${title} · meka</title>
<link rel="icon" href="data:,">
<style>${STYLE}</style>
</head>
<body>
<main class="${page.tone}">
<svg viewBox="0 0 24 24" aria-hidden="true"><circle cx="12" cy="12" r="10.2"/><path d="${
    MARKS[page.tone]
  }"/></svg>
<h1>${title}</h1>
${facts(page.facts ?? [])}<p>${escapeHtml(page.text)}</p>
${
    page.more === undefined
      ? ""
      : `<p>${escapeHtml(page.more)}</p>\n`
  }<footer>meka</footer>
</main>
</body>
</html>
`;
}

function facts(list: NonNullable<Page["facts"]>): string {
  if (list.length === 0) return "";
  const rows = list.map(([name, value]) =>
    `<dt>${escapeHtml(name)}</dt><dd>${escapeHtml(value)}</dd>\n`
  );
  return `<dl>\n${rows.join("")}</dl>\n`;
}

function escapeHtml(text: string): string {
  const entities: Readonly<Record<string, string>> = {
    "&": "&amp;",
    "<": "&lt;",
    ">": "&gt;",
    '"': "&quot;",
    "'": "&#39;",
  };
  return text.replace(/[&<>"']/g, (char) => entities[char] ?? "");
}

async function sha256(text: string): Promise<string> {
  const bytes = new TextEncoder().encode(text);
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  return btoa(String.fromCharCode(...digest));
}
