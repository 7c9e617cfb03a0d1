/**
 * The main job against a stand-in of the service on this machine: sign in, pipe a prompt, watch the answer stream.
 *
 * `deno task demo ["PROMPT"]` exits 0 only if all of it worked, and leaves nothing behind.
 */

import { approve } from "./standin/browser.ts";
import { startStandin } from "./standin/mod.ts";
import type { Standin } from "./standin/types.ts";

const DEFAULT_PROMPT = "say hi";
const MODEL = "gpt-5.5";
const MAIN = new URL("../main.ts", import.meta.url);

/** What went wrong, in one sentence for each thing. */
const failures: string[] = [];

const folder = await Deno.makeTempDir({ prefix: "meka-demo-" });
const interrupted = new AbortController();
const onSignal = (): void => interrupted.abort();
Deno.addSignalListener("SIGINT", onSignal);
try {
  await using standin = await startStandin();
  await demo(standin);
} finally {
  await Deno.remove(folder, { recursive: true });
}
for (const failure of failures) await say(`demo failed: ${failure}\n`);
Deno.exit(interrupted.signal.aborted ? 130 : failures.length > 0 ? 1 : 0);

async function demo(standin: Standin): Promise<void> {
  const prompt = Deno.args.join(" ") || DEFAULT_PROMPT;
  await say(
    "The service here is a stand-in on this machine; nothing leaves it.\n\n",
  );
  await say(`$ meka setup --provider openai-codex --model ${MODEL}\n`);
  const setup = meka(standin, [
    ...["setup", "--provider", "openai-codex", "--model", MODEL],
  ]);
  await setup.stdin.close();
  const signedIn = playBrowser(setup.stderr, standin);
  if (!(await setup.status).success) failures.push("the sign-in did not work");
  await signedIn;
  if (failures.length > 0) return;

  await say(`\n$ printf %s ${quoted(prompt)} | meka --usage\n`);
  const ask = meka(standin, ["--usage"]);
  const writer = ask.stdin.getWriter();
  await writer.write(new TextEncoder().encode(prompt));
  await writer.close();
  const [answer, notes] = await Promise.all([
    copy(ask.stdout, Deno.stdout),
    readText(ask.stderr),
  ]);
  await say(notes);
  const { success, code } = await ask.status;
  if (!success) failures.push(`the answer ended with status ${code}`);
  if (answer === 0) failures.push("no answer came");
  await report(standin);
}

/** Starts the program from source, seeing only the demo's own folders and the stand-in. */
function meka(standin: Standin, args: readonly string[]): Deno.ChildProcess {
  return new Deno.Command(Deno.execPath(), {
    args: ["run", "-q", "-A", "--no-prompt", MAIN.href, ...args],
    env: {
      MEKA_CONFIG_DIR: `${folder}/config`,
      MEKA_DATA_DIR: `${folder}/data`,
      MEKA_OAUTH_ISSUER: standin.issuer.href,
      MEKA_BASE_URL: standin.baseUrl.href,
      MEKA_PROVIDER: "",
      MEKA_MODEL: "",
      MEKA_EFFORT: "",
      OPENAI_CODEX_TOKEN: "",
      NO_PROXY: "127.0.0.1,localhost",
      BROWSER: "",
    },
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
    signal: interrupted.signal,
  }).spawn();
}

/** Shows what setup says, and does in the place of a person what the first URL in it asks for. */
async function playBrowser(
  stderr: ReadableStream<Uint8Array>,
  standin: Standin,
): Promise<void> {
  let said = "";
  let visited = false;
  for await (const text of stderr.pipeThrough(new TextDecoderStream())) {
    await say(text);
    said += text;
    const url = /^http\S+(?=\n)/m.exec(said)?.[0];
    // The last words before the wait, so that what is shown comes in the order in which a person would see it.
    if (url === undefined || visited || !said.includes("Waiting")) continue;
    visited = true;
    if (new URL(url).origin !== standin.issuer.origin) {
      failures.push("setup led to another place than the issuer");
      continue;
    }
    const page = await approve(url);
    await page.body?.cancel();
    await say(`(a scripted browser agreed and came to ${clean(page.url)})\n`);
    if (!page.ok) failures.push("the browser was not shown a success page");
  }
}

async function report(standin: Standin): Promise<void> {
  await say("\nWhat happened\n");
  await say("  files\n");
  for (
    const name of ["config", "config/config.toml", "data", "data/sessions.db"]
  ) {
    const { mode, isDirectory, size } = await Deno.stat(`${folder}/${name}`);
    const bits = mode === null ? "----" : (mode & 0o777).toString(8);
    const bytes = isDirectory ? "" : `, ${size} bytes`;
    await say(`    ${bits}  ${name}${isDirectory ? "/" : ""}${bytes}\n`);
    const wanted = isDirectory ? "700" : "600";
    if (mode !== null && bits !== wanted) {
      failures.push(`${name} has mode ${bits} instead of ${wanted}`);
    }
  }
  await say("  requests\n");
  for (const { server, method, path, status, body } of standin.requests) {
    const size = new TextEncoder().encode(body).length;
    const sent = size === 0 ? "" : `, ${size} bytes sent`;
    await say(`    ${server}: ${method} ${path} → ${status}${sent}\n`);
  }
  failures.push(...standin.violations);
  const { exchanges, responses } = standin.counts();
  if (exchanges !== 1) failures.push(`${exchanges} code exchanges were made`);
  if (responses !== 1) failures.push(`${responses} model requests were made`);
}

/** A URL as it may be shown: what a browser's history would hold of it. */
function clean(url: string): string {
  return url.replace(/\?.*/, "?…");
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", String.raw`'\''`)}'`;
}

/** Copies as it comes and tells how many bytes there were. */
async function copy(
  from: ReadableStream<Uint8Array>,
  to: typeof Deno.stdout,
): Promise<number> {
  let length = 0;
  for await (const chunk of from) {
    length += chunk.length;
    await writeAll(to, chunk);
  }
  return length;
}

async function readText(from: ReadableStream<Uint8Array>): Promise<string> {
  return await new Response(from).text();
}

async function say(text: string): Promise<void> {
  await writeAll(Deno.stdout, new TextEncoder().encode(text));
}

async function writeAll(
  to: typeof Deno.stdout,
  bytes: Uint8Array,
): Promise<void> {
  for (let at = 0; at < bytes.length;) at += await to.write(bytes.subarray(at));
}
