import assert from "node:assert/strict";
import { type Browser, chromium, type Page } from "playwright-core";
import { startStandin } from "../../scripts/standin/mod.ts";
import type { Standin } from "../../scripts/standin/types.ts";
import type { MemoryHost } from "../support/memory_host.ts";
import { makePerson, type Person } from "../support/person.ts";

const LAST_PORT = "http://localhost:1455";

const EMAIL =
  "somebody-with-a-rather-long-name.and-another@department.example-company.example";

/** Chromium's file, where there is one. */
const EXECUTABLE = await findChromium();

/** Where the screenshots go, to be looked at; nowhere when no folder is named. */
const SCREENSHOTS = Deno.env.get("MEKA_SCREENSHOTS");

const SKIPPED = EXECUTABLE === undefined
  ? " (skipped: no Chromium in $MEKA_CHROMIUM or /usr/bin/chromium)"
  : "";

const LOOKS = [
  { name: "light", colorScheme: "light", width: 1280, height: 800 },
  { name: "dark", colorScheme: "dark", width: 1280, height: 800 },
  { name: "phone", colorScheme: "light", width: 360, height: 640 },
  { name: "phone-dark", colorScheme: "dark", width: 360, height: 640 },
] as const;

type Look = typeof LOOKS[number];

interface Case {
  readonly name: string;
  /** From the page that the person was sent to, to the last one. */
  act(page: Page): Promise<void>;
  /** Where that is. */
  readonly path: string;
  readonly says: readonly RegExp[];
  /** How the sign-in ends, undefined when well. */
  readonly failure: RegExp | undefined;
}

const CASES: readonly Case[] = [
  {
    name: "success",
    act: (page) => page.getByRole("button", { name: "Continue" }).click(),
    path: "/success",
    says: [/You are signed in/, new RegExp(EMAIL), /plus/, /close this tab/],
    failure: undefined,
  },
  {
    name: "failed",
    act: (page) => page.getByRole("button", { name: "Cancel" }).click(),
    path: "/failed",
    says: [
      /That did not work/,
      /The user denied the request/,
      /close this tab/,
    ],
    failure: /The user denied the request/,
  },
  {
    name: "cancelled",
    act: async (page) => {
      await page.goto(`${LAST_PORT}/cancel`);
    },
    path: "/cancel",
    says: [/Sign-in cancelled/, /close this tab/],
    failure: /The sign-in was cancelled/,
  },
];

Deno.test({
  name: `the pages of a sign-in in Chromium${SKIPPED}`,
  ignore: EXECUTABLE === undefined,
  fn: async (t) => {
    await using front = openFront();
    await using browser = await launch(front.port);
    for (const look of LOOKS) {
      for (const given of CASES) {
        await t.step(`${given.name}, ${look.name}`, async () => {
          await using standin = await startStandin({ email: EMAIL });
          await using someone = await makePerson(standin.issuer);
          await check(given, {
            look,
            browser: browser.browser,
            standin,
            someone,
            front,
          });
        });
      }
    }
    await t.step(
      "a forged answer is told off, and the true one counts",
      async () => {
        await using standin = await startStandin();
        await using someone = await makePerson(standin.issuer);
        await using visit = await begin(LOOKS[0], {
          browser: browser.browser,
          someone,
          front,
        });
        const { page, result } = visit;
        await page.goto(await visit.url);
        const forged = await page.context().newPage();
        const reply = await forged.goto(
          `${LAST_PORT}/auth/callback?code=x&state=y`,
        );
        assert.equal(reply?.status(), 400);
        await page.getByRole("button", { name: "Continue" }).click();
        await page.waitForURL(`${LAST_PORT}/success`);
        assert.equal((await result).plan, "plus");
      },
    );
  },
});

interface Setting {
  readonly browser: Browser;
  readonly someone: Person;
  readonly front: Front;
}

async function check(
  given: Case,
  { look, standin, ...setting }: Setting & {
    readonly look: Look;
    readonly standin: Standin;
  },
): Promise<void> {
  await using visit = await begin(look, setting);
  const { page, result } = visit;
  const seen = watch(page);
  await page.goto(await visit.url);
  await given.act(page);
  await page.waitForURL(`${LAST_PORT}${given.path}`);

  const words = await page.locator("main").innerText();
  for (const pattern of given.says) assert.match(words, pattern);
  const width = await page.evaluate("document.documentElement.scrollWidth");
  assert.ok(Number(width) <= look.width, `${width} px in ${look.width}`);
  if (SCREENSHOTS !== undefined) {
    await page.screenshot({
      path: `${SCREENSHOTS}/${given.name}-${look.name}.png`,
    });
  }

  if (given.failure === undefined) await result;
  else await assert.rejects(result, { kind: "auth", message: given.failure });
  assert.deepEqual(seen.complaints, []);
  const own = [standin.issuer.origin, LAST_PORT];
  assert.deepEqual(seen.origins.filter((origin) => !own.includes(origin)), []);
  assert.deepEqual(standin.violations, []);
  for (const url of await historyOf(page)) {
    assert.doesNotMatch(url, /[?&](code|error)=/);
    for (const secret of setting.someone.secrets) {
      assert.ok(!url.includes(secret));
    }
  }
}

/** What the page asks for and complains about. */
function watch(
  page: Page,
): { readonly origins: string[]; readonly complaints: string[] } {
  const origins: string[] = [];
  const complaints: string[] = [];
  page.on("request", (request) => {
    const url = new URL(request.url());
    if (url.protocol !== "data:") origins.push(url.origin);
  });
  page.on("requestfailed", (request) => complaints.push(request.url()));
  page.on("console", (message) => complaints.push(message.text()));
  page.on("pageerror", (error) => complaints.push(error.message));
  return { origins, complaints };
}

/** Every address that "back" could lead to. */
async function historyOf(page: Page): Promise<readonly string[]> {
  const session = await page.context().newCDPSession(page);
  const { entries } = await session.send("Page.getNavigationHistory");
  await session.detach();
  assert.ok(entries.length > 1);
  return entries.map(({ url }) => url);
}

/** A sign-in under way, and the page to follow it on. */
interface Visit extends AsyncDisposable {
  readonly page: Page;
  /** Where the person is sent. */
  readonly url: Promise<string>;
  readonly result: ReturnType<Person["signIn"]>;
}

async function begin(
  { colorScheme, width, height }: Look,
  { browser, someone, front }: Setting,
): Promise<Visit> {
  const url = Promise.withResolvers<string>();
  front.serve(someone.host);
  someone.host.openBrowser = (page): Promise<boolean> => {
    url.resolve(page.href);
    return Promise.resolve(true);
  };
  const context = await browser.newContext({
    colorScheme,
    viewport: { width, height },
  });
  const page = await context.newPage();
  const result = someone.signIn();
  result.catch(url.reject);
  return {
    page,
    url: url.promise,
    result,
    [Symbol.asyncDispose]: () => context.close(),
  };
}

/** A real server for the listener of one sign-in after the other, whatever port that asks for. */
interface Front extends AsyncDisposable {
  readonly port: number;
  serve(host: MemoryHost): void;
}

function openFront(): Front {
  let answer: Parameters<MemoryHost["listen"]>[1] | undefined;
  const options = { hostname: "127.0.0.1", port: 0, onListen: () => {} };
  const server = Deno.serve(
    options,
    (request) =>
      answer?.(request) ?? new Response("nobody listens", { status: 502 }),
  );
  return {
    port: server.addr.port,
    serve: (host) => {
      host.listen = ({ hostname }, handle) => {
        if (hostname !== "127.0.0.1") return undefined;
        answer = handle;
        return { close: () => Promise.resolve() };
      };
    },
    [Symbol.asyncDispose]: () => server.shutdown(),
  };
}

async function launch(
  port: number,
): Promise<AsyncDisposable & { readonly browser: Browser }> {
  const browser = await chromium.launch({
    executablePath: EXECUTABLE ?? "",
    args: [
      "--no-sandbox",
      // The true port may be in use on this machine; the browser sees no other.
      `--host-resolver-rules=MAP localhost:1455 127.0.0.1:${port}`,
    ],
  });
  return { browser, [Symbol.asyncDispose]: () => browser.close() };
}

async function findChromium(): Promise<string | undefined> {
  const named = Deno.env.get("MEKA_CHROMIUM");
  for (const path of named === undefined ? ["/usr/bin/chromium"] : [named]) {
    try {
      if ((await Deno.stat(path)).isFile) return path;
    } catch {
      // Not there.
    }
  }
  return undefined;
}
