import { startStandin } from "./mod.ts";
import { SCENARIOS } from "./scenarios.ts";

const HELP = `Runs the stand-in of the service until Ctrl-C.

deno run -A scripts/standin/serve.ts [--scenario NAME] [--issuer-port N] [--backend-port N] [--list]

A prompt that holds [[scenario:NAME]] is answered with that scenario.
`;

if (import.meta.main) await serve(Deno.args);

async function serve(args: readonly string[]): Promise<void> {
  if (args.includes("--help")) return print(HELP);
  if (args.includes("--list")) {
    return print(
      Object.entries(SCENARIOS).map(([name, { what }]) =>
        `${name.padEnd(38)} ${what}\n`
      ).join(""),
    );
  }
  const value = (name: string): string | undefined => {
    const at = args.indexOf(name);
    return at < 0 ? undefined : args[at + 1];
  };
  const scenario = value("--scenario");
  await using standin = await startStandin({
    issuerPort: Number(value("--issuer-port") ?? 0),
    backendPort: Number(value("--backend-port") ?? 0),
    ...(scenario === undefined ? {} : { scenario }),
    onRequest: (
      { server, method, path, status, aborted, scenario: played, violations },
    ) =>
      print([
        `# ${server} ${method} ${path} ${aborted ? "aborted" : status} ${
          played ?? ""
        }\n`,
        ...violations.map((text) => `#   violation: ${text}\n`),
      ].join("")),
  });
  print(
    `export MEKA_OAUTH_ISSUER=${standin.issuer.origin}\nexport MEKA_BASE_URL=${standin.baseUrl.origin}\n`,
  );
  await new Promise<void>((resolve) =>
    Deno.addSignalListener("SIGINT", resolve)
  );
}

function print(text: string): void {
  const bytes = new TextEncoder().encode(text);
  for (let at = 0; at < bytes.length;) {
    at += Deno.stdout.writeSync(bytes.subarray(at));
  }
}
