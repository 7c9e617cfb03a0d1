/** A program and its two floors, each as the start of a command line. */
export interface Programs {
  readonly kind: "from source" | "executable";
  readonly meka: readonly string[];
  readonly empty: readonly string[];
  readonly linear: readonly string[];
}

/** How the floors of an executable are had. */
export interface ExecutableOptions {
  readonly bin: string;
  readonly floorEmpty: string | undefined;
  readonly floorLinear: string | undefined;
  /** Called as `COMPILER ENTRY OUT FLAGS...`; without one, `deno compile` is. */
  readonly compiler: string | undefined;
  /** Where floors are built that were not given. */
  readonly folder: string;
}

/** What `dist/meka` is compiled with, but for the permissions, which cost nothing at start. */
const COMPILE_FLAGS = ["--no-check", "--no-code-cache", "--no-prompt", "-A"];

/** Everything run by this very Deno. */
export function sourcePrograms(): Programs {
  const command = (path: string): readonly string[] => [
    Deno.execPath(),
    "run",
    "-A",
    "--no-prompt",
    new URL(path, import.meta.url).pathname,
  ];
  return {
    kind: "from source",
    meka: command("../../main.ts"),
    empty: command("empty.ts"),
    linear: command("linear.ts"),
  };
}

/** An executable, next to floors that were bundled and compiled as it was. */
export async function executablePrograms(
  options: ExecutableOptions,
): Promise<Programs> {
  const floor = async (
    name: string,
    given: string | undefined,
  ): Promise<readonly string[]> => [given ?? await compile(name, options)];
  return {
    kind: "executable",
    meka: [await Deno.realPath(options.bin)],
    empty: await floor("empty", options.floorEmpty),
    linear: await floor("linear", options.floorLinear),
  };
}

async function compile(
  name: string,
  { compiler, folder }: ExecutableOptions,
): Promise<string> {
  const entry = new URL(`${name}.ts`, import.meta.url).pathname;
  const dist = `${folder}/${name}`;
  await execute(Deno.execPath(), [
    "bundle",
    "--minify",
    "--platform",
    "deno",
    "--code-splitting",
    "--outdir",
    dist,
    entry,
  ]);
  const out = `${folder}/floor-${name}`;
  const main = `${dist}/${name}.js`;
  if (compiler !== undefined) {
    await execute(compiler, [main, out, ...COMPILE_FLAGS]);
  } else {
    const args = ["compile", ...COMPILE_FLAGS, "--output", out, main];
    await execute(Deno.execPath(), args);
  }
  return out;
}

async function execute(
  command: string,
  args: readonly string[],
): Promise<void> {
  const { success, stderr } = await new Deno.Command(command, {
    args: [...args],
    stdout: "null",
    stderr: "piped",
  }).output();
  if (success) return;
  throw new Error(
    `${[command, ...args].join(" ")}\n${new TextDecoder().decode(stderr)}`,
  );
}
