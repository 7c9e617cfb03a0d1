import assert from "node:assert/strict";
import { checkFile } from "../../scripts/check_layers.ts";

const CASES = [
  ["a smaller layer", "src/cli/a.ts", 'import "../errors.ts";', []],
  ["its own folder", "src/cli/a.ts", 'import { b } from "./b.ts";', []],
  ["a package", "src/auth/a.ts", 'import { b } from "oauth4webapi";', []],
  [
    "the same layer elsewhere",
    "src/cli/a.ts",
    'import { b } from "../config/b.ts";',
    ['src/cli/a.ts:1: layer 1 imports "src/config/b.ts" of layer 1'],
  ],
  [
    "a larger layer, as a type and over several lines",
    "src/sse/a.ts",
    '\nimport type {\n  B,\n} from "../run.ts";',
    ['src/sse/a.ts:4: layer 1 imports "src/run.ts" of layer 6'],
  ],
  [
    "a larger layer, exported on",
    "src/errors.ts",
    'export * from "./auth/b.ts";',
    ['src/errors.ts:1: layer 0 imports "src/auth/b.ts" of layer 2'],
  ],
  [
    "a larger layer, when it is needed",
    "src/http/a.ts",
    'const b = await import("../auth/b.ts");',
    ['src/http/a.ts:1: layer 1 imports "src/auth/b.ts" of layer 2'],
  ],
  [
    "a file outside src/",
    "src/run.ts",
    'import "../scripts/demo.ts";',
    ['src/run.ts:1: imports "scripts/demo.ts", which has no layer'],
  ],
  ["an unknown file", "src/utils.ts", "", ["src/utils.ts:1: has no layer"]],
  [
    "a module of Node",
    "src/auth/a.ts",
    'import { join } from "node:path";',
    ['src/auth/a.ts:1: imports "node:path"'],
  ],
  [
    "SQLite outside the store",
    "src/store/a.ts",
    'import { DatabaseSync } from "node:sqlite";',
    ['src/store/a.ts:1: imports "node:sqlite"'],
  ],
  [
    "SQLite in the store",
    "src/store/database.ts",
    'import { DatabaseSync } from "node:sqlite";',
    [],
  ],
  ["Deno where it belongs", "src/deno_host.ts", "Deno.args;", []],
  [
    "Deno elsewhere",
    "src/run.ts",
    "const a = Deno.args;\nconst b = `${Deno.pid}`;",
    [
      "src/run.ts:1: names `Deno`; ask the Host",
      "src/run.ts:2: names `Deno`; ask the Host",
    ],
  ],
  [
    "Deno in comments, strings and patterns",
    "src/run.ts",
    '// Deno\n/* Deno */\nconst a = "Deno";\nconst b = /["\'`]Deno/;\n',
    [],
  ],
] as const;

for (const [name, path, source, complaints] of CASES) {
  Deno.test(`checkFile() tells of ${name}`, () => {
    assert.deepEqual(checkFile(path, source), complaints);
  });
}
