import { startChatStandin } from "./chat/mod.ts";
import { CHAT_PROFILES, isProfileName } from "./chat/profiles.ts";
import { CHAT_SCENARIOS } from "./chat/scenarios.ts";
import { type Controlled, serveControl } from "./control.ts";
import { startStandin } from "./mod.ts";
import { SMALL_MODELS } from "./models.ts";
import { SCENARIOS } from "./scenarios.ts";
import type { RecordedRequest, Remember } from "./types.ts";

const HELP = `Runs the stand-in of the service until Ctrl-C.

deno run -A scripts/standin/serve.ts [--scenario NAME] [--issuer-port N] [--backend-port N] [--list]
deno run -A scripts/standin/serve.ts --chat PROFILE [--scenario NAME] [--port N] [--key KEY] [--list]

A prompt that holds [[scenario:NAME]] is answered with that scenario.

  --small               Codex: the list has the standin-small models, with room for 2000 tokens
  --context-window N    Chat Completions: every model has room for N tokens
  --token               print an access token for a day as OPENAI_CODEX_TOKEN

For benchmarks, in a process of its own:

  --remember counts     forget requests once they are answered, all but their counts
  --quiet               no line for each request
  --control-port N      answer GET /report and GET /prompts, take POST /play?name=NAME, /limit?until=MS, /grant and
                        /reset, on this port; 0 takes a free one

With --chat, a Chat Completions server of one family:
${
  Object.entries(CHAT_PROFILES).map(([name, { what }]) =>
    `  ${name.padEnd(12)} ${what}\n`
  ).join("")
}`;

if (import.meta.main) await serve(Deno.args);

async function serve(args: readonly string[]): Promise<void> {
  if (args.includes("--help")) return print(HELP);
  const chat = args.includes("--chat");
  if (args.includes("--list")) {
    const table = chat ? CHAT_SCENARIOS : SCENARIOS;
    return print(
      Object.entries(table).map(([name, { what }]) =>
        `${name.padEnd(38)} ${what}\n`
      ).join(""),
    );
  }
  await using standin = await (chat ? serveChat(args) : serveCodex(args));
  const port = valueOf(args, "--control-port");
  await using control = port === undefined
    ? undefined
    : serveControl(standin, Number(port));
  if (control !== undefined) {
    print(`# control http://127.0.0.1:${control.addr.port}\n`);
  }
  await new Promise<void>((resolve) =>
    Deno.addSignalListener("SIGINT", resolve)
  );
}

type Served = AsyncDisposable & Controlled;

async function serveCodex(args: readonly string[]): Promise<Served> {
  const standin = await startStandin({
    issuerPort: Number(valueOf(args, "--issuer-port") ?? 0),
    backendPort: Number(valueOf(args, "--backend-port") ?? 0),
    ...commonOptions(args),
  });
  if (args.includes("--small")) standin.useModels(SMALL_MODELS);
  const tokens = args.includes("--token")
    ? standin.grant({ lifetimeSeconds: 86_400 })
    : undefined;
  print([
    `export MEKA_OAUTH_ISSUER=${standin.issuer.origin}\n`,
    `export MEKA_BASE_URL=${standin.baseUrl.origin}\n`,
    tokens === undefined
      ? ""
      : `export OPENAI_CODEX_TOKEN=${tokens.accessToken}\n`,
  ].join(""));
  return standin;
}

async function serveChat(args: readonly string[]): Promise<Served> {
  const profile = valueOf(args, "--chat") ?? "";
  if (!isProfileName(profile)) {
    throw new RangeError(
      `Unknown profile "${profile}": one of ${
        Object.keys(CHAT_PROFILES).join(", ")
      }`,
    );
  }
  const key = valueOf(args, "--key");
  const standin = await startChatStandin({
    profile,
    port: Number(valueOf(args, "--port") ?? 0),
    contextWindow: Number(valueOf(args, "--context-window") ?? Infinity),
    ...(key === undefined ? {} : { key }),
    ...commonOptions(args),
  });
  print([
    "export MEKA_PROVIDER=openai-api\n",
    `export MEKA_BASE_URL=${standin.baseUrl.href}\n`,
    `export MEKA_MODEL=${standin.model}\n`,
    standin.key === undefined
      ? "unset OPENAI_API_KEY\n"
      : `export OPENAI_API_KEY=${standin.key}\n`,
  ].join(""));
  return standin;
}

interface CommonOptions {
  readonly scenario?: string;
  readonly remember?: Remember;
  readonly onRequest?: (request: RecordedRequest) => void;
}

function commonOptions(args: readonly string[]): CommonOptions {
  const scenario = valueOf(args, "--scenario");
  const remember = valueOf(args, "--remember");
  return {
    ...(scenario === undefined ? {} : { scenario }),
    ...(remember === "counts" ? { remember } : {}),
    ...(args.includes("--quiet") ? {} : { onRequest: report }),
  };
}

function valueOf(args: readonly string[], name: string): string | undefined {
  const at = args.indexOf(name);
  return at < 0 ? undefined : args[at + 1];
}

function report(request: RecordedRequest): void {
  const { server, method, path, status, aborted, scenario = "" } = request;
  const end = aborted ? "aborted" : status;
  print([
    `# ${server} ${method} ${path} ${end} ${scenario}\n`,
    ...request.violations.map((text) => `#   violation: ${text}\n`),
  ].join(""));
}

function print(text: string): void {
  const bytes = new TextEncoder().encode(text);
  for (let at = 0; at < bytes.length;) {
    at += Deno.stdout.writeSync(bytes.subarray(at));
  }
}
