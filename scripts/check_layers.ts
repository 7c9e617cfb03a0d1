/**
 * Checks who imports whom: `deno task layers`.
 *
 * A file imports from its own folder under `src/` or from a smaller layer. `Deno` is named in `main.ts` and
 * `src/deno_*.ts` only, `node:sqlite` in `src/store/database.ts` only, and other `node:` modules beside `Deno`: each costs
 * start-up time. Complaints are one line each, and the exit status is 1.
 */
import { posix } from "node:path";

/** The layer of each folder and each lone file, by its path; what is not here must not exist. */
const LAYERS: Readonly<Record<string, number>> = {
  "deno.json": -1, // for its version
  "src/cells.ts": 0,
  "src/errors.ts": 0,
  "src/event.ts": 0,
  "src/host.ts": 0,
  "src/loopback.ts": 0,
  "src/or_aborted.ts": 0,
  "src/message.ts": -1, // what events speak of
  "src/version.ts": 0,
  "src/cli/": 1,
  "src/config/": 1,
  "src/http/": 1,
  "src/sse/": 1,
  "src/store/": 1,
  "src/auth/": 2,
  "src/batch/": 2,
  "src/providers/": 2,
  "src/render/": 2,
  "src/terminal/": 2,
  "src/tools/": 2,
  "src/stream_turn.ts": 3,
  "src/tool_loop.ts": 4,
  "src/commands/": 5,
  "src/run.ts": 6,
  "src/deno_*.ts": 7, // deno_host.ts, and what it loads when it is needed
  "main.ts": 8,
};

/** The one file that may open a database. */
const SQLITE_USER = "src/store/database.ts";

/** One name, or one import, and the line it stands on. */
interface Use {
  readonly line: number;
  /** What is imported; absent where the name `Deno` stands. */
  readonly imports?: string;
}

/**
 * Finds the imports of a module (static, dynamic and of types) and its uses of `Deno`; comments and strings are
 * passed over.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * assert.deepEqual(findUses('import { a } from "./a.ts"; // Deno'), [{ line: 1, imports: "./a.ts" }]);
 * assert.deepEqual(findUses('"Deno";\nDeno.exit();'), [{ line: 2 }]);
 * ```
 */
export function findUses(source: string): readonly Use[] {
  const uses: Use[] = [];
  let before = "";
  let line = 1;
  let from = 0;
  for (const { 0: token, index } of source.matchAll(TOKEN)) {
    line += source.slice(from, index).split("\n").length - 1;
    from = index;
    if (/^\/[/*]/.test(token)) continue;
    const isString = /^["']/.test(token);
    if (isString && /^(from|import|import\()$/.test(before)) {
      uses.push({ line, imports: token.slice(1, -1) });
    }
    const named = token === "Deno" && before !== ".";
    if (named || /^`[^]*\$\{[^}]*\bDeno\b/.test(token)) uses.push({ line });
    before = before === "import" && token === "(" ? "import(" : token;
  }
  return uses;
}

/** A comment, a string, a template, a regular expression (which follows an operator), a word, or one other character. */
const TOKEN =
  /\/\/[^\n]*|\/\*[^]*?\*\/|"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'|`(?:\\[^]|[^`\\])*`|(?<=[=(,:!&|?{};[\n>]\s*)\/(?:\\.|\[(?:\\.|[^\]\\\n])*\]|[^/\\\n])+\/|[\w$]+|\S/g;

/** What is wrong with one file. */
export function checkFile(path: string, source: string): readonly string[] {
  const own = roomOf(path);
  if (own === undefined) return [`${path}:1: has no layer`];
  return findUses(source).flatMap((use) => {
    const complaint = use.imports === undefined
      ? checkDeno(path)
      : checkImport(path, own, use.imports);
    return complaint === undefined ? [] : [`${path}:${use.line}: ${complaint}`];
  });
}

function checkDeno(path: string): string | undefined {
  if (path === "main.ts" || /^src\/deno_\w+\.ts$/.test(path)) return undefined;
  return "names `Deno`; ask the Host";
}

function checkImport(
  path: string,
  own: Room,
  specifier: string,
): string | undefined {
  if (specifier.startsWith("node:")) {
    const fine = specifier === "node:sqlite"
      ? path === SQLITE_USER
      : /^src\/deno_\w+\.ts$/.test(path);
    return fine ? undefined : `imports "${specifier}"`;
  }
  // Packages are named in deno.json, and lint refuses any that is not.
  if (!specifier.startsWith(".")) return undefined;
  const target = posix.join(posix.dirname(path), specifier);
  const room = roomOf(target);
  if (room === undefined) return `imports "${target}", which has no layer`;
  if (room.layer < own.layer || room.name === own.name) return undefined;
  return `layer ${own.layer} imports "${target}" of layer ${room.layer}`;
}

interface Room {
  readonly name: string;
  readonly layer: number;
}

/** Where a file lives: its folder under `src/`, or itself. */
function roomOf(path: string): Room | undefined {
  const folder = /^src\/\w+\//.exec(path)?.[0];
  const name = folder ?? path.replace(/^src\/deno_\w+\.ts$/, "src/deno_*.ts");
  const layer = LAYERS[name];
  return layer === undefined ? undefined : { name, layer };
}

async function* modules(folder: string): AsyncGenerator<string> {
  for await (const { name, isDirectory } of Deno.readDir(folder)) {
    const path = `${folder}/${name}`;
    if (isDirectory) yield* modules(path);
    else if (name.endsWith(".ts")) yield path;
  }
}

if (import.meta.main) {
  const paths = await Array.fromAsync(modules("src"));
  const complaints: string[] = [];
  for (const path of ["main.ts", ...paths.sort()]) {
    complaints.push(...checkFile(path, await Deno.readTextFile(path)));
  }
  // deno-lint-ignore no-console -- a script's complaints
  for (const complaint of complaints) console.error(complaint);
  if (complaints.length > 0) Deno.exit(1);
}
