import type { Program } from "./host.ts";

/** How long a person may be kept waiting for a detail, in milliseconds. */
const PATIENCE_MS = 1_000;

/** Each tool that can tell, with what to make of its output. */
const TOOLS: readonly {
  readonly command: (port: number) => readonly [string, ...string[]];
  readonly read: (output: string) => Program | undefined;
}[] = [
  {
    command: (port) => ["ss", "-Hltnp", `sport = :${port}`],
    read: readSs,
  },
  {
    command: (port) => ["lsof", "-nP", `-iTCP:${port}`, "-sTCP:LISTEN", "-Fpc"],
    read: readLsof,
  },
];

/** The program that listens on a TCP port; undefined where no tool tells in time, as of another user's programs. */
export async function whoListens(port: number): Promise<Program | undefined> {
  const late = AbortSignal.timeout(PATIENCE_MS);
  for (const { command, read } of TOOLS) {
    const found = read(await outputOf(command(port), late));
    if (found !== undefined) return found;
  }
  return undefined;
}

/**
 * Reads a line of `ss -ltnp`.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * const line = 'LISTEN 0 128 127.0.0.1:1455 0.0.0.0:* users:(("codex",pid=42,fd=9))';
 * assert.deepEqual(readSs(line), { name: "codex", pid: 42 });
 * ```
 */
export function readSs(output: string): Program | undefined {
  const match = /users:\(\("([^"]+)",pid=(\d+)/.exec(output);
  return match === null ? undefined : program(match[1], match[2]);
}

/**
 * Reads the fields of `lsof -Fpc`.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * assert.deepEqual(readLsof("p42\nccodex\nf9\n"), { name: "codex", pid: 42 });
 * ```
 */
export function readLsof(output: string): Program | undefined {
  const match = /^p(\d+)\nc(.+)$/m.exec(output);
  return match === null ? undefined : program(match[2], match[1]);
}

function program(name = "", pid = ""): Program {
  return { name, pid: Number(pid) };
}

/** What a command says, or nothing when it fails, is not there, or takes too long. */
async function outputOf(
  [name, ...args]: readonly [string, ...string[]],
  signal: AbortSignal,
): Promise<string> {
  try {
    const streams = { stdin: "null", stdout: "piped", stderr: "null" } as const;
    const command = new Deno.Command(name, { args, signal, ...streams });
    const { stdout } = await command.output();
    return new TextDecoder().decode(stdout);
  } catch {
    return "";
  }
}
