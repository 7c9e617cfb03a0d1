import { fileURLToPath } from "node:url";

/** The executable under test, where one is named: by `$MEKA_BIN` or as the argument of the test run. */
export function executable(): string | undefined {
  return (Deno.env.get("MEKA_BIN") ?? Deno.args[0]) || undefined;
}

/** The command line of the program under test: the executable, else `main.ts` from source. */
export function mekaProgram(): [string, ...string[]] {
  const binary = executable();
  if (binary !== undefined) return [Deno.realPathSync(binary)];
  const main = repositoryPath("main.ts");
  return [Deno.execPath(), "run", "-q", "-A", "--no-prompt", main];
}

/** The path of a file of this repository, whatever folder the tests are started from. */
export function repositoryPath(name: string): string {
  return fileURLToPath(new URL(`../../${name}`, import.meta.url));
}

/** A `$BROWSER` that approves the sign-in at the stand-in. */
export function approvingBrowser(): string {
  const script = repositoryPath("scripts/standin/browser.ts");
  return `${Deno.execPath()} run -A --no-prompt ${script}`;
}
