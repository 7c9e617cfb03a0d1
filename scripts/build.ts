/**
 * Makes an executable of the bundle in dist/: `deno task compile [--compiler PROGRAM]`.
 *
 * PROGRAM stands in for `deno compile` where that cannot fetch its runtime; it is called as
 * `PROGRAM dist/main.js OUT FLAGS…`. The permissions are the set "meka" of deno.json, which `deno task meka` has, too.
 */
const ENTRY = "dist/main.js";
const OUT = Deno.build.os === "windows" ? "dist/meka.exe" : "dist/meka";

const FLAGS = [
  "--no-check", // `deno task ok` has done that
  // Deno would run byte code from a file in the shared temp folder whose owner it does not check.
  "--no-code-cache",
  "--no-prompt",
  "--permission-set=meka",
];

/** Compiles, and gives the exit status. */
async function compile(args: readonly string[]): Promise<number> {
  const [option, compiler] = args;
  if (args.length > 0 && (option !== "--compiler" || !compiler)) {
    // deno-lint-ignore no-console -- a script's complaint
    console.error("usage: deno task compile [--compiler PROGRAM]");
    return 2;
  }
  const command = compiler === undefined
    ? new Deno.Command(Deno.execPath(), {
      args: ["compile", ...FLAGS, "--output", OUT, ENTRY],
    })
    : new Deno.Command(compiler, { args: [ENTRY, OUT, ...FLAGS] });
  const { code } = await command.spawn().status;
  return code;
}

if (import.meta.main) Deno.exit(await compile(Deno.args));
