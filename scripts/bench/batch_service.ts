import type { Report } from "../standin/control.ts";
import type { PromptCount } from "../standin/prompts.ts";

/** A stand-in in a process of its own, for thousands of turns. */
export interface BatchService extends AsyncDisposable {
  /** What a program needs to find it, a token included. */
  readonly env: Readonly<Record<string, string>>;
  report(): Promise<Report>;
  /** How often each prompt was sent and answered. */
  prompts(): Promise<Readonly<Record<string, PromptCount>>>;
  /** Forgets what it was asked. */
  reset(): Promise<void>;
}

/** Starts the stand-in with answers that cost it as little as can be. */
export async function startBatchService(): Promise<BatchService> {
  const script = new URL("../standin/serve.ts", import.meta.url).pathname;
  const child = new Deno.Command(Deno.execPath(), {
    args: [
      "run",
      "-A",
      "--no-prompt",
      script,
      "--scenario",
      "fast",
      "--remember",
      "counts",
      "--quiet",
      "--token",
      "--control-port",
      "0",
    ],
    stdin: "null",
    stdout: "piped",
    stderr: "inherit",
  }).spawn();
  const { env, control } = await readHead(child.stdout);
  const ask = async (method: string, path: string): Promise<Response> => {
    const response = await fetch(`${control}${path}`, { method });
    if (response.ok) return response;
    throw new Error(`${path}: ${await response.text()}`);
  };
  return {
    env,
    report: async () => await (await ask("GET", "/report")).json(),
    prompts: async () => await (await ask("GET", "/prompts")).json(),
    reset: async () => {
      await ask("POST", "/reset");
    },
    [Symbol.asyncDispose]: async () => {
      child.kill("SIGINT");
      await child.status;
    },
  };
}

interface Head {
  readonly env: Readonly<Record<string, string>>;
  readonly control: string;
}

/** Reads what it tells of itself: variables for a shell, and the address of its control. */
async function readHead(stdout: ReadableStream<Uint8Array>): Promise<Head> {
  const reader = stdout.pipeThrough(new TextDecoderStream()).getReader();
  let text = "";
  for (;;) {
    const { value, done } = await reader.read();
    if (done) throw new Error(`the stand-in has gone: ${text}`);
    text += value;
    const control = /^# control (\S+)\n/m.exec(text)?.[1];
    if (control === undefined) continue;
    const env = Object.fromEntries(
      [...text.matchAll(/^export (\w+)=(.*)$/gm)].map((
        [, name = "", value],
      ) => [name, value ?? ""]),
    );
    return { env, control };
  }
}
