import { startChatStandin } from "./chat/mod.ts";
import { CHAT_PROFILES, isProfileName } from "./chat/profiles.ts";
import { CHAT_SCENARIOS } from "./chat/scenarios.ts";
import { startStandin } from "./mod.ts";
import { SCENARIOS } from "./scenarios.ts";
import type { RecordedRequest } from "./types.ts";

const HELP = `Runs the stand-in of the service until Ctrl-C.

deno run -A scripts/standin/serve.ts [--scenario NAME] [--issuer-port N] [--backend-port N] [--list]
deno run -A scripts/standin/serve.ts --chat PROFILE [--scenario NAME] [--port N] [--key KEY] [--list]

A prompt that holds [[scenario:NAME]] is answered with that scenario.

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
  await using _standin = await (chat ? serveChat(args) : serveCodex(args));
  await new Promise<void>((resolve) =>
    Deno.addSignalListener("SIGINT", resolve)
  );
}

async function serveCodex(args: readonly string[]): Promise<AsyncDisposable> {
  const standin = await startStandin({
    issuerPort: Number(valueOf(args, "--issuer-port") ?? 0),
    backendPort: Number(valueOf(args, "--backend-port") ?? 0),
    ...scenarioOf(args),
    onRequest: report,
  });
  print(
    `export MEKA_OAUTH_ISSUER=${standin.issuer.origin}\nexport MEKA_BASE_URL=${standin.baseUrl.origin}\n`,
  );
  return standin;
}

async function serveChat(args: readonly string[]): Promise<AsyncDisposable> {
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
    ...(key === undefined ? {} : { key }),
    ...scenarioOf(args),
    onRequest: report,
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

function scenarioOf(args: readonly string[]): { scenario?: string } {
  const scenario = valueOf(args, "--scenario");
  return scenario === undefined ? {} : { scenario };
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
