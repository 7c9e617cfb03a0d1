import { Refusal, type Web, type WebAnswer } from "../host.ts";
import { ORIGINATOR, VERSION } from "../version.ts";
import { textOf } from "./arguments.ts";
import { htmlToText } from "./html_text.ts";
import { attempting, outcome } from "./outcome.ts";
import { isAddress, isLocalName, isPublicAddress } from "./public_address.ts";
import { isBinary } from "./text_file.ts";
import type { Tool, ToolArguments, ToolContext, ToolResult } from "./tool.ts";

const MOST_BYTES = 5 * 1024 * 1024;
const MOST_CHARS = 100_000;
const MOST_REDIRECTS = 5;
const LIMIT_SECONDS = 30;

/** What a person may allow it. */
export interface FetchUrlOptions {
  /** Also addresses of this machine and of private networks. */
  readonly allowPrivate: boolean;
}

/**
 * Makes the tool that gets a web page. Its level is "write" though it changes nothing here: what a URL says leaves this
 * machine, so a text that a model reads could have it send away another one.
 */
export function fetchUrl(options: FetchUrlOptions): Tool {
  return {
    name: "fetch_url",
    description:
      "Get a web page or another text by its URL, http or https. HTML comes as text with its links.",
    parameters: {
      type: "object",
      properties: { url: { type: "string", maxLength: 8_000 } },
      required: ["url"],
      additionalProperties: false,
    },
    level: "write",
    origin: "built in",
    describe: (args) =>
      attempting("fetch the page", () => `Fetch ${urlOf(args).href}`),
    run: (args, context) =>
      outcome(() =>
        attempting("fetch the page", () => run(args, { ...context, options }))
      ),
  };
}

function urlOf(args: ToolArguments): URL {
  return checked(URL.parse(textOf(args, "url") ?? ""));
}

/** No other protocol is spoken, and no password given away. */
function checked(url: URL | null): URL {
  if (url === null) throw new Refusal("that is no URL");
  if (!/^https?:$/.test(url.protocol)) {
    throw new Refusal("only http and https URLs can be fetched");
  }
  if (url.username !== "" || url.password !== "") {
    throw new Refusal("a URL may not hold a user or a password");
  }
  return url;
}

interface Context extends ToolContext {
  readonly options: FetchUrlOptions;
}

async function run(args: ToolArguments, context: Context): Promise<ToolResult> {
  const asked = urlOf(args);
  const web = await context.host.web();
  const { url, answer } = await follow(asked, web, context);
  const text = await textOfAnswer(answer, url);
  const notes = [
    ...answer.status === 200 ? [] : [`HTTP status ${answer.status}`],
    ...url.href === asked.href ? [] : [`redirected to ${url.href}`],
    ...answer.cut || text.length > MOST_CHARS ? ["cut: there is more"] : [],
  ];
  const shown = text.length > MOST_CHARS ? text.slice(0, MOST_CHARS) : text;
  const lines = [shown || "[nothing]", ...notes.map((note) => `[${note}]`)];
  return { output: lines.join("\n"), error: answer.status >= 400 };
}

/** Goes where redirects lead, each of which is checked like the first URL. */
async function follow(
  asked: URL,
  web: Web,
  { signal, options }: Context,
): Promise<{ readonly url: URL; readonly answer: WebAnswer }> {
  const late = AbortSignal.timeout(LIMIT_SECONDS * 1_000);
  const end = AbortSignal.any([signal, late]);
  let url = asked;
  for (let redirects = 0; redirects <= MOST_REDIRECTS; redirects++) {
    const addresses = await addressesOf(url, web, options);
    const answer = await get(web, { url, addresses, end }).catch((error) => {
      signal.throwIfAborted();
      if (error instanceof Refusal) throw error;
      throw new Refusal(
        late.aborted
          ? `${url.host} took longer than ${LIMIT_SECONDS} seconds`
          : `${url.host} cannot be reached, or its certificate is not valid`,
      );
    });
    const target = answer.headers.get("location");
    if (!REDIRECTS.has(answer.status) || target === null) {
      return { url, answer };
    }
    url = checked(URL.parse(target, url.href));
  }
  throw new Refusal(`there are more than ${MOST_REDIRECTS} redirects`);
}

const REDIRECTS: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);

function get(
  web: Web,
  { url, addresses, end }: {
    readonly url: URL;
    readonly addresses: readonly string[];
    readonly end: AbortSignal;
  },
): Promise<WebAnswer> {
  return web.get(url, {
    addresses,
    headers: {
      accept: "text/html, text/*;q=0.9, application/json;q=0.9, */*;q=0.1",
      "user-agent": `${ORIGINATOR}/${VERSION}`,
    },
    maxBytes: MOST_BYTES,
    signal: end,
  });
}

/**
 * The addresses that a connection may go to. One that is not public refuses them all: a name that has both kinds is made
 * to deceive. A proxy looks names up by itself, so there only what can be known here is refused.
 */
async function addressesOf(
  url: URL,
  web: Web,
  { allowPrivate }: FetchUrlOptions,
): Promise<readonly string[]> {
  const name = url.hostname.replace(/^\[(.*)\]$/, "$1");
  const isName = !await isAddress(name);
  if (isName && !allowPrivate && isLocalName(name)) throw new Refusal(PRIVATE);
  const addresses = isName ? await web.resolve(name) : [name];
  if (addresses.length === 0 && !web.hasProxy(url)) {
    throw new Refusal(`the name ${name} is not known`);
  }
  for (const address of allowPrivate ? [] : addresses) {
    if (!await isPublicAddress(address)) throw new Refusal(PRIVATE);
  }
  return addresses;
}

const PRIVATE = "it is on this machine or a private network";

const HTML = /^(?:text\/html|application\/xhtml\+xml)$/;
const TEXT =
  /^(?:text\/.+|application\/(?:(?:.+\+)?(?:json|xml|yaml)|x-yaml|toml|(?:x-)?javascript|x-ndjson|x-sh|sql))$/;

async function textOfAnswer(
  { headers, bytes }: WebAnswer,
  url: URL,
): Promise<string> {
  const said = headers.get("content-type") ?? "";
  const type = said.replace(/;.*/s, "").trim().toLowerCase();
  const isText = type === "" ? !isBinary(bytes) : TEXT.test(type);
  if (bytes.length > 0 && !isText && !HTML.test(type)) {
    throw new Refusal(`it is ${type || "something"} and no text`);
  }
  const start = new TextDecoder("latin1").decode(bytes.subarray(0, 1_024));
  const charset = CHARSET.exec(said) ??
    (HTML.test(type) && CHARSET.exec(start));
  const text = decode(bytes, charset ? charset[1] : undefined);
  return HTML.test(type) ? await htmlToText(text, url) : text;
}

const CHARSET = /charset\s*=\s*["']?([\w:.-]+)/i;

function decode(bytes: Uint8Array, charset = "utf-8"): string {
  try {
    return new TextDecoder(charset).decode(bytes);
  } catch {
    return new TextDecoder().decode(bytes);
  }
}
